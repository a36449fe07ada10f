"""Can a transcript be graded as it is? Speech recognition invents words as fluently as it hears them."""

import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from interviewer.llm.transcription import Segment, Transcript
from interviewer.resources import load_toml
from interviewer.text.words import word_count


def doubts(transcript: Transcript, seconds: float | None) -> tuple[str, ...]:
    """Return what speaks against trusting a transcript of so many seconds; nothing where it may be graded unseen."""
    return tuple(_doubts(transcript, seconds))


def _doubts(transcript: Transcript, seconds: float | None) -> Iterator[str]:
    limits = thresholds()
    words = word_count(transcript.text)
    unsure = sum(word_count(segment.text) for segment in transcript.segments if _is_doubtful(segment))
    if words and unsure > limits["doubtful"]["words"] * words:
        yield f"the server is unsure of {unsure} of {words} words"
    if _compression(transcript.text) > limits["repetition"]["compression"]:
        yield "it repeats itself as nobody speaks"
    if words and seconds:
        pace = 60 * words / seconds
        if not limits["pace"]["slowest"] <= pace <= limits["pace"]["fastest"]:
            yield f"{words} words in {seconds:.0f} seconds are {'few' if pace < limits['pace']['slowest'] else 'too many'}"


def _is_doubtful(segment: Segment) -> bool:
    limits = thresholds()["confidence"]
    unlikely = segment.log_probability is not None and segment.log_probability < limits["log_probability"]
    return unlikely or (segment.no_speech is not None and segment.no_speech > limits["no_speech"])


def _compression(text: str) -> float:
    """Return how often the most repetitive piece of a text says the same; long texts compress well without repeating."""
    length = thresholds()["repetition"]["characters"]
    pieces = [text[start : start + length].encode() for start in range(0, len(text), length)]
    return max((len(piece) / len(zlib.compress(piece)) for piece in pieces), default=0.0)


@lru_cache(maxsize=1)
def thresholds() -> dict[str, Any]:
    """Return the thresholds, each with its source, of `data/voice.toml`."""
    return load_toml("voice.toml")
