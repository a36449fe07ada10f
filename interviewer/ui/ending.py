"""How a session on a screen ends."""

import asyncio
from typing import Literal

from interviewer.errors import ExitCode, InputError
from interviewer.practice.session import SessionRunner
from interviewer.ui.screen import Screen

Ended = Literal["done", "quit", "end"]
"""All questions were asked; the person left; or the input came to its end."""


async def leave(
    runner: SessionRunner, screen: Screen, warming: "asyncio.Task[None]", *, ended: Ended, answered: int, failed: int, left: int
) -> ExitCode:
    """Close the session and say how it went.

    Raises:
        InputError: the input ended before any answer was given.
    """
    warming.cancel()
    await asyncio.gather(warming, return_exceptions=True)
    if not left:
        runner.store.finish(runner.session.id, runner.context.now())
    if ended == "end" and not answered:
        raise InputError("the input ended before an answer was given", next_step="end an answer with a line /done")
    screen.farewell(runner.session.id, answered, failed, left=left)
    return ExitCode.UNGRADED if failed else ExitCode.OK
