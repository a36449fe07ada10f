"""Grading many answers at once, and the rows of a batch in this way."""

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import inf
from typing import Generic, TypeVar

from interviewer.batch.limiter import AdaptiveLimiter, Slot
from interviewer.batch.rows import Row, note_first, result_line
from interviewer.batch.writer import ResultWriter
from interviewer.context import Context
from interviewer.grading.grade import grade_answer
from interviewer.grading.grader import Grader
from interviewer.models import Grading, Usage
from interviewer.practice.proposals import Proposals

WINDOW = 2_000
"""Rows that may be finished ahead of the oldest unfinished one. Bounds memory when a single row hangs."""
GIVE_UP = 20
"""This many failures, with no success of a later answer, end a run: their cause is the grader, not these answers."""
LONGEST_PAUSE = 600.0
"""Seconds that a run waits where the server asks for it. A longer wait ends the run: nobody asked it to sleep for hours."""
_BAD_DATA = (ArithmeticError, LookupError, RecursionError, TypeError, ValueError)
"""Errors that unforeseen answers and replies may raise: such an error costs one row, not the batch."""

Item = TypeVar("Item")


@dataclass
class Totals:
    """The totals of this run so far."""

    graded: int = 0
    ungraded: Counter[str] = field(default_factory=Counter)
    """How many were not graded for each reason."""
    first: dict[str, list[str]] = field(default_factory=dict)
    """The ids of the first rows that were not graded for each reason."""
    bands: Counter[str] = field(default_factory=Counter)
    ranges: Counter[tuple[int, int]] = field(default_factory=Counter)
    """The ranges of unconfirmed estimates, which are in no band."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    paid: int = 0
    """Gradings whose cost is counted: each as soon as it is known, and before the answer counts as graded or ungraded."""
    running: int = 0
    paused: str = ""
    """Until when the server has asked to wait, as local time."""
    stopped: str = ""
    """Why the run ended before the last answer."""

    @property
    def counted(self) -> int:
        return self.graded + self.ungraded.total()

    def spend(self, usage: Usage | None) -> None:
        self.paid += 1
        if usage:
            self.prompt_tokens += usage.prompt_tokens
            self.completion_tokens += usage.completion_tokens

    def add(self, result: Grading, row: str | int) -> None:
        if result.score is not None:
            self.graded += 1
            if result.unconfirmed:
                self.ranges[result.score.range] += 1
            else:
                self.bands[result.score.band] += 1
        else:
            reason = result.reason or "unknown"
            self.ungraded[reason] += 1
            note_first(self.first, reason, row)


@dataclass(frozen=True, slots=True)
class Work(Generic[Item]):
    """The actions on each item of a run."""

    grade: Callable[[Item], Awaitable[Grading]]
    save: Callable[[Item, Grading], Awaitable[None]]
    has_room: Callable[[Item], bool] = lambda _: True
    """Whether the item may start now, as far as saving is concerned."""
    unusable: Callable[[Item], bool] = lambda _: False
    """Whether an item is invalid: it takes no slot, and its failure says nothing about the grader."""
    stop_reason: Callable[[Totals], str] = lambda _: ""
    """Asked before each item; a text ends the run early."""
    progress: Callable[[Totals], None] = lambda _: None
    """Called after each item."""
    id_of: Callable[[Item], str | int] = lambda _: ""
    """The id by which a message names an item."""


async def run_concurrently(
    items: Iterable[Item], work: Work[Item], limiter: AdaptiveLimiter, context: Context, totals: Totals | None = None
) -> Totals:
    """Grade items in their order, as many at once as the limiter allows, and save each result.

    A run ends early when a limit is reached, when `GIVE_UP` items in a row could not be graded, or when the server asks for a
    wait of more than `LONGEST_PAUSE`, or for another one with no success between them; those items are not saved. It adds to
    the `totals` of earlier runs, where there are any.
    """
    totals = totals or Totals()
    results = _Results(work, totals, context)
    freed = asyncio.Event()
    limit = ""

    async def grade_after_pauses(item: Item) -> Grading:
        graded = -1
        while True:
            result = await work.grade(item)
            totals.spend(result.usage)
            wait = result.retry_after
            if wait is None or wait > LONGEST_PAUSE or totals.graded == graded or totals.stopped or limit:
                return result
            graded = totals.graded
            totals.paused = local_time(context, wait)
            work.progress(totals)
            await context.sleep(wait)
            totals.paused = ""

    async def grade(slot: Slot, order: int, item: Item) -> None:
        graded = False
        try:
            result = await grade_after_pauses(item)
            graded = result.score is not None
            await results.add(order, item, result)
        finally:
            limiter.finish(slot, graded=graded)
            freed.set()

    try:
        async with asyncio.TaskGroup() as group:
            for order, item in enumerate(items):
                while not limiter.has_room() or not work.has_room(item):
                    if not limiter.running:
                        await results.settle()  # the results held back fill the window
                    await freed.wait()
                    freed.clear()
                totals.running = limiter.running
                if totals.stopped or (limit := work.stop_reason(totals)):
                    break
                if work.unusable(item):
                    await results.add(order, item, await work.grade(item))
                else:
                    group.create_task(grade(limiter.start(), order, item))
                await asyncio.sleep(0)
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
    if not totals.stopped:
        await results.settle()
        totals.stopped = limit
    return totals


class _Results(Generic[Item]):
    """Saves results; a failure is held back until an item that began later is graded, which shows that the grader works.

    The order of beginning counts: items that time out end together, long after all others, and the server is not down.
    """

    def __init__(self, work: Work[Item], totals: Totals, context: Context) -> None:
        self._work = work
        self._totals = totals
        self._context = context
        self._held: dict[int, tuple[Item, Grading]] = {}
        self._latest = -1
        """The order of the graded item that began last."""

    async def add(self, order: int, item: Item, result: Grading) -> None:
        if result.score is not None:
            self._latest = max(self._latest, order)
            await self.settle(before=self._latest)
        if result.retry_after is not None:
            until = local_time(self._context, result.retry_after)
            when = f"the server asks to wait until {until}" if until else "the server does not say until when to wait"
            self._totals.stopped = self._totals.stopped or f"{when} ({result.reason}); the other answers stay to be done"
        elif result.score is not None or self._work.unusable(item) or order < self._latest:
            await self._save(item, result)
        else:
            self._held[order] = item, result
            failed = [held for _, held in self._held.values() if not held.rate_limited]
            if len(failed) >= GIVE_UP:
                reason = f"{GIVE_UP} answers in a row could not be graded ({failed[-1].reason}); they stay to be done"
                self._totals.stopped = reason
        self._work.progress(self._totals)

    async def settle(self, before: int = sys.maxsize) -> None:
        """Save the results held back of the items that began before this one, as ungraded."""
        for item, result in [self._held.pop(order) for order in list(self._held) if order < before]:
            await self._save(item, result)

    async def _save(self, item: Item, result: Grading) -> None:
        await self._work.save(item, result)
        self._totals.add(result, self._work.id_of(item))


def local_time(context: Context, seconds: float) -> str:
    """Return the time of day in `seconds` from now, with the day unless that is today; empty for an infinite time."""
    if seconds == inf:
        return ""
    now = context.now().astimezone()
    then = now + timedelta(seconds=seconds)
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%H:%M} on {then.day} {then:%B}"


async def grade_rows(
    rows: Iterable[Row],
    grader: Grader,
    writer: ResultWriter,
    context: Context,
    *,
    concurrency: int,
    timeout: float = inf,  # noqa: ASYNC109  # the grader keeps it; here it bounds the growth of what runs at once
    proposals: Proposals | None = None,
    stop_reason: Callable[[Totals], str] = lambda _: "",
    progress: Callable[[Totals], None] = lambda _: None,
) -> Totals:
    """Grade all rows that the writer does not have yet, and have it write each result."""

    async def save(row: Row, result: Grading) -> None:
        saved = writer.add(row.index, result_line(as_proposed(row, proposals), result))
        if not row.reason:
            # The row counts as running until its result is on disk: a kill costs no more rows than may run at once.
            await asyncio.wrap_future(saved)

    work = Work(
        grade=lambda row: grade_row(row, grader, proposals),
        save=save,
        has_room=lambda row: row.index < writer.written + WINDOW,
        unusable=lambda row: bool(row.reason),
        stop_reason=stop_reason,
        progress=progress,
        id_of=lambda row: row.id,
    )
    limiter = AdaptiveLimiter(concurrency, grader.backpressure, timeout=timeout)
    return await run_concurrently((row for row in rows if not writer.done(row.index)), work, limiter, context)


def as_proposed(row: Row, proposals: Proposals | None) -> Row:
    """Return a row with the key points that were proposed for its question, if it has none of its own."""
    return replace(row, question=proposals.known(row.question), proposing=True) if proposals and row.question else row


async def grade_row(row: Row, grader: Grader, proposals: Proposals | None = None) -> Grading:
    """Grade a row, or say why it cannot be."""
    reason = row.reason or "bad row"
    if row.question is not None and row.answer is not None:
        try:
            if proposals:
                return await proposals.grade(grader, row.question, row.answer)
            return await grade_answer(grader, row.question, row.answer)
        except _BAD_DATA as error:
            reason = f"the grading of this answer failed ({type(error).__name__})"
    return Grading.ungraded("unknown", grader.info, reason)
