"""The rows of a batch: answers to be graded, and results as they are written. One JSON object a line, read one at a time."""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interviewer.bank.bank import Bank
from interviewer.bank.points import lacks_key_points
from interviewer.batch.labels import Labels, read_labels
from interviewer.errors import InputError
from interviewer.grading.identity import grade_identity
from interviewer.grading.segment import segment
from interviewer.models import Answer, Grading, KeyPoint, Question, first_error
from interviewer.text.clean import clean_line, clean_path
from interviewer.text.read_file import reading
from interviewer.text.slug import slug
from interviewer.text.words import plural

LINE_LIMIT = 1_000_000
"""Bytes of one row; an answer has at most 20,000 characters."""
RESULT = re.compile(
    rb'\{"id":(?:-?\d*|"(?:[^"\\\n]|\\[^\n]){0,2000}"),"row_hash":"[0-9a-f]{16}"'
    rb',"question_id":"[^"\\\n]*","status":"[a-z]*","score":[^\n]*\}\n'
)
"""A line of an output. An id has 200 characters at most, each of which may be escaped."""
PROGRESS_ENTRY = re.compile(rb"\d{1,12}\t" + RESULT.pattern)
"""A line of a progress file: the place of a row, and its result."""
UNGRADED = b'"status":"ungraded"'
"""Stands only in a result without a grade: inside of a text its quotes would be escaped."""
_NAMED = 3
"""Rows of one sort that a message names."""
_NAME = 40
"""Characters of an id in a message."""
_SHORTEST_ENTRY = b'0\t{"id":"","row_hash":"0000000000000000","question_id":"","status":"","score":0}\n'
_RESULT_LIMIT = 10_000_000
"""Bytes of one result."""


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
    """The id as it is in the file, so that results can be joined to their answers."""
    question: Question | None = None
    answer: Answer | None = None
    reason: str = ""
    score: float | None = None
    annotators: tuple[float, ...] = ()
    group: str = ""
    """The question that it answers, by a name of the set's own: agreement is measured within questions, too."""
    labels: Labels | None = None
    remark: str = ""
    """What is wrong with its labels."""
    grader: str = ""
    """The identity of the grader that is to grade it."""
    proposing: bool = False
    """Whether this run proposes key points for questions without any; no other run may go on with its results."""
    position: int | None = None
    """Its place among all answers where these are only a part of them, from 0; it is written with the result."""

    @property
    def beginning(self) -> str:
        """How its line in the output begins: with its name, and with a hash of all that a grade of it rests on."""
        proposed = self.proposing and self.question is not None and lacks_key_points(self.question)
        grader = f"{self.grader} proposing" if proposed else self.grader
        digest = grade_identity(grader, self.question, self.answer.text if self.answer else self.reason)
        return f'{{"id":{json.dumps(self.id, ensure_ascii=False)},"row_hash":"{digest}",'

    def difference(self, line: str) -> str:
        """Say what sets a line of an output apart from the grade that this row would get now."""
        name = f"row {(self.index if self.position is None else self.position) + 1} ({self.id})"
        if '"identity":"' not in line:
            return f"{name} was graded by an earlier release"
        if f'"identity":"{self.grader}"' not in line:
            return f"{name} was graded with another grader, rubric or prompt"
        return f"{name} is not the one that was graded"


def read_rows(path: Path, bank: Bank, grader: str = "", *, labelled: bool = False) -> Iterator[Row]:
    """Yield the rows of a file for the grader with this identity, bad ones with their reason. Blank lines are skipped.

    `labelled` reads what people say about an answer as well.

    Raises:
        InputError: the file cannot be read.
    """
    with reading(path) as file:
        for index, line in enumerate(raw_lines(file)):
            yield read_row(index, line, bank, grader, labelled=labelled)


def raw_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file that are not blank; of one that is far too long, its beginning."""
    while line := file.readline(LINE_LIMIT + 1):
        whole = line
        while len(line) > LINE_LIMIT and not line.endswith(b"\n"):
            line = file.readline(LINE_LIMIT + 1)  # the rest of it
        if whole.strip():
            yield whole


def read_row(index: int, line: bytes, bank: Bank, grader: str = "", *, labelled: bool = False) -> Row:
    """Read one row for the grader with this identity; a bad one has its reason."""
    return replace(_read(index, line, bank, labelled=labelled), grader=grader)


@dataclass(frozen=True, slots=True)
class Shard:
    """Every `count`-th row, starting at row `number`. Appending rows to the file never moves a row to another shard."""

    number: int
    """Counted from 1."""
    count: int

    def of(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows of this shard, with their places in it and among all rows."""
        for index, row in enumerate(itertools.islice(rows, self.number - 1, None, self.count)):
            yield replace(row, index=index, position=row.index)

    def size(self, total: int) -> int:
        """Return how many of `total` rows the shard has."""
        return len(range(self.number - 1, total, self.count))


