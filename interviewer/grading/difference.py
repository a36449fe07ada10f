"""Two scores of the same question, point by point."""

from dataclasses import dataclass

from interviewer.models import PointVerdict, Score, Verdict

_ORDER: tuple[Verdict, ...] = ("contradicted", "missing", "partial", "covered")


@dataclass(frozen=True, slots=True)
class Difference:
    """What a later answer has gained on an earlier one, still lacks, and has lost."""

    new: tuple[PointVerdict, ...]
    still: tuple[PointVerdict, ...]
    """Neither gained nor lost, and not fully there."""
    lost: tuple[PointVerdict, ...]


def difference(before: Score, after: Score) -> Difference:
    """Compare the verdicts; a point that the question did not have before counts as missing then."""
    known = {point.id: rank(point.verdict) for point in before.key_points}
    moves = [(rank(point.verdict) - known.get(point.id, rank("missing")), point) for point in after.key_points]
    return Difference(
        new=tuple(point for move, point in moves if move > 0),
        still=tuple(point for move, point in moves if move == 0 and point.verdict != "covered"),
        lost=tuple(point for move, point in moves if move < 0),
    )


def rank(verdict: Verdict) -> int:
    """Return how good a verdict is, to compare two."""
    return _ORDER.index(verdict)
