"""Grading the attempts in the store: those without a score, and those of another grader."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from math import inf

from interviewer.batch.limiter import AdaptiveLimiter
from interviewer.batch.runner import Totals, Work, run_concurrently
from interviewer.context import Context
from interviewer.grading.grade import grade_answer
from interviewer.grading.grader import Grader
from interviewer.grading.segment import segment
from interviewer.models import Attempt, GraderInfo, Grading
from interviewer.practice.proposals import Proposals
from interviewer.storage.store import Store

AT_ONCE = 16
"""Attempts that are graded at once, at most."""


def to_regrade(attempts: Iterable[Attempt], info: GraderInfo) -> tuple[Attempt, ...]:
    """Return the attempts to grade again: those without a score, and those scored by another grader, model or prompt.

    An estimate never takes the place of an LLM's score or of one that the person has confirmed, and a score that was disputed
    stays: an argument settled it.
    """
    return tuple(
        attempt
        for attempt in attempts
        if attempt.grading is None
        or attempt.score is None
        or (
            attempt.grading.grader != info
            and (attempt.grading.unconfirmed or not info.estimate)
            and attempt.grading.grader.estimate >= info.estimate
            and not attempt.disputes
        )
    )


async def grade_attempts(
    attempts: Sequence[Attempt],
    grader: Grader,
    store: Store,
    context: Context,
    progress: Callable[[Totals], None] = lambda _: None,
    timeout: float = inf,  # noqa: ASYNC109  # the grader keeps it; here it bounds the growth of what runs at once
    proposals: Proposals | None = None,
) -> tuple[tuple[Attempt, ...], Totals]:
    """Grade stored attempts, and store each grading as soon as it is known; an attempt that has a score never loses it.

    Returns the attempts as they are afterwards; those that an early end left out are unchanged.
    """
    after = {attempt.id: attempt for attempt in attempts}

    async def grade(attempt: Attempt) -> Grading:
        answer = segment(attempt.graded_text)
        if proposals:
            return await proposals.grade(grader, attempt.question, answer)
        return await grade_answer(grader, attempt.question, answer)

    async def save(attempt: Attempt, result: Grading) -> None:
        if result.score is not None or attempt.score is None:
            await asyncio.to_thread(store.add_grading, attempt.id, result, context.now())
            after[attempt.id] = attempt.model_copy(update={"grading": result.model_copy(update={"raw": None})})

    work = Work(grade=grade, save=save, progress=progress)
    limiter = AdaptiveLimiter(AT_ONCE, grader.backpressure, timeout=timeout)
    totals = await run_concurrently(attempts, work, limiter, context)
    return tuple(after.values()), totals
