"""Grading one answer: the grader claims, code verifies and counts."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Protocol

from interviewer.context import Context
from interviewer.errors import GradingError
from interviewer.grading.dispute import Objection
from interviewer.grading.doubt import doubt, leaned
from interviewer.grading.evidence import verify, verify_points
from interviewer.grading.points import basis, with_key_points
from interviewer.grading.scoring import score
from interviewer.models import (
    Answer,
    FollowUp,
    GraderInfo,
    Grading,
    Judgement,
    KeyPoint,
    Leaning,
    PointClaim,
    PointVerdict,
    Question,
    Score,
    Ungraded,
)
from interviewer.records import Attempt
from interviewer.settings import Settings

Watch = Callable[[Sequence[PointClaim]], None]
"""Is told what a grader has claimed so far, as often as it claims more."""
Early = Callable[[Sequence[PointVerdict]], None]
"""Is told what the answer bears out of that; the last word is the score's."""


class Grader(Protocol):
    """Whoever can judge an answer: an LLM, or the embedded estimate."""

    @property
    def info(self) -> GraderInfo:
        """Who this is; an LLM may learn its model's name while warming up."""
        ...

    @property
    def limited(self) -> int:
        """How often a server has said that requests come too fast."""
        ...

    async def warm(self) -> None:
        """Load what is heavy, so that the first answer does not wait for it. Never fails."""
        ...

    async def judge(self, question: Question, answer: Answer, watch: Watch | None = None) -> Judgement:
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

    async def reconsider(self, objection: Objection) -> tuple[PointClaim, str]:
        """Judge one point again, and say why the verdict changes or stays.

        Raises:
            GradingError: no judgement could be had.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


async def grade(
    grader: Grader, question: Question, answer: Answer, early: Early | None = None
) -> tuple[Score | Ungraded, Judgement | None]:
    """Grade one answer. A failure is a value of another type, never a number."""
    origin = basis(question)
    question = with_key_points(question)

    def watch(claims: Sequence[PointClaim]) -> None:
        if early is not None:
            claimed = {claim.key_point for claim in claims}
            early([verdict for verdict in verify_points(claims, question, answer) if verdict.id in claimed])

    try:
        if not question.key_points:
            raise GradingError("this question has neither key points nor a reference answer")
        judgement = await grader.judge(question, answer, watch if early else None)
    except GradingError as error:
        return Ungraded(reason=f"{error.message}; {error.next_step}" if error.next_step else error.message), None
    points, errors = verify(judgement, question, answer)
    result = score(judgement, points, errors, question, grader.info.kind)
    if share := doubt(judgement):
        estimate, _ = await grade(_second_opinion(), question, answer)
        if isinstance(estimate, Score):
            result = leaned(result, Leaning(share=share, estimate=estimate.overall))
    return result.model_copy(update={"basis": origin}), judgement


@lru_cache(maxsize=1)
def _second_opinion() -> Grader:
    from interviewer.grading.embedded import EmbeddedGrader

    return EmbeddedGrader()


async def grading(grader: Grader, question: Question, answer: Answer, early: Early | None = None) -> Grading:
    """Grade one answer and return the record that is stored, exported and printed."""
    result, judgement = await grade(grader, question, answer, early)
    return Grading(
        question_id=question.id,
        status="graded" if isinstance(result, Score) else "ungraded",
        score=result if isinstance(result, Score) else None,
        grader=grader.info,
        usage=judgement.usage if judgement else None,
        reason=result.reason if isinstance(result, Ungraded) else None,
    )


def make_grader(settings: Settings, context: Context, notify: Callable[[str], None] = lambda _: None) -> Grader:
    """Return the grader that the settings ask for; nothing heavy is imported yet."""
    if settings.kind == "llm":
        from interviewer.grading.llm import LLMGrader

        return LLMGrader(settings, context, notify)
    from interviewer.grading.embedded import EmbeddedGrader

    return EmbeddedGrader()


@asynccontextmanager
async def open_grader(
    settings: Settings, context: Context, notify: Callable[[str], None] = lambda _: None
) -> AsyncIterator[Grader]:
    """Give the grader that the settings ask for, and close it in the end."""
    grader = make_grader(settings, context, notify)
    try:
        yield grader
    finally:
        await grader.close()
