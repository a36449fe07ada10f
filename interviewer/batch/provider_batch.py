"""A batch through the provider's own batch endpoint: half the price, within a day, and nobody has to wait beside it."""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from interviewer.batch.provider_replies import Replies, Unanswered
from interviewer.batch.rows import Row
from interviewer.batch.runner import WINDOW, Totals, grade_row, result_line
from interviewer.batch.submitted_batches import Entry, SubmittedBatches
from interviewer.batch.writer import ResultWriter
from interviewer.context import Context
from interviewer.errors import GradingError
from interviewer.grading.llm import LLMGrader
from interviewer.llm.batches import BYTES_A_FILE, REQUESTS_A_FILE, Batch, Batches
from interviewer.llm.connection import Connection
from interviewer.settings import Settings

FIRST_LOOK, LONGEST_LOOK = 10.0, 300.0
"""Seconds between two looks at a batch: they grow, since a batch takes minutes at least and a day at most."""


@dataclass(frozen=True, slots=True)
class BatchJob:
    """What is to be graded, where the results go, and who is told of it."""

    settings: Settings
    context: Context
    rows: Callable[[], Iterator[Row]]
    writer: ResultWriter
    folder: Path
    tell: Callable[[str], None]


async def run_batches(job: BatchJob) -> Totals:
    """Grade all rows through batches; after a stop, go on with those that are under way.

    Each pass grades with the replies that are there and sends what is still unanswered, be it new, expired, cut off or in
    need of repair. The grader is the one of the direct path: only what carries its requests is another.

    Raises:
        GradingError: the provider refuses, or somebody cancelled a batch.
    """
    for _ in job.rows() if job.writer.resumed else ():
        pass  # rows that were changed are refused now, not after a day of waiting
    submitted = SubmittedBatches(job.folder, job.context.random)
    totals = Totals()
    connection = Connection(job.settings, job.context, job.tell)
    try:
        batches = Batches(job.settings, connection)
        while True:
            ended = await _finish(job, submitted, batches)
            left = await _grade(job, submitted, totals)
            _check(job, ended)
            if not left:
                submitted.remove()
                return totals
            submitted.begin(left)
    finally:
        await connection.close()


async def _finish(job: BatchJob, submitted: SubmittedBatches, batches: Batches) -> list[Batch]:
    """Send what is written, and wait until every batch has ended and its files are here."""
    for entry in submitted.open:
        await _send(job, submitted, batches, entry)
    ended: list[Batch] = []
    pause = FIRST_LOOK
    while waiting := submitted.open:
        for entry in waiting:
            batch = await _look(job, batches, entry)
            if batch is not None and not batch.running:
                there = (batch.error_file_id, batch.output_file_id)
                for file_id, file in zip(there, submitted.replies(entry.number), strict=True):
                    if file_id:
                        await batches.download(file_id, file)
                submitted.write(entry.model_copy(update={"ended": batch.status}))
                ended.append(batch)
        if submitted.open:
            await job.context.sleep(pause)
            pause = min(LONGEST_LOOK, pause * 1.5)
    return ended


async def _send(job: BatchJob, submitted: SubmittedBatches, batches: Batches, entry: Entry) -> None:
    if entry.file is None:
        entry = submitted.write(entry.model_copy(update={"file": await batches.upload(submitted.requests(entry.number))}))
    elif entry.batch is None and (begun := await batches.find(entry.mark)):
        entry = submitted.write(entry.model_copy(update={"batch": begun.id}))  # stopped before it could be written down
    if entry.batch is None:
        batch = await batches.create(entry.file or "", entry.mark)
        entry = submitted.write(entry.model_copy(update={"batch": batch.id}))
        job.tell(f"sent batch {entry.batch}; you may stop here (Ctrl-C): the same command goes on, also on another day")


async def _look(job: BatchJob, batches: Batches, entry: Entry) -> Batch | None:
    """Return a batch as it is now, or None where that can be seen later only."""
    try:
        batch = await batches.look(entry.batch or "")
    except GradingError as error:
        failure = getattr(error, "failure", None)
        if failure is None or not failure.transient:
            raise
        job.tell(f"{error.message}; asking again later")
        return None
    counts = batch.request_counts
    job.tell(
        f"batch {batch.id}: {batch.status}" + (f", {counts.completed} of {counts.total}" if counts and counts.total else "")
    )
    return batch


async def _grade(job: BatchJob, submitted: SubmittedBatches, totals: Totals) -> int:
    """Grade every row whose replies are there; write requests for the others, and return how many files they fill."""
    replies = await asyncio.to_thread(Replies, submitted, job.settings)
    grader = LLMGrader(job.settings, job.context, job.tell, replies.post)
    writer = _Requests(submitted)
    oldest: int | None = None
    try:
        for row in job.rows():
            if job.writer.done(row.index):
                continue
            try:
                result = await grade_row(row, grader)
            except Unanswered as request:
                writer.add(request)
                oldest = row.index if oldest is None else oldest
                continue
            if oldest is None or row.index < oldest + WINDOW:  # further ahead it would wait in memory: next time
                job.writer.put(row.index, result_line(row, result))
                totals.add(result)
    finally:
        writer.close()
        await grader.close()
    return writer.files


def _check(job: BatchJob, ended: list[Batch]) -> None:
    """Stop where going on would only repeat what has just failed, or what somebody did not want."""
    for batch in ended:
        if batch.status == "cancelled":
            raise GradingError(f"batch {batch.id} was cancelled", next_step="the same command sends what is left of it")
    if ended and all(batch.status not in {"completed", "expired"} for batch in ended):
        raise GradingError(
            f"{job.settings.host} ended batch {ended[0].id} as {ended[0].status}: {ended[0].complaint}",
            next_step="fix that, then run the same command again",
        )


class _Requests:
    """Writes requests into files that keep to the provider's limits. The same request is written once."""

    def __init__(self, submitted: SubmittedBatches) -> None:
        self._submitted = submitted
        self._seen: set[str] = set()
        self._room = self._bytes = 0
        self._out: BinaryIO | None = None
        self.files = 0

    def add(self, request: Unanswered) -> None:
        if str(request) in self._seen:
            return
        self._seen.add(str(request))
        line = f"{request.line}\n".encode()
        if self._out is None or self._room == 0 or self._bytes + len(line) > BYTES_A_FILE:
            self.close()
            self._out = self._submitted.requests(self._submitted.following + self.files).open("wb")
            self.files += 1
            self._room, self._bytes = REQUESTS_A_FILE, 0
        self._out.write(line)
        self._room -= 1
        self._bytes += len(line)

    def close(self) -> None:
        if self._out is not None:
            self._out.flush()
            os.fsync(self._out.fileno())
            self._out.close()
