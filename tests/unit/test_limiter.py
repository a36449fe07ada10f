"""How many rows run at once, for servers of several tempers, on a simulated clock."""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from interviewer.batch.limiter import AdaptiveLimiter, Slot
from interviewer.llm.retry import ATTEMPTS, Backpressure

FAILED, LIMITED = "failed", "limited"


class Server(Protocol):
    """Says of a request that is sent now when its reply comes, and whether it is a failure."""

    def reply(self, now: float) -> tuple[float, str]: ...


@dataclass
class Workers:
    """Works on so many requests at a time, first come, first served; each takes `seconds`, spread log-normally."""

    workers: int
    seconds: float = 1.0
    spread: float = 0.0
    quick: int = 0
    """So many replies at first come from a cache."""
    slower: float = 0.0
    """What each request beside it adds to a request, as where a GPU works on all of them together."""
    failing: float = 0.0
    hanging: float = 0.0
    refuses: bool = False
    """Whether it answers with 503 instead of letting requests wait."""
    busy: list[float] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(4))

    def reply(self, now: float) -> tuple[float, str]:
        if self.quick:
            self.quick -= 1
            return now + 0.01, ""
        if self.chance.random() < self.hanging:
            return now + 1e6, ""
        self.busy = [end for end in self.busy if end > now]
        if len(self.busy) >= self.workers and self.refuses:
            return now + 0.01, FAILED
        waiting = len(self.busy) - self.workers
        begin = sorted(self.busy)[waiting] if waiting >= 0 else now
        spread = self.chance.lognormvariate(-(self.spread**2) / 2, self.spread)
        end = begin + self.seconds * spread * (1 + self.slower * len(self.busy))
        self.busy.append(end)
        return end, FAILED if self.chance.random() < self.failing else ""


@dataclass
class RateLimit:
    """Answers so many requests in each second, and refuses the others."""

    per_second: int
    seconds: float = 1.0
    retry_after: float | None = None
    sent: list[float] = field(default_factory=list)

    def reply(self, now: float) -> tuple[float, str]:
        self.sent = [then for then in self.sent if then > now - 1]
        if len(self.sent) >= self.per_second:
            return now + 0.01, LIMITED
        self.sent.append(now)
        return now + self.seconds, ""


@dataclass
class Row:
    slot: Slot
    until: float
    tries: int = 0


@dataclass
class Simulation:
    """A batch on a simulated clock, with the retries of the client."""

    server: Server
    rows: int = 1_000
    most: int = 64
    timeout: float = 60.0
    now: float = 0.0
    graded: int = 0
    lost: int = 0
    requests: int = 0
    not_before: float = 0.0
    limits: list[int] = field(default_factory=list)
    """After each row."""

    def __post_init__(self) -> None:
        self.backpressure = Backpressure()
        self.limiter = AdaptiveLimiter(self.most, self.backpressure, timeout=self.timeout, clock=lambda: self.now)
        self.chance = random.Random(3)
        self.order = itertools.count()
        self.events: list[tuple[float, int, Callable[[], None]]] = []

    def at(self, moment: float, act: Callable[[], None]) -> None:
        heapq.heappush(self.events, (moment, next(self.order), act))

    def run(self) -> "Simulation":
        sent = 0
        while self.graded + self.lost < self.rows:
            while self.limiter.has_room() and sent < self.rows:
                self.send(Row(self.limiter.start(), self.now + self.timeout))
                sent += 1
            assert self.limiter.running <= self.most
            assert self.events, "nothing runs, and nothing may start"
            self.now, _, act = heapq.heappop(self.events)
            act()
        return self

    def send(self, row: Row) -> None:
        if self.not_before > self.now:
            self.backpressure.pauses += 1
            self.at(self.not_before, lambda: self.send(row))
            return
        self.requests += 1
        row.tries += 1
        end, failure = self.server.reply(self.now)
        if min(end, self.now) > row.until or end > row.until:
            self.at(row.until, lambda: self.end(row, graded=False))
        elif not failure:
            self.at(end, lambda: self.end(row, graded=True))
        else:
            self.at(end, lambda: self.failed(row, failure))

    def failed(self, row: Row, failure: str) -> None:
        self.backpressure.rate_limited += failure == LIMITED
        self.backpressure.overloaded += failure == FAILED
        after = getattr(self.server, "retry_after", None) if failure == LIMITED else None
        pause = after or self.chance.uniform(0.25, max(0.25, min(8, 0.5 * 2 ** (row.tries - 1))))
        if after:
            self.not_before = max(self.not_before, self.now + after)
        if row.tries >= ATTEMPTS or self.now + pause > row.until:
            self.end(row, graded=False)
        else:
            self.at(self.now + pause, lambda: self.send(row))

    def end(self, row: Row, *, graded: bool) -> None:
        self.limiter.finish(row.slot, graded=graded)
        self.graded += graded
        self.lost += not graded
        self.limits.append(self.limiter.limit)
