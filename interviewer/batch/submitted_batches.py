"""The batches that were handed to a provider: what is known of each survives any end of the program."""

import os
import re
from contextlib import suppress
from pathlib import Path
from random import Random

from interviewer.errors import InputError
from interviewer.models import Model

_BEGINNING = b'{"number":'
"""Of every step that is written down."""
_OURS = re.compile(r"ledger\.jsonl|\d{3,}\.(requests|errors|output)\.jsonl(\.part)?")


class Entry(Model):
    """One batch on its way: each step is written down before the next begins."""

    number: int
    mark: str
    """Our own name for it, sent along: it finds a batch that was begun and not yet written down."""
    file: str | None = None
    batch: str | None = None
    ended: str | None = None
    """Its last status."""


class SubmittedBatches:
    """A folder with the requests and replies of each batch, and a file with a line for each step."""

    def __init__(self, folder: Path, random: Random) -> None:
        self._folder = folder
        self._random = random
        self._file = folder / "ledger.jsonl"
        self.entries: dict[int, Entry] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if self._file.exists():
                steps, end, torn = self._file.read_bytes().rpartition(b"\n")
                for line in steps.splitlines():
                    entry = Entry.model_validate_json(line)
                    self.entries[entry.number] = entry
                if not _BEGINNING.startswith(torn[: len(_BEGINNING)]):
                    raise ValueError("a line of something else")
                if torn:
                    os.truncate(self._file, len(steps + end))  # what a killed process began would spoil the next line
        except (OSError, ValueError) as error:
            raise InputError(f"cannot use {folder}", next_step="choose another --output") from error

    def write(self, entry: Entry) -> Entry:
        """Put down the next step of a batch; when this returns, it is on disk."""
        with self._file.open("a", encoding="utf-8") as file:
            file.write(entry.model_dump_json() + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.entries[entry.number] = entry
        return entry

    def begin(self, count: int) -> None:
        """Take so many written files of requests for batches to be sent."""
        for number in range(self.following, self.following + count):
            self.write(Entry(number=number, mark=f"{self._random.getrandbits(64):016x}"))

    @property
    def following(self) -> int:
        """The number of the next batch."""
        return max(self.entries, default=0) + 1

    @property
    def open(self) -> list[Entry]:
        """The batches that have not ended."""
        return [entry for entry in self.entries.values() if entry.ended is None]

    def requests(self, number: int) -> Path:
        return self._folder / f"{number:03}.requests.jsonl"

    def replies(self, number: int) -> tuple[Path, Path]:
        """Return where the errors and the output of a batch go."""
        return self._folder / f"{number:03}.errors.jsonl", self._folder / f"{number:03}.output.jsonl"

    def remove(self) -> None:
        """Delete all of ours: it is in the output now."""
        for file in self._folder.iterdir():
            if _OURS.fullmatch(file.name):
                file.unlink()
        with suppress(OSError):  # a file of somebody else keeps the folder
            self._folder.rmdir()
