"""batch: many answers at once."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from interviewer.bank.bank import Bank, open_bank
from interviewer.cli.options import (
    bank_option,
    grader_option,
    model_option,
    propose_option,
    samples_option,
    say_where_answers_go,
)
from interviewer.context import Context
from interviewer.errors import ExitCode, InputError, Stopped, StoreError
from interviewer.models import Usage
from interviewer.settings import GraderChoice, Settings, load_settings
from interviewer.signals import run_async
from interviewer.text.clean import clean_path

if TYPE_CHECKING:
    from interviewer.batch.plan import Budget, Plan
    from interviewer.batch.rows import Row, Shard
    from interviewer.batch.runner import Totals
    from interviewer.batch.source import Source
    from interviewer.practice.proposals import Proposals


def _price(context: click.Context, option: click.Parameter, value: str | None) -> tuple[float, float] | None:
    """Return dollars for a million prompt tokens and for a million completion tokens."""
    if value is None:
        return None
    try:
        prompt, completion = (float(part) for part in value.split(","))
    except ValueError:
        raise click.BadParameter(f"{value!r} is not two numbers such as 0.25,2.00", context, option) from None
    if prompt < 0 or completion < 0:
        raise click.BadParameter("a price is not negative", context, option)
    return prompt, completion


def _shard(context: click.Context, option: click.Parameter, value: str | None) -> "Shard | None":
    """Return the shard that I/N stands for."""
    if value is None:
        return None
    from interviewer.batch.rows import Shard

    number, _, count = value.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise click.BadParameter(f"{value!r} is not a part such as 2/8", context, option)
    return Shard(int(number), int(count))


@click.command()
@click.argument("location", metavar="ANSWERS")
@click.option(
    "--output", type=click.Path(path_type=Path), required=True, help="Output file for the graded rows, in the same order."
)
@click.option("--concurrency", type=click.IntRange(1, 512), default=16, show_default=True, help="Maximum concurrent requests.")
@click.option("--max-tokens", type=click.IntRange(1), help="Start no more rows once this many tokens have been used.")
@click.option(
    "--max-cost", type=click.FloatRange(0), help="Start no more rows once this many dollars have been spent; needs --price."
)
@click.option(
    "--price", metavar="IN,OUT", callback=_price, help="Dollars per million prompt tokens and per million completion tokens."
)
@click.option(
    "--openai-batch", is_flag=True, help="Send everything as batches of the provider: cheaper, and done within a day."
)
@click.option(
    "--shard",
    metavar="I/N",
    callback=_shard,
    help="Grade part I of N, on a machine of its own; `interviewer merge` joins them.",
)
@click.option("--engine", type=click.Choice(["ray"]), help="Grade on a Ray cluster; ANSWERS may be Parquet or a cloud address.")
@click.option("--address", help="The cluster: auto, or ray://HOST:PORT. Default: one that is started on this machine.")
@click.option("--dry-run", is_flag=True, help="Estimate the work and cost; grade nothing.")
@bank_option
@grader_option
@model_option
@samples_option
@propose_option
@click.pass_obj
def batch(
    context: Context,
    location: str,
    output: Path,
    concurrency: int,
    max_tokens: int | None,
    max_cost: float | None,
    price: tuple[float, float] | None,
    openai_batch: bool,
    shard: "Shard | None",
    engine: Literal["ray"] | None,
    address: str | None,
    dry_run: bool,
    bank: str | None,
    grader: GraderChoice | None,
    model: str | None,
    samples: int,
    no_propose: bool,
) -> ExitCode:
    """Grade every row of ANSWERS (JSON Lines) into --output.

    A row is {"id", "question": NUMBER|ID, "answer"}, or for other questions {"id", "question": TEXT, "reference", "answer"}.
    To resume a run that was stopped, run the same command again. Once every row has had its turn, the same command
    tries those again that have no grade. Parts (--shard) may run on different machines, so none of them asks for key points.
    """
    answers = Path(location)
    if engine and (shard or openai_batch):
        raise InputError("--engine, --shard and --openai-batch exclude each other", next_step="give one of them")
    if address and not engine:
        raise InputError("--address needs an engine", next_step="add --engine ray")
    from interviewer.batch.plan import Budget, estimate, plan_run
    from interviewer.batch.rows import read_rows
    from interviewer.batch.runner import as_proposed
    from interviewer.grading.identity import grader_identity
    from interviewer.ui.views.progress_bar import notifier, summary

    if max_cost is not None and price is None:
        raise InputError("--max-cost needs a price", next_step="add --price IN,OUT in dollars per million tokens")
    if samples > 1 and openai_batch:
        raise InputError("--samples needs single requests", next_step="leave out --openai-batch, or --samples")
    settings = load_settings(
        context.environ,
        context.paths,
        grader=grader,
        model=model,
        samples=samples,
        propose=not (no_propose or shard or engine),
    )
    questions = open_bank(bank, context.paths.banks)
    identity = grader_identity(settings.kind, settings.samples)
    budget = Budget(max_tokens, max_cost, price)
    source = _source(location) if engine else None

    def rows() -> "Iterator[Row]":
        read = source.rows(questions, identity) if source else read_rows(answers, questions, identity)
        return shard.of(read) if shard else read

    if dry_run:
        requests = settings.samples if settings.kind == "llm" else 0
        return _show_estimate(estimate(rows(), requests=requests, propose=settings.propose), budget)
    if answers.exists() and output.exists() and output.samefile(answers):  # by whatever name
        raise InputError("--output would overwrite the answers", next_step="choose another file")
    folder = Path(f"{output}.batches")
    _check_route(settings, context, folder, openai_batch=openai_batch)
    proposals = _proposals(context, settings)

    def as_graded() -> "Iterator[Row]":
        return (as_proposed(row, proposals) for row in rows())

    total = source.total if source else _count_rows(answers)
    plan = plan_run(output, as_graded, shard.size(total) if shard else total)
    if proposals:
        proposals.ask_again = not (plan.output.resumed or folder.exists())
    writer = plan.writer
    if plan.is_retry:
        notifier(context)(f"Trying again what has no grade: {plan.total} of {plan.output.written} rows")
    say_where_answers_go(context, settings)
    try:
        if source:
            totals = _run_on_ray(context, settings, plan, budget, concurrency, source, questions if bank else None, address)
        else:
            totals = _run(context, settings, plan, budget, concurrency, folder if openai_batch else None, proposals)
    except KeyboardInterrupt:
        saved = f"{writer.saved} of {plan.total} saved" if writer.saved else "stopped before the first row was graded"
        raise Stopped(saved, next_step="go on: run the same command again") from None
    plan.finish()
    summary(context, totals, writer, output, budget.cost_text(totals))
    return ExitCode.UNGRADED if writer.ungraded or totals.ungraded or totals.stopped else ExitCode.OK


def _proposals(context: Context, settings: Settings) -> "Proposals | None":
    """Open the store that keeps proposed key points, if an LLM is to propose any; a batch does without where there is none."""
    from interviewer.practice.proposals import open_proposals
    from interviewer.storage.store import open_store
    from interviewer.ui.views.progress_bar import notifier

    if settings.kind != "llm" or not settings.propose:
        return None
    notify = notifier(context)
    try:
        store = open_store(context.paths.database, notify)
    except StoreError as error:
        notify(f"{error.message}: no key points are proposed")
        return None
    click.get_current_context().call_on_close(store.close)
    return open_proposals(store, context, settings, notify)


def _run(
    context: Context,
    settings: Settings,
    plan: "Plan",
    budget: "Budget",
    concurrency: int,
    folder: Path | None,
    proposals: "Proposals | None",
) -> "Totals":
    """Grade the rows of a plan, by the provider's batches where there is a folder for them."""
    from interviewer.ui.views.progress_bar import counting, notifier

    notify = notifier(context)
    if folder:
        budget.check((row for row in plan.rows() if not plan.writer.done(row.index)), propose=proposals is not None)

    async def work() -> "Totals":
        from interviewer.batch.runner import run
        from interviewer.grading.grade import open_grader

        if folder:
            from interviewer.batch.provider_batch import BatchJob, run_batches

            spent = Usage()
            if proposals:
                left = (row.question for row in plan.rows() if row.question and not plan.writer.done(row.index))
                async with open_grader(settings, context) as judge:
                    spent = await proposals.fill_all(judge, left, concurrency)
            totals = await run_batches(BatchJob(settings, context, plan.rows, plan.writer, folder, notify))
            totals.spend(spent)
            return totals

        async with open_grader(settings, context) as judge:
            await judge.warm()
            with counting(context, "Grading", plan.total, plan.writer.resumed, budget.cost_text) as progress:
                return await run(
                    plan.rows(),
                    judge,
                    plan.writer,
                    context,
                    concurrency=concurrency,
                    timeout=settings.timeout,
                    proposals=proposals,
                    stop_reason=budget.stop_reason,
                    progress=progress,
                )

    with closing(plan.writer):
        return run_async(work())


