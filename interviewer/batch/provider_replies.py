"""Replies that came in files: found by the request they answer, and handed to the grader as if a server had just sent them."""

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interviewer.batch.submitted_batches import SubmittedBatches
from interviewer.errors import GradingError
from interviewer.settings import Settings

TRIES = 3
"""How often one request goes into a batch before its row stays ungraded."""
_LINE_LIMIT = 1_000_000


class Unanswered(Exception):
    """There is no reply to this request yet; it belongs into the next batch."""

    def __init__(self, name: str, body: dict[str, Any]) -> None:
        super().__init__(name)
        self.line = json.dumps(
            {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}, ensure_ascii=False
        )


@dataclass(slots=True)
class _Known:
    """How often a request was tried, and where the latest reply stands: which file, which byte."""

    tries: int = 0
    file: int = -1
    offset: int = 0


class Replies:
    """All replies in the folder of the submitted batches. In memory is only where each one stands."""

    def __init__(self, submitted: SubmittedBatches, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[bytes, _Known] = {}
        self._files: list[Path] = []
        for entry in submitted.entries.values():
            for name, _ in _lines(submitted.requests(entry.number)):
                self._known.setdefault(name, _Known()).tries += entry.ended in {"completed", "expired"}
            for file in submitted.replies(entry.number):
                if entry.ended and file.exists():
                    self._index(file)

    async def post(self, body: dict[str, Any]) -> bytes:
        """Return the reply to a chat completion request; the grader's stand-in for a server.

        Raises:
            GradingError: the reply is a failure, and asking again makes no sense.
            Unanswered: there is none yet.
        """
        from interviewer.llm.completion import error_text
        from interviewer.llm.failures import Failure, LLMRequestError, recorded_failure
        from interviewer.llm.redaction import redact

        name = custom_id(body)
        known = self._known.get(bytes.fromhex(name))
        if known is None or (known.file < 0 and known.tries < TRIES):
            raise Unanswered(name, body)
        if known.file < 0:
            raise GradingError(f"{self._settings.host} left this answer out of {TRIES} batches")
        line = self._line(known)
        response = line.get("response")
        if isinstance(response, dict) and response.get("status_code") == 200:
            return json.dumps(response.get("body")).encode()
        if isinstance(response, dict) and isinstance(status := response.get("status_code"), int) and 300 <= status < 600:
            failure = recorded_failure(status, response.get("body"), self._settings, str(body["model"]))
        else:
            said = redact(error_text({"error": line.get("error")}), self._settings)  # expired, or cancelled with its batch
            failure = Failure(f"{self._settings.host} did not get to this answer: {said}", transient=True)
        if failure.transient and known.tries < TRIES:
            raise Unanswered(name, body)
        raise LLMRequestError(dataclasses.replace(failure, transient=False))

    def _line(self, known: _Known) -> dict[str, Any]:
        with self._files[known.file].open("rb") as file:
            file.seek(known.offset)
            found: dict[str, Any] = json.loads(file.readline(_LINE_LIMIT))
        return found

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
