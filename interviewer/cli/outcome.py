"""outcome: what came of a real interview, for `progress` to set beside the practice before it."""

import json
from contextlib import closing
from datetime import datetime
from typing import get_args

import click

from interviewer.cli.completion import complete_session
from interviewer.cli.options import Day
from interviewer.context import Context
from interviewer.errors import InputError
from interviewer.models import Outcome, Result
from interviewer.practice.outcomes import real_rounds, relations
from interviewer.practice.schedule import local_day
from interviewer.storage.store import Store, open_store
from interviewer.text.clean import clean
from interviewer.ui.screen import Screen
from interviewer.ui.views.progress import show_real_rounds


@click.command()
@click.argument("result", type=click.Choice(get_args(Result)), required=False)
@click.option("--date", "day", type=Day(), metavar="DAY", help="The day of the interview. Default: today.")
@click.option("--note", default="", metavar="TEXT", help="Which round it was, such as a company or a stage.")
@click.option(
    "--session", type=int, metavar="N", shell_complete=complete_session, help="The session with its transcript (debrief)."
)
@click.option("--json", "as_json", is_flag=True, help="Print all of them as a JSON list and nothing else.")
@click.pass_obj
def outcome(
    context: Context, result: Result | None, day: datetime | None, note: str, session: int | None, as_json: bool
) -> None:
    """Note what came of a real interview: RESULT is passed, failed or waiting. Without RESULT, list what was noted.

    The same day and note again replaces what was noted before. `interviewer progress` shows how practice scores went with it.
    """
    screen = Screen(context.stdout, context.stderr)
    today = local_day(context.now())
    if result is None and (day is not None or note or session is not None):
        raise InputError("the result is missing", next_step=f"one of {', '.join(get_args(Result))}, such as: outcome passed")
    if day is not None and day.date() > today:
        raise InputError(f"{day.date()} is in the future", next_step="note it when the interview is over")
    with closing(open_store(context.paths.database, screen.status)) as store:
        if result is not None:
            about = None if session is None else _debriefed(store, session)
            when = day.date() if day else today
            said = " ".join(clean(note).split())
            store.keep_outcome(Outcome(day=when, result=result, note=said, session=about, created=context.now()))
        rounds = real_rounds(store.outcomes(), store.attempts(), store.sessions())
    if as_json:
        click.echo(json.dumps([one.model_dump(mode="json") for one in rounds], indent=2, ensure_ascii=False))
    elif rounds:
        show_real_rounds(screen, rounds, relations(rounds))
    else:
        screen.status("Nothing is noted yet. After an interview: interviewer outcome passed")


def _debriefed(store: Store, number: int) -> int:
    """Return the number of a session with the transcript of a real interview.

    Raises:
        InputError: it is none.
    """
    if store.session(number).mode == "debrief":
        return number
    known = [str(session.id) for session in store.sessions() if session.mode == "debrief"]
    step = f"--session one of: {', '.join(known)}" if known else "make one: interviewer debrief --transcript FILE"
    raise InputError(f"session {number} is no transcript of a real interview", next_step=step)
