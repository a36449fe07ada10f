"""From verified verdicts to a score, and from one score to another: pure arithmetic, with the numbers of data/rubric.toml."""

import math
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from interviewer.grading.ladder import highest_rung
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

_CAVEATS: dict[Basis, str] = {
    "proposed": "Graded against key points that an LLM proposed and nobody has checked yet.",
    "reference": "This question has no key points: graded against the sentences of its reference answer.",
}
_NEIGHBOURS: dict[Verdict, tuple[Verdict, Verdict]] = {
    "covered": ("partial", "covered"),
    "partial": ("missing", "covered"),
    "missing": ("missing", "partial"),
    "contradicted": ("contradicted", "partial"),
}
"""The worst and the best that another judge may make of a verdict that is not sure."""

_SAME = 1e-6
"""Below this two numbers from 0 to 100 differ by rounding only."""


def score(
    judgement: Judgement,
    points: tuple[PointVerdict, ...],
    errors: tuple[ErrorNote, ...],
    question: Question,
    kind: Measure,
    basis: Basis = "key_points",
) -> Score:
    """Compute the score of an answer from its verified points and errors, and from the grader's own number.

    The own number counts less what its claims lost when they were verified, and within the bounds that the evidence sets.
    """
    how = load_rubric().scales[_scale(kind, basis, points)]
    covered, right = coverage(points), accuracy(points, errors)
    stated = judgement.level / 5 if judgement.overall is None else judgement.overall / 100
    # An estimate is no sum of its claims: each is weighed by its likelihood already.
    lost = _claimed(judgement, points) - covered if kind == "llm" else 0.0
    own = _bounded(stated - lost)

    def shown(points: tuple[PointVerdict, ...], own: float = own) -> int:
        return how.shown(coverage(points), accuracy(points, errors), _bounded(own + coverage(points) - covered))

    overall, low, high = shown(points), None, None
    if judgement.range is not None:
        low, high = (shown(points, end / 5) for end in judgement.range)
    elif any(point.unsure and not point.by_person for point in points):
        low, high = shown(_resolved(points, 0)), shown(_resolved(points, 1))
    rung = highest_rung(points)
    follow_up = question.follow_up_for({point.id for point in points if point.counted != "covered"}, rung)
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
        limiting=_limiting(covered, right, own, how),
        key_points=points,
        errors=errors,
        strengths=judgement.strengths,
        improvements=judgement.improvements,
        model_answer=question.reference,
        follow_up=judgement.follow_up or (follow_up.text if follow_up else ""),
        basis=basis,
    )


def _scale(kind: Measure, basis: Basis, points: tuple[PointVerdict, ...]) -> ScaleName:
    if kind != "llm" or basis == "key_points":
        return kind
    return "llm_reference" if len(points) > 1 else "llm_statement"


def _claimed(judgement: Judgement, points: tuple[PointVerdict, ...]) -> float:
    """Return the coverage that the grader claimed; without claims nothing was lost."""
    claims = {claim.key_point: claim.verdict for claim in judgement.points}
    credit = load_rubric().credit
    whole = sum(point.weight for point in points)
    gained = sum(point.weight * credit[claims.get(point.id, point.counted)] for point in points)
    return gained / whole if whole else 0.0


def _bounded(number: float) -> float:
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
    """Return 1 less the penalties for contradicted points and false statements, never below 0.

    An error inside the words of a contradicted point is the same mistake and counts once.
    """
    penalty = load_rubric().penalty
    contradicted = [point for point in points if point.counted == "contradicted"]
    lost = sum(penalty[f"contradicted_{point.weight}"] for point in contradicted)
    spans = [point.place for point in contradicted if point.place]
    lost += sum(
        penalty[error.severity]
        for error in errors
        if not any(start <= error.span[0] and error.span[1] <= end for start, end in spans)
    )
    return max(0.0, 1.0 - lost)


def _limiting(coverage: float, accuracy: float, own: float, how: Scale) -> Dimension | None:
    """Return what would gain the most if it were perfect, coverage or accuracy."""
    now = how.shown(coverage, accuracy, own)
    gains: dict[Dimension, int] = {
        "coverage": how.shown(1.0, accuracy, _bounded(own + 1.0 - coverage)) - now,
        "accuracy": how.shown(coverage, 1.0, own) - now,
    }
    worst = max(gains, key=gains.__getitem__)
    return worst if gains[worst] > 0 else None


