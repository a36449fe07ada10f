"""The bank's follow-ups: what an interviewer asks about a key point that is missing or half said."""

from collections.abc import Sequence

from interviewer.models import Attempt, FollowUp, KeyPoint


def bank_follow_up(attempt: Attempt, points: Sequence[KeyPoint]) -> FollowUp | None:
    """Return the bank's follow-up about the heaviest of these points that has one."""
    weights = {point.id: point.weight for point in points}
    fitting = [follow_up for follow_up in attempt.question.follow_ups if follow_up.key_point in weights]
    return max(fitting, key=lambda follow_up: weights[follow_up.key_point], default=None)
