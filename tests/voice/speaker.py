"""Runs the program with a microphone that hears a file: `python -m tests.voice.speaker FILE.wav practice --voice`."""

import dataclasses
import sys
import wave

from interviewer.cli.main import cli
from interviewer.context import real_context
from interviewer.errors import InterviewerError


class RecordedMicrophone:
    """Hears the whole file whenever it is opened, however soon it is stopped."""

    def __init__(self, path: str) -> None:
        with wave.open(path) as sound:
            self.rate = sound.getframerate()
            self._sound: bytes = sound.readframes(sound.getnframes())
        self._levels = 0

    def start(self) -> None:
        self._levels = 0

    def level(self) -> float:
        self._levels += 1
        return 0.25 * (self._levels % 3)

    def stop(self) -> bytes:
        return self._sound


if __name__ == "__main__":
    context = dataclasses.replace(real_context(), microphone=lambda: RecordedMicrophone(sys.argv[1]))
    try:
        sys.exit(cli.main(sys.argv[2:], standalone_mode=False, obj=context))
    except InterviewerError as error:
        sys.stderr.write(f"{error.message}\n{error.next_step}\n")
        sys.exit(error.exit_code)