def uncertainty(judgement: Judgement) -> float:
    """Return the weight that the embedded estimate gets beside this judgement: 0 up to the `most` of data/rubric.toml.

    A small model calls nearly every point covered, whatever was said, but gives such verdicts a low probability. Where a server
    sends the probabilities of tokens, their mean decides. Measured in prompts/EXPERIMENTS.md.
    """
    known = [claim.confidence for claim in judgement.points if claim.confidence is not None]
    if not known:
        return 0.0
    how = load_rubric().uncertainty
    return how.most * min(1.0, max(0.0, (how.sure - fmean(known)) / (how.sure - how.lost)))


def blended(score: Score, blend: Blend) -> Score:
    """Return the score as the weighted geometric mean of itself and the estimate: between the two, nearer to the lower one."""
    overall = _mean(score.overall, blend)
    ends = {name: _mean(end, blend) for name, end in (("low", score.low), ("high", score.high)) if end is not None}
    update = {"overall": overall, **ends, "band": load_rubric().band(overall).name, "leaning": blend}
    return score.model_copy(update=update)


def _mean(number: int, blend: Blend) -> int:
    return round(math.pow(number, 1 - blend.share) * math.pow(blend.estimate, blend.share))


def derivation(score: Score, kind: Measure) -> str:
    """Return how the total came about, as one line of arithmetic; empty for one of another rubric, as old ones are."""
    if score.own is None:
        return ""
    if kind == "embedded":  # whether it was scaled depends on the paraphrases of its question
        scaled = "" if round(100 * score.own) == score.overall else ", scaled"
        return f"measured likeness to the key points {score.own:.2f} of 1{scaled}: {score.overall}"
    how = load_rubric().scales[_scale(kind, score.basis, score.key_points)]
    evidence, own = 100 * score.coverage * score.accuracy, 100 * score.own
    mixed = (1 - how.own_share) * evidence + how.own_share * own
    raw, total = 100 * how.raw(score.coverage, score.accuracy, score.own), how.shown(score.coverage, score.accuracy, score.own)
    share = f"{1 - how.own_share:g} × " if 0 < how.own_share < 1 else ""
    terms = [f"{share}coverage {100 * score.coverage:.1f} × accuracy {score.accuracy:.2f}"] if how.own_share < 1 else []
    if how.own_share:
        counted = " with what you counted" if any(point.by_person for point in score.key_points) else ""
        terms.append(f"{'' if how.own_share == 1 else f'{how.own_share:g} × '}the model's own{counted} {own:.1f}")
    parts = [f"{' + '.join(terms)} = {mixed:.0f}"]
    if abs(raw - mixed) > _SAME:
        limit = (
            f"within {100 * how.slack:g} of coverage × accuracy, {evidence:.0f}" if score.coverage else "no point is covered"
        )
        parts.append(f"{limit}: {raw:.0f}")
    if round(raw) != total:
        parts.append(f"scaled: {total}")
    if blend := score.leaning:
        total = _mean(total, blend)
        parts.append(f"with {blend.share:.0%} of the estimate {blend.estimate}: {total}")
    return "; ".join(parts) if total == score.overall else ""


def caveat(score: Score) -> str:
    """Return what limits how far a score can be trusted, as sentences for its reader; often none."""
    caveats = [_CAVEATS[score.basis]] if score.basis in _CAVEATS else []
    if blend := score.leaning:
        part = f"{blend.share:.0%} of this score is the measured estimate ({blend.estimate}/100)"
        caveats.append(f"The model was not sure of its verdicts: {part}.")
    if unsure := [point for point in score.key_points if point.unsure and not point.by_person]:
        settle = "" if any(point.votes for point in score.key_points) else "; `--samples 3` would settle more"
        caveats.append(f"Not sure of {len(unsure)} of {len(score.key_points)} points: read them yourself{settle}.")
    return " ".join(caveats)


@dataclass(frozen=True, slots=True)
class Difference:
    """The key points of a later answer, by how their verdicts compare with those of an earlier one."""

    new: tuple[PointVerdict, ...]
    """Better than before."""
    still: tuple[PointVerdict, ...]
    """As before, and not covered."""
    lost: tuple[PointVerdict, ...]
    """Worse than before."""


def difference(before: Score, after: Score) -> Difference:
    """Compare the verdicts of two scores; a point that the question did not have before counts as missing then."""
    known = {point.id: VERDICT_ORDER.index(point.counted) for point in before.key_points}
    missing = VERDICT_ORDER.index("missing")
    moves = [(VERDICT_ORDER.index(point.counted) - known.get(point.id, missing), point) for point in after.key_points]
    return Difference(
        new=tuple(point for move, point in moves if move > 0),
        still=tuple(point for move, point in moves if move == 0 and point.counted != "covered"),
        lost=tuple(point for move, point in moves if move < 0),
    )
