"""batch: many answers at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interviewer.bank.user_banks import open_bank
from interviewer.cli.options import bank_option, grader_option, model_option, say_where_answers_go
from interviewer.context import Context
from interviewer.errors import ExitCode, InputError, Stopped
from interviewer.settings import GraderChoice, Settings, load_settings
from interviewer.signals import run_async
from interviewer.text.clean import clean_line

if TYPE_CHECKING:
    from interviewer.batch.budget import Budget
    from interviewer.batch.rows import Row
    from interviewer.batch.runner import Totals


class _Price(click.ParamType[tuple[float, float]]):
    """Dollars for a million prompt tokens and for a million completion tokens."""

    name = "IN,OUT"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        try:
            asked, answered = (float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not two numbers such as 0.25,2.00", param, ctx)
        if asked < 0 or answered < 0:
            self.fail("a price is not negative", param, ctx)
        return asked, answered


@click.command()
@click.argument("answers", type=click.Path(path_type=Path))
@click.option(
    "--output", type=click.Path(path_type=Path), required=True, help="Output file for the graded rows, in the same order."
)
@click.option("--concurrency", type=click.IntRange(1, 512), default=16, show_default=True, help="Maximum concurrent requests.")
@click.option("--max-tokens", type=click.IntRange(1), help="Start no more rows once this many tokens have been used.")
@click.option(
    "--max-cost", type=click.FloatRange(0), help="Start no more rows once this many dollars have been spent; needs --price."
)
@click.option("--price", type=_Price(), help="Dollars per million prompt tokens and per million completion tokens.")
@click.option(
    "--openai-batch", is_flag=True, help="Send everything as batches of the provider: cheaper, and done within a day."
)
@click.option("--dry-run", is_flag=True, help="Estimate the work and cost; grade nothing.")
@bank_option
@grader_option
@model_option
@click.pass_obj
def batch(
    context: Context,
    answers: Path,
    output: Path,
    concurrency: int,
    max_tokens: int | None,
    max_cost: float | None,
    price: tuple[float, float] | None,
    openai_batch: bool,
    dry_run: bool,
    bank: str | None,
    grader: GraderChoice | None,
    model: str | None,
) -> ExitCode:
    """Grade every row of ANSWERS (JSON Lines) into --output.

    A row is {"id", "question": NUMBER|ID, "answer"}, or for other questions {"id", "question": TEXT, "reference", "answer"}.
    To resume a run that was stopped, run the same command again. Once every row has had its turn, the same command
    tries those again that have no grade.
    """
    from interviewer.batch.budget import Budget
    from interviewer.batch.rows import read_rows

    if max_cost is not None and price is None:
        raise InputError("--max-cost needs a price", next_step="add --price IN,OUT in dollars per million tokens")
    settings = load_settings(context.environ, context.paths, grader=grader, model=model)
    questions = open_bank(bank, context.paths.banks)
    budget = Budget(max_tokens, max_cost, price)
    if dry_run:
        return _estimate(read_rows(answers, questions), settings, budget)
    if output.resolve() == answers.resolve():
        raise InputError("--output would overwrite the answers", next_step="choose another file")
    from interviewer.batch.retry_pass import plan_pass
    from interviewer.ui.views.progress_bar import counting, summary, telling

    tell = telling(context)
    folder = output.with_name(f"{output.name}.batches")
    _check_way(settings, context, folder, openai_batch=openai_batch)
    turn = plan_pass(output, lambda: read_rows(answers, questions), _count(answers))
    writer, total = turn.writer, turn.total
    if turn.again:
        tell(f"Trying again what has no grade: {total} of {turn.whole.written} rows")
    say_where_answers_go(context, settings)
    if openai_batch:
        budget.check(row for row in turn.rows() if not writer.done(row.index))

    async def work() -> "Totals":
        try:
            if openai_batch:
                from interviewer.batch.provider_batch import BatchJob, run_batches

                return await run_batches(BatchJob(settings, context, turn.rows, writer, folder, tell))
            from interviewer.batch.runner import run
            from interviewer.grading.grade import open_grader

            async with open_grader(settings, context) as judge:
                await judge.warm()
                with counting(context, "Grading", total, writer.resumed, budget.spent) as progress:
                    return await run(
                        turn.rows(), judge, writer, concurrency=concurrency, enough=budget.enough, progress=progress
                    )
        finally:
            writer.close()  # while the loop runs, which hears of each group that has come to disk

    try:
        totals = run_async(work())
    except KeyboardInterrupt:
        saved = f"{writer.kept} of {total} saved" if writer.kept else "stopped before the first row was graded"
        raise Stopped(saved, next_step="go on: run the same command again") from None
    turn.finish()
    summary(context, totals, writer, output, budget.spent(totals))
    return ExitCode.UNGRADED if writer.ungraded or totals.ungraded or totals.stopped else ExitCode.OK


def _count(answers: Path) -> int:
    if not answers.is_file():
        raise InputError(f"there is no file {answers}", next_step="check the path")
    with answers.open("rb") as file:
        return sum(1 for line in file if line.strip())


def _check_way(settings: Settings, context: Context, folder: Path, *, openai_batch: bool) -> None:
    """Refuse batches without an LLM, and requests beside batches: the same rows would be paid twice."""
    from interviewer.batch.submitted_batches import SubmittedBatches

    if openai_batch and settings.kind != "llm":
        raise InputError("--openai-batch needs an LLM", next_step="set OPENAI_API_KEY, or leave out --grader embedded")
    if (
        not openai_batch
        and folder.exists()
        and any(entry.file for entry in SubmittedBatches(folder, context.random).entries.values())
    ):
        raise InputError(
            f"rows of this output were sent as batches, and would be paid twice: {clean_line(str(folder), 4096)}",
            next_step="add --openai-batch to go on with them, or delete that folder",
        )


def _estimate(rows: "Iterator[Row]", settings: Settings, budget: "Budget") -> ExitCode:
    from interviewer.batch.estimate import estimate

    found = estimate(rows, llm=settings.kind == "llm")
    click.echo(
        f"{found.rows} row{'s' if found.rows != 1 else ''}: {found.good} can be graded, {found.rows - found.good} cannot"
    )
    for reason, count in found.reasons.most_common(5):
        click.echo(f"  {count}: {reason}")
    if settings.kind == "llm":
        click.echo(f"about {found.prompt_tokens:,} prompt and {found.completion_tokens:,} completion tokens")
        if budget.price:
            click.echo(f"about ${budget.cost(found.prompt_tokens, found.completion_tokens):.2f}")
    return ExitCode.OK
