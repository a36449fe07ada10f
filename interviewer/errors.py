"""What can go wrong, how the process ends, and what the person can do about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """Exit codes of every command; part of the command-line contract."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    UNGRADED = 3
    INTERRUPTED = 130


class InterviewerError(Exception):
    """Anything that ends a command with one line instead of a traceback."""

    exit_code = ExitCode.UNEXPECTED

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    @property
    def sentence(self) -> str:
        """What happened and what to do about it, in one line."""
        return f"{self.message.rstrip('.')}; {self.next_step}" if self.next_step else self.message


class InputError(InterviewerError):
    """What the person gave cannot be used: an option, a file, an answer, a setting."""

    exit_code = ExitCode.USAGE


class StoreError(InterviewerError):
    """The place where answers are kept cannot be read or written."""

    exit_code = ExitCode.USAGE
    unsaved = ""
    """The answer that could not be kept: it has to be shown, or it is lost."""


@contextmanager
def attach_unsaved_answer(answer: str) -> Iterator[None]:
    """Let a failure to save carry the answer that would be lost with it."""
    try:
        yield
    except StoreError as error:
        error.unsaved = error.unsaved or answer
        raise


class GradingError(InterviewerError):
    """One answer could not be graded; the answer itself is safe."""

    exit_code = ExitCode.UNGRADED
    rate_limited = False
    """The server refused since requests came too fast: this says nothing about the next answer."""
    retry_after: float | None = None
    """Seconds until the server takes requests again, if longer than the time for one request; infinite if it does not say."""
    usage: Any = None
    """The cost of unusable replies, a `models.Usage`, if a server was asked."""
    raw: str | None = None
    """The model's reply, if that is what was wrong."""


class Stopped(InterviewerError):
    """The person or the system ended the program."""

    exit_code = ExitCode.INTERRUPTED
