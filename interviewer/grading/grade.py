"""Grading one answer: a grader claims verdicts, code verifies the evidence and computes the score."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache

from interviewer.bank.points import basis, with_key_points
from interviewer.context import Context
from interviewer.errors import GradingError
from interviewer.grading.advice import advice
from interviewer.grading.confirmation import says_not_knowing
from interviewer.grading.grader import ClaimsCallback, Grader, VerdictsCallback
from interviewer.grading.injection import REASON, is_injection
from interviewer.grading.language import is_english
from interviewer.grading.scoring import blended, estimate_weight, score, with_samples
from interviewer.grading.verify import verify, verify_points
from interviewer.models import Answer, Blend, Grading, Judgement, LeftOut, PointClaim, Question, Score
from interviewer.settings import Settings
from interviewer.text.words import word_count


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
    left_out = tuple(
        LeftOut(words=answer.text[span.start : span.end], span=(span.start, span.end), reason=REASON)
        for span in answer.spans
        if is_injection(span.text)
    )
    try:
        if not full.key_points:
            raise GradingError("this question has no reference answer to grade by: add one to its bank")
        if grader.info.kind == "embedded":
            _check_readable(full, answer)
        if grader.info.kind == "llm" and left_out and len(left_out) == len(answer.spans):
            judgement = Judgement(points=(), own=0.0)  # nothing is left to be judged, whatever number a model would name
        else:
            judgement = await grader.judge(full, answer, on_verdicts and _verifier(full, answer, on_verdicts))
    except GradingError as error:
        failed = Grading.ungraded(question.id, grader.info, error.sentence, error.usage, raw=error.raw)
        return failed.model_copy(update={"rate_limited": error.rate_limited, "retry_after": error.retry_after})

    def scored(judgement: Judgement) -> Score:
        return score(judgement, *verify(judgement, full, answer), full, grader.info.kind, basis(question))

    result = with_samples(scored(judgement), [scored(sample).overall for sample in judgement.samples])
    if share := estimate_weight(judgement):
        estimate = (await grade_answer(embedded_grader(), full, answer)).score
        if estimate is not None:
            result = blended(result, Blend(share=share, estimate=estimate.overall))
    result = result.model_copy(update={"left_out": left_out})
    if grader.info.estimate:
        result = result.model_copy(update={"improvements": (*result.improvements, *advice(result.key_points))})
    return Grading(
        question_id=question.id,
        status="graded",
        score=result,
        grader=grader.info,
        usage=judgement.usage,
        raw=judgement.raw,
    )


def _check_readable(question: Question, answer: Answer) -> None:
    """Refuse what the embedded grader cannot read. That somebody does not know is understood in a few other languages as well.

    Raises:
        GradingError: the answer or the question is not in English, or there are no words to compare the answer with.
    """
    if not any(word_count(point.text) for point in question.key_points):
        raise GradingError(
            "the embedded grader compares words, and the reference answer has none",
            next_step="add a key point in words to its bank, or have an LLM grade: interviewer doctor",
        )
    asked = " ".join((question.question, *(point.text for point in question.key_points)))
    for text, what in ((answer.text, "answer"), (asked, "question")):
        if not (is_english(text) or says_not_knowing(text)):
            raise GradingError(
                f"the embedded grader reads English only, and this {what} is in another language",
                next_step="set OPENAI_API_KEY or OPENAI_BASE_URL for an LLM that reads it",
            )


def _verifier(question: Question, answer: Answer, on_verdicts: VerdictsCallback) -> ClaimsCallback:
    """Return a function that verifies the claims so far and calls `on_verdicts` with their verdicts."""

    def on_claims(claims: Sequence[PointClaim]) -> None:
        claimed = {claim.key_point for claim in claims}
        on_verdicts([verdict for verdict in verify_points(claims, question, answer) if verdict.id in claimed])

    return on_claims


@lru_cache(maxsize=1)
def embedded_grader() -> Grader:
    """Return the grader that needs no network; nothing heavy is imported yet."""
    from interviewer.grading.embedded.grader import EmbeddedGrader

    return EmbeddedGrader()


def make_grader(settings: Settings, context: Context, notify: Callable[[str], None] = lambda _: None) -> Grader:
    """Return the grader that the settings ask for; nothing heavy is imported yet."""
    if settings.kind == "llm":
        from interviewer.grading.llm import LLMGrader

        return LLMGrader(settings, context, notify)
    return embedded_grader()


@asynccontextmanager
async def open_configured_grader(
    settings: Settings, context: Context, notify: Callable[[str], None] = lambda _: None
) -> AsyncIterator[Grader]:
    """Yield the grader that the settings ask for, and close it in the end."""
    grader = make_grader(settings, context, notify)
    try:
        yield grader
    finally:
        await grader.close()
