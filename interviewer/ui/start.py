"""Beginning and resuming a session: the first question is on the screen before anything heavy is loaded."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from interviewer.context import Context
from interviewer.errors import ExitCode, InputError, Stopped
from interviewer.grading.grade import make_grader
from interviewer.models import Mode, Question, Session
from interviewer.practice.session import SessionRunner, ungraded
from interviewer.settings import Settings
from interviewer.storage.store import Store, open_store
from interviewer.ui.inputs.pipe import AnswerInput, PipeInput
from interviewer.ui.screen import Screen, sentence

if TYPE_CHECKING:
    from interviewer.voice.setup import VoiceSetup


def begin(
    context: Context,
    settings: Settings,
    questions: Sequence[Question],
    mode: Mode,
    *,
    follow_ups: int,
    time_limit: int | None,
    rate: bool,
    voice: "VoiceSetup | None" = None,
) -> ExitCode:
    """Start a session with these questions and rules, and run it."""
    screen = Screen(context.stdout, context.stderr)
    store = open_store(context.paths.database, screen.status)
    session = store.add_session(mode, questions, context.now(), follow_ups=follow_ups, time_limit=time_limit, rate=rate)
    say_who_grades(settings, screen)
    runner = SessionRunner(context, store, session, tuple(questions), make_grader(settings, context, screen.trouble))
    return _run(runner, screen, voice)


def resume(context: Context, settings: Settings, number: int | None, voice: "VoiceSetup | None" = None) -> ExitCode:
    """Go on where a session stopped: the one named, else the latest with something left."""
    screen = Screen(context.stdout, context.stderr)
    store = open_store(context.paths.database, screen.status)
    candidates = [store.session(number)] if number is not None else list(reversed(store.sessions()))
    for session in candidates:
        if session.mode == "grade":
            continue
        runner = SessionRunner(
            context, store, session, store.planned(session.id), make_grader(settings, context, screen.trouble)
        )
        if runner.is_open():
            say_who_grades(settings, screen)
            waiting = len(ungraded(store.attempts(session.id)))
            if waiting and session.mode != "interview":  # an interview grades them for its debrief
                screen.status(f"{waiting} earlier answer(s) not graded yet: interviewer regrade {session.id}")
            return _run(runner, screen, voice)
    what = f"session {number} has" if number is not None else "no session has"
    raise InputError(f"{what} a question left", next_step="start a new one: interviewer practice")


def say_who_grades(settings: Settings, screen: Screen) -> None:
    """Say in one line who grades, and name the machine that answers go to."""
    if settings.kind == "embedded":
        why = "no key or endpoint is set: " if settings.grader == "auto" else ""
        screen.status(sentence(f"{why}answers are graded on this machine, as an estimate. Set up an LLM: interviewer doctor"))
    else:
        where = "on this machine" if settings.local else f"at {settings.host}: your answers are sent there"
        screen.status(f"Answers are graded by {settings.model or 'an LLM'} {where}.")


def say_who_transcribes(settings: Settings, screen: Screen) -> None:
    """Name the machine that recordings go to; `settings` are those of transcription."""
    where = "on this machine" if settings.local else f"at {settings.host}: recordings are sent there"
    screen.status(f"Speech is transcribed by {settings.model} {where}.")


def _opening(session: Session, remaining: Sequence[Question], total: int) -> str:
    """Return what an interviewer says at the beginning."""
    if not remaining:
        return "Welcome back. No question is left; here is the debrief."
    if len(remaining) < total:
        return f"Welcome back. {len(remaining)} of {total} questions are left."
    topics = ", ".join(dict.fromkeys(question.topic for question in remaining))
    time = f"You have {session.time_limit} seconds for each" if session.time_limit else "Take a minute or two for each"
    return (
        f"Welcome. I have {total} question{'s' if total > 1 else ''} for you, about {topics}. {time}, and answer as you would "
        "aloud. I may ask further, and I keep what I think of it to myself until the debrief at the end."
    )


def _run(runner: SessionRunner, screen: Screen, voice: "VoiceSetup | None") -> ExitCode:
    if voice is not None:
        say_who_transcribes(voice.server, screen)
    remaining = runner.remaining()
    total = len(runner.questions)
    if runner.session.mode == "interview":
        screen.opening(_opening(runner.session, remaining, total))
    first = remaining[0] if remaining else None
    if first is not None:
        screen.question(first, total - len(remaining) + 1, total)
    import asyncio

    try:
        return asyncio.run(_practise(runner, screen, first, voice))
    except (KeyboardInterrupt, asyncio.CancelledError) as stop:
        raise Stopped(f"{str(stop) or 'stopped'}; everything is saved", next_step="go on: interviewer resume") from None
    finally:
        runner.store.close()


async def _practise(runner: SessionRunner, screen: Screen, first: Question | None, voice: "VoiceSetup | None") -> ExitCode:
    if runner.context.interactive:
        _cancel_on_signals()
    if runner.session.mode == "interview":
        from interviewer.ui.interview import interview as converse
    else:
        from interviewer.ui.loop import practise as converse

    with _answer_input(runner.context, runner.store, voice=voice is not None) as answer_input:
        try:
            if voice is None:
                return await converse(runner, answer_input, screen, first)
            from interviewer.ui.inputs.voice import VoiceInput

            listening = VoiceInput(answer_input, voice, runner.context, screen)
            try:
                return await converse(runner, listening, screen, first)
            finally:
                await listening.close()
        finally:
            await runner.grader.close()


def _cancel_on_signals() -> None:
    """Let a signal cancel the session, as asyncio lets Ctrl-C.

    An exception raised by a signal handler may strike inside prompt_toolkit, which takes it for an error of its own, waits
    for a key and leaves the terminal raw.
    """
    import asyncio

    session = asyncio.current_task()
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if session and number and signal.getsignal(number) is not signal.SIG_IGN:
            with suppress(NotImplementedError):  # on Windows, where nobody sends them
                asyncio.get_running_loop().add_signal_handler(number, session.cancel, f"stopped by {name}")


@contextmanager
def _answer_input(context: Context, store: Store, *, voice: bool) -> Iterator[AnswerInput]:
    if not context.interactive:
        yield PipeInput(context.stdin)
        return
    from interviewer.ui.inputs.editor import EditorInput
    from interviewer.ui.inputs.keys import plain_if_dumb

    with plain_if_dumb(context.stdout):
        yield EditorInput([attempt.answer for attempt in store.attempts()[-50:]], context.monotonic, voice=voice)
