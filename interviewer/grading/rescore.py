"""Scoring again after some verdicts have changed: those of a dispute, or of the person who gave the answer."""

from collections.abc import Mapping, Sequence

from interviewer.grading.advice import advice
from interviewer.grading.scoring import blended, bounded, coverage, errors_outside, score
from interviewer.models import Judgement, Measure, PointVerdict, Question, Score, Verdict
from interviewer.text.words import substance


def rescore_by_person(before: Score, verdicts: Mapping[str, Verdict], question: Question, kind: Measure) -> Score:
    """Return the score by a person's own verdicts, given by the ids of their points.

    They count instead of the grader's, which are kept with their evidence.
    """
    changed = [p.model_copy(update={"by_person": verdicts[p.id]}) for p in before.key_points if p.id in verdicts]
    return rescore(before, changed, question, kind)


def rescore(before: Score, changed: Sequence[PointVerdict], question: Question, kind: Measure) -> Score:
    """Return the score with some verdicts replaced. The grader is not asked again: its own number moves with the coverage."""
    new = {point.id: point for point in changed}
    points = tuple(new.get(known.id, known) for known in before.key_points)
    covered = [point for point in points if point.id in new and point.counted == "covered"]
    others = [point for point in points if point not in covered]
    # An LLM's advice names no point: it is about the one that it shares most words with.
    improvements = tuple(
        text for text in before.improvements if _shared(text, covered, question) <= _shared(text, others, question)
    )
    gained = coverage(points) - coverage(before.key_points)
    ends = [bounded(end / 100 + gained) for end in (before.low, before.high) if end is not None]
    judgement = Judgement(
        points=(),
        depth=before.depth,
        clarity=before.clarity,
        level=None if before.level is None else min(5.0, max(0.0, before.level + 5 * gained)),
        own=None if before.own is None else round(100 * bounded(before.own + gained)) / 100,
        range=(ends[0], ends[1]) if kind == "embedded" and len(ends) == 2 else None,
        strengths=before.strengths,
        improvements=advice(points) if kind == "embedded" else improvements,
        follow_up=before.follow_up,
    )
    # An error inside the words of a point that was contradicted goes with the verdict.
    errors = errors_outside([point for point in before.key_points if point.id in new], before.errors)
    result = score(judgement, points, errors, question, kind, before.basis)
    if before.leaning is not None:
        result = blended(result, before.leaning)
    return result.model_copy(update={"follow_up": before.follow_up, "left_out": before.left_out})


def _shared(text: str, points: Sequence[PointVerdict], question: Question) -> int:
    """Return how many words a text shares with one of some points at most."""
    said = substance(text, question.question)
    return max((len(said & substance(point.text, question.question)) for point in points), default=0)
