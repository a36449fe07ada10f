"""A recording: bytes with a name that says what they are, and how long they sound."""

import wave
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from interviewer.errors import InputError

FORMATS = ("wav", "mp3", "m4a", "ogg", "flac", "webm")
SIZE_LIMIT = 25_000_000
"""Bytes that transcription servers take: OpenAI's limit, and the one that others follow."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Sound that can be sent to be transcribed."""

    name: str
    data: bytes
    seconds: float | None
    """As its header says; none where only the server can tell."""


def read_recording(path: Path) -> Recording:
    """Read a recording from a file.

    Raises:
        InputError: it cannot be read, is of another format, or is larger than servers take.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise InputError(f"{path} is not a recording by its name", next_step=f"it should end in {', '.join(FORMATS)}")
    try:
        with path.open("rb") as stream:
            data = stream.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", next_step="check the path") from error
    if len(data) > SIZE_LIMIT:
        raise InputError(
            f"{path} is larger than 25 MB, the most that is taken", next_step="save it as mp3 or ogg, or shorten it"
        )
    if not data:
        raise InputError(f"{path} is empty", next_step="record it again")
    return Recording(f"answer.{kind}", data, _wav_seconds(data) if kind == "wav" else None)


def as_wav(sound: bytes, rate: int) -> Recording:
    """Return samples of 16 bits, one channel, as a recording."""
    file = BytesIO()
    with wave.open(file, "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(rate)
        target.writeframes(sound)
    return Recording("answer.wav", file.getvalue(), round(len(sound) / (2 * rate), 2))


def keep_recording(recording: Recording, path: Path) -> Path:
    """Write a recording that its owner alone may read.

    Raises:
        InputError: the place cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_bytes(recording.data)
    except OSError as error:
        raise InputError(f"the recording cannot be kept at {path}: {error.strerror}", next_step="make room there") from error
    return path


def _wav_seconds(data: bytes) -> float | None:
    try:
        with wave.open(BytesIO(data)) as sound:
            width, rate = sound.getnchannels() * sound.getsampwidth(), sound.getframerate()
            # Written to a pipe, a header claims more than there is.
            frames = min(sound.getnframes(), len(data) // width)
    except (wave.Error, EOFError):
        return None
    return round(frames / rate, 2) if frames and rate else None
