"""What a spoken session needs, looked at before its first question."""

import os
from dataclasses import dataclass
from pathlib import Path

from interviewer.context import Context, Recorder
from interviewer.errors import InputError
from interviewer.settings import Settings
from interviewer.voice.microphone import Microphone
from interviewer.voice.server import transcription_settings


@dataclass(frozen=True, slots=True)
class VoiceSetup:
    """A microphone, a server that transcribes, and where recordings go."""

    recorder: Recorder
    server: Settings
    folder: Path
    keep: bool
    """Whether recordings stay there when they have been transcribed."""


def set_up(context: Context, settings: Settings, keep: str | None) -> VoiceSetup:
    """Get everything ready; `keep` is the folder that the person wants recordings in.

    Raises:
        InputError: something is missing; the message says what, and how to get it.
    """
    recorder = (context.microphone or Microphone)()
    if not context.interactive:
        raise InputError("--voice needs a terminal", next_step="for a recording: interviewer grade --audio FILE")
    if keep is not None and not (Path(keep).is_dir() and os.access(keep, os.W_OK)):
        raise InputError(f"{keep} is not a folder that can be written", next_step="create it, or name another")
    folder = context.paths.data / "recordings" if keep is None else Path(keep)
    return VoiceSetup(recorder, transcription_settings(settings), folder, keep is not None)
