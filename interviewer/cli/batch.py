"""batch: many answers at once."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from interviewer.bank.bank import Bank, open_bank
from interviewer.batch.budget import Budget, estimate_cost
from interviewer.batch.plan import RunPlan, plan_run
from interviewer.batch.provider_batch import BatchJob, run_batches
from interviewer.batch.provider_files import BatchFolder
from interviewer.batch.rows import Row, Shard, read_rows
from interviewer.batch.runner import Totals, as_proposed, grade_rows
from interviewer.batch.source import Source
from interviewer.cli.options import bank_option, batch_proposals, say_where_answers_go, settings_options
from interviewer.context import Context
from interviewer.errors import ExitCode, InputError, Stopped
from interviewer.grading.grade import open_configured_grader
from interviewer.grading.identity import grader_identity
from interviewer.models import Usage
from interviewer.practice.proposals import Proposals
from interviewer.ray import grade_on_cluster
from interviewer.settings import Settings
from interviewer.signals import run_async
from interviewer.text.clean import clean_path
from interviewer.ui.views.progress_bar import notifier, progress_bar, show_estimate, show_totals


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


def _shard(context: click.Context, option: click.Parameter, value: str | None) -> Shard | None:
    """Return the shard that I/N stands for."""
    if value is None:
        return None
    number, _, count = value.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise click.BadParameter(f"{value!r} is not a part such as 2/8", context, option)
    return Shard(int(number), int(count))


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """The options of a batch, beside those that say who grades."""

    location: str
    """The answers: a path, or for Ray also an address such as s3://bucket/answers.parquet."""
    output: Path
    concurrency: int
    max_tokens: int | None
    max_cost: float | None
    price: tuple[float, float] | None
    openai_batch: bool
    shard: Shard | None
    engine: Literal["ray"] | None
    address: str | None
    dry_run: bool
    bank: str | None

    @property
    def answers(self) -> Path:
        return Path(self.location)

    @property
    def folder(self) -> Path:
        """The folder of the provider's batches."""
        return Path(f"{self.output}.batches")

    @property
    def budget(self) -> Budget:
        return Budget(self.max_tokens, self.max_cost, self.price)


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
@settings_options
def batch(context: Context, settings: Settings, **given: Any) -> ExitCode:
    """Grade every row of ANSWERS (JSON Lines) into --output.

    A row is {"id", "question": NUMBER|ID, "answer"}, or for other questions {"id", "question": TEXT, "reference", "answer"}.
    To resume a run that was stopped, run the same command again. Once every row has had its turn, the same command
    tries those again that have no grade. Parts (--shard) may run on different machines, so none of them asks for key points.
    """
    options = BatchOptions(**given)
    _check_together(options, settings)
    if options.shard or options.engine:
        settings = settings.model_copy(update={"propose": False})
    questions = open_bank(options.bank, context.paths.banks)
    identity = grader_identity(settings.kind, settings.samples)
    source = _source(options.location) if options.engine else None

    def rows() -> Iterator[Row]:
        read = source.rows(questions, identity) if source else read_rows(options.answers, questions, identity)
        return options.shard.of(read) if options.shard else read

    if options.dry_run:
        requests = settings.samples if settings.kind == "llm" else 0
        show_estimate(estimate_cost(rows(), requests=requests, propose=settings.propose), options.budget)
        return ExitCode.OK
    answers, output = options.answers, options.output
    if str(output) == "-":
        raise InputError("a batch goes on from what its output holds, so that is a file", next_step="--output GRADED.jsonl")
    if answers.exists() and output.exists() and output.samefile(answers):  # by whatever name
        raise InputError("--output would overwrite the answers", next_step="choose another file")
    _check_route(context, settings, options)
    proposals = batch_proposals(context, settings)
    total = source.total if source else _count_rows(answers)
    total = options.shard.size(total) if options.shard else total
    plan = plan_run(output, lambda: (as_proposed(row, proposals) for row in rows()), total)
    if proposals:
        proposals.ask_again = not (plan.output.resumed or options.folder.exists())
    writer = plan.writer
    if plan.is_rerun:
        notifier(context)(f"Trying again what has no grade: {plan.total} of {plan.output.written} rows")
    say_where_answers_go(context, settings)
    try:
        with closing(writer):
            if source:
                totals = _run_on_ray(context, settings, options, plan, source, questions if options.bank else None)
            elif options.openai_batch:
                totals = _run_as_batches(context, settings, options, plan, proposals)
            else:
                totals = _run(context, settings, options, plan, proposals)
    except KeyboardInterrupt:
        saved = f"{writer.saved} of {plan.total} saved" if writer.saved else "stopped before the first row was graded"
        raise Stopped(saved, next_step="go on: run the same command again") from None
    plan.finish()
    show_totals(context, totals, writer, output, options.budget.cost_text(totals))
    return ExitCode.UNGRADED if writer.ungraded or totals.ungraded or totals.stopped else ExitCode.OK


