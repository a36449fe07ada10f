"""progress: what all answers together say."""

import click

from interviewer.bank.bank import open_bank
from interviewer.cli.options import bank_option
from interviewer.context import Context
from interviewer.models import GraderKind


@click.command()
@bank_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.pass_obj
def progress(context: Context, bank: str | None, as_json: bool) -> None:
    """Show trends, what is missed again and again, what is due today, and how accurate your self-ratings are.

    Of each topic: the mean of the latest 5 answers, its change against the 5 before, and each day's mean. Estimates and
    LLM scores are kept apart.
    """
    from interviewer.practice.progress import progress as look_at
    from interviewer.practice.schedule import replay
    from interviewer.storage.store import open_store

    store = open_store(context.paths.database)
    try:
        attempts, reviews = store.attempts(), store.reviews()
    finally:
        store.close()
    kinds: tuple[GraderKind, ...] = ("embedded", "llm")
    memory = {kind: replay(reviews, kind) for kind in kinds}
    found = look_at(attempts, memory, open_bank(bank, context.paths.banks), context.now())
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    from interviewer.ui.views.progress import show_progress

    show_progress(context, found)
