"""How many rows run at once, for servers of several tempers, on a simulated clock."""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interviewer.batch.limiter import AdaptiveLimiter, Slot
from interviewer.llm.retry import MAX_ATTEMPTS, Backpressure

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
        sent = self.graded + self.lost
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
        if end > row.until:
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
        if row.tries >= MAX_ATTEMPTS or self.now + pause > row.until:
            self.end(row, graded=False)
        else:
            self.at(self.now + pause, lambda: self.send(row))

    def end(self, row: Row, *, graded: bool) -> None:
        self.limiter.finish(row.slot, graded=graded)
        self.graded += graded
        self.lost += not graded
        self.limits.append(self.limiter.limit)


KINDS: dict[str, tuple[Callable[[], Server], float, float]] = {
    "one at a time": (lambda: Workers(1), 1, 0.95),
    "one at a time, of different lengths": (lambda: Workers(1, spread=0.5), 1, 0.9),
    "two at a time": (lambda: Workers(2), 2, 0.9),
    "three at a time": (lambda: Workers(3, spread=0.5), 3, 0.9),
    "eight at a time": (lambda: Workers(8), 8, 0.9),
    "twenty at a time": (lambda: Workers(20, spread=0.5), 20, 0.8),
    "all at a time": (lambda: Workers(200), 64, 0.8),
    "all at a time, of different lengths": (lambda: Workers(200, spread=0.5), 64, 0.75),
    "one GPU for all": (lambda: Workers(200, slower=0.02), 64 / (1 + 0.02 * 63), 0.8),
    "a first reply from a cache": (lambda: Workers(32, quick=1), 32, 0.6),
    "first replies from a cache": (lambda: Workers(32, quick=3), 32, 0.6),
    "three a second, with Retry-After": (lambda: RateLimit(3, retry_after=1.0), 3, 0.9),
    "ten a second, with Retry-After": (lambda: RateLimit(10, retry_after=1.0), 10, 0.85),
    "ten a second, without": (lambda: RateLimit(10), 10, 0.85),
    "one request in twenty fails": (lambda: Workers(200, failing=0.05), 64, 0.65),
    "one request in six fails": (lambda: Workers(200, failing=1 / 6), 64, 0.5),
    "503 beyond four": (lambda: Workers(4, refuses=True), 4, 0.85),
}
"""Each with the rows a second that it can grade, 64 at once, and the share of them that has to be reached over 1,000 rows."""


@pytest.mark.parametrize(("server", "ideal", "share"), KINDS.values(), ids=KINDS)
def test_a_server_is_used_as_much_as_it_can_be(server: Callable[[], Server], ideal: float, share: float) -> None:
    ran = Simulation(server()).run()
    assert ran.graded / ran.now >= share * ideal
    assert ran.lost <= 40
    assert ran.requests <= 1.3 * ran.rows


@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.0, 4.0, 5.5])
@pytest.mark.parametrize("workers", [1, 2])
def test_no_row_times_out_where_a_server_is_slow(seconds: float, workers: int) -> None:
    ran = Simulation(Workers(workers, seconds), rows=60, most=32, timeout=12).run()
    assert ran.lost == 0
    assert ran.now <= 1.1 * 60 * seconds / workers


def test_the_first_replies_find_the_speed_before_many_rows_are_sent() -> None:
    simulation = Simulation(Workers(1), rows=12)
    simulation.run()
    assert max(simulation.limits) <= 2


@given(
    st.integers(1, 70),
    st.integers(1, 128),
    st.floats(0.01, 20),
    st.floats(0, 1),
    st.integers(0, 3),
    st.floats(0, 0.9),
    st.sampled_from([0.0, 0.0, 0.1, 1.0]),
    st.booleans(),
)
@settings(max_examples=60)
def test_whatever_a_server_does_every_row_ends(
    workers: int, most: int, seconds: float, spread: float, quick: int, failing: float, hanging: float, refuses: bool
) -> None:
    server = Workers(workers, seconds, spread, quick, failing=failing, hanging=hanging, refuses=refuses)
    ran = Simulation(server, rows=150, most=most).run()
    assert ran.graded + ran.lost == len(ran.limits) == 150
    assert 1 <= min(ran.limits) <= max(ran.limits) <= most


class Changing(Workers):
    """Has other numbers of workers after some time."""

    def __init__(self, *changes: tuple[float, int]) -> None:
        super().__init__(0)
        self.changes = changes

    def reply(self, now: float) -> tuple[float, str]:
        self.workers = [workers for after, workers in self.changes if now >= after][-1]
        return super().reply(now)


def test_a_server_that_gets_faster_is_used_more() -> None:
    ran = Simulation(Changing((0, 2), (60, 64)), rows=4_000).run()
    assert ran.limits[100] < 20
    assert ran.limits[-1] >= 32
    assert ran.now < 60 + 2 * (4_000 - 120) / 64


def test_a_server_that_gets_slower_is_still_used_and_loses_nothing() -> None:
    ran = Simulation(Changing((0, 64), (20, 8)), rows=2_000).run()
    assert ran.lost == 0
    assert ran.now < 20 + 1.1 * (2_000 - 1_000) / 8


def test_a_server_that_hangs_gets_fewer_and_fewer() -> None:
    simulation = Simulation(Workers(100), rows=300)
    simulation.run()
    simulation.server = Workers(100, hanging=1.0)
    simulation.rows += 150
    assert simulation.run().limits[-1] == 1


@pytest.mark.parametrize("sign", ["rate_limited", "overloaded"])
def test_failures_lower_the_number_at_once_and_those_of_one_moment_only_once(sign: str) -> None:
    backpressure = Backpressure()
    simulation = Simulation(Workers(100), rows=200)
    simulation.backpressure = backpressure
    simulation.limiter = limiter = AdaptiveLimiter(64, backpressure, clock=lambda: simulation.now)
    simulation.run()
    assert limiter.limit == 64
    slots = [limiter.start() for _ in range(64)]
    simulation.now += 1
    limiter.finish(slots[0], graded=True)
    setattr(backpressure, sign, 40)
    limiter.finish(slots[1], graded=True)
    assert limiter.limit == 32, "long before the round has ended"
    setattr(backpressure, sign, 63)
    for slot in slots[2:]:
        limiter.finish(slot, graded=True)
    assert limiter.limit == 32, "they were sent before"


def test_rows_that_time_out_lower_the_number_at_once() -> None:
    simulation = Simulation(Workers(100), rows=200)
    limiter = simulation.run().limiter
    slots = [limiter.start() for _ in range(64)]
    simulation.now += 60
    for slot in slots[:5]:
        limiter.finish(slot, graded=False)
    assert limiter.limit == 32


def test_waits_that_a_server_asked_for_are_no_latency() -> None:
    simulation = Simulation(Workers(100), rows=500)
    limiter = simulation.run().limiter
    slots = [limiter.start() for _ in range(64)]
    simulation.backpressure.pauses += 1
    simulation.now += 50
    for slot in slots:
        limiter.finish(slot, graded=True)
    assert limiter.limit == 64