def _check_together(options: BatchOptions, settings: Settings) -> None:
    """Refuse options that do not go together."""
    if options.engine and (options.shard or options.openai_batch):
        raise InputError("--engine, --shard and --openai-batch exclude each other", next_step="give one of them")
    if not options.engine and (options.location.endswith(".parquet") or "://" in options.location):
        raise InputError("only Ray reads Parquet and addresses", next_step="add --engine ray")
    if options.output.suffix == ".parquet":
        raise InputError("the output is JSON Lines", next_step="call it something.jsonl")
    if options.address and not options.engine:
        raise InputError("--address needs an engine", next_step="add --engine ray")
    if options.max_cost is not None and options.price is None:
        raise InputError("--max-cost needs a price", next_step="add --price IN,OUT in dollars per million tokens")
    if settings.samples > 1 and options.openai_batch:
        raise InputError("--samples needs single requests", next_step="leave out --openai-batch, or --samples")


def _run(context: Context, settings: Settings, options: BatchOptions, plan: RunPlan, proposals: Proposals | None) -> Totals:
    """Grade the rows of a plan with single requests."""

    async def work() -> Totals:
        async with open_configured_grader(settings, context) as judge:
            await judge.warm()
            with progress_bar(context, "Grading", plan.total, plan.writer.resumed, options.budget.cost_text) as progress:
                return await grade_rows(
                    plan.rows(),
                    judge,
                    plan.writer,
                    context,
                    concurrency=options.concurrency,
                    timeout=settings.timeout,
                    proposals=proposals,
                    stop_reason=options.budget.stop_reason,
                    progress=progress,
                )

    return run_async(work())


def _run_as_batches(
    context: Context, settings: Settings, options: BatchOptions, plan: RunPlan, proposals: Proposals | None
) -> Totals:
    """Grade the rows of a plan by the provider's batches."""

    def pending() -> Iterator[Row]:
        return (row for row in plan.rows() if not plan.writer.done(row.index))

    async def work() -> Totals:
        spent = Usage()
        if proposals:
            async with open_configured_grader(settings, context) as judge:
                left = (row.question for row in pending() if row.question)
                spent = await proposals.fill_all(judge, left, options.concurrency)
        job = BatchJob(settings, context, plan.rows, plan.writer, options.folder, notifier(context))
        totals = await run_batches(job)
        totals.spend(spent)
        return totals

    options.budget.check(pending(), propose=proposals is not None)
    return run_async(work())


def _source(location: str) -> Source:
    """Return the answers as Ray reads them.

    Raises:
        InputError: Ray is not installed.
    """
    if not (importlib.util.find_spec("ray") and importlib.util.find_spec("pyarrow")):
        raise InputError("--engine ray needs Ray", next_step="in the interviewer folder: pip install '.[ray]'")
    return Source(location if "://" in location else str(Path(location).absolute()))


def _run_on_ray(
    context: Context, settings: Settings, options: BatchOptions, plan: RunPlan, source: Source, bank: Bank | None
) -> Totals:
    """Grade the rows of a plan on a cluster; that an actor died is no data, although Ray prints it to stdout."""
    with (
        redirect_stdout(sys.stderr),
        progress_bar(context, "Grading", plan.total, plan.writer.resumed, options.budget.cost_text) as progress,
    ):
        return grade_on_cluster(
            source,
            plan,
            settings=settings,
            bank=bank,
            budget=options.budget,
            concurrency=options.concurrency,
            address=options.address,
            progress=progress,
        )


def _count_rows(answers: Path) -> int:
    if not answers.is_file():
        raise InputError(f"there is no file {answers}", next_step="check the path")
    with answers.open("rb") as file:
        return sum(1 for line in file if line.strip())


def _check_route(context: Context, settings: Settings, options: BatchOptions) -> None:
    """Refuse batches without an LLM, and single requests beside batches: the same rows would be paid twice."""
    if options.openai_batch and settings.kind != "llm":
        raise InputError("--openai-batch needs an LLM", next_step="set OPENAI_API_KEY, or leave out --grader embedded")
    if options.openai_batch or not options.folder.exists():
        return
    if any(batch.file for batch in BatchFolder(options.folder, context.random).batches.values()):
        raise InputError(
            f"rows of this output were sent as batches, and would be paid twice: {clean_path(options.folder)}",
            next_step="add --openai-batch to go on with them, or delete that folder",
        )
