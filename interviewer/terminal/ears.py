"""What can be heard from a candidate, and hearing it line by line from a pipe or a plain terminal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol

from interviewer.errors import InputError
from interviewer.models import ANSWER_LIMIT

Command = Literal["skip", "quit", "hint", "edit", "end"]
"""`end` is the end of the input: nobody is there any more."""
COMMANDS: dict[str, Command] = {"/skip": "skip", "/quit": "quit", "/hint": "hint", "/edit": "edit"}
SaveDraft = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, sent."""

    text: str


class Ears(Protocol):
    """Where answers come from: the editor of a terminal, or the lines of a pipe."""

    async def listen(self, draft: str, save: SaveDraft) -> Said | Command:
        """Wait for an answer or a command; `save` keeps what has been typed so far."""
        ...


class LineEars:
    """Reads lines: an answer ends at a line `/done` or at the end of the input."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    async def listen(self, draft: str, save: SaveDraft) -> Said | Command:
        lines = [draft] if draft else []
        try:
            while line := self._line():
                word = line.strip().lower()
                if word == "/done":
                    return Said("".join(lines))
                if word in COMMANDS:
                    save("".join(lines))
                    return COMMANDS[word]
                lines.append(line)
                if sum(map(len, lines)) > 2 * ANSWER_LIMIT:
                    raise InputError(
                        f"the answer is longer than {ANSWER_LIMIT:,} characters",
                        next_step="shorten it: a spoken answer of two minutes has about 2,000",
                    )
        except BaseException:
            save("".join(lines)[: 2 * ANSWER_LIMIT])
            raise
        return Said("".join(lines)) if "".join(lines).strip() else "end"

    def _line(self) -> str:
        # A limit, since a line may be as long as the memory.
        raw = self._stream.readline(8 * ANSWER_LIMIT)
        try:
            if b"\0" in raw:
                raise ValueError("binary")
            return raw.decode("utf-8-sig")
        except ValueError:
            raise InputError("the input is not text in UTF-8", next_step="give the answer as plain text") from None
