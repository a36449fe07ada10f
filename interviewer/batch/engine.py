"""Grading many rows side by side: as many as the server bears, in the order in which they came."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from interviewer.batch.journal import Journal
from interviewer.batch.rows import Row
from interviewer.grading.grade import Grader, grading
from interviewer.models import Grading

WINDOW = 2_000
"""Rows that may be finished ahead of the oldest unfinished one. Bounds memory when a single row hangs."""
_SLOW = 4.0
"""When an answer takes so many times the best latency seen, the server queues: sending more at once helps nobody."""


@dataclass
class Totals:
    """What has happened so far in this run."""

    graded: int = 0
    ungraded: Counter[str] = field(default_factory=Counter)
    bands: Counter[str] = field(default_factory=Counter)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    stopped: str = ""
    """Why the run ended before the last row."""

    def add(self, result: Grading) -> None:
        if result.usage:
            self.prompt_tokens += result.usage.prompt_tokens
            self.completion_tokens += result.usage.completion_tokens
        if result.score is not None:
            self.graded += 1
            self.bands[result.score.band] += 1
        else:
            self.ungraded[result.reason or "unknown"] += 1


class _Pace:
    """How many rows run at once: fewer when the server limits or queues, more again as long as it does not."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(most)
        self._best = float("inf")
        self.running = 0

    @property
    def free(self) -> bool:
        return self.running < max(1, int(self._limit))

    def finished(self, seconds: float, *, limited: bool) -> None:
        self.running -= 1
        self._best = min(self._best, seconds)
        if limited:
            self._limit = max(1.0, self._limit * 0.7)
        elif seconds > _SLOW * self._best and self._limit > 4:
            self._limit = max(4.0, self._limit * 0.98)
        else:
            self._limit = min(float(self._most), self._limit + 1 / self._limit)


async def run(
    rows: Iterator[Row],
    grader: Grader,
    journal: Journal,
    *,
    concurrency: int,
    enough: Callable[[Totals], str] = lambda _: "",
    progress: Callable[[Totals], None] = lambda _: None,
) -> Totals:
    """Grade all rows that the journal does not have yet, and hand each result to it.

    `enough` is asked before each row; a text from it ends the run early, and is the reason.
    """
    totals = Totals()
    pace = _Pace(concurrency)
    woken = asyncio.Event()

    async def work(row: Row) -> None:
        began = time.monotonic()
        limited = grader.limited
        try:
            result = await _grade(row, grader)
            journal.put(row.index, _line(row, result))
            totals.add(result)
            progress(totals)
        finally:
            pace.finished(time.monotonic() - began, limited=grader.limited > limited)
            woken.set()

    try:
        async with asyncio.TaskGroup() as group:
            for row in rows:
                if journal.done(row.index):
                    continue
                while not pace.free or row.index >= journal.written + WINDOW:
                    woken.clear()
                    with suppress(TimeoutError):
                        # The journal's thread moves the window without waking anybody here.
                        await asyncio.wait_for(woken.wait(), 0.05 if pace.free else None)
                if reason := enough(totals):
                    totals.stopped = reason
                    break
                pace.running += 1
                group.create_task(work(row))
                await asyncio.sleep(0)
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
    return totals


async def _grade(row: Row, grader: Grader) -> Grading:
    if row.question is None or row.answer is None:
        return Grading(
            question_id="unknown", status="ungraded", score=None, grader=grader.info, usage=None, reason=row.reason or "bad row"
        )
    return await grading(grader, row.question, row.answer)


def _line(row: Row, result: Grading) -> str:
    return f'{{"id":{json.dumps(row.id, ensure_ascii=False)},{result.model_dump_json()[1:]}'
