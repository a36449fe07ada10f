"""From verified verdicts to a score, and from one score to another: pure arithmetic, with the numbers of data/rubric.toml."""

from dataclasses import dataclass
from statistics import fmean

from interviewer.grading.rubric import Combine, load_rubric
from interviewer.models import (
    VERDICT_ORDER,
    Basis,
    Blend,
    Dimension,
    ErrorNote,
    GraderKind,
    Judgement,
    PointVerdict,
    Question,
    Score,
)

_CAVEATS: dict[Basis, str] = {
    "proposed": "Graded against key points that an LLM proposed and nobody has checked yet.",
    "reference": "This question has no key points: graded against the sentences of its reference answer.",
}
_Parts = dict[Dimension, float]


def score(
    judgement: Judgement,
    points: tuple[PointVerdict, ...],
    errors: tuple[ErrorNote, ...],
    question: Question,
    kind: GraderKind,
) -> Score:
    """Compute the score of an answer from its verified points and errors.

    The judgement contributes depth, clarity and level only, each inside bounds that the evidence sets.
    """
    rubric = load_rubric()
    how, level = rubric.combine[kind], judgement.level / 5
    parts: _Parts = {
        "coverage": coverage(points),
        "accuracy": accuracy(points, errors),
        "depth": judgement.depth,
        "clarity": judgement.clarity,
    }

    def shown(level: float) -> int:
        return round(100 * rubric.calibrate(kind, combine(parts, level, how)))

    overall = shown(level)
    follow_up = question.follow_up_for({point.id for point in points if point.verdict != "covered"})
    return Score(
        overall=overall,
        low=shown(judgement.range[0] / 5) if judgement.range else None,
        high=shown(judgement.range[1] / 5) if judgement.range else None,
        band=rubric.band(overall).name,
        coverage=parts["coverage"],
        accuracy=parts["accuracy"],
        depth=parts["depth"],
        clarity=parts["clarity"],
        level=judgement.level,
        limiting=_limiting(parts, level, how),
        key_points=points,
        errors=errors,
        strengths=judgement.strengths,
        improvements=judgement.improvements,
        model_answer=question.reference,
        follow_up=judgement.follow_up or (follow_up.text if follow_up else ""),
    )


def coverage(points: tuple[PointVerdict, ...]) -> float:
    """Return Σ weight·credit / Σ weight, 0 to 1."""
    credit = load_rubric().credit
    whole = sum(point.weight for point in points)
    return sum(point.weight * credit[point.verdict] for point in points) / whole if whole else 0.0


def accuracy(points: tuple[PointVerdict, ...], errors: tuple[ErrorNote, ...]) -> float:
    """Return 1 less the penalties for contradicted points and false statements, never below 0.

    An error inside the words of a contradicted point is the same mistake and counts once.
    """
    penalty = load_rubric().penalty
    contradicted = [point for point in points if point.verdict == "contradicted"]
    lost = sum(penalty[f"contradicted_{point.weight}"] for point in contradicted)
    spans = [point.span for point in contradicted if point.span]
    lost += sum(
        penalty[error.severity]
        for error in errors
        if not any(start <= error.span[0] and error.span[1] <= end for start, end in spans)
    )
    return max(0.0, 1.0 - lost)


def combine(parts: _Parts, level: float, how: Combine) -> float:
    """Return the raw score, 0 to 1: the evidence, moved by the level (0 to 1) no further than the slack allows.

    Rising in every part, so that saying more that is right never costs and an error never pays.
    """
    coverage, accuracy = parts["coverage"], parts["accuracy"]
    evidence = coverage * accuracy * (how.base + how.depth_share * parts["depth"] + how.clarity_share * parts["clarity"])
    mixed = (1 - how.level_share) * evidence + how.level_share * level
    highest = evidence + how.slack * min(1.0, coverage / how.slack_from) * accuracy
    return max(evidence - how.slack, min(mixed, highest, 1.0), min(how.floor, level * accuracy))


def _limiting(parts: _Parts, level: float, how: Combine) -> Dimension | None:
    """Return the dimension that would gain the most if it were perfect."""
    now = combine(parts, level, how)
    gains = {dimension: combine(parts | {dimension: 1.0}, level, how) - now for dimension in parts}
    worst = max(gains, key=gains.__getitem__)
    return worst if gains[worst] >= 0.005 else None


def uncertainty(judgement: Judgement) -> float:
    """Return the weight that the embedded estimate gets beside this judgement: 0 up to the `most` of data/rubric.toml.

    A small model calls nearly every point covered, whatever was said, but gives such verdicts a low probability. Where a server
    sends the probabilities of tokens, their mean decides. Measured in prompts/EXPERIMENTS.md.
    """
    known = [claim.confidence for claim in judgement.points if claim.confidence is not None]
    if not known:
        return 0.0
    how = load_rubric().doubt
    return how.most * min(1.0, max(0.0, (how.sure - fmean(known)) / (how.sure - how.lost)))


def blended(score: Score, blend: Blend) -> Score:
    """Return the score as the weighted geometric mean of itself and the estimate: between the two, nearer to the lower one."""
    overall = round(score.overall ** (1 - blend.share) * blend.estimate**blend.share)
    return score.model_copy(update={"overall": overall, "band": load_rubric().band(overall).name, "leaning": blend})


def caveat(score: Score) -> str:
    """Return what limits how far a score can be trusted, as sentences for its reader; often none."""
    caveats = [_CAVEATS[score.basis]] if score.basis in _CAVEATS else []
    if blend := score.leaning:
        part = f"{blend.share:.0%} of this score is the measured estimate ({blend.estimate}/100)"
        caveats.append(f"The model was not sure of its verdicts: {part}.")
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
    known = {point.id: VERDICT_ORDER.index(point.verdict) for point in before.key_points}
    missing = VERDICT_ORDER.index("missing")
    moves = [(VERDICT_ORDER.index(point.verdict) - known.get(point.id, missing), point) for point in after.key_points]
    return Difference(
        new=tuple(point for move, point in moves if move > 0),
        still=tuple(point for move, point in moves if move == 0 and point.verdict != "covered"),
        lost=tuple(point for move, point in moves if move < 0),
    )
