"""The practice loop on a screen: ask, listen, save, grade, show, react."""

import asyncio

from interviewer.errors import ExitCode
from interviewer.models import Attempt, Question
from interviewer.practice.delivery import deliver
from interviewer.practice.session import SessionRunner, score_of
from interviewer.ui.ask import ask_follow_up, ask_question, ask_self_rating, find_follow_up
from interviewer.ui.ending import Ended, leave
from interviewer.ui.inputs.pipe import AnswerInput
from interviewer.ui.menu import after
from interviewer.ui.screen import Screen
from interviewer.ui.views.live_verdicts import LiveVerdicts
from interviewer.ui.views.score_card import Before


async def practise(runner: SessionRunner, answer_input: AnswerInput, screen: Screen, first: Question | None) -> ExitCode:
    """Run a session to its end; `first` is the question that is on the screen already.

    Raises:
        InputError: the input ended before any answer was given.
    """
    warming = asyncio.create_task(runner.grader.warm())
    total = len(runner.questions)
    answered, failed = 0, 0
    ended: Ended = "done"
    remaining = list(runner.remaining())
    while remaining and ended == "done":
        question = remaining[0]
        if first is None:
            screen.question(question, total - len(remaining) + 1, total)
        first = None
        heard = await ask_question(runner, answer_input, screen, question)
        if isinstance(heard, Attempt):
            answered += 1
            attempt = await _graded(runner, answer_input, screen, heard)
            failed += score_of(attempt) is None
            reaction = await after(runner, answer_input, screen, attempt)
            if reaction == "retry":
                continue
            ended = "quit" if reaction == "quit" else "done"
        elif heard == "skip":
            runner.store.skip(runner.session.id, question.id)
        else:
            ended = "end" if heard == "end" else "quit"
            break
        remaining.pop(0)
    return await leave(runner, screen, warming, ended=ended, answered=answered, failed=failed, left=len(remaining))


async def _graded(runner: SessionRunner, answer_input: AnswerInput, screen: Screen, attempt: Attempt) -> Attempt:
    """Grade an answer, ask the follow-ups that the session allows, and only then show the score: it gives the points away."""
    allowed = runner.session.follow_ups
    attempt = await _rated(runner, answer_input, screen, attempt, None if allowed else screen.live_verdicts())
    earlier = runner.earlier(attempt)
    before = Before(earlier, "your last attempt") if earlier else None
    for left in reversed(range(allowed)):
        follow_up = await find_follow_up(runner, screen, attempt)
        if follow_up is None:
            break
        told = await ask_follow_up(runner, answer_input, screen, attempt, follow_up)
        if not isinstance(told, Attempt):
            break
        live = None if left else screen.live_verdicts()
        with screen.waiting("Saved; grading", live):
            again = await runner.grade(told, live)
        if again is told:
            screen.trouble("The follow-up could not be graded; this is the score of the answer alone.")
        elif before is None or before.name != "the follow-up":
            alone = score_of(attempt)
            before = Before(alone, "the follow-up") if alone else before
        attempt = again
    screen.result(attempt, before)
    screen.delivery(deliver(attempt.answer, attempt.seconds, spoken=attempt.spoken))
    return attempt


async def _rated(
    runner: SessionRunner, answer_input: AnswerInput, screen: Screen, attempt: Attempt, live: LiveVerdicts | None
) -> Attempt:
    """Grade, and meanwhile let those who asked for it say what they expect."""
    grading = asyncio.create_task(runner.grade(attempt, live))
    rating = await ask_self_rating(runner, answer_input, attempt)
    with screen.waiting("Saved; grading", live):
        graded = await grading
    return graded.model_copy(update={"self_rating": rating})
