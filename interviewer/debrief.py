"""Looking back on an interview: the overall picture, the best and the weakest moments, and what to study next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from interviewer.grading.evidence import read_answer
from interviewer.models import Question, Score
from interviewer.records import Attempt

_MOST = 3
_WORTH_STUDYING = 85
"""A score from which a question is left alone: the top band."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that the candidate said, and what it was good or bad for."""

    question: Question
    quote: str
    note: str
    """The key point it makes, or what is wrong with it, or what is missing there."""
    weight: float
    """How much it matters, to choose by."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question to go back to."""

    question: Question
    missing: tuple[str, ...]
    """The heaviest key points that were not made."""


@dataclass(frozen=True, slots=True)
class Debrief:
    """What an interviewer would say at the end."""

    points_made: int
    points: int
    held_back_by: str
    """The dimension that cost the most points most often; empty where nothing did."""
    expected: float | None
    """Mean of the person's own estimates, where there are any."""
    strongest: tuple[Moment, ...]
    weakest: tuple[Moment, ...]
    study: tuple[Lesson, ...]


def debrief(attempts: Iterable[Attempt]) -> Debrief:
    """Look back on the graded ones of these attempts."""
    graded = [(attempt, attempt.grading.score) for attempt in attempts if attempt.grading and attempt.grading.score]
    points = [point for _, score in graded for point in score.key_points]
    limits = [score.limiting for _, score in graded if score.limiting]
    ratings = [attempt.self_rating for attempt, _ in graded if attempt.self_rating is not None]
    return Debrief(
        points_made=sum(point.verdict == "covered" for point in points),
        points=len(points),
        held_back_by=max(limits, key=limits.count) if limits else "",
        expected=fmean(ratings) if ratings else None,
        strongest=_best([moment for attempt, score in graded for moment in _strong(attempt, score)]),
        weakest=_best([moment for attempt, score in graded for moment in _weak(attempt, score)]),
        study=_lessons(graded),
    )


def _strong(attempt: Attempt, score: Score) -> Iterable[Moment]:
    for point in score.key_points:
        if point.verdict == "covered" and point.evidence is not None:
            yield Moment(attempt.question, point.evidence, point.text, point.weight + score.overall / 100)


def _weak(attempt: Attempt, score: Score) -> Iterable[Moment]:
    """Yield falsehoods, then what was left out or half said, the heaviest first, those of poor answers before others."""
    poor = 1 - score.overall / 100
    wrong = [point.span for point in score.key_points if point.verdict == "contradicted" and point.span]
    for error in score.errors:
        if not any(start <= error.span[0] and error.span[1] <= end for start, end in wrong):
            yield Moment(attempt.question, error.evidence, f"wrong: {error.correction}", (error.severity == "major") * 4 + poor)
    opening = read_answer(attempt.answer).spans[0].text
    for point in score.key_points:
        if point.verdict == "contradicted" and point.evidence is not None:
            yield Moment(attempt.question, point.evidence, f"the opposite is true: {point.text}", 4 + point.weight + poor)
        elif point.verdict == "partial" and point.evidence is not None:
            yield Moment(attempt.question, point.evidence, f"only half of: {point.text}", point.weight - 0.5 + poor)
        elif point.verdict == "missing":
            yield Moment(attempt.question, opening, f"never said: {point.text}", point.weight + poor)


def _best(moments: Sequence[Moment]) -> tuple[Moment, ...]:
    """Choose the weightiest, one a question as long as there are questions."""
    ranked = sorted(moments, key=lambda moment: -moment.weight)
    firsts = list({moment.question.id: moment for moment in reversed(ranked)}.values())
    firsts.sort(key=lambda moment: -moment.weight)
    others = [moment for moment in ranked if moment not in firsts]
    return tuple([*firsts, *others][:_MOST])


def _lessons(graded: Sequence[tuple[Attempt, Score]]) -> tuple[Lesson, ...]:
    worst = sorted((pair for pair in graded if pair[1].overall < _WORTH_STUDYING), key=lambda pair: pair[1].overall)
    return tuple(
        Lesson(attempt.question, tuple(point.text for point in missing[:2]))
        for attempt, score in worst[:_MOST]
        for missing in (sorted((p for p in score.key_points if p.verdict != "covered"), key=lambda point: -point.weight),)
    )