def _source(location: str) -> "Source":
    """Return the answers as Ray reads them.

    Raises:
        InputError: Ray is not installed.
    """
    import importlib.util

    if not (importlib.util.find_spec("ray") and importlib.util.find_spec("pyarrow")):
        raise InputError("--engine ray needs Ray", next_step="in the interviewer folder: pip install '.[ray]'")
    from interviewer.batch.source import Source

    return Source(location if "://" in location else str(Path(location).absolute()))


def _run_on_ray(
    context: Context,
    settings: Settings,
    plan: "Plan",
    budget: "Budget",
    concurrency: int,
    source: "Source",
    bank: Bank | None,
    address: str | None,
) -> "Totals":
    """Grade the rows of a plan on a cluster."""
    from interviewer.ray import grade_on_cluster
    from interviewer.ui.views.progress_bar import counting

    with (
        closing(plan.writer),
        counting(context, "Grading", plan.total, plan.writer.resumed, budget.cost_text) as progress,
    ):
        return grade_on_cluster(
            source,
            plan,
            settings=settings,
            bank=bank,
            budget=budget,
            concurrency=concurrency,
            address=address,
            progress=progress,
        )


def _count_rows(answers: Path) -> int:
    if not answers.is_file():
        raise InputError(f"there is no file {answers}", next_step="check the path")
    with answers.open("rb") as file:
        return sum(1 for line in file if line.strip())


