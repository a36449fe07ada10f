"""Speech to text over any OpenAI-compatible `/audio/transcriptions`: a recording goes out, a transcript comes in."""

import math
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from interviewer.context import Context
from interviewer.errors import GradingError
from interviewer.llm.capabilities import Capabilities
from interviewer.llm.completion import read_object
from interviewer.llm.connection import Connection
from interviewer.llm.failures import LLMRequestError
from interviewer.llm.fallbacks import Body
from interviewer.models import Model
from interviewer.settings import Settings
from interviewer.text.clean import clean


class Segment(Model):
    """A stretch of a transcript, and how sure the server is of it."""

    text: str
    log_probability: float | None
    """The mean of its tokens' natural logarithms of probability."""
    no_speech: float | None
    """The probability that nobody speaks there, 0 to 1."""


class Transcript(Model):
    """The text of a recording."""

    text: str
    seconds: float | None
    """Length of the recording, where the server says so."""
    segments: tuple[Segment, ...]
    """Empty where the server says nothing of its confidence."""


class Transcriber:
    """Transcribes recordings with one model at one server."""

    def __init__(self, settings: Settings, context: Context, notify: Callable[[str], None]) -> None:
        """Take the settings of the server that transcribes, as `transcription_settings` returns them."""
        self._settings = settings
        self._connection = Connection(settings, context, notify)
        self.model = settings.model or ""

    async def warm(self) -> None:
        """Load the SDK while somebody speaks. Never fails."""
        with suppress(GradingError):  # raised again when there is something to transcribe
            await self._connection.open()

    async def close(self) -> None:
        await self._connection.close()

    async def transcribe(self, name: str, sound: bytes) -> Transcript:
        """Return what was said; `name` tells the server the format.

        Raises:
            GradingError: no transcript within the deadline.
        """
        async with self._connection.deadline() as deadline:
            try:
                return await self._connection.fallbacks.run(
                    self.model, self._details, partial(self._send, name, sound), deadline.until
                )
            except LLMRequestError as failed:
                raise await self._connection.with_models(failed, self.model, "INTERVIEWER_TRANSCRIPTION_MODEL") from None

    def _details(self, known: Capabilities) -> Body:
        if known.transcript_details and not self.model.startswith("gpt-"):
            return {"response_format": "verbose_json"}  # OpenAI's own newer models refuse it, and some say less
        if known.transcript_details and self.model.startswith("gpt-4o"):
            return {"response_format": "json", "include": ["logprobs"]}
        return {"response_format": "json"}

    async def _send(self, name: str, sound: bytes, details: Body) -> Transcript:
        async with self._connection.requests(self.model) as sdk:
            reply = await sdk.audio.transcriptions.with_raw_response.create(file=(name, sound), model=self.model, **details)
            return read_transcript(self._connection.body(reply.http_response))


def read_transcript(body: bytes) -> Transcript:
    """Read a transcript from the body of a 200 response.

    Raises:
        GradingError: it is something else; the message says what.
    """
    data = read_object(body)
    text = data.get("text")
    if not isinstance(text, str):
        raise GradingError("the server sent a reply without a transcript in it")
    text = clean(text).strip()
    usage = data.get("usage")
    seconds = _number(data.get("duration")) or _number(usage.get("seconds") if isinstance(usage, dict) else None)
    listed = data.get("segments")
    segments = [_segment(entry) for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    if not segments and (mean := _mean(data.get("logprobs"))) is not None:
        segments = [Segment(text=text, log_probability=mean, no_speech=None)]
    return Transcript(text=text, seconds=seconds if seconds and seconds > 0 else None, segments=tuple(segments))


def _segment(entry: dict[str, Any]) -> Segment:
    return Segment(
        text=clean(str(entry.get("text", ""))),
        log_probability=_number(entry.get("avg_logprob")),
        no_speech=_number(entry.get("no_speech_prob")),
    )


def _mean(tokens: object) -> float | None:
    entries = [entry.get("logprob") for entry in tokens if isinstance(entry, dict)] if isinstance(tokens, list) else []
    numbers = [number for entry in entries if (number := _number(entry)) is not None]
    return sum(numbers) / len(numbers) if numbers else None


def _number(value: object) -> float | None:
    """Read a number, which some servers send as text."""
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
