"""grade --audio: a recording becomes a text, and the text is graded unless it is doubtful and nobody has read it."""

import asyncio
import json
from pathlib import Path

import click

from interviewer.cli.options import say_where_answers_go
from interviewer.context import Context
from interviewer.errors import ExitCode, Stopped
from interviewer.grading.grade import open_grader
from interviewer.llm.transcription import Transcriber
from interviewer.models import Attempt, Question
from interviewer.practice.delivery import measure_delivery
from interviewer.practice.session import SessionRunner
from interviewer.settings import Settings
from interviewer.storage.store import Store, open_store
from interviewer.ui.screen import Screen
from interviewer.ui.start import announce_transcriber
from interviewer.ui.views.score_card import live_verdicts, show_delivery, show_result
from interviewer.voice.dictation import Dictation, dictate
from interviewer.voice.recording import Recording, read_recording
from interviewer.voice.setup import transcription_settings


def grade_recording(context: Context, settings: Settings, question: Question, path: Path, *, as_json: bool) -> ExitCode:
    """Transcribe a recording and grade what was said."""
    there = transcription_settings(settings)
    recording = read_recording(path)
    screen = Screen(context.stdout, context.stderr)
    announce_transcriber(there, screen)
    say_where_answers_go(context, settings)
    store = open_store(context.paths.database)
    try:
        graded = asyncio.run(_grade(context, store, question, settings, there, recording, screen, as_json=as_json))
    finally:
        store.close()
    assert graded.grading is not None  # noqa: S101  # grading always leaves one
    if as_json:
        # The caller has a recording only, and evidence points into the text.
        told = {"answer": graded.answer, "seconds": graded.seconds, **graded.grading.model_dump(mode="json")}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        show_result(screen, graded)
        show_delivery(screen, measure_delivery(graded.answer, graded.seconds, spoken=True))
    return ExitCode.OK if graded.grading.score else ExitCode.UNGRADED


async def _grade(
    context: Context,
    store: Store,
    question: Question,
    settings: Settings,
    there: Settings,
    recording: Recording,
    screen: Screen,
    *,
    as_json: bool,
) -> Attempt:
    transcriber = Transcriber(there, context, screen.warning)
    try:
        with screen.spinner("Transcribing"):
            told = await dictate(transcriber, recording)
        if context.interactive and not as_json:
            told = await _corrected(told, context, screen)
        session = store.add_session("grade", [question], context.now())
        async with open_grader(settings, context, screen.warning) as grader:
            runner = SessionRunner(context, store, session, (question,), grader)
            attempt = await runner.save_answer(question, told.text, told.seconds, spoken=True)
            if told.doubts:
                graded = runner.mark_ungraded(attempt, f"the transcript may be wrong: {'; '.join(told.doubts)}")
            else:
                live = live_verdicts(screen)
                with screen.spinner("Saved; grading", live):
                    graded = await runner.grade(attempt, live)
        store.finish(session.id, context.now())
        return graded
    finally:
        await transcriber.close()


async def _corrected(told: Dictation, context: Context, screen: Screen) -> Dictation:
    """Let the person put the transcript right; what they send is trusted."""
    from interviewer.ui.inputs.editor import EditorInput, plain_if_dumb
    from interviewer.ui.inputs.pipe import Submission
    from interviewer.ui.inputs.voice import show_doubts

    text = told.text

    def keep(typed: str) -> None:
        nonlocal text
        text = typed

    show_doubts(screen, told.doubts)
    with plain_if_dumb(context.stdout):
        answer_input = EditorInput([], context.monotonic)
        while not isinstance(heard := await answer_input.read(text, keep), Submission):
            if heard in {"quit", "skip"}:
                raise Stopped("not graded, nothing is kept of it; the recording is untouched")
            screen.warning("A line /done sends the transcript; /quit leaves it ungraded.")
    return Dictation(heard.text, told.seconds, doubts=())