def _check_route(settings: Settings, context: Context, folder: Path, *, openai_batch: bool) -> None:
    """Refuse batches without an LLM, and single requests beside batches: the same rows would be paid twice."""
    if openai_batch and settings.kind != "llm":
        raise InputError("--openai-batch needs an LLM", next_step="set OPENAI_API_KEY, or leave out --grader embedded")
    if openai_batch or not folder.exists():
        return
    from interviewer.batch.provider_files import BatchFolder

    if any(batch.file for batch in BatchFolder(folder, context.random).batches.values()):
        raise InputError(
            f"rows of this output were sent as batches, and would be paid twice: {clean_path(folder)}",
            next_step="add --openai-batch to go on with them, or delete that folder",
        )


def _show_estimate(found: "Totals", budget: "Budget") -> ExitCode:
    rows = f"{found.counted} row{'s' if found.counted != 1 else ''}"
    click.echo(f"{rows}: {found.graded} can be graded, {found.ungraded.total()} cannot")
    for reason, count in found.ungraded.most_common(5):
        click.echo(f"  {count}: {reason}")
    if found.prompt_tokens:
        click.echo(f"about {found.prompt_tokens:,} prompt and {found.completion_tokens:,} completion tokens")
        if budget.price:
            click.echo(f"about {budget.cost_text(found)}")
    return ExitCode.OK
