"""report, history, show and progress: what was answered before."""

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

import click

from interviewer.bank.bank import Bank, load_bank, open_bank
from interviewer.cli.completion import complete_question, complete_session
from interviewer.cli.options import Day, bank_option, bar_option, say
from interviewer.context import Context
from interviewer.errors import InputError
from interviewer.models import Attempt, Bar, Measure, Session
from interviewer.practice.outcomes import real_rounds
from interviewer.practice.plan import Plan, outlook, read_plan, summary
from interviewer.practice.progress import progress as compute_progress
from interviewer.practice.schedule import replay
from interviewer.report.anki import to_anki
from interviewer.report.cohort import Cohort, read_cohort
from interviewer.report.csv import to_csv
from interviewer.report.model import Report, build_report, summarise, to_json
from interviewer.report.render import to_html, to_markdown
from interviewer.settings import load_settings
from interviewer.storage.store import Store, open_store
from interviewer.text.atomic_write import refuse_overwrite, write_atomically
from interviewer.text.clean import clean_path
from interviewer.text.words import visible
from interviewer.ui.screen import Screen, sentence
from interviewer.ui.views.attempts import PastAttempt, show_attempts, show_matches
from interviewer.ui.views.listings import show_history
from interviewer.ui.views.progress import show_progress

Format = Literal["md", "html", "json", "csv", "anki"]
COHORT_WRITERS: dict[Format, Callable[[Report | Cohort], str]] = {
    "md": to_markdown,
    "html": to_html,
    "json": to_json,
    "csv": to_csv,
}
WRITERS: dict[Format, Callable[[Report], str]] = {**COHORT_WRITERS, "anki": to_anki}
_ENDINGS = {"anki": "txt"}


def _open(context: Context) -> closing[Store]:
    """Return the store to use in a `with`; it says on stderr what of it cannot be read."""
    return closing(open_store(context.paths.database, say))


@click.command()
@click.argument("session", type=int, required=False, shell_complete=complete_session)
@click.option("--last", type=click.IntRange(1), metavar="N", help="The last N sessions with an answer.")
@click.option("--since", type=Day(), metavar="DATE", help="Sessions since this day, such as 2026-11-02.")
@click.option("--all", "whole", is_flag=True, help="The whole history.")
@click.option(
    "--from",
    "graded",
    type=click.Path(),
    multiple=True,
    metavar="FILE",
    help="Report on outputs of a batch instead: JSON Lines or Parquet, a folder of them, or a quoted pattern. Repeatable.",
)
@click.option("--format", "form", type=click.Choice(list(WRITERS)), default="md", show_default=True, help="Output format.")
@click.option("--output", type=click.Path(), help="Output file, or - for stdout. Default: interviewer-SESSION.FORMAT here.")
@bar_option
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.pass_obj
def report(
    context: Context,
    session: int | None,
    last: int | None,
    since: datetime | None,
    whole: bool,
    graded: tuple[str, ...],
    form: Format,
    output: str | None,
    bar: Bar | None,
    force: bool,
) -> None:
    """Write SESSION (default: the latest with an answer), or several sessions, as a report you can keep.

    HTML is one page without scripts that prints well; JSON keeps to data/report.schema.json; CSV has one row an answer;
    anki is a text file that Anki imports, a card for each question of which something was missed.
    With --from, the hardest questions come first, with what most people miss and which answers to read again.
    """
    if sum(chosen not in {None, False, ()} for chosen in (session, last, since, whole, graded)) > 1:
        raise InputError("SESSION, --last, --since, --all and --from exclude each other", next_step="give one of them")
    if graded:
        if form not in COHORT_WRITERS:
            raise InputError(f"a batch has no format {form}", next_step=f"formats: {', '.join(COHORT_WRITERS)}")
        name = (Path(graded[0]).exists() and len(graded) == 1 and Path(graded[0]).stem) or "cohort"
        text = COHORT_WRITERS[form](read_cohort(graded, load_bank(), context.now()))
    else:
        with _open(context) as store:
            sessions = [store.session(session)] if session is not None else _chosen(store, last, since, whole=whole)
            numbers = {one.id for one in sessions}
            attempts = [a for a in store.attempts(session) if a.session in numbers]
            if not attempts:
                raise InputError(f"session {session} has no answer", next_step="list the sessions: interviewer history")
            document = build_report(sessions, _read_against(attempts, bar), context.now())
        text = WRITERS[form](document)
        name = "-".join(["interviewer", *dict.fromkeys((str(sessions[0].id), str(sessions[-1].id)))])
    if output == "-":
        click.echo(text, nl=False)
        return
    path = Path(output or f"{name}.{_ENDINGS.get(form, form)}")
    refuse_overwrite(path, text, force=force, interactive=context.interactive and output is not None)
    write_atomically(path, text)
    click.echo(clean_path(path))


def _read_against(attempts: Sequence[Attempt], bar: Bar | None) -> Sequence[Attempt]:
    """Return the attempts with another bar than that of their session, if one is given."""
    return [attempt.model_copy(update={"bar": bar}) for attempt in attempts] if bar else attempts


