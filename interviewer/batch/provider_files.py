"""The folder of a provider's batches: requests that go up, replies that came down, and how far each batch is.

A line is written for each step before the next begins, so that what is known of a batch survives any end of the program.
Replies are found by the request they answer, and handed to the grader as if a server had just sent them.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, BinaryIO

from interviewer.batch.writer import cannot_write
from interviewer.errors import GradingError, InputError
from interviewer.llm.batches import BYTES_A_FILE, REQUESTS_A_FILE
from interviewer.llm.failures import Failure, LLMRequestError, recorded_failure
from interviewer.llm.redaction import redact
from interviewer.models import Model
from interviewer.settings import Settings

TRIES = 3
"""How often one request goes into a batch before its row stays ungraded."""
_LINE_LIMIT = 1_000_000
_STEP = b'{"number":'
"""How each line of the ledger begins."""
_NAMES = re.compile(r"ledger\.jsonl|\d{3,}\.(requests|errors|output)\.jsonl(\.part)?")


class SubmittedBatch(Model):
    """One batch on its way; the line of its latest step in the ledger counts."""

    number: int
    mark: str
    """Our own name for it, sent along: it finds a batch that was created and not yet written down."""
    file: str | None = None
    """The provider's id of the uploaded requests."""
    batch: str | None = None
    """The provider's id of the batch."""
    ended: str | None = None
    """Its last status."""


