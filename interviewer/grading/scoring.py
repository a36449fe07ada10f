"""From verified verdicts to a score: pure arithmetic, with the numbers of data/rubric.toml.

The total comes from `coverage`, `accuracy`, and the grader's own number, by the formula in `raw_total` and `calibrated_total`.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from interviewer.grading.ladder import bank_follow_up, highest_rung
from interviewer.grading.rubric import Scale, ScaleName, load_rubric
from interviewer.models import (
    VERDICT_ORDER,
    Basis,
    Blend,
    Dimension,
    ErrorNote,
    Judgement,
    Measure,
    PointVerdict,
    Question,
    Score,
    Verdict,
)

_NEIGHBOURS: dict[Verdict, tuple[Verdict, Verdict]] = {
    "covered": ("partial", "covered"),
    "partial": ("missing", "covered"),
    "missing": ("missing", "partial"),
    "contradicted": ("contradicted", "partial"),
}
"""The worst and the best verdict that another judge may give where this one is not sure."""


def score(
    judgement: Judgement,
    points: tuple[PointVerdict, ...],
    errors: tuple[ErrorNote, ...],
    question: Question,
    kind: Measure,
    basis: Basis = "key_points",
) -> Score:
    """Compute the score of an answer from its verified points and errors, and from the grader's own number.

    The own number is lowered by the coverage that its claims lost when they were verified, and bounded by the evidence.
    """
    scale = load_rubric().scales[scale_name(kind, basis, points)]
    covered, right = coverage(points), accuracy(points, errors)
    stated = (judgement.level or 0.0) / 5 if judgement.own is None else judgement.own
    # An estimate is no sum of its claims: each is weighed by its likelihood already.
    lost = coverage(_as_claimed(points, judgement)) - covered if kind == "llm" else 0.0
    own = bounded(stated - lost)

    def total(points: tuple[PointVerdict, ...], own: float = own) -> int:
        return calibrated_total(scale, coverage(points), accuracy(points, errors), bounded(own + coverage(points) - covered))

    overall, low, high = total(points), None, None
    if judgement.range is not None:
        low, high = total(points, judgement.range[0]), round(100 * judgement.range[1])  # no cap: the person may know better
    elif any(point.unsure and not point.by_person for point in points):
        low, high = total(_resolved(points, 0)), total(_resolved(points, 1))
    rung = highest_rung(points)
    follow_up = bank_follow_up(question, (point for point in points if point.counted != "covered"), rung)
    return Score(
        overall=overall,
        low=low,
        high=high,
        band=load_rubric().band(overall).name,
        coverage=covered,
        accuracy=right,
        depth=judgement.depth,
        clarity=judgement.clarity,
        level=judgement.level,
        own=own,
        rung=rung,
        limiting=_limiting(covered, right, own, scale),
        key_points=points,
        errors=errors,
        strengths=judgement.strengths,
        improvements=judgement.improvements,
        model_answer=question.reference,
        follow_up=judgement.follow_up or (follow_up.text if follow_up else ""),
        basis=basis,
    )


def calibrated_total(scale: Scale, coverage: float, accuracy: float, own: float) -> int:
    """Return the overall score, 0 to 100. It rises in each argument (0 to 1): saying more that is right never costs."""
    raw = raw_total(scale, coverage, accuracy, own)
    right = min(max(bisect_right([x for x, _ in scale.corners], raw), 1), len(scale.corners) - 1)
    (x0, y0), (x1, y1) = scale.corners[right - 1], scale.corners[right]
    return round(100 * (y0 + (y1 - y0) * (raw - x0) / (x1 - x0) if x1 > x0 else y1))


def raw_total(scale: Scale, coverage: float, accuracy: float, own: float) -> float:
    """Return the total before the calibration, 0 to 1: a mean of evidence and own number, kept near the evidence."""
    evidence = coverage * accuracy
    mixed = (1 - scale.own_share) * evidence + scale.own_share * own
    return max(evidence - scale.slack, min(mixed, evidence + scale.slack, 1.0 if coverage else scale.cap_without_coverage))


def scale_name(kind: Measure, basis: Basis, points: tuple[PointVerdict, ...]) -> ScaleName:
    """Return the name of the scale in data/rubric.toml for a grader and what it graded against."""
    if basis == "key_points" or kind == "confirmed":
        return kind
    if kind == "embedded":
        return "embedded_reference"
    return "llm_reference" if len(points) > 1 else "llm_statement"


def _as_claimed(points: tuple[PointVerdict, ...], judgement: Judgement) -> tuple[PointVerdict, ...]:
    """Return the points with the verdicts that the grader claimed; where it claimed nothing, as they are."""
    claims = {claim.key_point: claim.verdict for claim in judgement.points}
    return tuple(point.model_copy(update={"verdict": claims.get(point.id, point.verdict)}) for point in points)


def bounded(number: float) -> float:
    """Return the number of 0 to 1 that is nearest to a number."""
    return min(1.0, max(0.0, number))


def _resolved(points: tuple[PointVerdict, ...], side: Literal[0, 1]) -> tuple[PointVerdict, ...]:
    """Return the points with each verdict that is not sure at its worst (0) or at its best (1)."""
    return tuple(
        point.model_copy(update={"verdict": _NEIGHBOURS[point.verdict][side]}) if point.unsure else point for point in points
    )


def coverage(points: tuple[PointVerdict, ...]) -> float:
    """Return Σ weight·credit / Σ weight, 0 to 1."""
    credit = load_rubric().credit
    whole = sum(point.weight for point in points)
    return sum(point.weight * credit[point.counted] for point in points) / whole if whole else 0.0


def accuracy(points: tuple[PointVerdict, ...], errors: tuple[ErrorNote, ...]) -> float:
    """Return 1 less the penalties for contradicted points and other false statements, never below 0."""
    penalty = load_rubric().penalty
    lost = sum(penalty[f"contradicted_{point.weight}"] for point in points if point.counted == "contradicted")
    lost += sum(penalty[error.severity] for error in errors_outside(points, errors))
    return max(0.0, 1.0 - lost)


def errors_outside(points: Sequence[PointVerdict], errors: Sequence[ErrorNote]) -> tuple[ErrorNote, ...]:
    """Return the errors that are not inside the words of a contradicted point: inside, they are the same mistake."""
    spans = [point.quoted_span for point in points if point.counted == "contradicted" and point.quoted_span]
    return tuple(e for e in errors if not any(start <= e.span[0] and e.span[1] <= end for start, end in spans))


def _limiting(coverage: float, accuracy: float, own: float, scale: Scale) -> Dimension | None:
    """Return the dimension, coverage or accuracy, that would raise the total most if it were perfect; None if neither would."""
    now = calibrated_total(scale, coverage, accuracy, own)
    gains: dict[Dimension, int] = {
        "coverage": calibrated_total(scale, 1.0, accuracy, bounded(own + 1.0 - coverage)) - now,
        "accuracy": calibrated_total(scale, coverage, 1.0, own) - now,
    }
    worst = max(gains, key=gains.__getitem__)
    return worst if gains[worst] > 0 else None


def estimate_weight(judgement: Judgement) -> float:
    """Return the weight that the embedded estimate gets beside this judgement: 0 up to the `most` of data/rubric.toml.

    A small model calls nearly every point covered, whatever was said, but gives such verdicts a low probability. Where a server
    sends the probabilities of tokens, their mean decides. Measured in prompts/EXPERIMENTS.md.
    """
    known = [claim.confidence for claim in judgement.points if claim.confidence is not None]
    if not known:
        return 0.0
    how = load_rubric().uncertainty
    return how.most * bounded((how.sure - fmean(known)) / (how.sure - how.lost))


def with_samples(score: Score, totals: Sequence[int]) -> Score:
    """Return the score of several gradings with a range that holds the totals of all of them."""
    ends = [score.overall, *totals, *(end for end in (score.low, score.high) if end is not None)]
    return score.model_copy(update={"low": min(ends), "high": max(ends)}) if min(ends) < max(ends) else score


def blended(score: Score, blend: Blend) -> Score:
    """Return the score with its totals drawn towards the embedded estimate, nearer to the lower one than a plain mean."""
    overall = weighted_mean(score.overall, blend)
    ends = {name: weighted_mean(end, blend) for name, end in (("low", score.low), ("high", score.high)) if end is not None}
    update = {"overall": overall, **ends, "band": load_rubric().band(overall).name, "leaning": blend}
    return score.model_copy(update=update)


def weighted_mean(number: int, blend: Blend) -> int:
    """Return the weighted geometric mean of a score from 0 to 100 and the estimate of a blend."""
    return round(math.pow(number, 1 - blend.share) * math.pow(blend.estimate, blend.share))


@dataclass(frozen=True, slots=True)
class Difference:
    """The key points of a later answer, by how their verdicts compare with those of an earlier one."""

    new: tuple[PointVerdict, ...]
    """Points that earn more than before."""
    still: tuple[PointVerdict, ...]
    """Points that are as before and not covered, or missing where they were contradicted."""
    lost: tuple[PointVerdict, ...]
    """Points that are worse than before."""


def difference(before: Score, after: Score) -> Difference:
    """Compare the verdicts of two scores; a point that the question did not have before counts as missing then."""
    known = {point.id: VERDICT_ORDER.index(point.counted) for point in before.key_points}
    missing = VERDICT_ORDER.index("missing")
    moves = [(VERDICT_ORDER.index(point.counted) - known.get(point.id, missing), point) for point in after.key_points]
    new = tuple(point for move, point in moves if move > 0 and point.counted != "missing")
    return Difference(
        new=new,
        still=tuple(point for move, point in moves if move >= 0 and point.counted != "covered" and point not in new),
        lost=tuple(point for move, point in moves if move < 0),
    )
