"""progress: trends, what is due, and what came of real interviews."""

from contextlib import closing

import click

from interviewer.bank.bank import open_bank
from interviewer.cli.options import bank_option, say
from interviewer.context import Context
from interviewer.practice.outcomes import real_rounds
from interviewer.practice.plan import Plan, describe_outlook, outlook, read_plan
from interviewer.practice.progress import compute_progress
from interviewer.settings import load_settings
from interviewer.storage.store import open_store
from interviewer.ui.screen import Screen, sentence
from interviewer.ui.views.progress import show_progress


@click.command()
@bank_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.pass_obj
def progress(context: Context, bank: str | None, as_json: bool) -> None:
    """Show trends, what is missed again and again, what is due today, and how accurate your self-ratings are.

    What came of real interviews (interviewer outcome) stands beside the practice before them.

    Of each topic: the mean of the latest 5 answers, its change against the 5 before, and each day's mean. Estimates,
    those that you confirmed, and LLM scores are kept apart.
    """
    with closing(open_store(context.paths.database, say)) as store:
        attempts, reviews = store.attempts(), store.reviews()
        rounds = real_rounds(store.outcomes(), attempts, store.sessions())
    questions = open_bank(bank, context.paths.banks)
    found = compute_progress(attempts, reviews, questions, context.now(), rounds)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    show_progress(context, found)
    if bank is None and attempts:
        settings = load_settings(context.environ, context.paths)
        plan = read_plan(context.paths.plan) or Plan()
        line = describe_outlook(outlook(plan, questions, reviews, settings.kind, context.now()))
        Screen(context.stdout, context.stderr).section("Plan (interviewer plan)", f"{sentence(line)}.")
