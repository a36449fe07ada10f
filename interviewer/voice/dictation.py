"""Transcribing a recording, and checking the transcript: speech recognition can invent text where nothing was said."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from interviewer.errors import InputError
from interviewer.resources import load_toml
from interviewer.text.words import word_count
from interviewer.voice.recording import Recording, peak_level

if TYPE_CHECKING:
    from interviewer.llm.transcription import Segment, Transcriber, Transcript


@dataclass(frozen=True, slots=True)
class Dictation:
    """The transcript of a recording."""

    text: str
    seconds: float | None
    """Length of the recording; None if neither its header nor the server says."""
    doubts: tuple[str, ...]
    """Why the text may be wrong; nothing is graded with doubts before a person has read it."""


async def dictate(transcriber: "Transcriber", recording: Recording) -> Dictation:
    """Transcribe a recording.

    Raises:
        GradingError: there is no transcript; the message says why.
        InputError: the transcript is empty.
    """
    transcript = await transcriber.transcribe(recording.name, recording.data)
    if not transcript.text:
        raise InputError(
            "no words were heard in the recording", next_step="listen to it: is it the right one, and loud enough?"
        )
    seconds = recording.seconds or transcript.seconds
    return Dictation(transcript.text, seconds, tuple(find_doubts(transcript, seconds)))


def is_silent(sound: bytes) -> bool:
    """Return whether samples of 16 bits are quieter than any speech."""
    return peak_level(sound) < float(_thresholds()["silence"]["peak"])


def find_doubts(transcript: "Transcript", seconds: float | None) -> Iterator[str]:
    """Yield why a transcript of a recording of this length may be wrong. `data/voice.toml` has the thresholds."""
    limits = _thresholds()
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


def _is_doubtful(segment: "Segment") -> bool:
    limits = _thresholds()["confidence"]
    unlikely = segment.log_probability is not None and segment.log_probability < limits["log_probability"]
    return unlikely or (segment.no_speech is not None and segment.no_speech > limits["no_speech"])


def _compression(text: str) -> float:
    """Return the highest compression ratio of the pieces of a text; a long text compresses well without repetitions."""
    length = _thresholds()["repetition"]["characters"]
    pieces = [text[start : start + length].encode() for start in range(0, len(text), length)]
    return max((len(piece) / len(zlib.compress(piece)) for piece in pieces), default=0.0)


@lru_cache(maxsize=1)
def _thresholds() -> dict[str, Any]:
    return load_toml("voice.toml")
