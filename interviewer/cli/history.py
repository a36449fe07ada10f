"""history and show: past sessions, and past answers with their grades."""

import json
from collections.abc import Sequence
from contextlib import closing

import click

from interviewer.bank.bank import Bank
from interviewer.cli.completion import complete_question, complete_session
from interviewer.cli.options import bar_option, say
from interviewer.context import Context
from interviewer.errors import InputError
from interviewer.grading.bar import with_bar
from interviewer.models import Attempt, Bar
from interviewer.report.model import summarise
from interviewer.storage.store import open_store
from interviewer.text.words import visible
from interviewer.ui.screen import Screen
from interviewer.ui.views.attempts import PastAttempt, show_attempts, show_matches
from interviewer.ui.views.listings import show_history


@click.command()
@click.option("--search", metavar="WORDS", help="Find the answers with all of these words instead.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_obj
def history(context: Context, search: str | None, as_json: bool) -> None:
    """List past sessions that have an answer, newest last, with their mean scores.

    Estimates, those that you confirmed, and LLM scores are kept apart.

    `interviewer show SESSION` shows the answers of one.
    """
    with closing(open_store(context.paths.database, say)) as store:
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
        if all(word in visible(f"{attempt.question.question} {attempt.full_text}").casefold() for word in words)
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
    with closing(open_store(context.paths.database, say)) as store:
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
        attempts = with_bar(attempts, bar)
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
