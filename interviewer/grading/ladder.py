"""How deep an answer goes: key points stand on the rungs what, how, why and trade-off, and the highest covered one counts."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from interviewer.models import RUNG_ORDER, FollowUp, Grading, KeyPoint, PointVerdict, Question, Rung

_Point = TypeVar("_Point", KeyPoint, PointVerdict)


def highest_rung(points: Sequence[PointVerdict]) -> Rung | None:
    """Return the highest rung of a covered point; None if no covered point has one."""
    return max((point.rung for point in points if point.counted == "covered"), key=height, default=None)


def rungs(points: Sequence[PointVerdict]) -> tuple[Rung, ...]:
    """Return the rungs that a question has points on, from the lowest."""
    return tuple(rung for rung in RUNG_ORDER if any(point.rung == rung for point in points))


def next_point(points: Iterable[_Point], reached: Rung | None) -> _Point | None:
    """Return the heaviest point on the next rung above `reached` that has one of these points; None where none has."""
    above = [point for point in points if height(point.rung) > height(reached)]
    return min(above, key=lambda point: (height(point.rung), -point.weight), default=None)


def height(rung: Rung | None) -> int:
    """Return the place of a rung from the bottom; -1 for none."""
    return RUNG_ORDER.index(rung) if rung else -1


def bank_follow_up(question: Question, points: Iterable[KeyPoint | PointVerdict], reached: Rung | None) -> FollowUp | None:
    """Return the question's own follow-up about one of these points that has one: the next above, else the heaviest."""
    wanted = {point.id for point in points}
    own = {point.id: point for point in question.key_points if point.id in wanted}
    offered = [own[one.key_point] for one in question.follow_ups if one.key_point in own]
    chosen = next_point(offered, reached) or max(offered, key=lambda point: point.weight, default=None)
    return next((one for one in question.follow_ups if chosen and one.key_point == chosen.id), None)


def depth_reached(grading: Grading) -> str:
    """Return the highest rung reached and what would reach the next one, as a sentence; empty without a score or rungs."""
    points = grading.key_points
    if not rungs(points):
        return ""
    touched = " touched on" if grading.unconfirmed else ""
    above = next_point((point for point in points if point.counted != "covered"), highest_rung(points))
    climb = f" Next, {above.rung}: {above.text}" if above else ""
    return f"Highest rung{touched}: {highest_rung(points) or 'none yet'} (of {', '.join(rungs(points))}).{climb}"
