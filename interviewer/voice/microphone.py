"""The microphone. The only module that knows `sounddevice`, which comes with the extra `voice`."""

from array import array
from typing import Any

from interviewer.errors import InputError
from interviewer.text.clean import clean_line

RATE = 16_000
"""Samples a second: what speech recognition works with, and 32 KB of a recording."""
FULL_SCALE = 32_768


class Microphone:
    """The system's default microphone."""

    def __init__(self) -> None:
        """Load the library.

        Raises:
            InputError: it is not installed.
        """
        self.rate = RATE
        self._library = _sounddevice()
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
        return self._library.RawInputStream(samplerate=rate, channels=1, dtype="int16", callback=self._take)

    def _take(self, data: Any, *_: object) -> None:
        """Keep a piece of sound; the library calls this from a thread of its own."""
        piece = bytes(data)
        self._pieces.append(piece)
        self._peak = max(self._peak, loudest(piece))


def loudest(sound: bytes) -> float:
    """Return the loudest sample as a share of full scale."""
    samples = array("h", sound)
    high, low = max(samples, default=0), min(samples, default=0)
    return max(high, -low) / FULL_SCALE


def _sounddevice() -> Any:
    try:
        import sounddevice
    except ImportError:
        raise InputError(
            "recording needs a library that is not installed", next_step="in the interviewer folder: pip install '.[voice]'"
        ) from None
    except OSError:  # its wheel has the system's library on Windows and macOS only
        raise InputError(
            "recording needs PortAudio, which is not installed", next_step="install it; on Debian: apt install libportaudio2"
        ) from None
    return sounddevice
