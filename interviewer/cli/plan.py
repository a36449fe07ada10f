"""plan: what to practise until the interview."""

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from interviewer.bank.bank import Bank, load_bank
from interviewer.cli.completion import complete_topic
from interviewer.cli.options import Day, QuestionLevel, model_option, say, say_where_answers_go
from interviewer.context import Context
from interviewer.errors import InputError
from interviewer.models import Level
from interviewer.practice.plan import MINUTES_A_QUESTION, Plan, outlook, read_plan, write_plan
from interviewer.practice.schedule import local_day
from interviewer.settings import Settings, load_settings
from interviewer.storage.store import open_store
from interviewer.ui.screen import Screen
from interviewer.ui.views.plan import show_outlook, show_posting

if TYPE_CHECKING:
    from interviewer.practice.posting import Posting


@click.command()
@click.option("--date", "day", type=Day(), metavar="DAY", help="The day of the interview: 2026-12-09.")
@click.option("--level", type=QuestionLevel(["basic", "advanced", "all"]), help="Only questions of this level.")
@click.option("--topics", metavar="SLUG,…", shell_complete=complete_topic, help="Only these topics, or all.")
@click.option(
    "--minutes-a-day",
    type=click.IntRange(MINUTES_A_QUESTION, 600),
    metavar="N",
    help="How long a day's session may take; a question takes about 4 minutes.",
)
@click.option(
    "--job",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A job posting: what it asks for comes first. Read by the LLM if one is set up, else compared by its words.",
)
@model_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.pass_obj
def plan(
    context: Context,
    day: datetime | None,
    level: Level | Literal["all"] | None,
    topics: str | None,
    minutes_a_day: int | None,
    job: Path | None,
    model: str | None,
    as_json: bool,
) -> None:
    """Show the plan until your interview, or change what you give: it is kept, and `interviewer` starts each day's session.

    Each question that is unseen, and each that falls due before the day, is to be answered once until then.
    """
    settings = load_settings(context.environ, context.paths, model=model)
    bank = load_bank()
    chosen = read_plan(context.paths.plan) or Plan()
    changes: dict[str, object] = {}
    if day is not None:
        if day.date() < local_day(context.now()):
            raise InputError(f"{day.date()} is in the past", next_step="give the day of the interview: --date 2026-12-09")
        changes["day"] = day.date()
    if level is not None:
        changes["level"] = None if level == "all" else level
    if topics is not None:
        changes["topics"] = _known_topics(topics, bank)
    if minutes_a_day is not None:
        changes["minutes_a_day"] = minutes_a_day
    posting = _read_posting(context, settings, job, bank) if job else None
    if posting:
        changes["questions"] = posting.questions
    if changes:
        chosen = chosen.model_copy(update=changes)
        write_plan(context.paths.plan, chosen)
    screen = Screen(context.stdout, context.stderr)
    with closing(open_store(context.paths.database, screen.status)) as store:
        found = outlook(chosen, bank, store.reviews(), settings.kind, context.now())
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    if posting:
        show_posting(screen, posting, bank)
    show_outlook(screen, found, bank)


def _known_topics(given: str, bank: Bank) -> tuple[str, ...]:
    known = dict.fromkeys(question.topic for question in bank)
    topics = tuple(topic.strip() for topic in given.split(",") if topic.strip() not in {"", "all"})
    for topic in topics:
        if topic not in known:
            raise InputError(f"there is no topic {topic!r}", next_step=f"topics: {', '.join(known)}")
    return topics


def _read_posting(context: Context, settings: Settings, file: Path, bank: Bank) -> "Posting":
    """Find what a posting asks for: by the LLM where one is set up, by words where there is none or it fails."""
    from interviewer.practice.posting import ask_posting, match_posting
    from interviewer.text.clean import clean, clean_line
    from interviewer.text.read_file import decode, guess_encoding, read_bytes

    data = read_bytes(file)
    text = clean(decode(data, clean_line(str(file)), guess_encoding(data)))
    if not text.strip():
        raise InputError(f"{file} is empty", next_step="save the text of the posting there")
    if settings.kind == "embedded":
        return match_posting(text, bank)
    import asyncio

    from interviewer.errors import GradingError

    say_where_answers_go(context, settings)
    try:
        return asyncio.run(ask_posting(text, bank, settings, context))
    except GradingError as error:
        say(f"{error.message}: the posting is compared by its words")
        return match_posting(text, bank)
