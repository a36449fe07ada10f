"""Rows of the database as models. What a stored value cannot be read as is left out, counted, and logged.

A value may be damaged, edited by hand, or come from a version that knew another field: one such row must not hide the others.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TypeVar

from interviewer.debug_log import debug
from interviewer.models import Attempt, Dispute, Exchange, Grading, Model, PastGrading, Question, Review, SavedQuestion, Session
from interviewer.text.clean import clean

ATTEMPTS = """
    SELECT a.id, a.session, p.question, a.answer, a.created, a.seconds, a.spoken, a.self_rating,
           (SELECT g.result FROM grading g WHERE g.attempt = a.id ORDER BY g.id DESC LIMIT 1),
           (SELECT json_group_array(json_object(
                'follow_up', e.follow_up, 'key_point', e.key_point, 'answer', e.answer, 'created', e.created) || '')
            FROM (SELECT * FROM exchange WHERE attempt = a.id ORDER BY id) e),
           (SELECT json_group_array(d.dispute) FROM (SELECT * FROM dispute WHERE attempt = a.id ORDER BY id) d)
    FROM attempt a JOIN planned p ON p.session = a.session AND p.id = a.question
    WHERE (?1 IS NULL OR a.session = ?1) AND (?2 IS NULL OR a.question = ?2)
    ORDER BY a.id
"""
# Each graded and undisputed attempt with its newest grading, without the weight of questions and answers.
REVIEWS = """
    SELECT question, created, json_extract(result, '$.grader.kind'), json_extract(result, '$.score.overall')
    FROM (
        SELECT a.id, a.question, a.created, CASE WHEN json_valid(g.result) THEN g.result END AS result
        FROM attempt a JOIN grading g ON g.id = (SELECT max(id) FROM grading WHERE attempt = a.id)
        WHERE NOT EXISTS (SELECT 1 FROM dispute WHERE attempt = a.id)
    )
    WHERE json_extract(result, '$.status') = 'graded'
    ORDER BY created, id
"""
_YEARS = range(1970, 9000)
"""Those that every time zone and every interval of a schedule can be added to."""

Row = tuple[object, ...]
Kind = TypeVar("Kind", bound=Model)


class RowReader:
    """Builds models of rows, and counts by what they are the rows that it left out."""

    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()

    def all(self, what: str, rows: Iterable[Row], build: Callable[..., Kind]) -> tuple[Kind, ...]:
        """Return what can be built of these rows; `what` says what they are, such as "answer"."""
        return tuple(self._readable(what, rows, build))

    def attempts(self, rows: Iterable[Row]) -> tuple[Attempt, ...]:
        """Return the attempts in the rows of `ATTEMPTS`. One whose grading cannot be read counts as ungraded."""
        return self.all("answer", rows, self._attempt)

    def _readable(self, what: str, rows: Iterable[Row], build: Callable[..., Kind]) -> Iterator[Kind]:
        for row in rows:
            try:
                yield build(*row)
            except (ValueError, OverflowError) as error:
                debug(__name__, "left out: %s %r", what, row[:2], error=error)
                self.left_out[what] += 1

    def _attempt(
        self,
        identity: object,
        session: object,
        question: object,
        answer: object,
        created: object,
        seconds: object,
        spoken: object,
        self_rating: object,
        result: object,
        exchanges: object,
        disputes: object,
    ) -> Attempt:
        gradings = self.all("grade", [(result,)] if result else [], Grading.model_validate_json)
        return Attempt.model_validate(
            {
                "id": identity,
                "session": session,
                "question": Question.model_validate_json(str(question)),
                "answer": clean(str(answer)),
                "created": moment(created),
                "seconds": seconds,
                "spoken": bool(spoken),
                "self_rating": self_rating,
                "grading": gradings[0] if gradings else None,
                "exchanges": self.all("follow-up", _listed(exchanges), Exchange.model_validate_json),
                "disputes": self.all("dispute", _listed(disputes), Dispute.model_validate_json),
            }
        )


def _listed(texts: object) -> list[Row]:
    return [(text,) for text in json.loads(str(texts))]


def moment(text: object) -> datetime:
    """Return a stored date and time.

    Raises:
        ValueError: it is none, or one that nothing can be computed with.
    """
    found = datetime.fromisoformat(str(text))
    if found.year not in _YEARS:
        raise ValueError(f"not a date to compute with: {found}")
    return found


def question(text: object) -> Question:
    """Return a planned question."""
    return Question.model_validate_json(str(text))


def session(
    number: object,
    created: object,
    mode: object,
    finished: object,
    follow_ups: object,
    time_limit: object,
    rate: object,
    planned: list[tuple[str, bool]],
) -> Session:
    """Return a session; `planned` are the ids of its questions, and whether each was skipped."""
    return Session.model_validate(
        {
            "id": number,
            "created": moment(created),
            "mode": mode,
            "plan": [name for name, _ in planned],
            "skipped": [name for name, skipped in planned if skipped],
            "finished": moment(finished) if finished else None,
            "follow_ups": follow_ups,
            "time_limit": time_limit,
            "rate": bool(rate),
        }
    )


def review(name: object, created: object, kind: object, overall: object) -> Review:
    """Return what one row of `REVIEWS` says about memory."""
    return Review.model_validate({"question": name, "created": moment(created), "kind": kind, "overall": overall})


def past_grading(created: object, result: object, raw: object) -> PastGrading:
    """Return one grading of an attempt, with what the model said."""
    grading = Grading.model_validate_json(str(result)).model_copy(update={"raw": raw})
    return PastGrading(created=moment(created), grading=grading)


def saved_question(name: object, created: object) -> SavedQuestion:
    """Return a question to come back to."""
    return SavedQuestion.model_validate({"question": name, "created": moment(created)})
