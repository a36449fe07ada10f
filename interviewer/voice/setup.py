"""The set-up of spoken answers: a server that transcribes, a microphone, and a folder for recordings."""

import os
from dataclasses import dataclass
from pathlib import Path

from interviewer.context import Context, Recorder
from interviewer.errors import InputError
from interviewer.settings import DEFAULT_BASE_URL, Settings, check_key_is_safe
from interviewer.voice.recording import Microphone

DEFAULT_TRANSCRIPTION_MODEL = "gpt-transcribe"
"""The model at OpenAI, which shuts its older ones down on 2027-02-26."""
LOCAL_MODEL = "whisper-1"
"""The model anywhere else: a name that other servers know, some as an alias."""


@dataclass(frozen=True, slots=True)
class VoiceSetup:
    """A microphone, the settings of the server that transcribes, and where recordings go."""

    recorder: Recorder
    server: Settings
    folder: Path
    keep: bool
    """Whether recordings stay there when they have been transcribed."""


def set_up(context: Context, settings: Settings, keep: str | None) -> VoiceSetup:
    """Check and return what a spoken session needs; `keep` is the folder in which the person wants recordings to stay.

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


def transcription_settings(settings: Settings) -> Settings:
    """Return the settings of the server that transcribes, with a model, and with the key only if it belongs to that server.

    Raises:
        InputError: no server is set up.
    """
    url = settings.transcription_url
    if not (url or settings.api_key or settings.base_url):
        raise InputError(
            "no server is set up that could transcribe speech",
            next_step="set OPENAI_API_KEY, or INTERVIEWER_TRANSCRIPTION_URL for a local server",
        )
    server = settings.model_copy(
        update={
            "grader": "llm",
            "base_url": url or settings.base_url,
            "azure_api_version": None if url else settings.azure_api_version,
            # The key is for the server that grades, or for OpenAI; one of another address may be anybody's.
            "api_key": settings.api_key if url in {None, settings.endpoint, DEFAULT_BASE_URL} else None,
        }
    )
    check_key_is_safe(server)
    default = DEFAULT_TRANSCRIPTION_MODEL if server.endpoint == DEFAULT_BASE_URL else LOCAL_MODEL
    return server.model_copy(update={"model": settings.transcription_model or default})
