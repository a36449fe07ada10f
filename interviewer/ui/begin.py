"""Beginning a session: the first question is on the screen before anything is loaded that only its answer needs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from interviewer.context import Context
from interviewer.errors import ExitCode
from interviewer.models import Question, Round, SessionOptions
from interviewer.settings import Settings
from interviewer.storage.store import open_store
from interviewer.ui.opening import announce_grader, announce_transcriber, show_opening
from interviewer.ui.screen import Screen

if TYPE_CHECKING:
    from interviewer.voice.setup import VoiceSetup


def begin(
    context: Context,
    settings: Settings,
    questions: Sequence[Question],
    options: SessionOptions,
    voice: "VoiceSetup | None",
    *,
    confirm: bool | None,
) -> ExitCode:
    """Start a session with these questions and options, and run it; by default estimates are confirmed at a terminal."""
    screen = Screen(context.stdout, context.stderr)
    store = open_store(context.paths.database, screen.status)
    session = store.add_session(options, questions, context.now())
    announce_grader(settings, screen)
    if voice is not None:
        announce_transcriber(voice.server, screen)
    place = Round.at(1, session.rounds) if session.rounds else None
    show_opening(screen, session, questions, len(questions), place, timed=context.interactive)
    # With the question on the screen.
    from interviewer.grading.grade import make_grader
    from interviewer.practice.proposals import open_proposals
    from interviewer.practice.session import SessionRunner
    from interviewer.ui.run import run_opened_session

    grader = make_grader(settings, context, screen.warning)
    proposals = open_proposals(store, context, settings, screen.warning)
    runner = SessionRunner(context, store, session, tuple(questions), grader, proposals)
    return run_opened_session(runner, settings, screen, voice, confirm=confirm)
