"""Means of scores, and which attempts count in them: a retry is a second attempt, not an answer to a second question.

An answer given after the score and its reasons were shown says less about what a person knows, so trends and schedules use
first attempts only, whatever graded them; the last ones of the same measure are shown beside them. The later rounds of a drill
have less time, so each is compared with the first round and with nothing else.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean

from interviewer.models import Attempt, Measure, Model, Score


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
    """Return the first attempt that counts for each session and question, in their order."""
    first: dict[tuple[int, str], Attempt] = {}
    for attempt in counting_attempts(attempts):
        first.setdefault((attempt.session, attempt.question.id), attempt)
    return tuple(first.values())


def last_attempts(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """Return the last attempt of the same measure for each of the `first_attempts`, in their order."""
    last: dict[tuple[int, str], Attempt] = {}
    for attempt in counting_attempts(attempts):
        if last.setdefault((attempt.session, attempt.question.id), attempt).measure == attempt.measure:
            last[attempt.session, attempt.question.id] = attempt
    return tuple(last.values())


def answered(attempts: Iterable[Attempt]) -> int:
    """Return the number of questions that were answered; one answered in two sessions counts twice."""
    return len({(attempt.session, attempt.question.id) for attempt in attempts})


def counting_attempts(attempts: Iterable[Attempt]) -> Iterator[Attempt]:
    """Yield the attempts that have a score, were made before the model answer was shown, and are no later round of a drill."""
    return (attempt for attempt in attempts if attempt.measure and attempt.counts)


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
    low, high = mean_range(Counter(score.range for score in scores)) if kind == "embedded" else (None, None)
    return Mean(kind=kind, overall=fmean(score.overall for score in scores), low=low, high=high, answers=len(scores))


def mean_range(ranges: Counter[tuple[int, int]]) -> tuple[float, float]:
    """Return the means of the ends of some ranges, each given with the number of its scores."""
    low, high = (fmean(ends, ranges.values()) for ends in zip(*ranges, strict=True))
    return low, high