def _chosen(store: Store, last: int | None, since: datetime | None, *, whole: bool) -> list[Session]:
    """Return the sessions that are asked for and have an answer, oldest first."""
    having = {attempt.session for attempt in store.attempts()}
    sessions = [session for session in store.sessions() if session.id in having]
    if since is not None:
        sessions = [session for session in sessions if session.created >= since.astimezone()]
    elif not whole:
        sessions = sessions[-(last or 1) :]
    if not sessions:
        raise InputError(
            "there is no answer yet" if since is None else f"there is no answer since {since:%Y-%m-%d}",
            next_step="start: interviewer practice",
        )
    return sessions


@click.command()
@click.option("--search", metavar="WORDS", help="Find the answers with all of these words instead.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_obj
def history(context: Context, search: str | None, as_json: bool) -> None:
    """List past sessions that have an answer, newest last, with their mean scores.

    Estimates, those that you confirmed, and LLM scores are kept apart.

    `interviewer show SESSION` shows the answers of one.
    """
    with _open(context) as store:
        attempts, sessions = store.attempts(), store.sessions()
    if search is not None:
        _show_found(context, search, attempts, as_json=as_json)
        return
    own = {session.id: [attempt for attempt in attempts if attempt.session == session.id] for session in sessions}
    rows = [summarise(session, own[session.id]) for session in sessions if own[session.id]]
    if as_json:
        click.echo(json.dumps([row.model_dump(mode="json") for row in rows], indent=2))
        return
    screen = Screen(context.stdout, context.stderr)
    show_history(screen, rows)
    if rows and context.interactive:
        screen.status("The answers of a session: interviewer show SESSION")


def _show_found(context: Context, search: str, attempts: Sequence[Attempt], *, as_json: bool) -> None:
    """Print the answers in which all words stand, in whatever order and case, also inside longer words."""
    words = visible(search).casefold().split()
    if not words:
        raise InputError("there is nothing to search for", next_step="history --search 'class weights'")
    found = [
        attempt
        for attempt in attempts
        if all(word in visible(f"{attempt.question.question} {attempt.transcript}").casefold() for word in words)
    ]
    if as_json:
        click.echo(json.dumps([one.model_dump(mode="json") for one in found], ensure_ascii=False, indent=2))
        return
    screen = Screen(context.stdout, context.stderr)
    show_matches(screen, found, words)
    if not found:
        screen.status("No answer has these words.")


@click.command()
@click.argument("session", type=int, required=False, shell_complete=complete_session)
@click.argument("question", required=False, shell_complete=complete_question)
@bar_option
@click.option("--raw", is_flag=True, help="Also print what the model said, word for word.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list and nothing else.")
@click.pass_obj
def show(context: Context, session: int | None, question: str | None, bar: Bar | None, raw: bool, as_json: bool) -> None:
    """Show the answers of SESSION (default: the latest) with their grades, follow-ups and disputes.

    With QUESTION, an id or a number, show all attempts at that question, in whatever session, side by side. Every earlier grade
    is listed.
    """
    with _open(context) as store:
        found = store.session(session)
        if question is None:
            attempts: Sequence[Attempt] = store.attempts(found.id)
        else:
            planned = Bank(store.planned(found.id))
            asked = planned.get(question)
            if asked is None:
                names = ", ".join(one.id for one in planned)
                raise InputError(f"session {found.id} has no question {question!r}", next_step=f"it has: {names}")
            attempts = store.attempts(question=asked.id)
        attempts = _read_against(attempts, bar)
        past = [PastAttempt(attempt, store.gradings(attempt.id)) for attempt in attempts]
    if not past:
        what = f"session {found.id} has no answer" if question is None else "this question has no answer"
        raise InputError(what, next_step="list the sessions: interviewer history")
    if as_json:
        click.echo(json.dumps([_as_json(one, raw=raw) for one in past], ensure_ascii=False, indent=2))
        return
    screen = Screen(context.stdout, context.stderr)
    for name in dict.fromkeys(attempt.question.id for attempt in attempts):
        group = [one for one in past if one.attempt.question.id == name]
        show_attempts(screen, group[-1].attempt.question, group, raw=raw)


def _as_json(past: PastAttempt, *, raw: bool) -> dict[str, object]:
    gradings = [
        {"created": one.created.isoformat()} | one.grading.model_dump(mode="json") | ({"raw": one.grading.raw} if raw else {})
        for one in past.gradings
    ]
    return past.attempt.model_dump(mode="json", exclude={"grading"}) | {"gradings": gradings}


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
    with _open(context) as store:
        attempts, reviews = store.attempts(), store.reviews()
        rounds = real_rounds(store.outcomes(), attempts, store.sessions())
    memory = {kind: replay(reviews, kind) for kind in get_args(Measure)}
    questions = open_bank(bank, context.paths.banks)
    found = compute_progress(attempts, memory, questions, context.now(), rounds)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    show_progress(context, found)
    if bank is None and attempts:
        settings = load_settings(context.environ, context.paths)
        plan = read_plan(context.paths.plan) or Plan()
        line = summary(outlook(plan, questions, reviews, settings.kind, context.now()))
        Screen(context.stdout, context.stderr).section("Plan (interviewer plan)", f"{sentence(line)}.")