class BatchFolder:
    """The folder beside an output: `ledger.jsonl`, and the requests and replies of each batch."""

    def __init__(self, folder: Path, random: Random) -> None:
        """Open the folder, or create it.

        Raises:
            InputError: it cannot be used, or something of another program is in it.
        """
        self._folder = folder
        self._random = random
        self._ledger = folder / "ledger.jsonl"
        self.batches: dict[int, SubmittedBatch] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(path.is_symlink() for path in (folder, *folder.iterdir())):
                raise ValueError("a link leads elsewhere")
            if self._ledger.exists():
                steps, end, torn = self._ledger.read_bytes().rpartition(b"\n")
                for line in steps.splitlines():
                    batch = SubmittedBatch.model_validate_json(line)
                    self.batches[batch.number] = batch
                if not _STEP.startswith(torn[: len(_STEP)]):
                    raise ValueError("a line of something else")
                if torn:
                    os.truncate(self._ledger, len(steps + end))  # what a killed process began would spoil the next line
        except (OSError, ValueError) as error:
            raise InputError(f"cannot use {folder}", next_step="choose another --output") from error

    def write(self, batch: SubmittedBatch) -> SubmittedBatch:
        """Write down the next step of a batch; when this returns, it is on disk.

        Raises:
            InputError: the disk is full.
        """
        with writing(self._ledger), self._ledger.open("a", encoding="utf-8") as file:
            file.write(batch.model_dump_json() + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.batches[batch.number] = batch
        return batch

    def begin(self, count: int) -> None:
        """Take the next `count` files of requests for batches to be sent."""
        for number in range(self.next_number, self.next_number + count):
            self.write(SubmittedBatch(number=number, mark=f"{self._random.getrandbits(64):016x}"))

    @property
    def next_number(self) -> int:
        return max(self.batches, default=0) + 1

    @property
    def open(self) -> list[SubmittedBatch]:
        """The batches that have not ended."""
        return [batch for batch in self.batches.values() if batch.ended is None]

    def requests(self, number: int) -> Path:
        return self._folder / f"{number:03}.requests.jsonl"

    def replies(self, number: int) -> tuple[Path, Path]:
        """Return where the errors and the output of a batch go."""
        return self._folder / f"{number:03}.errors.jsonl", self._folder / f"{number:03}.output.jsonl"

    def remove(self) -> None:
        """Delete our files: all that matters is in the output now. The folder goes unless something else is in it."""
        for file in self._folder.iterdir():
            if _NAMES.fullmatch(file.name):
                file.unlink()
        with contextlib.suppress(OSError):
            self._folder.rmdir()


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Name the file where the block cannot write.

    Raises:
        InputError: the disk is full, for instance.
    """
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from error


class Unanswered(Exception):
    """There is no reply to this request yet; it goes into the next batch."""

    def __init__(self, name: str, body: dict[str, Any]) -> None:
        super().__init__(name)
        self.line = json.dumps(
            {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}, ensure_ascii=False
        )


class RequestFiles:
    """Writes requests into files that keep to the provider's limits. The same request is written once."""

    def __init__(self, folder: BatchFolder) -> None:
        self._folder = folder
        self._seen: set[str] = set()
        self._path = Path()
        self._room = self._bytes = 0
        self._out: BinaryIO | None = None
        self.count = 0

    def add(self, request: Unanswered) -> None:
        """Write a request.

        Raises:
            InputError: the disk is full.
        """
        if str(request) in self._seen:
            return
        self._seen.add(str(request))
        line = f"{request.line}\n".encode()
        if self._out is None or self._room == 0 or self._bytes + len(line) > BYTES_A_FILE:
            self.close()
            self._path = self._folder.requests(self._folder.next_number + self.count)
            with writing(self._path):
                self._out = self._path.open("wb")
            self.count += 1
            self._room, self._bytes = REQUESTS_A_FILE, 0
        with writing(self._path):
            self._out.write(line)
        self._room -= 1
        self._bytes += len(line)

    def close(self) -> None:
        """Bring the last file to disk.

        Raises:
            InputError: the disk is full.
        """
        if self._out is not None:
            out, self._out = self._out, None
            with writing(self._path), out:
                out.flush()
                os.fsync(out.fileno())


@dataclass(slots=True)
class _Known:
    """How often a request was tried, and where its latest reply is: which file, which byte."""

    tries: int = 0
    file: int = -1
    offset: int = 0


class Replies:
    """All replies in a folder. Only where each one stands is in memory."""

    def __init__(self, folder: BatchFolder, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[bytes, _Known] = {}
        self._files: list[Path] = []
        for batch in folder.batches.values():
            for name, _ in _lines(folder.requests(batch.number)):
                self._known.setdefault(name, _Known()).tries += batch.ended in {"completed", "expired"}
            for file in folder.replies(batch.number):
                if batch.ended and file.exists():
                    self._index(file)

    async def post(self, body: dict[str, Any]) -> bytes:
        """Return the reply to a chat completion request, in place of a server.

        Raises:
            GradingError: the reply is a failure, and asking again makes no sense.
            Unanswered: there is none yet.
        """
        name = custom_id(body)
        known = self._known.get(bytes.fromhex(name))
        if known is None or (known.file < 0 and known.tries < TRIES):
            raise Unanswered(name, body)
        if known.file < 0:
            raise GradingError(f"{self._settings.host} left this answer out of {TRIES} batches")
        try:
            reply = self._read(known, str(body["model"]))
        except (ValueError, RecursionError):  # nested too deeply to be read here, for instance
            reply = Failure(f"{self._settings.host} sent a malformed reply", transient=True)
        if isinstance(reply, bytes):
            return reply
        if reply.transient and known.tries < TRIES:
            raise Unanswered(name, body)
        raise LLMRequestError(dataclasses.replace(reply, transient=False))

    def _read(self, known: _Known, model: str) -> "bytes | Failure":
        from interviewer.llm.completion import error_text

        with self._files[known.file].open("rb") as file:
            file.seek(known.offset)
            line = json.loads(file.readline(_LINE_LIMIT))
        response = line.get("response")
        if isinstance(response, dict) and response.get("status_code") == 200:
            return json.dumps(response.get("body")).encode()
        if isinstance(response, dict) and isinstance(status := response.get("status_code"), int) and 300 <= status < 600:
            return recorded_failure(status, response.get("body"), self._settings, model)
        said = redact(error_text({"error": line.get("error")}), self._settings)  # expired, or cancelled with its batch
        return Failure(f"{self._settings.host} did not get to this answer: {said}", transient=True)

    def _index(self, file: Path) -> None:
        self._files.append(file)
        for name, offset in _lines(file):
            if known := self._known.get(name):  # else it answers nobody, and millions of them would fill the memory
                known.file, known.offset = len(self._files) - 1, offset


def custom_id(body: dict[str, Any]) -> str:
    """Return the name of a request: its hash, so that a reply can only ever be joined to what it answers."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]


def _lines(file: Path) -> Iterator[tuple[bytes, int]]:
    """Yield the custom id of each line that has one of ours, and where the line begins."""
    with file.open("rb") as lines:
        offset = 0
        while line := lines.readline(_LINE_LIMIT):
            # A line that is not as it should be answers nothing: its request counts as unanswered.
            with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
                yield bytes.fromhex(json.loads(line)["custom_id"]), offset
            offset += len(line)
