"""From verified verdicts to a score: pure arithmetic, with the numbers of data/rubric.toml."""

from dataclasses import dataclass, replace

from interviewer.grading.rubric import Combine, Rubric, load_rubric
from interviewer.models import Dimension, ErrorNote, GraderKind, Judgement, PointVerdict, Question, Score


@dataclass(frozen=True, slots=True)
class _Parts:
    coverage: float
    accuracy: float
    depth: float
    clarity: float
    level: float


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
    parts = _Parts(
        coverage=coverage(points, rubric),
        accuracy=accuracy(points, errors, rubric),
        depth=judgement.depth,
        clarity=judgement.clarity,
        level=judgement.level / 5,
    )
    told_once = kind == "embedded" and not any(point.paraphrases for point in question.key_points)
    overall = round(100 * rubric.calibrate("embedded_once" if told_once else kind, combine(parts, rubric.combine[kind])))
    return Score(
        overall=overall,
        band=rubric.band(overall).name,
        coverage=parts.coverage,
        accuracy=parts.accuracy,
        depth=parts.depth,
        clarity=parts.clarity,
        level=judgement.level,
        limiting=_limiting(parts, rubric.combine[kind]),
        key_points=points,
        errors=errors,
        strengths=judgement.strengths,
        improvements=judgement.improvements,
        model_answer=question.reference,
        follow_up=judgement.follow_up or _follow_up(points, question),
    )


def coverage(points: tuple[PointVerdict, ...], rubric: Rubric) -> float:
    """Return Σ weight·credit / Σ weight, 0 to 1."""
    whole = sum(point.weight for point in points)
    return sum(point.weight * rubric.credit[point.verdict] for point in points) / whole if whole else 0.0


def accuracy(points: tuple[PointVerdict, ...], errors: tuple[ErrorNote, ...], rubric: Rubric) -> float:
    """Return 1 less the penalties for contradicted points and false statements, never below 0.

    An error inside the words of a contradicted point is the same mistake and counts once.
    """
    contradicted = [point for point in points if point.verdict == "contradicted"]
    lost = sum(rubric.contradiction(point) for point in contradicted)
    spans = [point.span for point in contradicted if point.span]
    lost += sum(
        rubric.error(error.severity)
        for error in errors
        if not any(start <= error.span[0] and error.span[1] <= end for start, end in spans)
    )
    return max(0.0, 1.0 - lost)


def combine(parts: _Parts, how: Combine) -> float:
    """Return the raw score, 0 to 1: the evidence, moved by the level no further than the slack allows.

    Rising in every part, so that saying more that is right never costs and an error never pays.
    """
    evidence = parts.coverage * parts.accuracy * (how.base + how.depth_share * parts.depth + how.clarity_share * parts.clarity)
    mixed = (1 - how.level_share) * evidence + how.level_share * parts.level
    highest = evidence + how.slack * min(1.0, parts.coverage / how.slack_from) * parts.accuracy
    return max(evidence - how.slack, min(mixed, highest, 1.0), min(how.floor, parts.level * parts.accuracy))


def _limiting(parts: _Parts, how: Combine) -> Dimension | None:
    """Return the dimension that would gain the most if it were perfect."""
    now = combine(parts, how)
    gains: dict[Dimension, float] = {
        "coverage": combine(replace(parts, coverage=1.0), how) - now,
        "accuracy": combine(replace(parts, accuracy=1.0), how) - now,
        "depth": combine(replace(parts, depth=1.0), how) - now,
        "clarity": combine(replace(parts, clarity=1.0), how) - now,
    }
    worst = max(gains, key=lambda dimension: gains[dimension])
    return worst if gains[worst] >= 0.005 else None


def _follow_up(points: tuple[PointVerdict, ...], question: Question) -> str:
    """Return the bank's follow-up for the heaviest point that is not fully there."""
    wanting = {point.id: point.weight for point in points if point.verdict != "covered"}
    fitting = [follow_up for follow_up in question.follow_ups if follow_up.key_point in wanting]
    return max(fitting, key=lambda follow_up: wanting[follow_up.key_point]).text if fitting else ""
