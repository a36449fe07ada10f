"""The choice of a follow-up: about which points, how deep, and how long a person waits for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from interviewer.bank.points import with_key_points
from interviewer.debug_log import debug
from interviewer.errors import GradingError
from interviewer.grading.grade import embedded_grader
from interviewer.grading.grader import Grader
from interviewer.grading.ladder import bank_follow_up
from interviewer.grading.segment import segment
from interviewer.models import DEPTHS, Attempt, Depth, FollowUp, KeyPoint, PointVerdict, Question

_USUAL_SECONDS, _ONCE_FAILED_SECONDS = 12.0, 4.0
_SURELY_SAID = 0.965
"""The likelihood of a point from which on nobody is asked for it: in data/checks/spoken.jsonl, 99 % of 348 such points were
said, and 0.3 % of all that were not said are among them."""
_BEYOND = DEPTHS[DEPTHS.index("when_not") :]
"""How deep a follow-up goes where all points were said."""


@dataclass
class Patience:
    """How long a person waits for the follow-up of an LLM; shorter after a failure or a timeout."""

    seconds: float = _USUAL_SECONDS


async def find_follow_up(grader: Grader, attempt: Attempt, question: Question, patience: Patience) -> FollowUp | None:
    """Return a follow-up about a point that is open; None if there is nothing to ask, or the question does not come in time.

    `question` is that of the attempt, with the key points proposed for it if there are any.
    """
    question = with_key_points(question)
    points = open_points(attempt, question)
    scored = bool(_verdicts(attempt))
    if not (points and attempt.depths):
        return None
    try:
        async with asyncio.timeout(patience.seconds):
            offered = (points, attempt.depths) if scored else await _beyond_what_was_said(attempt, question, points)
            found = await grader.follow_up(attempt, *offered)
    except (GradingError, TimeoutError) as error:
        debug(__name__, "no follow-up: %s", error)
        patience.seconds = _ONCE_FAILED_SECONDS
        # The bank does not know the answer, so it is asked only where the score says what was left out.
        return bank_follow_up(attempt.question, points, attempt.score.rung) if attempt.score else None
    patience.seconds = _USUAL_SECONDS
    return found


def open_points(attempt: Attempt, question: Question) -> tuple[KeyPoint, ...]:
    """Return the points not asked about yet: those that the score finds missing or half said, all as long as there is none.

    Where it is an estimate, those only that no words of the answer come near, since nobody wants to be asked what they just
    said: of such points in data/checks/spoken.jsonl 5 % were said, of all that the estimate does not find 7 %.
    """
    asked = {exchange.key_point for exchange in attempt.exchanges}
    found = _verdicts(attempt)

    def is_open(point: KeyPoint) -> bool:
        if point.id in asked:
            return False
        if point.id not in found:
            return True
        verdict, reading = found[point.id], found[point.id].estimate_reading
        if not attempt.unconfirmed:
            return verdict.counted != "covered"
        return reading.kind == "not_found" and reading.evidence is None and verdict.rejected is None

    return tuple(filter(is_open, question.key_points))


async def _beyond_what_was_said(
    attempt: Attempt, question: Question, points: Sequence[KeyPoint]
) -> tuple[Sequence[KeyPoint], Sequence[Depth]]:
    """Return the points that were perhaps not said yet; where all were said, the same points to go deeper into."""
    estimate = await embedded_grader().judge(question, segment(attempt.graded_text))
    said = {claim.key_point for claim in estimate.points if (claim.likelihood or 0) >= _SURELY_SAID}
    unsaid = [point for point in points if point.id not in said]
    return (unsaid, attempt.depths) if unsaid else (points, [depth for depth in attempt.depths if depth in _BEYOND])


def _verdicts(attempt: Attempt) -> dict[str, PointVerdict]:
    return {point.id: point for point in attempt.score.key_points} if attempt.score else {}
