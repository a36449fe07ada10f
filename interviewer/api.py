"""Grading from Python: the functions that the commands use, behind one call that needs no set-up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from interviewer.config_file import GraderChoice
from interviewer.context import real_context
from interviewer.errors import InputError
from interviewer.grading import grade as grading
from interviewer.grading.grader import Grader
from interviewer.grading.segment import segment
from interviewer.models import Question, Score, Ungraded
from interviewer.settings import load_settings


@asynccontextmanager
async def open_grader(kind: GraderChoice | None = None, *, model: str | None = None) -> AsyncIterator[Grader]:
    """Open a grader for many answers: one client, one connection pool.

    As many at once as you like, here 16; for files of many rows there is `interviewer batch`, which also survives a kill:

        async with open_grader() as grader:
            gate = asyncio.Semaphore(16)

            async def one(answer: str) -> Score | Ungraded:
                async with gate:
                    return await agrade(question, answer, grader=grader)

            results = await asyncio.gather(*map(one, answers))

    Args:
        kind: "llm" or "embedded"; by default whichever the environment and config.toml ask for, as on the command line.
        model: the LLM to grade with.

    Raises:
        InputError: a setting cannot be used.
    """
    async with _opened(kind, model) as grader:
        await grader.warm()
        yield grader


@asynccontextmanager
async def _opened(kind: GraderChoice | None = None, model: str | None = None) -> AsyncIterator[Grader]:
    context = real_context()
    settings = load_settings(context.environ, context.paths, grader=kind, model=model)
    async with grading.open_configured_grader(settings, context) as grader:
        yield grader


async def agrade(question: Question, answer: str, *, grader: Grader | None = None) -> Score | Ungraded:
    """Grade one answer to a question.

    Args:
        question: from a bank, or your own: key points, or a reference answer alone.
        answer: what was said.
        grader: from `open_grader`, for more than one answer; without it, one is opened and closed.

    Returns:
        A score whose every credit rests on words of the answer, or the reason why there is none. A failure of the server
        is never a number.

    Raises:
        InputError: the answer is empty or too long, or a setting cannot be used.
    """
    if grader is None:
        async with _opened() as opened:
            return await agrade(question, answer, grader=opened)
    graded = await grading.grade_answer(grader, question, segment(answer))
    return graded.score or Ungraded(reason=graded.reason or "")


def grade(question: Question, answer: str, *, grader: GraderChoice | None = None, model: str | None = None) -> Score | Ungraded:
    """Grade one answer to a question and wait for it; `agrade` for programs with an event loop, and for many answers.

    Args:
        question: from a bank, or your own: key points, or a reference answer alone.
        answer: what was said.
        grader: "llm" or "embedded"; by default whichever the environment and config.toml ask for.
        model: the LLM to grade with.

    Returns:
        A score, or the reason why there is none.

    Raises:
        InputError: the answer is empty or too long, a setting cannot be used, or an event loop is running here.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise InputError("an event loop is running here, as in a notebook", next_step="use: await agrade(question, answer)")

    async def once() -> Score | Ungraded:
        async with _opened(grader, model) as opened:
            return await agrade(question, answer, grader=opened)

    return asyncio.run(once())
