"""The interview on a screen: questions and follow-ups, and no word about the answers before the debrief."""

import asyncio
from dataclasses import dataclass

from interviewer.errors import ExitCode
from interviewer.models import Attempt, Question, Score
from interviewer.practice.debrief import debrief
from interviewer.practice.session import SessionRunner, score_of, ungraded
from interviewer.ui.ask import ask_follow_up, ask_question, ask_self_rating, find_follow_up
from interviewer.ui.ending import Ended, leave
from interviewer.ui.inputs.pipe import AnswerInput
from interviewer.ui.screen import Screen


@dataclass(frozen=True, slots=True)
class _Result:
    attempt: Attempt
    before: Score | None = None
    """Its score before the follow-ups."""


async def interview(runner: SessionRunner, answer_input: AnswerInput, screen: Screen, first: Question | None) -> ExitCode:
    """Run an interview to its debrief; `first` is the question that is on the screen already.

    Answers are graded while the next one is typed; those of an earlier runner that are not graded yet, too.

    Raises:
        InputError: the input ended before any answer was given.
    """
    warming = asyncio.create_task(runner.grader.warm())
    earlier = runner.store.attempts(runner.session.id)
    results = [asyncio.create_task(_graded(runner, attempt)) for attempt in ungraded(earlier)]
    total = len(runner.questions)
    answered = 0
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
            result, ended = await _talk(runner, answer_input, screen, heard)
            results.append(result)
            screen.status("Thank you.")
        elif heard == "skip":
            runner.store.skip(runner.session.id, question.id)
        else:
            ended = "end" if heard == "end" else "quit"
            break
        remaining.pop(0)
    if results or (earlier and not remaining):
        with screen.waiting("That was it; putting the debrief together" if not remaining else "Putting the debrief together"):
            new = await asyncio.gather(*results)
        known = {result.attempt.id for result in new}
        all_results = [*(_Result(attempt) for attempt in earlier if attempt.id not in known), *new]
        screen.debrief(
            debrief(result.attempt for result in all_results), [(result.attempt, result.before) for result in all_results]
        )
        failed = len(ungraded(tuple(result.attempt for result in all_results)))
    else:
        failed = 0
    return await leave(runner, screen, warming, ended=ended, answered=answered, failed=failed, left=len(remaining))


async def _talk(
    runner: SessionRunner, answer_input: AnswerInput, screen: Screen, attempt: Attempt
) -> tuple["asyncio.Task[_Result]", Ended]:
    """Begin to grade an answer, and ask the follow-ups meanwhile; grade again with what was said to them.

    A model finds the follow-up in the answer itself, since an interviewer does not wait for a grade, and it is asked for
    that first: many a local server does one thing at a time. An estimate is there at once, so the bank's follow-up can
    aim at what it found missing.
    """
    grading: asyncio.Task[_Result] | None = None
    told = attempt
    ended: Ended = "done"
    for _ in range(runner.session.follow_ups):
        if runner.grader.info.estimate:
            grading = grading or asyncio.create_task(_graded(runner, attempt))
            told = told.model_copy(update={"grading": (await grading).attempt.grading})
        follow_up = await find_follow_up(runner, screen, told)
        grading = grading or asyncio.create_task(_graded(runner, attempt))
        heard = await ask_follow_up(runner, answer_input, screen, told, follow_up) if follow_up else None
        if not isinstance(heard, Attempt):
            ended = "end" if heard == "end" else "quit" if heard else "done"
            break
        told = heard
    grading = grading or asyncio.create_task(_graded(runner, attempt))
    if ended == "done":
        told = told.model_copy(update={"self_rating": await ask_self_rating(runner, answer_input, attempt)})
    return asyncio.create_task(_graded_again(runner, grading, told)), ended


async def _graded(runner: SessionRunner, attempt: Attempt) -> _Result:
    return _Result(await runner.grade(attempt))


async def _graded_again(runner: SessionRunner, grading: "asyncio.Task[_Result]", told: Attempt) -> _Result:
    alone = (await grading).attempt
    told = told.model_copy(update={"grading": alone.grading})
    if not any(exchange.answer for exchange in told.exchanges):
        return _Result(told)
    return _Result(await runner.grade(told), before=score_of(alone))