def _read(index: int, line: bytes, bank: Bank, *, labelled: bool) -> Row:
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
        question = _question(raw, bank)
        answer = segment(raw.answer)
        labels, remark = read_labels(data, question) if labelled else (None, "")
    except ValidationError as error:
        return Row(index, name, reason=first_error(error))
    except InputError as error:
        return Row(index, name, reason=error.message)
    people = tuple(min(1.0, max(0.0, grade / raw.max_score)) for grade in raw.annotators or ())
    score = raw.score
    if score is None and labels and labels.fair:
        score = sum(labels.fair) / 200
    return Row(index, name, question, answer, "", score, people, raw.question_id or question.id, labels, remark)


def _question(raw: RawRow, bank: Bank) -> Question:
    asked = str(raw.question).strip()
    if found := bank.get(asked):
        return found
    if not raw.reference and not raw.key_points:
        raise InputError(f"there is no question {clean_line(asked, 60)!r} in the bank, and the row has no reference answer")
    return _own_question(slug(raw.question_id or asked), asked, raw.reference or "", tuple(raw.key_points or ()))


@lru_cache(maxsize=1_024)
def _own_question(name: str, asked: str, reference: str, points: tuple[str, ...]) -> Question:
    """Return a question that is not in the bank; many rows share one."""
    return Question(
        number=None,
        id=name,
        topic="batch",
        level="basic",
        question=asked,
        reference=reference,
        key_points=tuple(KeyPoint(id=f"point-{n}", text=text, weight=2) for n, text in enumerate(points, 1)),
    )


class ResultRow(Grading):
    """A line of the output."""

    id: str | int
    row_hash: str = ""
    row: int | None = None
    """Its place among all answers, in a part of them."""


def note_first(first: dict[str, list[str]], sort: str, row: str | int) -> None:
    """Add the id of a row to the `first` ones of its sort, unless there are enough to name them."""
    names = first.setdefault(sort, [])
    if len(names) < _NAMED:
        names.append(clean_line(str(row), _NAME))


def name_rows(count: int, first: Sequence[str]) -> str:
    """Return how many rows there are of a sort, with the ids of the first: "4 rows (row-2, row-5, row-6, …)"."""
    return f"{plural(count, 'row')} ({', '.join(first)}{', …' if count > len(first) else ''})"


def result_line(row: Row, result: Grading) -> str:
    """Return a result as a line of the output."""
    line = f"{row.beginning}{result.model_dump_json()[1:]}"
    return line if row.position is None else f'{line[:-1]},"row":{row.position}}}'


def read_results(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the complete results of an output."""
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)


def proven_lines(path: Path, file: BinaryIO, shape: re.Pattern[bytes] = RESULT) -> Iterator[bytes]:
    """Yield the complete lines of a file that a batch wrote. A kill or a power cut may have left a part of one more after them.

    Raises:
        InputError: something else is in the file.
    """
    count = 0
    torn = False
    while line := file.readline(_RESULT_LIMIT):
        if not torn and shape.fullmatch(line) and _is_json(line):
            count += 1
            yield line
            continue
        left = line.rstrip(b"\0") if count else line  # a power cut leaves zeros where it came before the data
        # A torn line is a beginning that some end completes. Alone, a mere number is more likely another program's file.
        ends = range(0 if count else 2, len(_SHORTEST_ENTRY))
        if (torn and left) or not any(shape.fullmatch(left + _SHORTEST_ENTRY[end:]) for end in ends):
            raise not_ours(path)
        torn = True


def not_ours(path: Path) -> InputError:
    """Return the error for a file that a batch did not write, or that is too damaged to tell."""
    return InputError(
        f"{clean_path(path)} is there already and holds something else",
        next_step="choose another --output, or move that away",
    )


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line.rpartition(b"\t")[2].decode())
    except (ValueError, RecursionError):
        return False
    return True
