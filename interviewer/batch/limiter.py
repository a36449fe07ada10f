"""How many rows run at once: fewer when the server refuses or queues, more again as long as it does not."""

from statistics import median

_REFUSED = 0.2
"""A share of refused requests that still costs less than running fewer rows would."""
_SLOW = 4.0
"""When answers usually take so many times the best time seen, the server queues: sending more at once helps nobody."""
_LEAST = 4
"""Rows in a round at least; fewer say nothing about what is usual."""


class AdaptiveLimiter:
    """Looks back after each round, that is after as many rows as run at once, so that one bad moment is punished once."""

    def __init__(self, most: int, refused: int) -> None:
        self._most = most
        self._limit = float(most)
        self._best = float("inf")
        self._round: list[float] = []
        self._refused = refused
        self.running = 0

    def free(self, pending: int) -> bool:
        """Tell whether another row may start, with so many results on their way to disk: a kill costs all of these together."""
        return self.running + pending < int(self._limit)

    def finished(self, seconds: float, refused: int) -> None:
        """Take note of a row that was graded in so many seconds, and of how many requests were refused until now."""
        self._best = min(self._best, seconds)
        self._round.append(seconds)
        if len(self._round) < max(_LEAST, int(self._limit)):
            return
        share = (refused - self._refused) / (refused - self._refused + len(self._round))
        if share > _REFUSED or median(self._round) > _SLOW * self._best:
            self._limit = max(1.0, self._limit * 0.7)
        else:
            self._limit = min(float(self._most), self._limit * 1.1 + 1)
        self._round.clear()
        self._refused = refused
