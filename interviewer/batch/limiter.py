"""How many answers are graded at once: as many as make the server faster, fewer as soon as it fails or refuses.

The number climbs by measured throughput, as in the thread pool of .NET (Hellerstein, Morrison, Eilebrecht: "Optimizing
concurrency levels in the .NET ThreadPool", FeBID 2008): another number is tried for a round, and kept if it made a difference.
Throughput is number / latency (Little, 1961). A server that queues is no faster when more is sent, one that works in parallel
is, and there is no best latency that one quick reply could spoil. A slow start finds the speed before many have been sent;
timeouts, 5xx and 429 halve the number at once (multiplicative decrease: Chiu and Jain, 1989).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf, sqrt
from statistics import median

from interviewer.llm.retry import Backpressure

_INITIAL_LIMIT = 2
"""Rows at once before anything is known: the second reply tells whether the server works on two at a time."""
_MAX_STEP, _MIN_STEP = 4.0, 1.25
"""Factor between two numbers that are compared: large until one was not worth it."""
_PROBE_INTERVAL = 8
"""Rounds between two comparisons, once the smallest step has made no difference."""
_MIN_ROUND = 6
"""Rows of a round at least, once the slow start is over: fewer say little."""
_MAX_FAILURES, _MAX_FAILURE_SHARE = 2, 0.25
"""A round ends at once when this many requests have failed, and this share of its rows beyond what fails in other rounds."""
_TIMEOUT_PENALTY = 4
"""A row that timed out counts as this many failed requests: unlike those, it is not sent again."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A row under way: its place in the order of beginning, when it began, and the pauses that a server asked for before."""

    order: int
    began: float
    pauses: int


@dataclass(frozen=True, slots=True)
class _Round:
    """The measured result of a number of rows at once."""

    limit: int
    latency: float | None
    """The median in seconds; None where the server asked most rows to wait."""
    graded: float
    """Graded rows for each request, failed ones and those of lost rows included."""

    def improves_on(self, before: "_Round") -> bool:
        """Tell whether throughput grew or fell with the limit rather than staying as it was.

        Requests that fail count twice: they cost throughput, and rows.
        """
        latency = before.latency / self.latency if before.latency and self.latency else before.limit / self.limit
        graded = self.graded / max(before.graded, 0.01)
        return self.limit / before.limit * latency * graded**2 > sqrt(self.limit / before.limit)


class AdaptiveLimiter:
    """Tells when another row may start. A round ends when as many rows have finished as run at once."""

    def __init__(
        self,
        most: int,
        backpressure: Backpressure,
        *,
        timeout: float = inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with a few of `most` rows; `timeout` is the time in seconds after which a row ends without a grade."""
        self._most = most
        self._backpressure = backpressure
        self._timeout = timeout
        self._clock = clock
        self.running = self._begun = 0
        self._base: _Round | None = None
        """The round that others are compared with."""
        self._step = _MAX_STEP
        """Factor from its limit to the next one that is tried; below 1 where fewer are tried."""
        self._rounds_until_probe = 0
        """Rounds until the next comparison."""
        self._begin_round(min(most, _INITIAL_LIMIT))

    def has_room(self) -> bool:
        """Tell whether another row may start."""
        return self.running < self.limit

    def start(self) -> Slot:
        """Take note of a row that begins."""
        self.running += 1
        self._begun += 1
        return Slot(self._begun, self._clock(), self._backpressure.pauses)

    def finish(self, slot: Slot, *, graded: bool) -> None:
        """Take note of a row that has ended."""
        self.running -= 1
        if slot.order < self._first:
            return  # another number of rows ran beside it
        if not self._finished:
            self._failed_before = self._failed  # failures of rows of an earlier round do not count
        self._finished += 1
        self._graded += graded
        seconds = self._clock() - slot.began
        if graded and slot.pauses == self._backpressure.pauses:
            self._latencies.append(seconds)
        elif not graded and seconds > 0.9 * self._timeout:
            self._timed_out += 1
        usual = 1 / max(self._base.graded, 0.1) - 1 if self._base else 0.0
        if self._failures >= _MAX_FAILURES + (_MAX_FAILURE_SHARE + usual) * (self._begun - self._first + 1):
            self._end_round(overloaded=True)
        elif self._finished >= (self.limit if self._base is None else max(self.limit, _MIN_ROUND)):
            self._end_round(overloaded=False)

    @property
    def _failed(self) -> int:
        return self._backpressure.rate_limited + self._backpressure.overloaded

    @property
    def _failures(self) -> int:
        return self._failed - self._failed_before + _TIMEOUT_PENALTY * self._timed_out

    def _end_round(self, *, overloaded: bool) -> None:
        latency = median(self._latencies) if 2 * len(self._latencies) >= self._finished else None
        now = _Round(self.limit, latency, self._graded / (self._finished + self._failures))
        before = self._base
        if before is None and self._latencies:
            before = _Round(1, self._latencies[0], 1.0)  # the first reply, as if it had been alone
        halved = max(1, now.limit // 2)
        if not self._graded:  # nothing to compare
            self._base = _Round(halved, None, 1.0)
            self._begin_round(halved)
        elif before is None or now.limit == before.limit:
            self._base = now
            self._rounds_until_probe -= 1
            self._begin_round(halved if overloaded else now.limit if self._rounds_until_probe >= 0 else self._next(now))
        elif now.improves_on(before):
            self._base = now
            self._rounds_until_probe = 0
            if self._step > 1:
                self._step = min(_MAX_STEP, self._step**2)
            self._begin_round(self._next(now))
        else:
            self._base = before
            if self._step > _MIN_STEP:
                self._step = max(_MIN_STEP, sqrt(self._step))
                self._rounds_until_probe = 1
            else:
                self._reverse_direction()
            self._begin_round(before.limit)

    def _reverse_direction(self) -> None:
        """Look in the other direction after a while: the server may change."""
        self._step = 1 / _MIN_STEP if self._step > 1 else _MIN_STEP
        self._rounds_until_probe = _PROBE_INTERVAL

    def _next(self, base: _Round) -> int:
        """Return the next number to try. Growth leaves time enough, should the server do one thing after another."""
        step = self._step
        if base.latency and step > 1:
            step = min(step, max(_MIN_STEP, self._timeout / 2 / base.latency))
        limit = int(base.limit * step)
        limit = min(self._most, max(base.limit + 1, limit)) if step > 1 else max(1, min(base.limit - 1, limit))
        if limit == base.limit:
            self._reverse_direction()
        return limit

    def _begin_round(self, limit: int) -> None:
        self.limit = limit
        self._first = self._begun + 1
        self._finished = self._graded = self._timed_out = 0
        self._failed_before = self._failed
        self._latencies: list[float] = []
