"""What a report shows in every format.

After an edit of `Report`, `python -m interviewer.report.model` writes data/report.schema.json anew.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pydantic import AwareDatetime

from interviewer.grading.bar import Standing, compare_to_bar
from interviewer.models import Attempt, Mode, Model, Session, Slug
from interviewer.practice.debrief import Debrief, debrief
from interviewer.practice.delivery import Delivery, measure_attempt
from interviewer.practice.means import Mean, answered, first_attempts, last_attempts, mean_scores, means
from interviewer.practice.progress import Day
from interviewer.practice.rounds import RoundComparison, compare_rounds
from interviewer.report.trend import HeatmapRow, heatmap_rows, latest, trend
from interviewer.resources import resource


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
    """The questions that it asks, answered or not."""
    answered: int
    """The number of questions answered, however often each was tried."""
    attempts: int
    rounds: int = 0
    """The number of rounds of a drill, over all questions; 0 in other sessions."""
    ungraded: int
    """Attempts without a score."""
    means: tuple[Mean, ...]
    """The means of first attempts."""
    last: tuple[Mean, ...]
    """The means of the last attempts at the same questions; only measures of which one was tried again. No rounds of drills."""

    @property
    def progress(self) -> str:
        """How much is done: rounds in a drill, else questions."""
        return (
            f"{self.attempts} of {self.rounds} rounds" if self.rounds else f"{self.answered} of {len(self.questions)} answered"
        )


class ReportedAttempt(Attempt):
    """An answer with its newest grading, and how it was delivered."""

    delivery: Delivery
    number: int
    """Which attempt at its question in its session it is, from 1."""
    standing: Standing | None
    """The comparison with the bar; None without a bar or a score."""


class Report(Model):
    """The answers of one or several sessions in the order given."""

    version: int = 1
    """The version of this format."""
    created: AwareDatetime
    """When the report was written."""
    sessions: tuple[SessionSummary, ...]
    answered: int
    """The number of questions, each counted once over all sessions and attempts."""
    means: tuple[Mean, ...]
    """The means of first attempts."""
    last: tuple[Mean, ...]
    """The means of the last attempts at the same questions; only measures of which one was tried again."""
    topics: tuple[TopicMeans, ...]
    ungraded: int
    attempts: tuple[ReportedAttempt, ...]
    days: tuple[Day, ...]
    questions: tuple[HeatmapRow, ...]
    rounds: tuple[RoundComparison, ...]
    """What was lost and kept in the shorter rounds of drills, by question."""
    debrief: Debrief | None
    """The debrief of the latest attempt at each question; None while nothing is graded."""


def build_report(sessions: Sequence[Session], attempts: Sequence[Attempt], created: AwareDatetime) -> Report:
    """Build the report of some sessions out of all attempts that belong to them."""
    topics = dict.fromkeys(attempt.question.topic for attempt in attempts)
    return Report(
        created=created,
        sessions=tuple(summarise(session, [a for a in attempts if a.session == session.id]) for session in sessions),
        answered=len({attempt.question.id for attempt in attempts}),
        means=means(attempts),
        last=_last(attempts),
        topics=tuple(TopicMeans(topic=t, means=means(a for a in attempts if a.question.topic == t)) for t in topics),
        ungraded=_ungraded(attempts),
        attempts=tuple(_reported(attempts)),
        days=trend(attempts),
        questions=heatmap_rows(attempts),
        rounds=compare_rounds(attempts),
        debrief=debrief(graded) if (graded := latest(attempts)) else None,
    )


def _reported(attempts: Iterable[Attempt]) -> Iterator[ReportedAttempt]:
    tries: Counter[tuple[int, str]] = Counter()
    for attempt in attempts:
        key = attempt.session, attempt.question.id
        tries[key] += 1
        delivery = measure_attempt(attempt, again=tries[key] > 1)
        standing = compare_to_bar(attempt.grading, attempt.bar)
        yield ReportedAttempt(**dict(attempt), delivery=delivery, number=tries[key], standing=standing)


def summarise(session: Session, attempts: Sequence[Attempt]) -> SessionSummary:
    """Return a session in a line; `attempts` are its own."""
    return SessionSummary(
        session=session.id,
        created=session.created,
        mode=session.mode,
        questions=session.question_ids,
        answered=answered(attempts),
        attempts=len(attempts),
        rounds=len(session.rounds) * len(session.question_ids),
        ungraded=_ungraded(attempts),
        means=means(attempts),
        last=_last(attempts),
    )


def _last(attempts: Sequence[Attempt]) -> tuple[Mean, ...]:
    last = last_attempts(attempts)
    retried = {final.measure for first, final in zip(first_attempts(attempts), last, strict=True) if first.id != final.id}
    return mean_scores(attempt for attempt in last if attempt.measure in retried)


def _ungraded(attempts: Iterable[Attempt]) -> int:
    return sum(attempt.score is None for attempt in attempts)


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
