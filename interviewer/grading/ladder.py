"""How deep an answer goes: key points stand on the rungs what, how, why and trade-off, and the highest covered one counts."""

from collections.abc import Sequence

from interviewer.models import RUNG_ORDER, Grading, PointVerdict, Rung


def highest_rung(points: Sequence[PointVerdict]) -> Rung | None:
    """Return the highest rung of a covered point; None if no covered point has one."""
    covered = {point.rung for point in points if point.counted == "covered"}
    return next((rung for rung in reversed(RUNG_ORDER) if rung in covered), None)


def rungs(points: Sequence[PointVerdict]) -> tuple[Rung, ...]:
    """Return the rungs that a question has points on, from the lowest."""
    return tuple(rung for rung in RUNG_ORDER if any(point.rung == rung for point in points))


def next_point(points: Sequence[PointVerdict]) -> PointVerdict | None:
    """Return the heaviest point that is not covered on the next rung above the highest covered one that has such a point."""
    reached = highest_rung(points)
    for rung in RUNG_ORDER[RUNG_ORDER.index(reached) + 1 :] if reached else RUNG_ORDER:
        above = [point for point in points if point.rung == rung and point.counted != "covered"]
        if above:
            return max(above, key=lambda point: point.weight)
    return None


def depth_reached(grading: Grading) -> str:
    """Return the highest rung reached and what would reach the next one, as a sentence; empty without a score or rungs."""
    points = grading.key_points
    if not rungs(points):
        return ""
    touched = " touched on" if grading.unconfirmed else ""
    above = next_point(points)
    climb = f" Next, {above.rung}: {above.text}" if above else ""
    return f"Highest rung{touched}: {highest_rung(points) or 'none yet'} (of {', '.join(rungs(points))}).{climb}"
