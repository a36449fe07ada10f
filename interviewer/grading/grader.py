"""What a grader is: an LLM, or the embedded estimate, behind one protocol."""

from collections.abc import Callable, Sequence
from typing import Protocol

from interviewer.grading.dispute import Objection
from interviewer.llm.retry import Backpressure
from interviewer.models import Answer, Attempt, FollowUp, GraderInfo, Judgement, KeyPoint, PointClaim, PointVerdict, Question

ClaimsCallback = Callable[[Sequence[PointClaim]], None]
"""Is told what a grader has claimed so far, as often as it claims more."""
VerdictsCallback = Callable[[Sequence[PointVerdict]], None]
"""Is told what the answer bears out of that; the last word is the score's."""


class Grader(Protocol):
    """Whoever can judge an answer: an LLM, or the embedded estimate."""

    @property
    def info(self) -> GraderInfo:
        """Who this is; an LLM may learn its model's name while warming up."""
        ...

    @property
    def backpressure(self) -> Backpressure:
        """How often a server has shown that it gets too many requests."""
        ...

    async def warm(self) -> None:
        """Load what is heavy, so that the first answer does not wait for it. Never fails."""
        ...

    async def judge(self, question: Question, answer: Answer, on_claims: ClaimsCallback | None = None) -> Judgement:
        """Judge one answer, and let somebody watch, where that can be.

        Raises:
            GradingError: no judgement could be had; the message says why.
        """
        ...

    async def follow_up(self, attempt: Attempt, points: Sequence[KeyPoint]) -> FollowUp | None:
        """Find what to ask next about one of these points, if they are worth it.

        Raises:
            GradingError: nothing could be had.
        """
        ...

    async def rejudge(self, objection: Objection) -> tuple[PointClaim, str]:
        """Judge one point again, and say why the verdict changes or stays.

        Raises:
            GradingError: no judgement could be had.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
