"""Results of real interviews beside the practice before them."""

from collections.abc import Iterable, Sequence
from datetime import date
from statistics import fmean
from typing import Annotated

from interviewer.models import Attempt, FromList, Measure, Model, Outcome, Result, Session
from interviewer.practice.means import Mean, first_attempts, means
from interviewer.practice.schedule import local_day

DAYS = 30
"""Before a round, and its own day: practice that may have to do with it."""


class RealRound(Model):
    """A round of real interviews, and the scores that may have to do with it."""

    day: date
    result: Result
    note: str
    session: int | None
    """The session that its transcript was graded in."""
    practice: Annotated[tuple[Mean, ...], FromList]
    """Mean scores of the first attempts in the practice before it."""
    transcript: Annotated[tuple[Mean, ...], FromList]
    """Mean scores of its own answers; empty without a transcript."""


class Relation(Model):
    """How the practice before rounds that were passed compares with that before the others, by one measure."""

    kind: Measure
    passed: float
    """The mean over rounds, each with the mean of the practice before it."""
    failed: float
    rounds: tuple[int, int]
    """How many were passed, and how many were not."""


def real_rounds(outcomes: Iterable[Outcome], attempts: Sequence[Attempt], sessions: Iterable[Session]) -> tuple[RealRound, ...]:
    """Return each round with the practice before it, without the answers of real interviews."""
    debriefs = {session.id for session in sessions if session.mode == "debrief"}
    practised = first_attempts(attempt for attempt in attempts if attempt.session not in debriefs)
    return tuple(
        RealRound(
            day=outcome.day,
            result=outcome.result,
            note=outcome.note,
            session=outcome.session,
            practice=means(one for one in practised if 0 <= (outcome.day - local_day(one.created)).days <= DAYS),
            transcript=means(one for one in attempts if one.session == outcome.session),
        )
        for outcome in outcomes
    )


def relations(rounds: Iterable[RealRound]) -> tuple[Relation, ...]:
    """Return a comparison for each measure that was practised before a round that was passed and before one that was not."""
    scores: dict[tuple[Measure, Result], list[float]] = {}
    for one in rounds:
        for mean in one.practice:
            scores.setdefault((mean.kind, one.result), []).append(mean.overall)
    kinds = sorted({kind for kind, _ in scores})
    return tuple(
        Relation(kind=kind, passed=fmean(passed), failed=fmean(failed), rounds=(len(passed), len(failed)))
        for kind in kinds
        if (passed := scores.get((kind, "passed"))) and (failed := scores.get((kind, "failed")))
    )
