"""Which attempts count: a retry is a second attempt at the same question, not an answer to a second question.

What is said after the score and its reasons have been seen shows less of what is known, so trends and schedules are made of
first attempts; the last ones stand beside them. Spaced retrieval is what is measured, and a retry is massed practice. The later
rounds of a drill have less time, so they are compared with its first one and with nothing else.
"""

from collections.abc import Iterable

from interviewer.models import Attempt, Measure

Key = tuple[int, str, Measure]


def first_attempts(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """Return of each question of a session the first attempt with a score of each measure, in their order."""
    first: dict[Key, Attempt] = {}
    for key, attempt in counting(attempts):
        first.setdefault(key, attempt)
    return tuple(first.values())


def last_attempts(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """Return the last of those that have a score, of the same questions and in the same order as `first_attempts`."""
    return tuple(dict(counting(attempts)).values())


def answered(attempts: Iterable[Attempt]) -> int:
    """Return the number of questions that were answered, each session's by itself."""
    return len({(attempt.session, attempt.question.id) for attempt in attempts})


def counting(attempts: Iterable[Attempt]) -> Iterable[tuple[Key, Attempt]]:
    """Yield the attempts that count, with their session, question and measure.

    These are those with a score, before the
    model answer, and of a drill those in its first round.
    """
    for attempt in attempts:
        if attempt.grading is not None and attempt.score is not None and attempt.counts:
            yield (attempt.session, attempt.question.id, attempt.grading.measure), attempt
