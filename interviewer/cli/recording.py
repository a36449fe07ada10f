"""grade --audio: a recording becomes a text, and the text is graded unless it is doubtful and nobody has read it."""

import asyncio
import json
from pathlib import Path

import click

from interviewer.cli.world import say_where_answers_go
from interviewer.context import Context
from interviewer.delivery import deliver
from interviewer.errors import ExitCode, Stopped
from interviewer.grading.grade import open_grader
from interviewer.llm.transcription import Transcriber
from interviewer.models import Question
from interviewer.records import Attempt
from interviewer.session import Sitting
from interviewer.settings import Settings
from interviewer.store import Store, open_store
from interviewer.terminal.screen import Screen
from interviewer.terminal.start import say_who_transcribes
from interviewer.voice.dictation import Dictation, dictation
from interviewer.voice.recording import Recording, read_recording
from interviewer.voice.server import transcription_settings


def grade_recording(world: Context, settings: Settings, question: Question, path: Path, *, as_json: bool) -> ExitCode:
    """Transcribe a recording and grade what was said."""
    there = transcription_settings(settings)
    recording = read_recording(path)
    screen = Screen(world.stdout, world.stderr)
    say_who_transcribes(there, screen)
    say_where_answers_go(world, settings)
    store = open_store(world.places.database)
    try:
        graded = asyncio.run(_grade(world, store, question, settings, there, recording, screen, as_json=as_json))
    finally:
        store.close()
    assert graded.grading is not None  # noqa: S101  # grading always leaves one
    if as_json:
        # The caller has a recording only, and evidence points into the text.
        told = {"answer": graded.answer, "seconds": graded.seconds, **graded.grading.model_dump(mode="json")}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        screen.result(graded)
        screen.delivery(deliver(graded.answer, graded.seconds, spoken=True))
    return ExitCode.OK if graded.grading.score else ExitCode.UNGRADED


async def _grade(
    world: Context,
    store: Store,
    question: Question,
    settings: Settings,
    there: Settings,
    recording: Recording,
    screen: Screen,
    *,
    as_json: bool,
) -> Attempt:
    transcriber = Transcriber(there, world, screen.trouble)
    try:
        with screen.waiting("Transcribing"):
            told = await dictation(transcriber, recording)
        if world.interactive and not as_json:
            told = await _corrected(told, world, screen)
        session = store.add_session("grade", [question], world.now())
        async with open_grader(settings, world, screen.trouble) as grader:
            sitting = Sitting(world, store, session, (question,), grader)
            attempt = await sitting.keep(question, told.text, told.seconds, spoken=True)
            if told.doubts:
                graded = sitting.set_aside(attempt, f"the transcript may be wrong: {'; '.join(told.doubts)}")
            else:
                early = screen.early()
                with screen.waiting("Saved; grading", early):
                    graded = await sitting.grade(attempt, early)
        store.finish(session.id, world.now())
        return graded
    finally:
        await transcriber.close()


async def _corrected(told: Dictation, world: Context, screen: Screen) -> Dictation:
    """Let the person put the transcript right; what they send is trusted."""
    from interviewer.terminal.ears import Said
    from interviewer.terminal.editor import EditorEars
    from interviewer.terminal.keys import plain_if_dumb

    text = told.text

    def keep(typed: str) -> None:
        nonlocal text
        text = typed

    screen.transcript(told.doubts)
    with plain_if_dumb(world.stdout):
        ears = EditorEars([], world.monotonic)
        while not isinstance(heard := await ears.listen(text, keep), Said):
            if heard in {"quit", "skip"}:
                raise Stopped("not graded, nothing is kept of it; the recording is untouched")
            screen.trouble("A line /done sends the transcript; /quit leaves it ungraded.")
    return Dictation(heard.text, told.seconds, doubts=())
