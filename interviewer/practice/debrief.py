"""The debrief of an interview: totals, the strongest and weakest moments, and what to practise tomorrow."""

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Annotated

from pydantic import Field

from interviewer.grading.advice import instruction
from interviewer.grading.segment import segment
from interviewer.models import VERDICT_ORDER, Attempt, FromList, Model, Question, Score, Slug, Text
from interviewer.text.words import substance

_MOST = 3
_NOT_WORTH_STUDYING_FROM = 85
"""The score from which on a question is not suggested: the top band."""


class QuestionRef(Model):
    """A question by its id and its text."""

    id: Slug
    question: Text


class Moment(Model):
    """A quote from an answer, and what it earned or cost."""

    question: QuestionRef
    quote: str
    how: str
    """What is wrong with the quote; empty if nothing is."""
    about: str
    """The key point, or the correction; empty where there is neither."""
    weight: Annotated[float, Field(exclude=True)] = 0
    """How important it is; the highest are shown. Not in JSON, which can be read again without it."""


class Lesson(Model):
    """A question to study."""

    question: QuestionRef
    missing: Annotated[tuple[str, ...], FromList]
    """What to say: the heaviest key points that were not covered, without those that a moment shows already."""


class Debrief(Model):
    """What is shown at the end of an interview."""

    points_made: int
    points: int
    """Key points, without those of estimates that nobody has confirmed."""
    touched: int
    looked_for: int
    """Key points that such estimates find touched on, and all of theirs."""
    held_back_by: str
    """The dimension that cost the most points most often; empty where nothing did."""
    expected: float | None
    """Mean of the self-ratings; None without any."""
    strongest: Annotated[tuple[Moment, ...], FromList]
    weakest: Annotated[tuple[Moment, ...], FromList]
    study: Annotated[tuple[Lesson, ...], FromList]
    """The questions to practise tomorrow: those with the lowest scores, the lowest first."""

    @property
    def strongest_title(self) -> str:
        """The heading of `strongest`: an unconfirmed estimate knows what words touch on, not how strong they are."""
        return "Moments that touch most" if any(moment.how for moment in self.strongest) else "Strongest moments"

    @property
    def summary(self) -> str:
        """The figures in words."""
        parts = (
            f"{self.points_made} of {self.points} key points made" if self.points else "",
            f"{self.touched} of {self.looked_for} key points touched on" if self.looked_for else "",
            f"most often held back by {self.held_back_by}" if self.held_back_by else "",
            f"you expected {self.expected:.0f}" if self.expected is not None else "",
        )
        return "; ".join(filter(None, parts))

    @property
    def command(self) -> str:
        """The command that practises these questions again, each with a score (content comes before speed); empty for none."""
        names = "".join(f" --question {lesson.question.id}" for lesson in self.study)
        return f"interviewer practice{names}" if names else ""


def debrief(attempts: Iterable[Attempt]) -> Debrief:
    """Return the debrief of these attempts; those without a grade are left out."""
    graded = [(attempt, attempt.score) for attempt in attempts if attempt.score]
    shown = [a.grading.label_of(point) for a, score in graded if a.grading for point in score.key_points]
    verdicts = [found for found in shown if found in VERDICT_ORDER]
    limits = [score.limiting for attempt, score in graded if score.limiting and not attempt.unconfirmed]
    ratings = [attempt.self_rating for attempt, _ in graded if attempt.self_rating is not None]
    strongest = _best([moment for attempt, score in graded for moment in _strong(attempt, score)])
    weakest = _best([moment for attempt, score in graded for moment in _weak(attempt, score)], strongest)
    return Debrief(
        points_made=verdicts.count("covered"),
        points=len(verdicts),
        touched=shown.count("touched"),
        looked_for=len(shown) - len(verdicts),
        held_back_by=max(limits, key=limits.count) if limits else "",
        expected=fmean(ratings) if ratings else None,
        strongest=strongest,
        weakest=weakest,
        study=_lessons(graded, weakest),
    )


