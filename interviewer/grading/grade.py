"""Grading one answer: a grader claims verdicts, code verifies the evidence and computes the score."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache

from interviewer.context import Context
from interviewer.errors import GradingError
from interviewer.grading.grader import Grader, VerdictsCallback
from interviewer.grading.scoring import blended, score, uncertainty
from interviewer.grading.segment import basis, with_key_points
from interviewer.grading.verify import verify, verify_points
from interviewer.models import Answer, Blend, Grading, Judgement, PointClaim, Question, Score
from interviewer.settings import Settings


async def grade_answer(
    grader: Grader, question: Question, answer: Answer, on_verdicts: VerdictsCallback | None = None
) -> Grading:
    """Grade one answer. A failure is a record without a score and with the reason, never a number.

    Args:
        grader: judges which key points the answer states.
        question: with key points, or with a reference answer to derive them from.
        answer: from `segment`.
        on_verdicts: is called with the verified verdicts so far, each time a streaming grader claims more.

    Returns:
        The record that is stored, exported and printed.
    """
    full = with_key_points(question)

    def on_claims(claims: Sequence[PointClaim]) -> None:
        if on_verdicts is not None:
            claimed = {claim.key_point for claim in claims}
            on_verdicts([verdict for verdict in verify_points(claims, full, answer) if verdict.id in claimed])

    try:
        if not full.key_points:
            raise GradingError("this question has no reference answer: add one to its bank")
        judgement = await grader.judge(full, answer, on_claims if on_verdicts else None)
    except GradingError as error:
        reason = f"{error.message}; {error.next_step}" if error.next_step else error.message
        return Grading(
            question_id=question.id,
            status="ungraded",
            score=None,
            grader=grader.info,
            usage=error.usage,
            reason=reason,
            rate_limited=error.rate_limited,
        )
    result = await _score(grader, full, answer, judgement)
    return Grading(
        question_id=question.id,
        status="graded",
        score=result.model_copy(update={"basis": basis(question)}),
        grader=grader.info,
        usage=judgement.usage,
    )


async def _score(grader: Grader, question: Question, answer: Answer, judgement: Judgement) -> Score:
    points, errors = verify(judgement, question, answer)
    result = score(judgement, points, errors, question, grader.info.kind)
    if share := uncertainty(judgement):
        estimate = await grade_answer(_embedded_grader(), question, answer)
        if estimate.score is not None:
            return blended(result, Blend(share=share, estimate=estimate.score.overall))
    return result


@lru_cache(maxsize=1)
def _embedded_grader() -> Grader:
    from interviewer.grading.embedded.grader import EmbeddedGrader

    return EmbeddedGrader()


def make_grader(settings: Settings, context: Context, notify: Callable[[str], None] = lambda _: None) -> Grader:
    """Return the grader that the settings ask for; nothing heavy is imported yet."""
    if settings.kind == "llm":
        from interviewer.grading.llm import LLMGrader

        return LLMGrader(settings, context, notify)
    return _embedded_grader()


@asynccontextmanager
async def open_grader(
    settings: Settings, context: Context, notify: Callable[[str], None] = lambda _: None
) -> AsyncIterator[Grader]:
    """Yield the grader that the settings ask for, and close it in the end."""
    grader = make_grader(settings, context, notify)
    try:
        yield grader
    finally:
        await grader.close()
