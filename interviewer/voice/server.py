"""The server that transcribes, as the settings name it."""

from interviewer.errors import InputError
from interviewer.settings import DEFAULT_BASE_URL, Settings, check_key_is_safe

DEFAULT_MODEL = "gpt-transcribe"
"""At OpenAI, which shuts its older ones down on 2027-02-26."""
OTHERWISE = "whisper-1"
"""Anywhere else: the name that other servers know, some as an alias."""


def transcription_settings(settings: Settings) -> Settings:
    """Return the settings of the server that transcribes: its model is there, and the key only goes where it belongs.

    Raises:
        InputError: no server is set up.
    """
    own = settings.transcription_url
    if not (own or settings.api_key or settings.base_url):
        raise InputError(
            "no server is set up that could transcribe speech",
            next_step="set OPENAI_API_KEY, or INTERVIEWER_TRANSCRIPTION_URL for a local server",
        )
    there = settings.model_copy(
        update={
            "grader": "llm",
            "base_url": own or settings.base_url,
            "azure_api_version": None if own else settings.azure_api_version,
            # The key is for the server that grades, or for OpenAI; one of another address may be anybody's.
            "api_key": settings.api_key if own in {None, settings.endpoint, DEFAULT_BASE_URL} else None,
        }
    )
    check_key_is_safe(there)
    default = DEFAULT_MODEL if there.endpoint == DEFAULT_BASE_URL else OTHERWISE
    return there.model_copy(update={"model": settings.transcription_model or default})
