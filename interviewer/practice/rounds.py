"""The rounds of a drill side by side: which key points were still made in less time, and in which words."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, get_args

from interviewer.models import (
    VERDICT_ORDER,
    Attempt,
    FromList,
    Measure,
    Model,
    ReadingKind,
    Round,
    Score,
    Slug,
    Text,
    Verdict,
)
from interviewer.practice.debrief import QuestionRef
from interviewer.text.words import word_count

Change = Literal["lost", "kept", "gained", "never"]
"""The change of a key point from the first round to the last: worse, made as well in both, better, or made in neither."""


class RoundAnswer(Model):
    """The answer of one round."""

    attempt: int
    place: Round
    words: int
    seconds: float | None
    """The seconds that the answer took; None if not timed."""
    measure: Measure | None
    """The measure of its score; None without a score."""
    total: str
    """The score as text, or the range of an estimate that nobody has confirmed; empty without a score."""


class Said(Model):
    """The verdict on a key point in one round, with the words of the answer."""

    verdict: Verdict | ReadingKind | None
    """None if the round has no score, or the point was not known by then."""
    words: str | None
    """The words of the answer that the verdict rests on; None if there are none."""


class ComparedPoint(Model):
    """A key point in each round."""

    id: Slug
    text: Text
    weight: int
    change: Change
    said: Annotated[tuple[Said, ...], FromList]

    @property
    def label(self) -> str:
        """The change in words, which also say of a point that the first and the last round lack whether one between made it."""
        if self.change != "never":
            return self.change
        made = any(one.verdict in {"covered", "touched", "partial"} for one in self.said[1:-1])
        return "between" if made else "in neither"


class RoundComparison(Model):
    """The rounds of one question in a drill."""

    session: int
    question: QuestionRef
    rounds: Annotated[tuple[RoundAnswer, ...], FromList]
    key_points: Annotated[tuple[ComparedPoint, ...], FromList]
    """What was lost comes first, then what was kept, gained, and never made; the heavier before the lighter."""

    def points(self, change: Change) -> tuple[ComparedPoint, ...]:
        """Return the points with this change."""
        return tuple(point for point in self.key_points if point.change == change)

    @property
    def summary(self) -> str:
        """The cost of the shorter time, in figures of one measure."""
        known = [one.measure for one in self.rounds if one.measure]
        estimated = _partly_confirmed(known)
        compared = set(known if estimated else known[-1:])
        figures = [
            (one.total, str(sum(point.said[at].verdict in {"covered", "touched"} for point in self.key_points)))
            if one.measure in compared
            else ("none", "none")
            for at, one in enumerate(self.rounds)
        ]
        told = [
            "" if estimated else f"score {' → '.join(score for score, _ in figures)}",
            f"key points {' → '.join(made for _, made in figures)}",
            f"words {' → '.join(str(one.words) for one in self.rounds)}",
            "by the estimate, since you confirmed some rounds only" if estimated else "",
        ]
        return "; ".join(filter(None, told))


def compare_rounds(attempts: Iterable[Attempt]) -> tuple[RoundComparison, ...]:
    """Return a comparison for each question of a drill that has a score in two rounds by the same measure."""
    drills: dict[tuple[int, str], list[Attempt]] = {}
    for attempt in attempts:
        if attempt.round is not None:
            drills.setdefault((attempt.session, attempt.question.id), []).append(attempt)
    return tuple(found for rounds in drills.values() if (found := _compare(rounds)))


def _compare(rounds: Sequence[Attempt]) -> RoundComparison | None:
    measures = [one.measure for one in rounds if one.measure]
    # What an estimate touched on is not what an LLM, or the person, found covered: of rounds that are confirmed in part, the
    # estimates are compared, and else those with a score of the same measure as the latest.
    estimated = _partly_confirmed(measures)
    heard = [_as_estimated(one) for one in rounds] if estimated else rounds
    alike = [one.score for one in heard if one.score and (estimated or one.measure == measures[-1])]
    if len(alike) < 2:  # a comparison has two sides
        return None
    first, last = alike[0], alike[-1]
    points = [
        ComparedPoint(
            id=point.id,
            text=point.text,
            weight=point.weight,
            change=_change(_rank(first, point.id), _rank(last, point.id)),
            said=tuple(_said(one, point.id) for one in heard),
        )
        for point in last.key_points
    ]
    asked = rounds[-1].question
    return RoundComparison(
        session=rounds[-1].session,
        question=QuestionRef(id=asked.id, question=asked.question),
        rounds=tuple(_answer(one) for one in rounds),
        key_points=tuple(sorted(points, key=lambda point: (get_args(Change).index(point.change), -point.weight))),
    )


def _partly_confirmed(measures: Iterable[Measure]) -> bool:
    return set(measures) == {"confirmed", "embedded"}


def _as_estimated(attempt: Attempt) -> Attempt:
    """Return a round with what the estimate found in it, without what the person said of that."""
    if attempt.grading is None or attempt.score is None:
        return attempt
    points = tuple(point.model_copy(update={"by_person": None}) for point in attempt.score.key_points)
    score = attempt.score.model_copy(update={"key_points": points})
    return attempt.model_copy(update={"grading": attempt.grading.model_copy(update={"score": score, "confirmed": False})})


def _rank(score: Score, key_point: str) -> int:
    """Return how well a point was made; one that the score does not know was not."""
    verdict: Verdict = next((point.counted for point in score.key_points if point.id == key_point), "missing")
    return VERDICT_ORDER.index(verdict)


def _change(before: int, after: int) -> Change:
    if before != after:
        return "gained" if after > before else "lost"
    return "kept" if after > VERDICT_ORDER.index("missing") else "never"


def _said(attempt: Attempt, key_point: str) -> Said:
    for point in attempt.score.key_points if attempt.score else ():
        if attempt.grading and point.id == key_point:
            shown = attempt.grading.label_of(point)
            words = point.estimate_reading.evidence if attempt.unconfirmed and shown != "not_found" else point.quoted
            return Said(verdict=shown, words=words)
    return Said(verdict=None, words=None)


def _answer(attempt: Attempt) -> RoundAnswer:
    assert attempt.round is not None  # noqa: S101  # only rounds of a drill are compared
    return RoundAnswer(
        attempt=attempt.id,
        place=attempt.round,
        words=word_count(attempt.answer),
        seconds=attempt.seconds,
        measure=attempt.measure,
        total=attempt.grading.total if attempt.grading else "",
    )
