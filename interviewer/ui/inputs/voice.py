"""Spoken answers: recorded with a level meter, transcribed, and corrected in the editor before they are graded."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.formatted_text import FormattedText

from interviewer.context import Context, Recorder
from interviewer.errors import GradingError, InputError
from interviewer.llm.transcription import Transcriber
from interviewer.ui.inputs.editor import one_key_prompt
from interviewer.ui.inputs.pipe import AnswerInput, Choice, Command, SaveDraft, Styled, Submission
from interviewer.ui.inputs.time_limit import minutes_and_seconds
from interviewer.ui.screen import Screen
from interviewer.voice.dictation import Dictation, dictate, is_silent
from interviewer.voice.recording import Recording, as_wav, keep_recording
from interviewer.voice.setup import VoiceSetup
from interviewer.voice.speech import read_aloud

_LONGEST = 600.0
"""Seconds of one recording: about 19 MB, and servers take 25."""
_BARS = 20
_REFRESH_SECONDS = 0.1
_LOUDEST = 0.5
"""Share of full scale that fills the meter; speech close to a microphone reaches it."""
_MENU = (("s", "[s]peak"), ("l", "[l]isten"), ("w", "[w]rite"), ("h", "[h]int"), ("k", "s[k]ip"), ("q", "[q]uit"))
_COMMANDS: dict[str, Command] = {"h": "hint", "k": "skip", "q": "quit"}


class VoiceInput:
    """An `AnswerInput` that records answers, with an editor for their transcripts."""

    def __init__(self, editor: AnswerInput, setup: VoiceSetup, context: Context, screen: Screen) -> None:
        self._editor = editor
        self._setup = setup
        self._context = context
        self._screen = screen
        self._transcriber = Transcriber(setup.server, context, screen.warning)
        self._reading: Process | None = None
        self._warming: asyncio.Task[None] | None = None
        self._waiting: tuple[Recording, Path | None] | None = None
        """A recording that is not transcribed yet, and its file."""

    async def read(
        self, draft: str, save: SaveDraft, limit: float | None = None, earlier: Sequence[str] = ()
    ) -> Submission | Command:
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
                dictation = await self._record(left()) if key == "s" else await self._transcribe()
                if dictation is None:
                    key = await self._menu()
                    continue
                seconds += dictation.seconds or 0.0
                keep(f"{text}\n{dictation.text}".strip())
            # The time limit is for speaking, not for correcting the transcript.
            entry = await self._editor.read(text, keep, None if seconds else left(), earlier)
            if entry != "speak":
                return Submission(entry.text, spoken=seconds or None) if isinstance(entry, Submission) else entry
            seconds = seconds if text.strip() else 0.0
            key = "s"
        return _COMMANDS[key]

    @property
    def redraws(self) -> bool:
        return self._editor.redraws

    async def choose(self, choices: Sequence[Choice], above: Styled = ()) -> str:
        return await self._editor.choose(choices, above)

    async def ask_line(self, prompt: str) -> str:
        return await self._editor.ask_line(prompt)

    async def close(self) -> None:
        self._stop_reading()
        if self._warming is not None:
            await self._warming
        await self._transcriber.close()

    async def _menu(self) -> str:
        """Return the key of what to do with a question, after reading the question aloud as often as that is chosen."""
        again = [Choice("t", "[t]ranscribe again")] if self._waiting else []
        choices = again + [Choice(key, label) for key, label in _MENU]
        while True:
            key = await self._editor.choose(choices)
            self._stop_reading()
            if key != "l":
                return key
            try:
                self._reading = await read_aloud(self._screen.question, self._context.environ)
            except InputError as error:
                self._screen.error(error)

    def _stop_reading(self) -> None:
        if self._reading is not None:
            with suppress(ProcessLookupError):
                self._reading.terminate()
            self._reading = None

    async def _record(self, limit: float | None) -> Dictation | None:
        """Record for `limit` seconds at most and transcribe; None if there is nothing to transcribe, or that failed."""
        recorder = self._setup.recorder
        try:
            recorder.start()
        except InputError as error:
            self._screen.error(error)
            return None
        self._warming = self._warming or asyncio.create_task(self._transcriber.warm())
        try:
            interrupted = await _show_meter(recorder, self._context.monotonic, limit, plain=self._screen.plain)
        finally:
            sound = recorder.stop()
            if not is_silent(sound):
                recording = as_wav(sound, recorder.rate)
                self._waiting = recording, self._keep(recording)
        if is_silent(sound):
            self._screen.warning("The microphone heard nothing. Is it muted, or the wrong one?")
            return None
        if interrupted:
            choices = [Choice("t", f"[t]ranscribe the {recording.seconds:.0f} seconds"), Choice("d", "[d]iscard them")]
            if await self._editor.choose(choices) == "d":
                self._discard()
                return None
        return await self._transcribe()

    async def _transcribe(self) -> Dictation | None:
        """Transcribe the recording that waits; None if that failed, after a message that says why."""
        assert self._waiting is not None  # noqa: S101  # only then is it a choice of the menu
        recording, path = self._waiting
        try:
            with self._screen.spinner("Transcribing"):
                dictation = await dictate(self._transcriber, recording)
        except GradingError as error:
            kept = f" The recording is kept: {path}" if path else ""
            self._screen.warning(f"Not transcribed: {error.message}.{kept}")
            return None
        except InputError as error:
            self._screen.error(error)
            self._discard()
            return None
        self._discard()
        show_doubts(self._screen, dictation.doubts)
        return dictation

    def _keep(self, recording: Recording) -> Path | None:
        """Write a recording to disk and return its path, None if that failed."""
        name = f"{self._context.now().astimezone():%Y-%m-%d-%H%M%S}.wav"
        try:
            return keep_recording(recording, self._setup.folder / name)
        except InputError as error:
            self._screen.error(error)
            return None

    def _discard(self) -> None:
        """Delete the file of the recording that waits, unless recordings are to be kept."""
        if self._waiting and self._waiting[1] and not self._setup.keep:
            self._waiting[1].unlink(missing_ok=True)
        self._waiting = None


def show_doubts(screen: Screen, doubts: Sequence[str]) -> None:
    """Ask for a transcript to be corrected, after what makes it doubtful."""
    if doubts:
        screen.warning(f"This may not be what you said: {'; '.join(doubts)}.")
    screen.status("Correct the transcript, then send it; only what you send is graded.")


async def _show_meter(recorder: Recorder, monotonic: Callable[[], float], limit: float | None, *, plain: bool) -> bool:
    """Show time and level until Enter is pressed or `limit` seconds are over; return whether Ctrl-C ended it."""
    began = monotonic()
    end = min(_LONGEST, _LONGEST if limit is None else limit)
    session = one_key_prompt({"enter": "", "c-c": "interrupted", "c-d": "interrupted"}, _REFRESH_SECONDS)

    def line() -> FormattedText:
        bars = min(_BARS, round(_BARS * recorder.level() / _LOUDEST))
        full, empty, dot = ("#", ".", "*") if plain else ("█", "░", "●")
        time = minutes_and_seconds(monotonic() - began) + (f" of {minutes_and_seconds(end)}" if limit is not None else "")
        return FormattedText([("bold", f"{dot} {time} "), ("", full * bars + empty * (_BARS - bars)), ("", "  Enter stops ")])

    def stop() -> None:
        if session.app.is_running and not session.app.is_done:
            session.app.exit(result="")

    timer = asyncio.get_running_loop().call_later(end, stop)
    try:
        return await session.prompt_async(line, handle_sigint=False) == "interrupted"
    finally:
        timer.cancel()
