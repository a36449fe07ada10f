"""Changes over time: the mean of each day, and the heat map of questions, with the scores of each attempt by attempt."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated

from pydantic import Field

from interviewer.models import Attempt, FromList, Measure, Model, Slug, Text
from interviewer.practice.means import counting_attempts, first_attempts
from interviewer.practice.progress import Day, daily_means
from interviewer.practice.schedule import local_day

_ATTEMPTS = 8
"""How many attempts at a question the heat map shows: the latest."""


class HeatmapCell(Model):
    """The score of one attempt at a question."""

    day: date
    overall: Annotated[int, Field(ge=0, le=100)]
    total: str
    """The score as text: of an unconfirmed estimate its range."""
    kind: Measure


class HeatmapRow(Model):
    """The scores of one question on the heat map, oldest first."""

    question: Slug
    text: Text
    topic: Slug
    cells: Annotated[tuple[HeatmapCell, ...], FromList]


def trend(attempts: Iterable[Attempt]) -> tuple[Day, ...]:
    """Return the means of first attempts by measure and day."""
    return tuple(sorted(daily_means(first_attempts(attempts)), key=lambda mean: mean.kind))


def heatmap_rows(attempts: Iterable[Attempt]) -> tuple[HeatmapRow, ...]:
    """Return the scores of each question's attempts that count; the question with the lowest latest score comes first."""
    by_question: dict[str, list[Attempt]] = {}
    for attempt in counting_attempts(attempts):
        by_question.setdefault(attempt.question.id, []).append(attempt)
    rows = [_row(tries[-_ATTEMPTS:]) for tries in by_question.values()]
    return tuple(sorted(rows, key=lambda row: (row.cells[-1].overall, row.question)))


def _row(tries: Sequence[Attempt]) -> HeatmapRow:
    asked = tries[-1].question
    cells = tuple(
        HeatmapCell(day=local_day(attempt.created), overall=score.overall, total=grading.total, kind=grading.measure)
        for attempt in tries
        if (grading := attempt.grading) and (score := grading.score)
    )
    return HeatmapRow(question=asked.id, text=asked.question, topic=asked.topic, cells=cells)


def latest(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """Return the latest attempt that counts of each question."""
    return tuple({attempt.question.id: attempt for attempt in counting_attempts(attempts)}.values())
