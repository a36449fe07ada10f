"""Hearing a voice: it is recorded, transcribed, and put right in the editor before anybody grades it."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from interviewer.context import Context
from interviewer.errors import GradingError, InputError
from interviewer.llm.transcription import Transcriber
from interviewer.ui.inputs.level_meter import record
from interviewer.ui.inputs.pipe import AnswerInput, Choice, Command, SaveDraft, Submission
from interviewer.ui.screen import Screen
from interviewer.voice.dictation import Dictation, dictation
from interviewer.voice.microphone import loudest
from interviewer.voice.recording import Recording, as_wav, keep_recording
from interviewer.voice.setup import VoiceSetup
from interviewer.voice.speech import read_aloud
from interviewer.voice.transcript_checks import thresholds

_COMMANDS: dict[str, Command] = {"h": "hint", "k": "skip", "q": "quit"}


class VoiceInput:
    """AnswerInput for a voice, in front of an editor for what was heard."""

    def __init__(self, editor: AnswerInput, voice_setup: VoiceSetup, context: Context, screen: Screen) -> None:
        self._editor = editor
        self._equipment = voice_setup
        self._context = context
        self._screen = screen
        self._transcriber = Transcriber(voice_setup.server, context, screen.trouble)
        self._reading: Process | None = None
        self._warming: asyncio.Task[None] | None = None
        self._waiting: tuple[Recording, Path | None] | None = None
        """A recording that the server has failed to transcribe."""

    async def read(self, draft: str, save: SaveDraft, limit: float | None = None) -> Submission | Command:
        ends = None if limit is None else self._context.monotonic() + limit
        text, seconds = draft, 0.0

        def left() -> float | None:
            return None if ends is None else max(0.0, ends - self._context.monotonic())

        def keep(typed: str) -> None:
            nonlocal text
            text = typed
            save(typed)

        key = "w" if draft else await self._menu()
        while key not in _COMMANDS:
            if key in {"s", "t"} and left() != 0:
                told = await self._dictate(left()) if key == "s" else await self._transcribe()
                if told is None:
                    key = await self._menu()
                    continue
                seconds += told.seconds or 0.0
                keep(f"{text}\n{told.text}".strip())
            # Whoever has spoken in time may take time to correct what was heard.
            heard = await self._editor.read(text, keep, None if seconds else left())
            if heard != "speak":
                return Submission(heard.text, spoken=seconds or None) if isinstance(heard, Submission) else heard
            seconds = seconds if text.strip() else 0.0
            key = "s"
        return _COMMANDS[key]

    async def choose(self, choices: Sequence[Choice]) -> str:
        return await self._editor.choose(choices)

    async def line(self, prompt: str) -> str:
        return await self._editor.line(prompt)

    async def close(self) -> None:
        self._hush()
        if self._warming is not None:
            await self._warming
        await self._transcriber.close()

    async def _menu(self) -> str:
        """Let the person begin when they are ready, after hearing the question if they like."""
        again = [Choice("t", "[t]ranscribe again")] if self._waiting else []
        rest = (("s", "[s]peak"), ("l", "[l]isten"), ("w", "[w]rite"), ("h", "[h]int"), ("k", "s[k]ip"), ("q", "[q]uit"))
        while True:
            key = await self._editor.choose([*again, *(Choice(key, label) for key, label in rest)])
            self._hush()
            if key != "l":
                return key
            try:
                self._reading = await read_aloud(self._screen.asked, self._context.environ)
            except InputError as error:
                self._screen.failed(error)

    def _hush(self) -> None:
        if self._reading is not None:
            with suppress(ProcessLookupError):
                self._reading.terminate()
            self._reading = None

    async def _dictate(self, limit: float | None) -> Dictation | None:
        """Record, and have it transcribed; none where the person is to choose again."""
        recorder = self._equipment.recorder
        try:
            recorder.start()
        except InputError as error:
            self._screen.failed(error)
            return None
        path = None
        self._warming = self._warming or asyncio.create_task(self._transcriber.warm())
        try:
            interrupted = await record(recorder, self._context.monotonic, limit, plain=self._screen.plain)
        finally:
            sound = recorder.stop()
            heard = loudest(sound) >= thresholds()["silence"]["peak"]
            recording = as_wav(sound, recorder.rate)
            if heard:
                path = self._keep(recording)
        if not heard:
            self._screen.trouble("The microphone heard nothing. Is it muted, or the wrong one?")
            return None
        self._waiting = recording, path
        if interrupted:
            asked = [Choice("t", f"[t]ranscribe the {recording.seconds:.0f} seconds"), Choice("d", "[d]iscard them")]
            if await self._editor.choose(asked) == "d":
                self._forget()
                return None
        return await self._transcribe()

    async def _transcribe(self) -> Dictation | None:
        assert self._waiting is not None  # noqa: S101  # it is offered only then
        recording, path = self._waiting
        try:
            with self._screen.waiting("Transcribing"):
                told = await dictation(self._transcriber, recording)
        except GradingError as error:
            kept = f" The recording is kept: {path}" if path else ""
            self._screen.trouble(f"Not transcribed: {error.message}.{kept}")
            return None
        except InputError as error:
            self._screen.failed(error)
            self._forget()
            return None
        self._forget()
        self._screen.transcript(told.doubts)
        return told

    def _keep(self, recording: Recording) -> Path | None:
        """Put a recording on disk, where it stays until it is transcribed, or for good if that is wanted."""
        name = f"{self._context.now().astimezone():%Y-%m-%d-%H%M%S}.wav"
        try:
            return keep_recording(recording, self._equipment.folder / name)
        except InputError as error:
            self._screen.failed(error)
            return None

    def _forget(self) -> None:
        if self._waiting and self._waiting[1] and not self._equipment.keep:
            self._waiting[1].unlink(missing_ok=True)
        self._waiting = None
