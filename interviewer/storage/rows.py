"""Rows of the database as models. What a stored value cannot be read as is left out, counted, and logged.

A value may be damaged, edited by hand, or come from a version that knew another field: one such row must not hide the others.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import TypeVar, cast

from interviewer.debug_log import debug
from interviewer.models import (
    Attempt,
    Dispute,
    Exchange,
    Grading,
    Model,
    Outcome,
    PastGrading,
    ProposedPoints,
    Question,
    Review,
    Round,
    SavedQuestion,
    Session,
)
from interviewer.text.clean import clean

ATTEMPTS = """
    SELECT a.id, a.session, p.question, a.answer, a.created, a.seconds, a.spoken, a.self_rating, a.after_model_answer,
           (SELECT g.result FROM grading g WHERE g.attempt = a.id ORDER BY g.id DESC LIMIT 1) AS grading,
           (SELECT json_group_array(json_object(
                'follow_up', e.follow_up, 'key_point', e.key_point, 'answer', e.answer, 'created', e.created) || '')
            FROM (SELECT * FROM exchange WHERE attempt = a.id ORDER BY id) e) AS exchanges,
           (SELECT json_group_array(d.dispute)
            FROM (SELECT * FROM dispute WHERE attempt = a.id ORDER BY id) d) AS disputes,
           (SELECT count(*) FROM attempt b WHERE b.session = a.session AND b.question = a.question AND b.id <= a.id) AS number,
           s.rounds, s.bar
    FROM attempt a JOIN planned p ON p.session = a.session AND p.id = a.question JOIN session s ON s.id = a.session
    WHERE (?1 IS NULL OR a.session = ?1) AND (?2 IS NULL OR a.question = ?2)
    ORDER BY a.id
"""
# The same attempts as `first_attempts`, with their newest gradings, without loading questions and answers. With `min`, SQLite
# takes the other columns from the same row.
REVIEWS = """
    SELECT question, created, kind, overall FROM (
        SELECT min(id) AS id, question, created,
               iif(json_extract(result, '$.confirmed'), 'confirmed', json_extract(result, '$.grader.kind')) AS kind,
               json_extract(result, '$.score.overall') AS overall
        FROM (
            SELECT a.id, a.session, a.question, a.created, CASE WHEN json_valid(g.result) THEN g.result END AS result
            FROM attempt a JOIN grading g ON g.id = (SELECT max(id) FROM grading WHERE attempt = a.id)
            WHERE NOT a.after_model_answer AND NOT EXISTS (
                SELECT 1 FROM attempt b JOIN session s ON s.id = b.session
                WHERE s.rounds IS NOT NULL AND b.session = a.session AND b.question = a.question AND b.id < a.id
            )
        )
        WHERE json_extract(result, '$.status') = 'graded'
        GROUP BY session, question
    )
    ORDER BY created, id
"""
MODELS = """
    SELECT DISTINCT json_extract(result, '$.grader.model') FROM grading
    WHERE json_valid(result) AND json_extract(result, '$.grader.kind') = 'llm' ORDER BY 1
"""
_YEARS = range(1970, 9000)
"""The years of a date to which every time zone and interval of a schedule can be added."""

Record = dict[str, object]
"""A row of a query, by the names of its columns."""
Stored = TypeVar("Stored", bound=Model)


class RowReader:
    """Builds models of records, and counts the records of each kind that it left out."""

    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()

    def all(self, what: str, found: Iterable[Record], build: Callable[[Record], Stored]) -> tuple[Stored, ...]:
        """Return the models of those records that can be read; `what` names them in messages, such as "answer"."""
        return tuple(self._readable(what, found, build))

    def attempts(self, found: Iterable[Record]) -> tuple[Attempt, ...]:
        """Return the attempts in the records of `ATTEMPTS`. One whose grading cannot be read counts as ungraded."""
        return self.all("answer", found, self._attempt)

    def _readable(self, what: str, found: Iterable[Record], build: Callable[[Record], Stored]) -> Iterator[Stored]:
        for record in found:
            try:
                yield build(record)
            except (ValueError, OverflowError) as error:
                debug(__name__, "left out: %s %s", what, record.get("id", ""), error=error)
                self.left_out[what] += 1

    def _attempt(self, record: Record) -> Attempt:
        gradings = self._parts("grade", [record["grading"]] if record["grading"] else [], Grading)
        parts = {
            "question": question(record),
            "answer": clean(str(record["answer"])),
            "created": moment(record["created"]),
            "spoken": bool(record["spoken"]),
            "after_model_answer": bool(record["after_model_answer"]),
            "round": Round.at(cast("int", record["number"]), _seconds(record)) if record["rounds"] else None,
            "grading": gradings[0] if gradings else None,
            "exchanges": self._parts("follow-up", json.loads(str(record["exchanges"])), Exchange),
            "disputes": self._parts("dispute", json.loads(str(record["disputes"])), Dispute),
        }
        stored = {name: value for name, value in record.items() if name not in {"number", "rounds"}}
        return Attempt.model_validate(stored | parts)

    def _parts(self, what: str, texts: Iterable[object], model: type[Stored]) -> tuple[Stored, ...]:
        """Return the values of those JSON texts that can be read."""
        return self.all(what, ({"json": text} for text in texts), lambda one: model.model_validate_json(str(one["json"])))


def moment(text: object) -> datetime:
    """Return a stored date and time.

    Raises:
        ValueError: it is not a date, or its year is out of range.
    """
    found = datetime.fromisoformat(str(text))
    if found.year not in _YEARS:
        raise ValueError(f"not a date to compute with: {found}")
    return found


def _seconds(record: Record) -> list[int]:
    """Return the seconds of each round of a drill; an empty list for another session.

    Raises:
        ValueError: what is stored is not a list, or an empty one.
    """
    if not record["rounds"]:
        return []
    found = json.loads(str(record["rounds"]))
    if not isinstance(found, list) or not found:
        raise ValueError(f"not the seconds of rounds: {found!r}")
    return found


def question(record: Record) -> Question:
    """Return a planned question."""
    return Question.model_validate_json(str(record["question"]))


def session(record: Record, planned: Sequence[Record]) -> Session:
    """Return a session; `planned` are its questions in order, each with its id and whether it was skipped."""
    parts = {
        "created": moment(record["created"]),
        "finished": moment(record["finished"]) if record["finished"] else None,
        "rate": bool(record["rate"]),
        "rounds": _seconds(record),
        "question_ids": [one["id"] for one in planned],
        "skipped": [one["id"] for one in planned if one["skipped"]],
    }
    return Session.model_validate(record | parts)


def review(record: Record) -> Review:
    """Return the review in one record of `REVIEWS`."""
    return Review.model_validate(record | {"created": moment(record["created"])})


def past_grading(record: Record) -> PastGrading:
    """Return one grading of an attempt, with what the model said."""
    grading = Grading.model_validate_json(str(record["result"])).model_copy(update={"raw": record["raw"]})
    return PastGrading(created=moment(record["created"]), grading=grading)


def outcome(record: Record) -> Outcome:
    """Return the result of a real interview in a record."""
    parts = {"day": date.fromisoformat(str(record["day"])), "created": moment(record["created"])}
    return Outcome.model_validate(record | parts)


def proposed_points(record: Record) -> ProposedPoints:
    """Return the key points that were proposed for a question."""
    return ProposedPoints.model_validate_json(str(record["points"]))


def saved_question(record: Record) -> SavedQuestion:
    """Return a question to come back to."""
    return SavedQuestion.model_validate(record | {"created": moment(record["created"])})
