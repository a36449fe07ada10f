"""The practice loop on a screen: ask, listen, save, grade, show, react."""

import asyncio

from interviewer.delivery import deliver
from interviewer.errors import ExitCode
from interviewer.models import Question
from interviewer.records import Attempt
from interviewer.session import Sitting, score_of
from interviewer.terminal.after import after
from interviewer.terminal.card import Before
from interviewer.terminal.early import EarlyVerdicts
from interviewer.terminal.ears import Ears
from interviewer.terminal.ending import Ended, leave
from interviewer.terminal.hearing import find_follow_up, hear_answer, hear_follow_up, own_estimate
from interviewer.terminal.screen import Screen


async def practise(sitting: Sitting, ears: Ears, screen: Screen, first: Question | None) -> ExitCode:
    """Run a session to its end; `first` is the question that is on the screen already.

    Raises:
        InputError: the input ended before any answer was given.
    """
    warming = asyncio.create_task(sitting.grader.warm())
    total = len(sitting.questions)
    answered, failed = 0, 0
    ended: Ended = "done"
    remaining = list(sitting.remaining())
    while remaining and ended == "done":
        question = remaining[0]
        if first is None:
            screen.question(question, total - len(remaining) + 1, total)
        first = None
        heard = await hear_answer(sitting, ears, screen, question)
        if isinstance(heard, Attempt):
            answered += 1
            attempt = await _graded(sitting, ears, screen, heard)
            failed += score_of(attempt) is None
            reaction = await after(sitting, ears, screen, attempt)
            if reaction == "retry":
                continue
            ended = "quit" if reaction == "quit" else "done"
        elif heard == "skip":
            sitting.store.skip(sitting.session.id, question.id)
        else:
            ended = "end" if heard == "end" else "quit"
            break
        remaining.pop(0)
    return await leave(sitting, screen, warming, ended=ended, answered=answered, failed=failed, left=len(remaining))


async def _graded(sitting: Sitting, ears: Ears, screen: Screen, attempt: Attempt) -> Attempt:
    """Grade an answer, ask the follow-ups that the session allows, and only then show the score: it gives the points away."""
    allowed = sitting.session.follow_ups
    attempt = await _rated(sitting, ears, screen, attempt, None if allowed else screen.early())
    earlier = sitting.earlier(attempt)
    before = Before(earlier, "your last attempt") if earlier else None
    for left in reversed(range(allowed)):
        follow_up = await find_follow_up(sitting, screen, attempt)
        if follow_up is None:
            break
        told = await hear_follow_up(sitting, ears, screen, attempt, follow_up)
        if not isinstance(told, Attempt):
            break
        early = None if left else screen.early()
        with screen.waiting("Saved; grading", early):
            again = await sitting.grade(told, early)
        if again is told:
            screen.trouble("The follow-up could not be graded; this is the score of the answer alone.")
        elif before is None or before.name != "the follow-up":
            alone = score_of(attempt)
            before = Before(alone, "the follow-up") if alone else before
        attempt = again
    screen.result(attempt, before)
    screen.delivery(deliver(attempt.answer, attempt.seconds, spoken=attempt.spoken))
    return attempt


async def _rated(sitting: Sitting, ears: Ears, screen: Screen, attempt: Attempt, early: EarlyVerdicts | None) -> Attempt:
    """Grade, and meanwhile let those who asked for it say what they expect."""
    grading = asyncio.create_task(sitting.grade(attempt, early))
    rating = await own_estimate(sitting, ears, attempt)
    with screen.waiting("Saved; grading", early):
        graded = await grading
    return graded.model_copy(update={"self_rating": rating})
