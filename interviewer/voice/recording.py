"""Recordings, from a file or from the microphone. The only module that imports `sounddevice`, of the extra `voice`."""

import wave
from array import array
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from interviewer.errors import InputError
from interviewer.text.clean import clean_line
from interviewer.text.read_file import reading

FORMATS = ("wav", "mp3", "m4a", "ogg", "flac", "webm")
RECORDING_LIMIT = 25_000_000
"""Bytes that transcription servers take: OpenAI's limit, and the one that others follow."""
RATE = 16_000
"""Samples a second: what speech recognition works with, and 32 KB of a recording."""
FULL_SCALE = 32_768


@dataclass(frozen=True, slots=True)
class Recording:
    """A sound file that can be sent to a server."""

    name: str
    """The file name; its ending tells the server the format."""
    data: bytes
    seconds: float | None
    """Seconds by its header; None if only the server can tell."""


def read_recording(path: Path) -> Recording:
    """Read a recording from a file.

    Raises:
        InputError: it cannot be read, is of another format, or is larger than servers take.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise InputError(f"{path} is not a recording by its name", next_step=f"it should end in {', '.join(FORMATS)}")
    with reading(path) as stream:
        data = stream.read(RECORDING_LIMIT + 1)
    if len(data) > RECORDING_LIMIT:
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
    """Write a recording that only its owner may read.

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


def peak_level(sound: bytes) -> float:
    """Return the loudest of samples of 16 bits as a share of full scale."""
    samples = array("h", sound)
    high, low = max(samples, default=0), min(samples, default=0)
    return max(high, -low) / FULL_SCALE


class Microphone:
    """The default microphone of the system, as a `Recorder`."""

    def __init__(self) -> None:
        """Load the library.

        Raises:
            InputError: it is not installed.
        """
        self.rate = RATE
        try:
            import sounddevice
        except ImportError:
            raise InputError(
                "recording needs a library that is not installed", next_step="in the interviewer folder: pip install '.[voice]'"
            ) from None
        except OSError:  # its wheel has the system's library on Windows and macOS only
            raise InputError(
                "recording needs PortAudio, which is not installed",
                next_step="install it; on Debian: apt install libportaudio2",
            ) from None
        self._library = sounddevice
        self._stream: Any = None
        self._pieces: list[bytes] = []
        self._peak = 0.0

    def start(self) -> None:
        self._pieces, self._peak = [], 0.0
        try:
            try:
                self._stream = self._open(RATE)
            except self._library.PortAudioError:  # some devices know one rate only, their own
                self._stream = self._open(int(self._library.query_devices(kind="input")["default_samplerate"]))
            self.rate = int(self._stream.samplerate)
            self._stream.start()
        except (self._library.PortAudioError, ValueError) as error:
            reason = clean_line(str(error), 120)
            raise InputError(f"the microphone cannot be used: {reason}", next_step="connect one, and allow its use") from None

    def level(self) -> float:
        peak, self._peak = self._peak, 0.0
        return peak

    def stop(self) -> bytes:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        return b"".join(self._pieces)

    def _open(self, rate: int) -> Any:
        return self._library.RawInputStream(samplerate=rate, channels=1, dtype="int16", callback=self._add)

    def _add(self, data: Any, *_: object) -> None:
        """Keep a piece of sound; the library calls this in a thread of its own."""
        piece = bytes(data)
        self._pieces.append(piece)
        self._peak = max(self._peak, peak_level(piece))


def _wav_seconds(data: bytes) -> float | None:
    try:
        with wave.open(BytesIO(data)) as sound:
            width, rate = sound.getnchannels() * sound.getsampwidth(), sound.getframerate()
            # Written to a pipe, a header claims more than there is.
            frames = min(sound.getnframes(), len(data) // width)
    except (wave.Error, EOFError):
        return None
    return round(frames / rate, 2) if frames and rate else None
