"""grade and regrade: one answer from a file, a pipe or a recording; and answers that were saved before."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import click

from interviewer.bank.bank import open_bank
from interviewer.cli.completion import complete_question, complete_session
from interviewer.cli.options import bank_option, bar_option, say_where_answers_go, settings_options
from interviewer.context import Context
from interviewer.errors import ExitCode, InputError, Stopped, attach_unsaved_answer
from interviewer.grading.bar import compare_to_bar
from interviewer.grading.grade import open_configured_grader
from interviewer.grading.labels import MEASURES
from interviewer.grading.segment import segment
from interviewer.llm.transcription import Transcriber
from interviewer.models import ANSWER_LIMIT, Attempt, Bar, Question, SessionOptions
from interviewer.practice.delivery import measure_attempt
from interviewer.practice.proposals import open_proposals
from interviewer.practice.session import SessionRunner, ungraded
from interviewer.settings import Settings
from interviewer.signals import run_async
from interviewer.storage.store import Store, open_store
from interviewer.text.read_file import reading
from interviewer.text.words import plural
from interviewer.ui.opening import announce_transcriber
from interviewer.ui.screen import Screen
from interviewer.ui.views.score_card import live_verdicts, show_delivery, show_result
from interviewer.ui.views.score_line import headline
from interviewer.voice.dictation import Dictation, dictate
from interviewer.voice.recording import FORMATS, Recording, read_recording
from interviewer.voice.setup import transcription_settings


@click.command()
@click.argument("file", type=click.Path(), required=False, default="-")
@click.option(
    "--question",
    "key",
    required=True,
    metavar="ID|NUMBER",
    shell_complete=complete_question,
    help="The question that was answered.",
)
@click.option(
    "--audio", type=click.Path(path_type=Path), metavar="FILE", help=f"A recording of the answer: {', '.join(FORMATS)}."
)
@bank_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@bar_option
@settings_options
def grade(
    context: Context,
    settings: Settings,
    file: str,
    key: str,
    audio: Path | None,
    bank: str | None,
    as_json: bool,
    bar: Bar | None,
) -> ExitCode:
    """Grade one answer, from FILE or from a pipe. The answer and its grade are kept, as in practice.

    A recording is transcribed first. In a terminal you correct the transcript, then send it. Elsewhere a doubtful one is kept
    without a grade; read it (interviewer report), then grade it as it is (interviewer regrade) or a corrected text.
    """
    question = open_bank(bank, context.paths.banks).find(key)
    screen = Screen(context.stdout, context.stderr)
    if audio is None:
        answer = segment(_read(context, screen, file)).text
        listen = partial(_typed, answer)
    elif file == "-":
        answer = ""
        server, recording = transcription_settings(settings), read_recording(audio)
        announce_transcriber(server, screen)
        correct = context.interactive and not as_json
        listen = partial(_transcribed, context, screen, server, recording, correct=correct)
    else:
        raise click.UsageError("give the answer as FILE or as --audio FILE, not as both")
    say_where_answers_go(context, settings)
    with attach_unsaved_answer(answer), closing(open_store(context.paths.database, screen.status)) as store:
        graded = run_async(_grade(context, screen, settings, store, question, listen, spoken=audio is not None, bar=bar))
    assert graded.grading is not None  # noqa: S101  # grading always leaves one
    if as_json:
        # With --audio the caller has not seen the text that the offsets of evidence refer to.
        heard = {"answer": graded.answer, "seconds": graded.seconds} if graded.spoken else {}
        standing = compare_to_bar(graded.grading, bar)
        read = {"standing": standing.model_dump(mode="json")} if standing else {}
        click.echo(json.dumps({**heard, **graded.grading.model_dump(mode="json"), **read}, indent=2, ensure_ascii=False))
    else:
        show_result(screen, graded)
        show_delivery(screen, measure_attempt(graded))
    return ExitCode.OK if graded.grading.score else ExitCode.UNGRADED


def _read(context: Context, screen: Screen, file: str) -> str:
    limit = 8 * ANSWER_LIMIT
    if file == "-":
        if context.interactive:
            screen.status("Type the answer; end with Ctrl-D on an empty line.")
        raw = context.stdin.read(limit)
    else:
        with reading(Path(file)) as stream:
            raw = stream.read(limit)
    try:
        if b"\0" in raw:
            raise ValueError("binary")
        # A multi-byte character may be cut at the limit; the answer is then far too long anyway, and told so.
        return raw.decode("utf-8-sig", errors="ignore" if len(raw) == limit else "strict")
    except ValueError:
        raise InputError("the answer is not text in UTF-8", next_step="give it as plain text") from None


async def _typed(text: str) -> Dictation:
    return Dictation(text, None, doubts=())


async def _transcribed(context: Context, screen: Screen, server: Settings, recording: Recording, *, correct: bool) -> Dictation:
    transcriber = Transcriber(server, context, screen.warning)
    try:
        with screen.spinner("Transcribing"):
            heard = await dictate(transcriber, recording)
    finally:
        await transcriber.close()
    return await _corrected(heard, context, screen) if correct else heard


async def _corrected(heard: Dictation, context: Context, screen: Screen) -> Dictation:
    """Let the person put the transcript right; what they send is trusted."""
    from interviewer.ui.inputs.editor import EditorInput, plain_if_dumb
    from interviewer.ui.inputs.pipe import Submission

    text = heard.text

    def keep(typed: str) -> None:
        nonlocal text
        text = typed

    from interviewer.ui.inputs.voice import show_doubts

    show_doubts(screen, heard.doubts)
    with plain_if_dumb(context.stdout):
        answer_input = EditorInput(context.monotonic)
        while not isinstance(typed := await answer_input.read(text, keep), Submission):
            if typed in {"quit", "skip"}:
                raise Stopped("not graded, nothing is kept of it; the recording is untouched")
            screen.warning("A line /done sends the transcript; /quit leaves it ungraded.")
    return Dictation(typed.text, heard.seconds, doubts=())


async def _grade(
    context: Context,
    screen: Screen,
    settings: Settings,
    store: Store,
    question: Question,
    listen: Callable[[], Awaitable[Dictation]],
    *,
    spoken: bool,
    bar: Bar | None,
) -> Attempt:
    """Save what `listen` brings, then grade it, unless it is a transcript that may be wrong and that nobody has read."""
    heard = await listen()
    session = await asyncio.to_thread(store.add_session, SessionOptions(mode="grade", bar=bar), [question], context.now())
    async with open_configured_grader(settings, context, screen.warning) as grader:
        proposals = open_proposals(store, context, settings, screen.warning)
        runner = SessionRunner(context, store, session, (question,), grader, proposals)
        attempt = await runner.save_answer(question, heard.text, heard.seconds, spoken=spoken)
        if heard.doubts:
            graded = await runner.mark_ungraded(attempt, f"the transcript may be wrong: {'; '.join(heard.doubts)}")
        else:
            live = live_verdicts(screen)
            try:
                with screen.spinner("Saved; grading", live):
                    graded = await runner.grade(attempt, live)
            except asyncio.CancelledError:
                raise Stopped("stopped; the answer is saved", next_step=f"grade it: interviewer regrade {session.id}") from None
    await asyncio.to_thread(store.mark_finished, session.id, context.now())
    return graded


@click.command()
@click.argument("session", type=int, required=False, shell_complete=complete_session)
@click.option(
    "--again", is_flag=True, help="Also grade again what another model, or an estimate, has graded. Earlier grades are kept."
)
@settings_options
def regrade(context: Context, settings: Settings, session: int | None, again: bool) -> ExitCode:
    """Grade every answer that was saved and not graded: those of SESSION, or all."""
    from interviewer.ui.regrade import regrade as grade_stored

    screen = Screen(context.stdout, context.stderr)
    store = open_store(context.paths.database, screen.status)
    try:
        attempts = store.attempts(store.session(session).id if session is not None else None)
        if not ungraded(attempts) and not (again and attempts):
            screen.status("Everything is graded.")
            return ExitCode.OK
        say_where_answers_go(context, settings)
        before, after, totals = grade_stored(context, screen, settings, store, attempts, again=again)
    except KeyboardInterrupt:
        raise Stopped("stopped; what was graded is kept", next_step="go on: run the same command again") from None
    finally:
        store.close()
    if not before:
        screen.status("Everything is graded by this grader already.")
        return ExitCode.OK
    for old, new in zip(before, after, strict=True):
        _show(screen, old, new)
    kept = sum(old is new for old, new in zip(before, after, strict=True) if old.score)
    left = len(ungraded(after))
    screen.status(f"{totals.graded} graded, {left} still not graded{f', {kept} with their earlier grade' if kept else ''}.")
    for reason, count in totals.ungraded.most_common(3) if kept else ():
        screen.warning(f"  {plural(count, 'answer')}: {reason}")
    if totals.stopped:
        screen.warning(f"Stopped: {totals.stopped}. The same command goes on from here.")
    return ExitCode.OK if totals.graded == len(before) else ExitCode.UNGRADED


def _show(screen: Screen, old: Attempt, new: Attempt) -> None:
    """Show a first grade in full, and of another grade how it compares with the one before."""
    title = f"Session {new.session}: {new.question.question}"
    earlier, now = old.score, new.score
    if new is old:
        return
    if earlier and now and old.grading and new.grading:
        measure = "" if old.grading.measure == "llm" else f" ({MEASURES[old.grading.measure]})"
        screen.section(title, f"{headline(new.grading, now)}, before {old.grading.total}{measure}")
    else:
        screen.section(title, new.answer[:200])
        show_result(screen, new)
