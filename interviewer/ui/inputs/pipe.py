"""The protocol of answer inputs, and the input that reads lines from a pipe."""

import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol

from interviewer.errors import InputError
from interviewer.models import ANSWER_LIMIT

Command = Literal["skip", "quit", "hint", "edit", "speak", "help", "unknown", "end"]
"""`unknown` is a command that does not exist; `end` is the end of the input."""
_TYPED: tuple[Command, ...] = ("skip", "quit", "hint", "edit", "speak", "help")
_SLASHED = re.compile(r"/[a-z-]+")
SaveDraft = Callable[[str], None]
DRAFT_SECONDS = 2.0
"""Time between two drafts of an answer, so that a power cut costs a sentence at most."""


@dataclass(frozen=True, slots=True)
class Submission:
    """An answer that was sent."""

    text: str
    spoken: float | None = None
    """Seconds of speech that it was transcribed from; None if typed."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a menu, and the key that chooses it."""

    key: str
    label: str
    """With the key in brackets: "[r]etry"; empty for a key that the menu does not mention."""


_MOST_UNUSED = 1_000_000
"""Bytes behind the last answer that are looked at: a program may write for ever."""
Styled = Sequence[tuple[str, str]]
"""Pieces of text, each after its style in the words of prompt_toolkit."""


class AnswerInput(Protocol):
    """The input that answers, keys and lines are read from."""

    @property
    def redraws(self) -> bool:
        """Whether what stands above a choice disappears when the choice is made."""
        ...

    async def read(
        self, draft: str, save: SaveDraft, limit: float | None = None, earlier: Sequence[str] = ()
    ) -> Submission | Command:
        """Wait for an answer or a command.

        `draft` is the text to start from, and `save` is called with what was typed so far. Where a person types, what they
        have typed after `limit` seconds is returned as the answer, and the arrow keys bring back what they said `earlier`.
        """
        ...

    async def choose(self, choices: Sequence[Choice], above: Styled = ()) -> str:
        """Wait for one of these keys and return it. Enter means the first, which is also returned where no keys are read.

        `above` is shown above the choices.
        """
        ...

    async def ask_line(self, prompt: str) -> str:
        """Wait for one line; empty at the end of the input."""
        ...


def is_sent(line: str) -> bool:
    """Return whether a line ends the answer above it."""
    return line.strip().lower() == "/done"


def command_in(line: str) -> Command | None:
    """Return the command that a line consists of: one word after a slash. A path or a sentence is part of an answer."""
    word = line.strip().lower()
    if not _SLASHED.fullmatch(word) or is_sent(word):
        return None
    return next((command for command in _TYPED if word == f"/{command}"), "unknown")


class PipeInput:
    """Reads lines of UTF-8: an answer ends at a line `/done` or at the end of the input."""

    redraws = False

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._begun = ""
        """The lines of an unfinished answer that were saved at its last command; any other draft is of an earlier run."""

    async def read(
        self,
        draft: str,
        save: SaveDraft,
        limit: float | None = None,  # noqa: ARG002
        earlier: Sequence[str] = (),  # noqa: ARG002
    ) -> Submission | Command:
        lines = [f"{draft.rstrip()}\n"] if draft else []
        size, saved_at = len(draft), time.monotonic()
        try:
            while line := self._line():
                if is_sent(line):
                    return Submission("".join(lines))
                if command := command_in(line):
                    self._begun = "".join(lines)
                    save(self._begun)
                    return command
                lines.append(line)
                size += len(line)
                if time.monotonic() - saved_at > DRAFT_SECONDS:
                    save("".join(lines))
                    saved_at = time.monotonic()
                if size > 2 * ANSWER_LIMIT:
                    raise InputError(
                        f"the answer is longer than {ANSWER_LIMIT:,} characters",
                        next_step="shorten it: a spoken answer of two minutes has about 2,000",
                    )
        except BaseException:
            save("".join(lines)[: 2 * ANSWER_LIMIT])
            raise
        text = "".join(lines)
        # A draft of an earlier run stays one where nobody goes on with it.
        sent = text if draft == self._begun else "".join(lines[bool(draft) :])
        return Submission(text) if sent.strip() else "end"

    async def choose(self, choices: Sequence[Choice], above: Styled = ()) -> str:  # noqa: ARG002
        return choices[0].key

    async def ask_line(self, prompt: str) -> str:  # noqa: ARG002
        return ""

    def unused_lines(self) -> int:
        """Return the number of lines with text that are left, without waiting for more: whoever writes may wait for our end."""
        with suppress(OSError, AttributeError):  # no file, or a system where a read cannot be kept from waiting
            number = self._stream.fileno()
            blocking = os.get_blocking(number)
            os.set_blocking(number, False)
            try:
                rest = self._stream.read(_MOST_UNUSED) or b""
            finally:
                os.set_blocking(number, blocking)
            return sum(1 for line in rest.splitlines() if line.strip())
        return 0

    def _line(self) -> str:
        # A limit, since a line may be larger than the memory.
        raw = self._stream.readline(8 * ANSWER_LIMIT)
        try:
            if b"\0" in raw:
                raise ValueError("binary")
            return raw.decode("utf-8-sig")
        except ValueError:
            raise InputError("the input is not text in UTF-8", next_step="give the answer as plain text") from None
