"""Grading on a Ray cluster: a callable class for Ray Data, and `interviewer batch --engine ray`, which is built on it.

    import ray
    from interviewer.ray import Grade

    answers = ray.data.read_parquet("s3://bucket/answers/")
    four = ray.data.ActorPoolStrategy(size=4)
    graded = answers.map_batches(Grade, batch_size=64, compute=four, fn_constructor_kwargs={"actors": 4, "grader": "llm"})
    graded.write_parquet("s3://bucket/graded/")

An actor holds a CPU. Have fewer of them than CPUs: where they hold all, nothing is read, and the job waits without a word.
In a batch, tasks read blocks of rows, actors grade them, and the driver writes the results with the writer of every batch,
which puts them in order and survives a kill.
"""

import asyncio
import logging
import os
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from itertools import islice
from threading import Thread
from typing import Any
from weakref import finalize

from interviewer.bank.bank import Bank, load_bank
from interviewer.batch.budget import Budget
from interviewer.batch.limiter import AdaptiveLimiter
from interviewer.batch.plan import RunPlan
from interviewer.batch.rows import UNGRADED, ResultRow, Row, read_row, result_line
from interviewer.batch.runner import Totals, Work, grade_row, run_concurrently
from interviewer.batch.source import RowBlock, Source, as_line
from interviewer.config_file import GraderChoice
from interviewer.context import real_context
from interviewer.errors import InputError, InterviewerError
from interviewer.grading.grade import open_configured_grader
from interviewer.grading.grader import Grader
from interviewer.grading.identity import grader_identity
from interviewer.models import GraderInfo, Grading
from interviewer.settings import Settings, load_settings

_BATCH = 64
"""Rows that an actor gets together, and the most that are sent again if it dies."""
_AT_ONCE = 16
"""Rows that an actor grades at once, where there are CPUs for more actors."""


