"""Running a session: one that has just begun, one that was left before its end, or estimates that wait to be confirmed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

from interviewer.context import Context
from interviewer.errors import ExitCode, InputError, Stopped
from interviewer.grading.grade import make_grader
from interviewer.models import Attempt, Session
from interviewer.practice.proposals import open_proposals
from interviewer.practice.session import SessionRunner, ungraded
from interviewer.settings import Settings
from interviewer.signals import ignore_signals, run_async
from interviewer.storage.store import Store, open_store
from interviewer.text.words import plural
from interviewer.ui.ask import Dialogue
from interviewer.ui.confirm import confirm_estimates
from interviewer.ui.inputs.pipe import AnswerInput, PipeInput
from interviewer.ui.local_server_hint import LocalServerHint
from interviewer.ui.loop import run_session
from interviewer.ui.opening import announce_grader, announce_transcriber, show_opening
from interviewer.ui.screen import Screen
from interviewer.ui.views.score_card import show_result

if TYPE_CHECKING:
    from interviewer.voice.setup import VoiceSetup


def resume_session(
    context: Context, settings: Settings, number: int | None, voice: "VoiceSetup | None" = None, *, confirm: bool | None = None
) -> ExitCode:
    """Go on where a session stopped: the one with this number, else the latest with something done and something left to do.

    Only where there is none, one in which nothing was answered or typed: `history` does not list it.

    Raises:
        InputError: nothing is left of it, or of any.
    """
    screen = Screen(context.stdout, context.stderr)
    store = open_store(context.paths.database, screen.status)
    grader = make_grader(settings, context, screen.warning)
    proposals = open_proposals(store, context, settings, screen.warning)
    candidates = [store.session(number)] if number is not None else _latest_begun_first(store)
    for session in candidates:
        runner = SessionRunner(context, store, session, store.planned(session.id), grader, proposals)
        if session.mode == "grade" or not runner.is_open():
            continue
        announce_grader(settings, screen)
        if session.mode == "debrief":
            from interviewer.ui.regrade import grade_transcript

            with closing(store):
                return grade_transcript(context, screen, settings, store, session.id)
        if voice is not None:
            announce_transcriber(voice.server, screen)
        waiting = len(ungraded(store.attempts(session.id)))
        if waiting and session.mode != "interview":  # an interview grades them for its debrief
            screen.status(f"{waiting} earlier answer(s) not graded yet: interviewer regrade {session.id}")
        remaining = runner.remaining()
        place = runner.next_round(remaining[0]) if remaining else None
        if context.interactive and remaining and (session.time_limit or session.rounds):
            screen.status("The clock starts again with the question.")
        show_opening(screen, session, remaining, len(runner.questions), place, timed=context.interactive)
        return run_opened_session(runner, settings, screen, voice, confirm=confirm)
    if number is None:
        what, step = "no session has a question left", "start a new one: interviewer practice"
        if unconfirmed := sum(attempt.unconfirmed for attempt in store.attempts()):
            what += f", {plural(unconfirmed, 'estimate')} unconfirmed"
            step = f"confirm what it found: interviewer confirm; or {step}"
        raise InputError(what, next_step=step)
    raise InputError(f"session {number} has no question left", next_step=runner.next_step)


def _latest_begun_first(store: Store) -> list[Session]:
    answered = {attempt.session for attempt in store.attempts()}
    return sorted(store.sessions(), key=lambda one: (one.id in answered or bool(store.drafts(one.id)), one.id), reverse=True)


def confirm_session(context: Context, settings: Settings, number: int | None) -> ExitCode:
    """Have the estimates of a session confirmed that nobody has confirmed yet; by default of the latest session with some.

    Where all those of the session with this number are confirmed, they are shown again to be corrected.

    Raises:
        InputError: there is none, or nobody at a terminal.
    """
    if not context.interactive:
        raise InputError("only a person at a terminal can confirm an estimate")
    screen = Screen(context.stdout, context.stderr)
    with closing(open_store(context.paths.database, screen.status)) as store:
        attempts = store.attempts(None if number is None else store.session(number).id)
        waiting = [one for one in attempts if one.unconfirmed]
        confirmed = [one for one in attempts if one.measure == "confirmed"]
        again = number is not None and bool(confirmed) and not waiting
        if again:
            screen.status(f"All estimates of session {number} are confirmed. Here they are again, to be corrected.")
            waiting = confirmed
        if not waiting:
            what = "there is" if number is None else f"session {number} has"
            correct = "; correct what you confirmed: interviewer confirm SESSION" if confirmed else ""
            raise InputError(f"{what} no estimate to confirm", next_step=f"list the sessions: interviewer history{correct}")
        session = store.session(waiting[-1].session)
        others = {one.session for one in waiting} - {session.id}
        waiting = [one for one in waiting if one.session == session.id]
        runner = SessionRunner(context, store, session, store.planned(session.id), make_grader(settings, context))
        run_async(_confirm(runner, screen, waiting, again=again))
        if others:
            left = plural(len(others), "other session")
            screen.status(f"Estimates of {left} are unconfirmed as well. The latest: interviewer confirm {max(others)}")
    return ExitCode.OK


async def _confirm(runner: SessionRunner, screen: Screen, attempts: Sequence[Attempt], *, again: bool) -> None:
    async with _open_input(runner, screen, None) as answer_input:
        looked_at = await confirm_estimates(Dialogue(runner, answer_input, screen), attempts, again=again)
    for attempt, before in zip(looked_at, attempts, strict=True):
        if attempt is not before:
            show_result(screen, attempt)
    if left := sum(attempt.unconfirmed for attempt in looked_at):
        session = runner.session.id
        screen.status(f"{plural(left, 'estimate')} of session {session} left. Go on: interviewer confirm {session}")


def run_opened_session(
    runner: SessionRunner, settings: Settings, screen: Screen, voice: "VoiceSetup | None" = None, *, confirm: bool | None = None
) -> ExitCode:
    """Run a session whose next question is on the screen, to its end or until the person leaves it."""
    interactive = runner.context.interactive
    server_hint = LocalServerHint(screen) if interactive and settings.grader == "auto" and settings.kind == "embedded" else None
    if confirm and not interactive:
        screen.warning("--confirm needs a terminal: estimates stay unconfirmed. Later: interviewer confirm")
    # In a pipe the event loop waits for the input and could not handle a signal.
    run_until_stopped = run_async if interactive else asyncio.run
    try:
        return run_until_stopped(_converse(runner, screen, voice, server_hint, confirm=confirm is not False and interactive))
    except KeyboardInterrupt as stop:
        ignore_signals()
        raise Stopped(f"{str(stop) or 'stopped'}; everything is saved", next_step=runner.next_step) from None
    finally:
        runner.store.close()


async def _converse(
    runner: SessionRunner, screen: Screen, voice: "VoiceSetup | None", server_hint: LocalServerHint | None, *, confirm: bool
) -> ExitCode:
    try:
        async with _open_input(runner, screen, voice) as answer_input:
            if server_hint is not None:
                server_hint.show_running_server()
            dialogue = Dialogue(runner, answer_input, screen, confirm=confirm, server_hint=server_hint)
            return await run_session(dialogue, next(iter(runner.remaining()), None))
    finally:
        await runner.close()


@asynccontextmanager
async def _open_input(runner: SessionRunner, screen: Screen, voice: "VoiceSetup | None") -> AsyncIterator[AnswerInput]:
    """Yield the input for answers: a pipe, or the editor of a terminal, with a microphone in front of it if wanted."""
    context = runner.context
    if not context.interactive:
        pipe = PipeInput(context.stdin)
        yield pipe
        if unused := pipe.unused_lines():
            screen.warning(f"Not used: {plural(unused, 'line')} of the input behind the end of the session.")
        return
    from interviewer.ui.inputs.editor import EditorInput, plain_if_dumb

    with plain_if_dumb(context.stdout):
        editor = EditorInput(context.monotonic, voice=voice is not None)
        if voice is None:
            yield editor
            return
        from interviewer.ui.inputs.voice import VoiceInput

        voice_input = VoiceInput(editor, voice, context, screen)
        try:
            yield voice_input
        finally:
            await voice_input.close()
