"""Which attempts count: a retry is a second attempt at the same question, not an answer to a second question.

What is said after the score and its reasons have been seen shows less of what is known, so trends and schedules are made of
first attempts; the last ones stand beside them. Spaced retrieval is what is measured, and a retry is massed practice. The later
rounds of a drill have less time, so they are compared with its first one and with nothing else.
"""

from collections.abc import Iterable, Sequence
from statistics import fmean

from interviewer.models import Attempt, Measure, Model, Score

Key = tuple[int, str, Measure]


class Mean(Model):
    """The mean score of one measure; scores of different measures are never averaged together."""

    kind: Measure
    overall: float
    """0 to 100."""
    low: float | None = None
    high: float | None = None
    """The means of the ends of their ranges; of unconfirmed estimates only."""
    answers: int

    @property
    def total(self) -> str:
        """The mean as text: of unconfirmed estimates a range, as one of them is shown."""
        return f"{self.overall:.0f}" if self.low is None or self.high is None else f"{self.low:.0f}–{self.high:.0f}"


def first_attempts(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """Return of each question of a session the first attempt with a score of each measure, in their order."""
    first: dict[Key, Attempt] = {}
    for key, attempt in counting_attempts(attempts):
        first.setdefault(key, attempt)
    return tuple(first.values())


def last_attempts(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """Return the last of those that have a score, of the same questions and in the same order as `first_attempts`."""
    return tuple(dict(counting_attempts(attempts)).values())


def answered(attempts: Iterable[Attempt]) -> int:
    """Return the number of questions that were answered, each session's by itself."""
    return len({(attempt.session, attempt.question.id) for attempt in attempts})


def counting_attempts(attempts: Iterable[Attempt]) -> Iterable[tuple[Key, Attempt]]:
    """Yield the attempts that count, with their session, question and measure.

    These are those with a score, before the
    model answer, and of a drill those in its first round.
    """
    for attempt in attempts:
        if attempt.measure and attempt.counts:
            yield (attempt.session, attempt.question.id, attempt.measure), attempt


def means(attempts: Iterable[Attempt]) -> tuple[Mean, ...]:
    """Return the mean score of first attempts for each measure that any of them has."""
    return mean_scores(first_attempts(attempts))


def mean_scores(attempts: Iterable[Attempt]) -> tuple[Mean, ...]:
    """Return the mean score of these attempts for each measure that any of them has."""
    scores: dict[Measure, list[Score]] = {}
    for attempt in attempts:
        if attempt.score and attempt.measure:
            scores.setdefault(attempt.measure, []).append(attempt.score)
    return tuple(_mean(kind, of) for kind, of in sorted(scores.items()))


def _mean(kind: Measure, scores: Sequence[Score]) -> Mean:
    vague = kind == "embedded"
    return Mean(
        kind=kind,
        overall=fmean(score.overall for score in scores),
        low=fmean(score.range[0] for score in scores) if vague else None,
        high=fmean(score.range[1] for score in scores) if vague else None,
        answers=len(scores),
    )