class Grade:
    """Grades batches of rows, in an actor of Ray Data or anywhere else. Nothing is raised: no row ends a job.

    A batch has the columns of a row of `interviewer batch`, or that row as JSON in the column `line`; and `row`, the place of
    each among all rows, if the order matters. Returned are `row`; `result`, a line of the output of `interviewer batch`, with
    a grade or the reason why there is none; and `left`: whether the row stays to be done, since the grader failed again and
    again or a limit was reached.
    """

    def __init__(
        self,
        *,
        actors: int = 1,
        concurrency: int = 16,
        budget: Budget | None = None,
        grader: GraderChoice | None = None,
        model: str | None = None,
        samples: int = 1,
        settings: Settings | None = None,
        bank: Bank | None = None,
    ) -> None:
        """Say how to grade; the grader is opened with the first batch, and kept.

        Args:
            actors: how many of these share `concurrency` and `budget`.
            concurrency: the most rows at once, of all actors together.
            budget: limits on tokens and dollars, of all actors together.
            grader: "llm" or "embedded"; by default whichever the environment of the actor asks for.
            model: the LLM to grade with.
            samples: how often an LLM grades each answer; the majority decides.
            settings: in place of these three; a key in it goes to the actors.
            bank: the questions; by default the built-in ones.
        """
        self._at_once = max(1, concurrency // actors)
        budget = budget or Budget(None, None, None)
        self._budget = replace(
            budget,
            tokens=None if budget.tokens is None else budget.tokens // actors,
            dollars=None if budget.dollars is None else budget.dollars / actors,
        )
        self._choice = grader, model, samples, settings
        self._context = real_context()
        self._bank = bank
        self._totals = Totals()
        """The totals of all batches so far; once they say why the run stopped, no further row is graded."""
        self._loop = asyncio.Runner()
        self._open_until_deleted = AsyncExitStack()
        # Not `__del__`: the collector may take the event loop, which is part of a cycle, before this object.
        finalize(self, _close, self._loop, self._open_until_deleted)
        self._opened: tuple[Grader, str, AdaptiveLimiter] | None = None
        self._info = GraderInfo(kind="llm", model="", prompt_version="", estimate=False)

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        lines = list(_lines_of(batch))
        places = [int(place) for place in batch["row"]] if "row" in batch else list(range(len(lines)))
        rows = [Row(place, f"row-{place + 1}") for place in places]
        results: dict[int, str] = {}
        try:
            grader, identity, limiter = self._opened = self._opened or self._loop.run(self._open())
            self._info = grader.info
            bank = self._bank = self._bank or load_bank()
            rows = [read_row(place, line, bank, identity) for place, line in zip(places, lines, strict=True)]
            self._loop.run(self._grade(rows, results, grader, limiter))
        except Exception as error:  # noqa: BLE001  # it would end the job, and cost all other rows
            failed = f"the grader failed ({type(error).__name__})"
            self._totals.stopped = error.message if isinstance(error, InterviewerError) else failed
        left = Grading.ungraded("unknown", self._info, self._totals.stopped or "not graded")
        return {
            "row": places,
            "result": [results.get(row.index) or result_line(row, left) for row in rows],
            "left": [row.index not in results for row in rows],
        }

    async def _open(self) -> tuple[Grader, str, AdaptiveLimiter]:
        kind, model, samples, settings = self._choice
        settings = settings or load_settings(
            self._context.environ, self._context.paths, grader=kind, model=model, samples=samples, propose=False
        )
        grader = await self._open_until_deleted.enter_async_context(open_configured_grader(settings, self._context))
        await grader.warm()
        limiter = AdaptiveLimiter(self._at_once, grader.backpressure, timeout=settings.timeout)
        return grader, grader_identity(settings.kind, settings.samples), limiter

    async def _grade(self, rows: Sequence[Row], results: dict[int, str], grader: Grader, limiter: AdaptiveLimiter) -> None:
        async def save(row: Row, result: Grading) -> None:
            results[row.index] = result_line(row, result)

        work = Work(
            grade=lambda row: grade_row(row, grader),
            save=save,
            unusable=lambda row: bool(row.reason),
            stop_reason=self._budget.stop_reason,
        )
        await run_concurrently(rows, work, limiter, self._context, self._totals)


def _close(loop: asyncio.Runner, opened: AsyncExitStack) -> None:
    """Close what was opened and its event loop, which takes another thread where a loop runs in this one."""

    def close() -> None:
        with suppress(Exception), loop:
            loop.run(opened.aclose())

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        close()
    else:
        Thread(target=close).start()


def _lines_of(batch: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield each row as JSON; what a column has no value for is left out."""
    if "line" in batch:
        yield from batch["line"]
        return
    names = [name for name in batch if name != "row"]
    for values in zip(*(batch[name] for name in names), strict=True):
        plain = {name: value.tolist() if hasattr(value, "tolist") else value for name, value in zip(names, values, strict=True)}
        yield as_line(plain)


@dataclass(frozen=True, slots=True)
class _Read:
    """The rows that are to be graded, as tasks of Ray Data read them."""

    source: Source
    blocks: Sequence[RowBlock]
    wanted: Sequence[Sequence[int] | None]
    """The places of the rows to grade in each block, in order; None for all of them."""

    def pieces(self, batch: Mapping[str, Any]) -> Iterator[dict[str, list[Any]]]:
        """Yield the rows of the blocks with these numbers, a few at a time."""
        for number in batch["id"]:
            block, places = self.blocks[number], self.wanted[number]
            chosen = None if places is None else frozenset(places)
            lines = enumerate(self.source.read(block), block.first)
            kept = ((place, line) for place, line in lines if chosen is None or place in chosen)
            while rows := list(islice(kept, _BATCH)):
                yield {"row": [place for place, _ in rows], "line": [line for _, line in rows]}


def grade_on_cluster(
    source: Source,
    plan: RunPlan,
    *,
    settings: Settings,
    bank: Bank | None,
    budget: Budget,
    concurrency: int,
    address: str | None,
    progress: Callable[[Totals], None],
) -> Totals:
    """Grade the rows of a plan on a cluster, or on one that is started here for it, and have its writer write each result.

    Raises:
        InputError: there is no such cluster.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
    os.environ.setdefault("RAY_COLOR_PREFIX", "0")
    import ray
    from ray.exceptions import RayError

    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError, RuntimeError, RayError) as error:
        if "uthentication" in f"{error} {error.__cause__}":
            step = "set RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN to what ray get-auth-token prints on its nodes"
            raise InputError(f"the Ray cluster at {address} wants its token", next_step=step) from error
        step = "check --address, or start one: ray start --head"
        raise InputError(f"there is no Ray cluster at {address}", next_step=step) from error
    totals = Totals()
    try:
        cpus = int(ray.cluster_resources().get("CPU", 1))
        # Tasks that read need a CPU: where actors hold all of them, the job waits for ever and says nothing.
        most = max(1, cpus - max(1, cpus // 8))
        actors = most if settings.kind == "embedded" else min(most, max(1, concurrency // _AT_ONCE))
        shared = {"actors": actors, "concurrency": concurrency, "budget": budget, "settings": settings, "bank": bank}
        read, index_of = _pending(source, plan)
        for batch in _graded(read, shared, actors, 1 if cpus > 1 else 0.5) if read.blocks else ():
            for place, line, left in zip(batch["row"], batch["result"], batch["left"], strict=True):
                result = ResultRow.model_validate_json(line)
                if left:
                    totals.stopped = result.reason or ""
                    continue
                plan.writer.add(index_of(int(place)), str(line))
                totals.spend(result.usage)
                totals.add(result, result.id)
                progress(totals)
    except RayError as error:
        if isinstance(error, InterviewerError):  # which a task raised
            raise
        failed = f"the cluster failed ({type(error).__name__}); {plan.writer.saved} of {plan.total} saved"
        raise InterviewerError(failed, next_step="go on: run the same command again") from error
    finally:
        ray.shutdown()
    return totals


def _graded(read: "_Read", shared: Mapping[str, Any], actors: int, cpus: float) -> Iterator[Mapping[str, Any]]:
    """Yield what the actors return, batch by batch, in the order in which it is ready."""
    from ray import data

    data.DataContext.get_current().enable_progress_bars = False
    rows = data.range(len(read.blocks), override_num_blocks=max(1, len(read.blocks)))
    rows = rows.map_batches(read.pieces, batch_size=1, num_cpus=0.5)
    # What is done together is lost together with an actor or the driver; a block that was read is far larger.
    rows = rows.repartition(target_num_rows_per_block=_BATCH)
    compute = data.ActorPoolStrategy(size=actors)
    graded = rows.map_batches(Grade, batch_size=_BATCH, compute=compute, num_cpus=cpus, fn_constructor_kwargs=shared)
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # their traceback of an error that is told here in one line
    yield from graded.iter_batches(batch_size=None, batch_format="numpy", prefetch_batches=0)


def _pending(source: Source, plan: RunPlan) -> tuple[_Read, Callable[[int], int]]:
    """Return the rows to read, and a function from a row's place in the file to its index for the writer."""
    blocks = source.blocks()
    if not plan.output.saved:
        return _Read(source, blocks, [None] * len(blocks)), lambda place: place
    deque(plan.rows(), maxlen=0)  # they are the rows that were graded
    if plan.is_rerun:
        with plan.output.output.open("rb") as file:
            places = [place for place, line in enumerate(file) if UNGRADED in line]
    else:
        places = list(range(plan.total))
    pending = [place for index, place in enumerate(places) if not plan.writer.done(index)]
    parts = [pending[bisect_left(pending, b.first) : bisect_left(pending, b.first + b.count)] for b in blocks]
    kept = [(block, part) for block, part in zip(blocks, parts, strict=True) if part]
    return _Read(source, [block for block, _ in kept], [part for _, part in kept]), lambda place: bisect_left(places, place)
