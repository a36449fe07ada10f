"""Grading kept answers side by side: those without a grade, and those whose grade is by another grader."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence

from interviewer.batch.limiter import AdaptiveLimiter
from interviewer.batch.runner import GIVE_UP, Totals
from interviewer.context import Context
from interviewer.grading.grade import grade_answer
from interviewer.grading.grader import Grader
from interviewer.grading.segment import segment
from interviewer.models import Attempt, GraderInfo
from interviewer.practice.session import score_of
from interviewer.storage.store import Store

AT_ONCE = 16


def graded_otherwise(attempts: Iterable[Attempt], info: GraderInfo) -> tuple[Attempt, ...]:
    """Return the attempts without a score, and those scored by another grader, model or prompt than this.

    An estimate never takes the place of an LLM's score, and a score that was disputed stays: an argument settled it.
    """
    return tuple(
        attempt
        for attempt in attempts
        if attempt.grading is None
        or attempt.grading.score is None
        or (attempt.grading.grader != info and attempt.grading.grader.estimate >= info.estimate and not attempt.disputes)
    )


async def grade_attempts(
    attempts: Sequence[Attempt],
    grader: Grader,
    store: Store,
    context: Context,
    progress: Callable[[Totals], None] = lambda _: None,
) -> tuple[tuple[Attempt, ...], Totals]:
    """Grade each attempt, and keep its grading as soon as it is known; an attempt that has a score never loses it.

    The rest is left as it is when one after another cannot be graded.
    """
    totals = Totals()
    limiter = AdaptiveLimiter(AT_ONCE, grader.limited)
    freed = asyncio.Condition()
    failed_in_a_row = 0

    async def judged(attempt: Attempt) -> Attempt:
        nonlocal failed_in_a_row
        if totals.stopped:
            return attempt
        began = time.monotonic()
        result = await grade_answer(grader, attempt.question, segment(attempt.graded_text))
        totals.add(result)
        progress(totals)
        if result.score is not None:
            failed_in_a_row = 0
            limiter.finished(time.monotonic() - began, grader.limited)
        else:
            failed_in_a_row += 1
            if failed_in_a_row >= GIVE_UP:
                totals.stopped = f"{GIVE_UP} answers in a row could not be graded"
            if score_of(attempt) is not None:
                return attempt
        await asyncio.to_thread(store.add_grading, attempt.id, result, context.now())
        return attempt.model_copy(update={"grading": result.model_copy(update={"raw": None})})

    async def work(attempt: Attempt) -> Attempt:
        async with freed:
            await freed.wait_for(lambda: limiter.free(0))
            limiter.running += 1
        try:
            return await judged(attempt)
        finally:
            limiter.running -= 1
            async with freed:
                freed.notify(2)  # the pace may have grown

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work(attempt)) for attempt in attempts]
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
    return tuple(task.result() for task in tasks), totals