def _strong(attempt: Attempt, score: Score) -> Iterable[Moment]:
    """Yield the words that cover a key point, unless something in them is wrong, or perhaps the other way round."""
    wrong = [error.span for error in score.errors]
    wrong += [point.quoted_span for point in score.key_points if point.counted == "contradicted" and point.quoted_span]
    if attempt.unconfirmed:
        readings = [point.estimate_reading for point in score.key_points]
        wrong += [reading.span for reading in readings if reading.kind == "turned" and reading.span]
    how = "touches on" if attempt.unconfirmed else ""
    for point in score.key_points:
        if point.counted == "covered" and point.quoted and point.quoted_span and not _overlap(point.quoted_span, wrong):
            yield _moment(attempt, point.quoted, how, point.text, point.weight + score.overall / 100)


def _weak(attempt: Attempt, score: Score) -> Iterable[Moment]:
    """Yield what is wrong, what covers half of a key point, and what earned nothing, weighted in this order."""
    poor = 1 - score.overall / 100
    how = "perhaps wrong, compare" if attempt.unconfirmed else "wrong"
    for error in score.errors:
        weight = (error.severity == "major") * 4 + poor
        yield _moment(attempt, error.evidence, how, error.correction, weight)
    for point in score.key_points:
        if attempt.unconfirmed:
            if point.estimate_reading.kind == "turned" and point.estimate_reading.evidence:
                weight = 4 + point.weight + poor
                yield _moment(attempt, point.estimate_reading.evidence, "perhaps the other way round", point.text, weight)
        elif point.counted == "contradicted" and point.quoted:
            yield _moment(attempt, point.quoted, "the opposite is true", point.text, 4 + point.weight + poor)
        elif point.counted == "partial" and point.quoted:
            yield _moment(attempt, point.quoted, "only half of", point.text, point.weight - 0.5 + poor)
    # The longest span that says something and earned nothing, if a key point is missing. Where the person counted a point for
    # which the grader found no words, any span may have said it.
    used = [point.quoted_span for point in score.key_points if point.quoted_span] + [error.span for error in score.errors]
    unused = [span.text for span in segment(attempt.answer).spans if not _overlap((span.start, span.end), used)]
    idle = [text for text in unused if substance(text, attempt.question.question)]
    missing = [point.weight for point in score.key_points if point.counted == "missing"]
    if idle and missing and not any(point.verdict == "missing" != point.counted for point in score.key_points):
        nothing = "nothing found in it" if attempt.unconfirmed else "earned nothing"
        yield _moment(attempt, max(idle, key=len), nothing, "", max(missing) + poor)


def _moment(attempt: Attempt, quote: str, how: str, about: str, weight: float) -> Moment:
    return Moment(question=_asked(attempt.question), quote=quote, how=how, about=about, weight=weight)


def _asked(question: Question) -> QuestionRef:
    return QuestionRef(id=question.id, question=question.question)


def _overlap(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _best(moments: Iterable[Moment], shown: Sequence[Moment] = ()) -> tuple[Moment, ...]:
    """Return the heaviest, first one of each question; no words twice, also not those of `shown`."""
    ranked = sorted(moments, key=lambda moment: -moment.weight)
    chosen: list[Moment] = []
    for asked_again in (False, True):
        for moment in ranked:
            quotes = [other.quote for other in (*shown, *chosen) if other.question.id == moment.question.id]
            known = any(moment.quote in quote or quote in moment.quote for quote in quotes)
            if not known and (asked_again or all(other.question.id != moment.question.id for other in chosen)):
                chosen.append(moment)
    return tuple(chosen[:_MOST])


def _lessons(graded: Sequence[tuple[Attempt, Score]], shown: Sequence[Moment]) -> tuple[Lesson, ...]:
    worst = sorted((pair for pair in graded if pair[1].overall < _NOT_WORTH_STUDYING_FROM), key=lambda pair: pair[1].overall)
    return tuple(
        Lesson(question=_asked(attempt.question), missing=_missing(attempt, score, shown)) for attempt, score in worst[:_MOST]
    )


def _missing(attempt: Attempt, score: Score, shown: Sequence[Moment]) -> tuple[str, ...]:
    known = [moment.about for moment in shown if moment.question.id == attempt.question.id]
    return tuple(instruction(point) for point in score.gaps if not any(point.text in about for about in known))[:2]
