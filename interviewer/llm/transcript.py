"""What a server makes of a recording: from bytes that may be anything to a text and how sure the server is of it."""

import math
from typing import Any

from interviewer.errors import GradingError
from interviewer.llm.completion import read_object
from interviewer.models import Model
from interviewer.text.clean import clean


class Segment(Model):
    """A stretch of the text, and how far the server trusts it."""

    text: str
    log_probability: float | None
    """Of its tokens, on average."""
    no_speech: float | None
    """The probability that nobody speaks there."""


class Transcript(Model):
    """The text of a recording."""

    text: str
    seconds: float | None
    """How long it sounds, where the server says so."""
    segments: tuple[Segment, ...]
    """None where the server says nothing of its confidence."""


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
