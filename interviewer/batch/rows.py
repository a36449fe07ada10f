"""The rows of a batch or of a human-graded set: one JSON object a line, read one at a time."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interviewer.bank.bank import Bank
from interviewer.errors import InputError
from interviewer.grading.segment import segment
from interviewer.models import Answer, KeyPoint, Question
from interviewer.text.clean import clean_line
from interviewer.text.slug import slug

LINE_LIMIT = 1_000_000
"""Bytes of one row; an answer has at most 20,000 characters."""


class RawRow(BaseModel):
    """A row as people write it. Further fields are allowed and left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str | int
    question: str | int
    answer: str
    reference: str | None = None
    key_points: list[str] | None = None
    score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    """A person's grade, scaled to 0–1 (`evaluate` only)."""
    annotators: list[float] | None = None
    """The grades of several people, on a scale up to `max_score`."""
    max_score: Annotated[float, Field(gt=0)] = 1.0
    question_id: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what is to be graded, or the reason why it cannot be."""

    index: int
    id: str | int
    """As in its file, so that results can be joined to what they are about."""
    question: Question | None = None
    answer: Answer | None = None
    reason: str = ""
    score: float | None = None
    annotators: tuple[float, ...] = ()
    group: str = ""
    """What tells the questions of a set apart."""

    @property
    def beginning(self) -> str:
        """How its line in the output begins: with its name, and with a hash of all that a grade of it rests on."""
        asked = self.question
        parts = [asked.id, asked.question, asked.reference, *(point.text for point in asked.key_points)] if asked else []
        said = "\0".join((*parts, self.answer.text if self.answer else "", self.reason))
        digest = hashlib.blake2b(said.encode(errors="backslashreplace"), digest_size=8).hexdigest()
        return f'{{"id":{json.dumps(self.id, ensure_ascii=False)},"row_hash":"{digest}",'


def read_rows(path: Path, bank: Bank) -> Iterator[Row]:
    """Yield the rows of a file, bad ones with their reason. Blank lines are skipped.

    Raises:
        InputError: the file cannot be read.
    """
    adhoc: dict[tuple[str, str, tuple[str, ...]], Question] = {}
    try:
        with path.open("rb") as file:
            index = 0
            while line := file.readline(LINE_LIMIT + 1):
                whole = line
                while len(line) > LINE_LIMIT and not line.endswith(b"\n"):
                    line = file.readline(LINE_LIMIT + 1)  # the rest of a line that is far too long
                if whole.strip():
                    yield _read(index, whole, bank, adhoc)
                    index += 1
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", next_step="check the path") from error


def _read(index: int, line: bytes, bank: Bank, adhoc: dict[tuple[str, str, tuple[str, ...]], Question]) -> Row:
    number = f"row-{index + 1}"
    if len(line) > LINE_LIMIT:
        return Row(index, number, reason=f"the row is longer than {LINE_LIMIT:,} bytes")
    try:
        data: Any = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return Row(index, number, reason="the row is not JSON in UTF-8")
    if not isinstance(data, dict):
        return Row(index, number, reason="the row is not a JSON object")
    name = data.get("id", number)
    if not isinstance(name, int) or isinstance(name, bool):
        name = clean_line(name, 200) if isinstance(name, str) else number
    try:
        raw = RawRow.model_validate(data)
        question = _question(raw, bank, adhoc)
        answer = segment(raw.answer)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return Row(index, name, reason=clean_line(f"{where}: {first['msg'].removeprefix('Value error, ')}"))
    except InputError as error:
        return Row(index, name, reason=error.message)
    people = tuple(min(1.0, max(0.0, grade / raw.max_score)) for grade in raw.annotators or ())
    return Row(index, name, question, answer, "", raw.score, people, raw.question_id or question.id)


def _question(raw: RawRow, bank: Bank, adhoc: dict[tuple[str, str, tuple[str, ...]], Question]) -> Question:
    asked = str(raw.question).strip()
    if found := bank.get(asked):
        return found
    if not raw.reference and not raw.key_points:
        raise InputError(f"there is no question {clean_line(asked, 60)!r} in the bank, and the row has no reference answer")
    points = tuple(raw.key_points or ())
    key = (asked, raw.reference or "", points)
    if key not in adhoc:
        if len(adhoc) > 10_000:
            adhoc.clear()
        adhoc[key] = Question(
            number=None,
            id=slug(raw.question_id or asked),
            topic="batch",
            level="basic",
            question=asked,
            reference=raw.reference or "",
            key_points=tuple(KeyPoint(id=f"point-{n}", text=text, weight=2) for n, text in enumerate(points, 1)),
        )
    return adhoc[key]
