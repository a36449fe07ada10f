"""evaluate: how far can this grader be trusted?"""

import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interviewer.bank.bank import load_bank, open_bank
from interviewer.bank.points import lacks_key_points
from interviewer.cli.options import bank_option, batch_proposals, say_where_answers_go, settings_options
from interviewer.context import Context
from interviewer.errors import ExitCode, GradingError, InputError, Stopped
from interviewer.settings import Settings
from interviewer.signals import run_async

if TYPE_CHECKING:
    from interviewer.batch.rows import Row
    from interviewer.models import GraderInfo

_GRADED_TWICE = ("/expert", "/half", "/wrong", "/off-topic")
"""Ends of the ids of the answers whose two scores are compared."""


@click.command()
@click.argument("dataset", type=click.Path(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--sample", type=click.IntRange(1), help="Grade a random sample of this many rows.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed for the sample and the intervals.")
@click.option("--concurrency", type=click.IntRange(1, 512), default=8, show_default=True, help="Maximum concurrent requests.")
@click.option("--fresh", is_flag=True, help="Grade everything again instead of resuming the last run.")
@bank_option
@settings_options
def evaluate(
    context: Context,
    settings: Settings,
    dataset: Path | None,
    as_json: bool,
    sample: int | None,
    seed: int,
    concurrency: int,
    fresh: bool,
    bank: str | None,
) -> ExitCode:
    """Measure the grader: against people's grades in DATASET, or, without one, on built-in answers of known rank.

    A row of DATASET has a question, a reference answer, an answer and a "score" from 0 to 1. It may have
    "verdicts" on the key points ("points" names them), a fair range "low" to "high" of the total, and a
    "kind". Where "verdicts" are on the sentences of a reference, no key points are proposed.
    Run a stopped command again to resume it.
    """
    from interviewer.batch.rows import read_rows
    from interviewer.evaluate.human_agreement import graded_by_people, measure_agreement, problems
    from interviewer.ui.views.evaluation import show_agreement

    if dataset is None:
        if sample is not None:
            raise InputError("--sample needs a DATASET", next_step="leave it out: the built-in set is small")
        return _check_behaviour(context, settings, concurrency, fresh=fresh, as_json=as_json)
    read = list(read_rows(dataset, open_bank(bank, context.paths.banks), labelled=True))
    rows = graded_by_people(read, sample, seed)
    began = time.monotonic()
    results, info = _graded(context, settings, rows, concurrency, "people", "Grading", fresh=fresh)
    found = measure_agreement(rows, results, info, seed, problems(read))
    return show_agreement(context, found, time.monotonic() - began, as_json=as_json)


def _check_behaviour(context: Context, settings: Settings, concurrency: int, *, fresh: bool, as_json: bool) -> ExitCode:
    """Grade the built-in answers, some of the easy ones twice, and show which checks the grader passes."""
    from interviewer.batch.rows import Row, read_results, read_rows
    from interviewer.evaluate.behaviour_checks import cases
    from interviewer.grading.segment import segment
    from interviewer.resources import resource
    from interviewer.ui.views.evaluation import show_behaviour_checks

    def scores(rows: list[Row], variant: str, what: str) -> tuple[dict[str, int], "GraderInfo"]:
        numbered = [replace(row, index=index) for index, row in enumerate(rows)]
        results, info = _graded(context, settings, numbered, concurrency, variant, what, fresh=fresh)
        return {result["id"]: result["score"]["overall"] for result in read_results(results) if result["score"]}, info

    bank = load_bank()
    rows = [Row(0, case.id, bank.find(case.question), segment(case.answer)) for case in cases(bank)]
    first, info = scores(rows, "checks", "Grading")
    second, _ = scores([row for row in rows if str(row.id).endswith(_GRADED_TWICE)], "checks again", "Grading some again")
    hard = list(read_rows(resource("data", "checks", "spoken.jsonl"), bank, labelled=True))
    results, _ = _graded(context, settings, hard, concurrency, "spoken", "Grading spoken answers", fresh=fresh)
    spoken = [(row, result["score"]) for row, result in zip(hard, read_results(results), strict=False) if result["score"]]
    return show_behaviour_checks(context, info, first, second, spoken, len(rows) + len(hard), as_json=as_json)


def _graded(
    context: Context, settings: Settings, rows: "list[Row]", concurrency: int, variant: str, what: str, *, fresh: bool
) -> "tuple[Path, GraderInfo]":
    """Grade the rows, or those that an earlier run has not; return the file with all results, and who graded.

    `what` names the part of the work whose rows are counted on screen.
    """
    from interviewer.batch.runner import grade_rows
    from interviewer.batch.writer import ResultWriter
    from interviewer.evaluate.human_agreement import cache_file
    from interviewer.grading.grade import open_configured_grader
    from interviewer.ui.views.progress_bar import progress_bar

    pointless = [row for row in rows if row.question and lacks_key_points(row.question)]
    judged = any(row.labels and row.labels.verdicts for row in pointless)  # then people's verdicts are on the derived ones
    proposals = batch_proposals(context, settings) if pointless and not judged else None

    async def work() -> "tuple[Path, GraderInfo]":
        async with open_configured_grader(settings, context) as grader:
            say_where_answers_go(context, settings)
            await grader.warm()
            folder = context.paths.data / "evaluations"
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = cache_file(
                folder, rows, grader.info, f"{variant}, {settings.samples} samples{', proposing' if proposals else ''}"
            )
            if fresh:
                file.unlink(missing_ok=True)
            with (
                closing(ResultWriter(file)) as writer,
                progress_bar(context, what, len(rows), writer.resumed) as progress,
            ):
                if proposals:
                    proposals.ask_again = not writer.resumed
                totals = await grade_rows(
                    rows,
                    grader,
                    writer,
                    context,
                    concurrency=concurrency,
                    timeout=settings.timeout,
                    proposals=proposals,
                    progress=progress,
                )
            if totals.stopped:
                raise GradingError(totals.stopped, next_step="the same command goes on from here")
            return file, grader.info

    try:
        return run_async(work())
    except KeyboardInterrupt:
        raise Stopped("stopped; what was graded is kept", next_step="go on: run the same command again") from None
