"""A batch through the provider's own batch endpoint: half the price, done within a day, and the program may be stopped."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from interviewer.batch.provider_files import BatchFolder, Replies, RequestFiles, SubmittedBatch, Unanswered
from interviewer.batch.rows import Row, result_line
from interviewer.batch.runner import WINDOW, Totals, grade_row
from interviewer.batch.writer import ResultWriter
from interviewer.context import Context
from interviewer.errors import GradingError
from interviewer.grading.llm import LLMGrader
from interviewer.llm.batches import Batch, Batches
from interviewer.llm.connection import Connection
from interviewer.llm.failures import LLMRequestError
from interviewer.settings import Settings

_FIRST_PAUSE, _LONGEST_PAUSE = 10.0, 300.0
"""Seconds between two requests for the state of a batch: they grow, since it takes minutes at least and a day at most."""


@dataclass(frozen=True, slots=True)
class BatchJob:
    """The rows to grade, and where results and messages go."""

    settings: Settings
    context: Context
    rows: Callable[[], Iterator[Row]]
    writer: ResultWriter
    folder: Path
    notify: Callable[[str], None]


async def run_batches(job: BatchJob) -> Totals:
    """Grade all rows through batches; after a stop, go on with those that are under way.

    Each pass grades with the replies that are there and sends the requests that are still unanswered: new ones, repairs, and
    those that expired or were cut off. The grader is that of a direct run; only the transport of its requests differs.

    Raises:
        GradingError: the provider refuses a batch, or one was cancelled.
    """
    for _ in job.rows() if job.writer.resumed else ():
        pass  # rows that were changed are refused now, not after a day of waiting
    folder = BatchFolder(job.folder, job.context.random)
    totals = Totals()
    connection = Connection(job.settings, job.context, job.notify)
    try:
        provider = Batches(job.settings, connection)
        while True:
            ended = await _finish(job, folder, provider)
            left = await _grade(job, folder, totals)
            _check(job, ended)
            if not left:
                folder.remove()
                return totals
            folder.begin(left)
    finally:
        await connection.close()


async def _finish(job: BatchJob, folder: BatchFolder, provider: Batches) -> list[Batch]:
    """Send what is written, and wait until every batch has ended and its files are here."""
    for submitted in folder.unfinished:
        await _send(job, folder, provider, submitted)
    ended: list[Batch] = []
    pause = _FIRST_PAUSE
    while waiting := folder.unfinished:
        for submitted in waiting:
            batch = await _poll(job, provider, submitted)
            if batch is not None and not batch.running:
                there = (batch.error_file_id, batch.output_file_id)
                for file_id, file in zip(there, folder.replies(submitted.number), strict=True):
                    if file_id:
                        await provider.download(file_id, file)
                folder.record(submitted, ended=batch.status)
                ended.append(batch)
        if folder.unfinished:
            await job.context.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 1.5)
    return ended


async def _send(job: BatchJob, folder: BatchFolder, provider: Batches, submitted: SubmittedBatch) -> None:
    if submitted.file is None:
        submitted = folder.record(submitted, file=await provider.upload(folder.requests(submitted.number)))
    elif submitted.batch is None and (begun := await provider.find(submitted.mark)):
        submitted = folder.record(submitted, batch=begun.id)  # stopped before it could be written down
    if submitted.batch is None:
        batch = await provider.create(submitted.file or "", submitted.mark)
        submitted = folder.record(submitted, batch=batch.id)
        job.notify(f"sent batch {submitted.batch}; you may stop here (Ctrl-C): the same command goes on, also on another day")


async def _poll(job: BatchJob, provider: Batches, submitted: SubmittedBatch) -> Batch | None:
    """Return the present state of a batch, or None after a failure that may pass."""
    try:
        batch = await provider.retrieve(submitted.batch or "")
    except LLMRequestError as error:
        if not error.failure.transient:
            raise
        job.notify(f"{error.message}; asking again later")
        return None
    counts = batch.request_counts
    job.notify(
        f"batch {batch.id}: {batch.status}" + (f", {counts.completed} of {counts.total}" if counts and counts.total else "")
    )
    return batch


async def _grade(job: BatchJob, folder: BatchFolder, totals: Totals) -> int:
    """Grade every row whose replies are there; write requests for the others, and return how many files they fill."""
    replies = await asyncio.to_thread(Replies, folder, job.settings)
    grader = LLMGrader(job.settings, job.context, job.notify, replies.reply_to)
    requests = RequestFiles(folder)
    oldest: int | None = None
    saved: Future[None] | None = None
    try:
        for row in job.rows():
            if job.writer.done(row.index):
                continue
            try:
                result = await grade_row(row, grader)
            except Unanswered as request:
                requests.add(request)
                oldest = row.index if oldest is None else oldest
                continue
            if oldest is None or row.index < oldest + WINDOW:  # further ahead it would wait in memory: next time
                saved = job.writer.add(row.index, result_line(row, result))
                totals.spend(result.usage)
                totals.add(result, row.id)
        requests.close()
        if saved is not None:
            await asyncio.wrap_future(saved)
    finally:
        await grader.close()
    return requests.count


def _check(job: BatchJob, ended: list[Batch]) -> None:
    """Stop where the next pass would only repeat what has just failed or was cancelled."""
    for batch in ended:
        if batch.status == "cancelled":
            raise GradingError(f"batch {batch.id} was cancelled", next_step="the same command sends what is left of it")
    if ended and all(batch.status not in {"completed", "expired"} for batch in ended):
        raise GradingError(
            f"{job.settings.host} ended batch {ended[0].id} as {ended[0].status}: {ended[0].error_message}",
            next_step="fix that, then run the same command again",
        )
