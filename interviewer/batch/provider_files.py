"""The folder of a provider's batches: the uploaded requests, the downloaded replies, and a ledger of the state of each batch.

Each step of a batch is in the ledger before the next one begins, so that it survives a kill. Replies are found by a hash of
their request, and given to the grader as if a server had just sent them.
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

from interviewer.errors import GradingError, InputError
from interviewer.llm.batches import BYTES_A_FILE, REQUESTS_A_FILE
from interviewer.llm.completion import error_text
from interviewer.llm.failures import Failure, LLMRequestError, recorded_failure
from interviewer.llm.redaction import redact
from interviewer.models import Model
from interviewer.settings import Settings
from interviewer.text.atomic_write import writing

MAX_BATCHES = 3
"""How often one request goes into a batch before its row stays ungraded."""
_LINE_LIMIT = 1_000_000
_STEP = b'{"number":'
"""How each line of the ledger begins."""
_NAMES = re.compile(r"ledger\.jsonl|\d{3,}\.(requests|errors|output)\.jsonl(\.part)?")


class SubmittedBatch(Model):
    """The state of one batch; the latest of its lines in the ledger counts."""

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

    def record(self, state: SubmittedBatch, /, **step: str) -> SubmittedBatch:
        """Return the batch after a step, its changed fields; when this returns, the step is on disk.

        Raises:
            InputError: the disk is full.
        """
        batch = state.model_copy(update=step)
        with writing(self._ledger), self._ledger.open("a", encoding="utf-8") as file:
            file.write(batch.model_dump_json() + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.batches[batch.number] = batch
        return batch

    def begin(self, count: int) -> None:
        """Take the next `count` files of requests for batches to be sent."""
        for number in range(self.next_number, self.next_number + count):
            self.record(SubmittedBatch(number=number, mark=f"{self._random.getrandbits(64):016x}"))

    @property
    def next_number(self) -> int:
        return max(self.batches, default=0) + 1

    @property
    def unfinished(self) -> list[SubmittedBatch]:
        """The batches that have not ended."""
        return [batch for batch in self.batches.values() if batch.ended is None]

    def requests(self, number: int) -> Path:
        return self._folder / f"{number:03}.requests.jsonl"

    def replies(self, number: int) -> tuple[Path, Path]:
        """Return the files for the errors and for the output of a batch."""
        return self._folder / f"{number:03}.errors.jsonl", self._folder / f"{number:03}.output.jsonl"

    def remove(self) -> None:
        """Delete our files: all that matters is in the output now. The folder goes unless something else is in it."""
        for file in self._folder.iterdir():
            if _NAMES.fullmatch(file.name):
                file.unlink()
        with contextlib.suppress(OSError):
            self._folder.rmdir()


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
        self._out: BinaryIO | None = None
        self._requests = 0
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
        if self._out is None or self._requests == REQUESTS_A_FILE or self._out.tell() + len(line) > BYTES_A_FILE:
            self.close()
            self._path = self._folder.requests(self._folder.next_number + self.count)
            self.count += 1
            self._requests = 0
        with writing(self._path):
            self._out = self._out or self._path.open("wb")
            self._out.write(line)
        self._requests += 1

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
    """How often a request was tried, and where its latest reply begins, if there is one."""

    tries: int = 0
    file: Path | None = None
    offset: int = 0


class Replies:
    """All replies in a folder. Only where each one begins is in memory."""

    def __init__(self, folder: BatchFolder, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[str, _Known] = {}
        for batch in folder.batches.values():
            for name, _ in _lines(folder.requests(batch.number)):
                self._known.setdefault(name, _Known()).tries += batch.ended in {"completed", "expired"}
            for file in folder.replies(batch.number):
                for name, offset in _lines(file) if batch.ended and file.exists() else ():
                    if known := self._known.get(name):  # millions of unknown ones would fill the memory
                        known.file, known.offset = file, offset

    async def reply_to(self, body: dict[str, Any]) -> bytes:
        """Return the reply to a chat completion request, in place of a server.

        Raises:
            GradingError: the reply is a failure, and asking again makes no sense.
            Unanswered: there is no reply yet.
        """
        name = custom_id(body)
        known = self._known.get(name, _Known())
        if known.file is not None:
            try:
                reply = self._read(known.file, known.offset, str(body["model"]))
            except (ValueError, RecursionError):  # nested too deeply to be read here, for instance
                reply = Failure(f"{self._settings.host} sent a malformed reply", transient=True)
            if isinstance(reply, bytes):
                return reply
            if not reply.transient or known.tries >= MAX_BATCHES:
                raise LLMRequestError(dataclasses.replace(reply, transient=False))
        elif known.tries >= MAX_BATCHES:
            raise GradingError(f"{self._settings.host} left this answer out of {MAX_BATCHES} batches")
        raise Unanswered(name, body)

    def _read(self, file: Path, offset: int, model: str) -> bytes | Failure:
        with file.open("rb") as lines:
            lines.seek(offset)
            line = json.loads(lines.readline(_LINE_LIMIT))
        response = line.get("response")
        status = response.get("status_code") if isinstance(response, dict) else None
        if status == 200:
            return json.dumps(response.get("body")).encode()
        if isinstance(status, int) and 300 <= status < 600:
            return recorded_failure(status, response.get("body"), self._settings, model)
        message = redact(error_text({"error": line.get("error")}), self._settings)  # expired, or cancelled with its batch
        return Failure(f"{self._settings.host} did not get to this answer: {message}", transient=True)


def custom_id(body: dict[str, Any]) -> str:
    """Return the name of a request: its hash, so that a reply can only ever be joined to what it answers."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]


def _lines(file: Path) -> Iterator[tuple[str, int]]:
    """Yield the custom id of each line that has one, and where the line begins."""
    with file.open("rb") as lines:
        offset = 0
        while line := lines.readline(_LINE_LIMIT):
            # A line that is not as it should be answers nothing: its request counts as unanswered.
            with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
                yield str(json.loads(line)["custom_id"]), offset
            offset += len(line)
