"""The protocol of a grader: an LLM, or the embedded estimate."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from interviewer.models import (
    Answer,
    Attempt,
    Depth,
    FollowUp,
    GraderInfo,
    Judgement,
    KeyPoint,
    PointClaim,
    PointVerdict,
    Question,
    Usage,
)

if TYPE_CHECKING:  # the protocol is known before the first question, and these load what only a request needs
    from interviewer.grading.dispute import Objection
    from interviewer.llm.retry import Backpressure

ClaimsCallback = Callable[[Sequence[PointClaim]], None]
"""Called with all claims that a grader has made so far, each time there are more."""
VerdictsCallback = Callable[[Sequence[PointVerdict]], None]
"""Called with the verdicts that these claims give once their evidence is checked; the score may still change them."""


class Grader(Protocol):
    """Judges which key points an answer states."""

    @property
    def info(self) -> GraderInfo:
        """Which grader this is; an LLM may learn its model's name while warming up."""

    @property
    def backpressure(self) -> "Backpressure":
        """How often a server has shown that it gets too many requests."""

    async def warm(self) -> None:
        """Load what is heavy, so that the first answer does not wait for it. Never fails."""

    async def judge(self, question: Question, answer: Answer, on_claims: ClaimsCallback | None = None) -> Judgement:
        """Judge one answer. `on_claims` gets the claims so far where they come one by one.

        Raises:
            GradingError: no judgement could be had; the message says why.
        """

    async def follow_up(self, attempt: Attempt, points: Sequence[KeyPoint], depths: Sequence[Depth]) -> FollowUp | None:
        """Return a question about one of these key points, or None if there is nothing to ask.

        `depths` are how deep it may go, where it is made for the answer.

        Raises:
            GradingError: no usable reply could be had.
        """

    async def rejudge(self, objection: "Objection") -> tuple[PointClaim, str]:
        """Judge one key point again, and return the claim with the reason why the verdict changes or stays.

        Raises:
            GradingError: no judgement could be had.
        """

    async def propose(self, question: Question) -> tuple[Question, Usage | None]:
        """Return the question with key points proposed if it has none, and what that cost.

        Raises:
            GradingError: no usable proposal could be had.
        """

    async def close(self) -> None:
        """Close connections."""
