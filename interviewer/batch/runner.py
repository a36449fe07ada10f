"""Grading many rows side by side: as many as the server bears, in the order in which they came."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from interviewer.batch.limiter import AdaptiveLimiter
from interviewer.batch.rows import Row
from interviewer.batch.writer import ResultWriter
from interviewer.grading.grade import grade_answer
from interviewer.grading.grader import Grader
from interviewer.models import Grading

WINDOW = 2_000
"""Rows that may be finished ahead of the oldest unfinished one. Bounds memory when a single row hangs."""
GIVE_UP = 20
"""Rows without a grade, and none graded that began after them, that end a run: whatever it is, it is not these answers."""

_MANY = 64
"""Rows at once from which one place stays free, so that a kill costs fewer rows than that; with fewer, a place is too dear."""
_APART = 0.002
"""Seconds between the first rows. What begins together ends together: for seconds the replies would come in waves, and server
and client would wait for each other in between."""


@dataclass
class Totals:
    """What has happened so far in this run."""

    graded: int = 0
    ungraded: Counter[str] = field(default_factory=Counter)
    bands: Counter[str] = field(default_factory=Counter)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    under_way: int = 0
    stopped: str = ""
    """Why the run ended before the last row."""

    @property
    def counted(self) -> int:
        return self.graded + self.ungraded.total()

    @property
    def ahead(self) -> float:
        """What has been spent, times this, will have been spent when the rows under way are through."""
        return 1 + self.under_way / max(1, self.counted)

    def add(self, result: Grading) -> None:
        if result.usage:
            self.prompt_tokens += result.usage.prompt_tokens
            self.completion_tokens += result.usage.completion_tokens
        if result.score is not None:
            self.graded += 1
            self.bands[result.score.band] += 1
        else:
            self.ungraded[result.reason or "unknown"] += 1


class _Results:
    """Hands results on to the writer; holds back a row without a grade until a later row shows that grading works.

    Later by when it began: rows that hang end together, long after all others, and are no sign of a server gone.
    """

    def __init__(self, writer: ResultWriter, totals: Totals) -> None:
        self._writer = writer
        self._totals = totals
        self._doubtful: dict[int, tuple[Row, Grading]] = {}
        self._latest = -1
        """Index of the row that began last of all those that were graded."""

    def add(self, row: Row, result: Grading) -> None:
        if result.score is not None:
            self._latest = max(self._latest, row.index)
            self.settle(before=self._latest)
            self._put(row, result)
        elif row.reason or row.index < self._latest:
            self._put(row, result)
        else:
            self._doubtful[row.index] = row, result
            if len(self._doubtful) >= GIVE_UP:
                self._totals.stopped = f"{GIVE_UP} rows in a row could not be graded ({result.reason}); they stay to be done"

    def settle(self, before: int = sys.maxsize) -> None:
        """Accept that the rows held back, up to an index, have no grade."""
        for index in [index for index in self._doubtful if index < before]:
            self._put(*self._doubtful.pop(index))

    def _put(self, row: Row, result: Grading) -> None:
        self._writer.put(row.index, result_line(row, result))
        self._totals.add(result)


async def run(
    rows: Iterator[Row],
    grader: Grader,
    writer: ResultWriter,
    *,
    concurrency: int,
    enough: Callable[[Totals], str] = lambda _: "",
    progress: Callable[[Totals], None] = lambda _: None,
) -> Totals:
    """Grade all rows that the writer does not have yet, and hand each result to it.

    `enough` is asked before each row; a text from it ends the run early, and is the reason.
    """
    totals = Totals()
    results = _Results(writer, totals)
    limiter = AdaptiveLimiter(concurrency - (concurrency >= _MANY), grader.rate_limited)
    woken = asyncio.Event()
    loop = asyncio.get_running_loop()
    writer.when_kept(lambda: loop.call_soon_threadsafe(woken.set))

    async def work(row: Row) -> None:
        began = time.monotonic()
        try:
            result = await grade_row(row, grader)
            if result.score is not None:
                limiter.finished(time.monotonic() - began, grader.rate_limited)
            results.add(row, result)
            progress(totals)
        finally:
            limiter.running -= 1
            woken.set()

    try:
        async with asyncio.TaskGroup() as group:
            for row in rows:
                if writer.done(row.index):
                    continue
                while not limiter.free(writer.pending) or row.index >= writer.written + WINDOW:
                    if not limiter.running:
                        results.settle()  # bad rows fill the window behind it: nobody is left to wait for
                    await woken.wait()
                    woken.clear()
                totals.under_way = limiter.running
                totals.stopped = totals.stopped or enough(totals)
                if totals.stopped:
                    break
                limiter.running += 1
                group.create_task(work(row))
                await asyncio.sleep(0 if totals.counted else _APART)
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
    if not totals.stopped:
        results.settle()
    return totals


async def grade_row(row: Row, grader: Grader) -> Grading:
    """Grade a row, or say why it cannot be."""
    if row.question is None or row.answer is None:
        return Grading(
            question_id="unknown", status="ungraded", score=None, grader=grader.info, usage=None, reason=row.reason or "bad row"
        )
    return await grade_answer(grader, row.question, row.answer)


def result_line(row: Row, result: Grading) -> str:
    """Return a result as a line of the output."""
    return f"{row.beginning}{result.model_dump_json()[1:]}"
