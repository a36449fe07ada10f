"""What a report shows in every format.

After an edit of `Report`, `python -m interviewer.report.model` writes data/report.schema.json anew.
"""

import json
from collections.abc import Iterable, Sequence
from statistics import fmean

from pydantic import AwareDatetime

from interviewer.models import Attempt, GraderKind, Mode, Model, Session, Slug
from interviewer.practice.debrief import Debrief, debrief
from interviewer.practice.delivery import Delivery, measure_delivery
from interviewer.report.trend import DayMean, QuestionRow, daily_means, latest, question_rows
from interviewer.resources import resource


class Mean(Model):
    """The mean score of one kind of grader; estimates are never averaged with an LLM's scores."""

    kind: GraderKind
    overall: float
    """0 to 100."""
    answers: int


class TopicMeans(Model):
    """How the answers of one topic went."""

    topic: Slug
    means: tuple[Mean, ...]


class SessionSummary(Model):
    """One session in a line."""

    session: int
    created: AwareDatetime
    mode: Mode
    questions: tuple[Slug, ...]
    """Those it asks, answered or not."""
    answered: int
    ungraded: int
    means: tuple[Mean, ...]


class ReportedAttempt(Attempt):
    """An answer with its newest grading, and how it was delivered."""

    delivery: Delivery


class Report(Model):
    """The answers of one or several sessions in the order given."""

    version: int = 1
    """Of this format."""
    created: AwareDatetime
    """When the report was written."""
    sessions: tuple[SessionSummary, ...]
    means: tuple[Mean, ...]
    topics: tuple[TopicMeans, ...]
    ungraded: int
    attempts: tuple[ReportedAttempt, ...]
    days: tuple[DayMean, ...]
    questions: tuple[QuestionRow, ...]
    debrief: Debrief | None
    """Of the latest attempt at each question; none while nothing is graded."""


def build_report(sessions: Sequence[Session], attempts: Sequence[Attempt], created: AwareDatetime) -> Report:
    """Build the report of some sessions out of all attempts that belong to them."""
    topics = dict.fromkeys(attempt.question.topic for attempt in attempts)
    return Report(
        created=created,
        sessions=tuple(summarise(session, [a for a in attempts if a.session == session.id]) for session in sessions),
        means=means(attempts),
        topics=tuple(TopicMeans(topic=t, means=means(a for a in attempts if a.question.topic == t)) for t in topics),
        ungraded=_ungraded(attempts),
        attempts=tuple(
            ReportedAttempt(**dict(a), delivery=measure_delivery(a.answer, a.seconds, spoken=a.spoken)) for a in attempts
        ),
        days=daily_means(attempts),
        questions=question_rows(attempts),
        debrief=debrief(graded) if (graded := latest(attempts)) else None,
    )


def summarise(session: Session, attempts: Sequence[Attempt]) -> SessionSummary:
    """Return a session in a line; `attempts` are its own."""
    return SessionSummary(
        session=session.id,
        created=session.created,
        mode=session.mode,
        questions=session.plan,
        answered=len(attempts),
        ungraded=_ungraded(attempts),
        means=means(attempts),
    )


def means(attempts: Iterable[Attempt]) -> tuple[Mean, ...]:
    """Return the mean score for each kind of grader that graded any of the attempts."""
    scores: dict[GraderKind, list[int]] = {}
    for attempt in attempts:
        if attempt.grading is not None and attempt.grading.score is not None:
            scores.setdefault(attempt.grading.grader.kind, []).append(attempt.grading.score.overall)
    return tuple(Mean(kind=kind, overall=fmean(values), answers=len(values)) for kind, values in sorted(scores.items()))


def _ungraded(attempts: Iterable[Attempt]) -> int:
    return sum(1 for attempt in attempts if attempt.grading is None or attempt.grading.score is None)


def to_json(document: Model) -> str:
    """Return a report, or one on a cohort, as JSON."""
    return document.model_dump_json(indent=2) + "\n"


def report_schema() -> str:
    """Return the JSON Schema of the JSON format as text."""
    schema = Report.model_json_schema(mode="serialization")
    return (
        json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, ensure_ascii=False, indent=2) + "\n"
    )


if __name__ == "__main__":
    resource("data").joinpath("report.schema.json").write_text(report_schema(), encoding="utf-8")
