"""What every face of a report shows."""

from statistics import fmean

from pydantic import AwareDatetime

from interviewer.models import Attempt, GraderKind, Mode, Model, Session


class Mean(Model):
    """The mean score of one kind of grader; estimates are never averaged with an LLM's scores."""

    kind: GraderKind
    overall: float
    """0 to 100."""
    answers: int


class Report(Model):
    """One session: its answers in the order given, each with its newest grading."""

    version: int = 1
    """Of this format."""
    session: int
    created: AwareDatetime
    mode: Mode
    planned: int
    means: tuple[Mean, ...]
    ungraded: int
    attempts: tuple[Attempt, ...]


def build_report(session: Session, attempts: tuple[Attempt, ...]) -> Report:
    """Build the report of a session."""
    return Report(
        session=session.id,
        created=session.created,
        mode=session.mode,
        planned=len(session.plan),
        means=means(attempts),
        ungraded=sum(1 for attempt in attempts if attempt.grading is None or attempt.grading.score is None),
        attempts=attempts,
    )


def means(attempts: tuple[Attempt, ...]) -> tuple[Mean, ...]:
    """Return the mean score for each kind of grader that graded any of the attempts."""
    scores: dict[GraderKind, list[int]] = {}
    for attempt in attempts:
        if attempt.grading is not None and attempt.grading.score is not None:
            scores.setdefault(attempt.grading.grader.kind, []).append(attempt.grading.score.overall)
    return tuple(Mean(kind=kind, overall=fmean(values), answers=len(values)) for kind, values in sorted(scores.items()))
