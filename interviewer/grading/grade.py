"""Grading one answer: the grader claims, code verifies and counts."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache

from interviewer.context import Context
from interviewer.errors import GradingError
from interviewer.grading.blend import blended, uncertainty
from interviewer.grading.grader import Grader, VerdictsCallback
from interviewer.grading.key_points import basis, with_key_points
from interviewer.grading.scoring import score
from interviewer.grading.verify import verify, verify_points
from interviewer.models import (
    Answer,
    Blend,
    Grading,
    Judgement,
    PointClaim,
    Question,
    Score,
    Ungraded,
)
from interviewer.settings import Settings


async def grade(
    grader: Grader, question: Question, answer: Answer, on_verdicts: VerdictsCallback | None = None
) -> tuple[Score | Ungraded, Judgement | None]:
    """Grade one answer. A failure is a value of another type, never a number."""
    origin = basis(question)
    question = with_key_points(question)

    def on_claims(claims: Sequence[PointClaim]) -> None:
        if on_verdicts is not None:
            claimed = {claim.key_point for claim in claims}
            on_verdicts([verdict for verdict in verify_points(claims, question, answer) if verdict.id in claimed])

    try:
        if not question.key_points:
            raise GradingError("this question has neither key points nor a reference answer")
        judgement = await grader.judge(question, answer, on_claims if on_verdicts else None)
    except GradingError as error:
        reason = f"{error.message}; {error.next_step}" if error.next_step else error.message
        return Ungraded(reason=reason, raw=error.raw), None
    points, errors = verify(judgement, question, answer)
    result = score(judgement, points, errors, question, grader.info.kind)
    if share := uncertainty(judgement):
        estimate, _ = await grade(_second_opinion(), question, answer)
        if isinstance(estimate, Score):
            result = blended(result, Blend(share=share, estimate=estimate.overall))
    return result.model_copy(update={"basis": origin}), judgement


@lru_cache(maxsize=1)
def _second_opinion() -> Grader:
    from interviewer.grading.embedded.grader import EmbeddedGrader

    return EmbeddedGrader()


async def grade_answer(
    grader: Grader, question: Question, answer: Answer, on_verdicts: VerdictsCallback | None = None
) -> Grading:
    """Grade one answer and return the record that is stored, exported and printed."""
    result, judgement = await grade(grader, question, answer, on_verdicts)
    return Grading(
        question_id=question.id,
        status="graded" if isinstance(result, Score) else "ungraded",
        score=result if isinstance(result, Score) else None,
        grader=grader.info,
        usage=judgement.usage if judgement else None,
        reason=result.reason if isinstance(result, Ungraded) else None,
        raw=result.raw if isinstance(result, Ungraded) else judgement.raw if judgement else None,
    )


def make_grader(settings: Settings, context: Context, notify: Callable[[str], None] = lambda _: None) -> Grader:
    """Return the grader that the settings ask for; nothing heavy is imported yet."""
    if settings.kind == "llm":
        from interviewer.grading.llm import LLMGrader

        return LLMGrader(settings, context, notify)
    from interviewer.grading.embedded.grader import EmbeddedGrader

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
