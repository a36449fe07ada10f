"""Beginning and resuming a session: the first question is on the screen before anything heavy is loaded."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import asdict
from typing import TYPE_CHECKING

from interviewer.context import Context
from interviewer.errors import ExitCode, InputError, Stopped
from interviewer.grading.grade import make_grader
from interviewer.models import Attempt, Question, Session
from interviewer.practice.proposals import open_proposals
from interviewer.practice.session import SessionOptions, SessionRunner, ungraded
from interviewer.settings import Settings
from interviewer.signals import ignore_signals, run_async
from interviewer.storage.store import open_store
from interviewer.text.slug import in_words
from interviewer.text.words import plural
from interviewer.ui.inputs.pipe import AnswerInput, PipeInput
from interviewer.ui.screen import Screen, sentence
from interviewer.ui.views.listings import show_question

if TYPE_CHECKING:
    from interviewer.ui.suggestion import Suggestion
    from interviewer.voice.setup import VoiceSetup


def begin(
    context: Context,
    settings: Settings,
    questions: Sequence[Question],
    options: SessionOptions,
    voice: "VoiceSetup | None" = None,
    *,
    confirm: bool = True,
) -> ExitCode:
    """Start a session with these questions and options, and run it; `confirm` asks at a terminal to confirm estimates."""
    screen = Screen(context.stdout, context.stderr)
    store = open_store(context.paths.database, screen.status)
    session = store.add_session(questions=questions, created=context.now(), **asdict(options))
    announce_grader(settings, screen)
    grader = make_grader(settings, context, screen.warning)
    proposals = open_proposals(store, context, settings, screen.warning)
    runner = SessionRunner(context, store, session, tuple(questions), grader, proposals)
    return _run(runner, screen, voice, confirm=confirm, suggest=_without_llm(settings))


def resume(
    context: Context, settings: Settings, number: int | None, voice: "VoiceSetup | None" = None, *, confirm: bool = True
) -> ExitCode:
    """Go on where a session stopped: the one with this number, else the latest with something left to do.

    Raises:
        InputError: nothing is left of it, or of any.
    """
    screen = Screen(context.stdout, context.stderr)
    store = open_store(context.paths.database, screen.status)
    grader = make_grader(settings, context, screen.warning)
    proposals = open_proposals(store, context, settings, screen.warning)
    candidates = [store.session(number)] if number is not None else list(reversed(store.sessions()))
    for session in candidates:
        runner = SessionRunner(context, store, session, store.planned(session.id), grader, proposals)
        if session.mode == "debrief" and runner.is_open():
            from interviewer.ui.regrade import grade_transcript

            announce_grader(settings, screen)
            with closing(store):
                return grade_transcript(context, screen, settings, store, session.id)
        if session.mode not in {"grade", "debrief"} and runner.is_open():
            announce_grader(settings, screen)
            waiting = len(ungraded(store.attempts(session.id)))
            if waiting and session.mode != "interview":  # an interview grades them for its debrief
                screen.status(f"{waiting} earlier answer(s) not graded yet: interviewer regrade {session.id}")
            if context.interactive and (session.time_limit or session.rounds) and runner.remaining():
                screen.status("The clock starts again with the question.")
            return _run(runner, screen, voice, confirm=confirm, suggest=_without_llm(settings))
    if number is None:
        raise InputError("no session has a question left", next_step="start a new one: interviewer practice")
    raise InputError(f"session {number} has no question left", next_step=runner.next_step)


def confirm(context: Context, settings: Settings, number: int | None) -> ExitCode:
    """Have the estimates of a session confirmed that nobody has confirmed yet; by default of the latest session with some.

    Raises:
        InputError: there is none, or nobody at a terminal.
    """
    if not context.interactive:
        raise InputError("only a person at a terminal can confirm an estimate")
    screen = Screen(context.stdout, context.stderr)
    with closing(open_store(context.paths.database, screen.status)) as store:
        attempts = store.attempts(None if number is None else store.session(number).id)
        waiting = [one for one in attempts if one.unconfirmed]
        if not waiting:
            what = "there is" if number is None else f"session {number} has"
            raise InputError(f"{what} no estimate to confirm", next_step="list the sessions: interviewer history")
        session = store.session(waiting[-1].session)
        waiting = [one for one in waiting if one.session == session.id]
        runner = SessionRunner(context, store, session, store.planned(session.id), make_grader(settings, context))
        run_async(_look_at(runner, screen, waiting))
    return ExitCode.OK


async def _look_at(runner: SessionRunner, screen: Screen, attempts: Sequence[Attempt]) -> None:
    from interviewer.ui.ask import Dialogue
    from interviewer.ui.confirm import confirm_all
    from interviewer.ui.views.score_card import show_result

    async with _open_input(runner, screen, None) as answer_input:
        looked_at = await confirm_all(Dialogue(runner, answer_input, screen), attempts)
    for attempt, before in zip(looked_at, attempts, strict=True):
        if attempt is not before:
            show_result(screen, attempt)


def announce_grader(settings: Settings, screen: Screen) -> None:
    """Print in one line who grades, and the machine that answers are sent to."""
    if settings.kind == "embedded":
        why = "no key or endpoint is set: " if settings.grader == "auto" else ""
        screen.status(sentence(f"{why}answers are graded on this machine, as an estimate. Set up an LLM: interviewer doctor"))
    else:
        screen.status(f"Answers are graded by {settings.model or 'an LLM'} {_where(settings, 'your answers')}.")


def announce_transcriber(settings: Settings, screen: Screen) -> None:
    """Print the machine that recordings are sent to; `settings` are those of the server that transcribes."""
    screen.status(f"Speech is transcribed by {settings.model} {_where(settings, 'recordings')}.")


def _where(server: Settings, what: str) -> str:
    return "on this machine" if server.local else f"at {server.host}: {what} are sent there"


def _welcome(session: Session, remaining: Sequence[Question], total: int) -> str:
    """Return the first words of an interview."""
    if not remaining:
        return "Welcome back. No question is left; here is the debrief."
    if len(remaining) < total:
        return f"Welcome back. {len(remaining)} of {total} questions are left."
    topics = ", ".join(dict.fromkeys(in_words(question.topic) for question in remaining))
    each = "each" if total > 1 else "it"
    time = f"You have {session.time_limit} seconds for {each}" if session.time_limit else f"Take a minute or two for {each}"
    further = "I may ask further about what you say. " if session.follow_ups else ""
    return (
        f"Welcome, and thank you for your time. I have {plural(total, 'question')} for you, about {topics}. {time}, and answer "
        f"as you would aloud. {further}What I think of it I keep for the debrief at the end."
    )


def _rules(session: Session, *, timed: bool) -> str:
    """Return what a drill asks for."""
    *times, last = (str(seconds) for seconds in session.rounds)
    clock = "" if timed else " In a pipe there is no clock, so no answer is cut off."
    return (
        f"A drill: the same question in {', '.join(times)} and then {last} seconds. The first round makes your trends. /skip "
        f"passes over all rounds that are left of a question.{clock}"
    )


def _without_llm(settings: Settings) -> bool:
    """Return whether nobody has chosen who grades, so that an LLM may be suggested."""
    return settings.grader == "auto" and settings.kind == "embedded"


def _run(runner: SessionRunner, screen: Screen, voice: "VoiceSetup | None", *, confirm: bool, suggest: bool) -> ExitCode:
    if voice is not None:
        announce_transcriber(voice.server, screen)
    remaining = runner.remaining()
    total = len(runner.questions)
    if runner.session.mode == "interview":
        screen.out.print(f"\n{_welcome(runner.session, remaining, total)}")
    first = remaining[0] if remaining else None
    if runner.session.rounds:
        screen.status(_rules(runner.session, timed=runner.context.interactive))
    if first is not None:
        show_question(screen, first, total - len(remaining) + 1, total, runner.next_round(first))
    suggestion = None
    if suggest and runner.context.interactive:
        from interviewer.ui.suggestion import Suggestion  # with the question on the screen

        suggestion = Suggestion(screen)
    import asyncio

    # In a pipe the event loop waits for the input and could not handle a signal.
    run = run_async if runner.context.interactive else asyncio.run
    try:
        return run(_converse(runner, screen, first, voice, suggestion, confirm=confirm))
    except KeyboardInterrupt as stop:
        ignore_signals()
        raise Stopped(f"{str(stop) or 'stopped'}; everything is saved", next_step=runner.next_step) from None
    finally:
        runner.store.close()


async def _converse(
    runner: SessionRunner,
    screen: Screen,
    first: Question | None,
    voice: "VoiceSetup | None",
    suggestion: "Suggestion | None",
    *,
    confirm: bool,
) -> ExitCode:
    from interviewer.ui.ask import Dialogue
    from interviewer.ui.loop import run_session

    try:
        async with _open_input(runner, screen, voice) as answer_input:
            if suggestion is not None:
                suggestion.tell_what_runs()
            asks = confirm and runner.context.interactive
            dialogue = Dialogue(runner, answer_input, screen, confirm=asks, suggestion=suggestion)
            return await run_session(dialogue, first)
    finally:
        await runner.close()


@asynccontextmanager
async def _open_input(runner: SessionRunner, screen: Screen, voice: "VoiceSetup | None") -> AsyncIterator[AnswerInput]:
    """Give what answers are read from: a pipe, or the editor of a terminal, with a microphone in front of it if wanted."""
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
