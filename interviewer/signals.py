"""Stopping a command: Ctrl-C, a polite kill and a closed terminal, once or several times in a row."""

import os
import signal
from collections.abc import Coroutine
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_GRACE = 10.0
"""Seconds that a stopped command may take to save and close; then the process ends, since what it promised is on disk."""

Returned = TypeVar("Returned")
_interruptible: "list[asyncio.Task[Any]]" = []
"""The tasks that can be interrupted: Ctrl-C ends the last of them instead of the command."""


def interrupt_on_signals() -> None:
    """Turn Ctrl-C, SIGTERM and SIGHUP into KeyboardInterrupt, so that drafts are saved and the terminal is restored.

    It has to be a KeyboardInterrupt: an event loop may keep any other exception to itself.
    """

    def stop(number: int, _: FrameType | None) -> None:
        raise KeyboardInterrupt(f"stopped by {signal.Signals(number).name}")

    for number in _numbers():
        # What was started under nohup goes on when the terminal closes.
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler if number is signal.SIGINT else stop)


def ignore_signals() -> None:
    """Ignore all further signals: the command is ending already."""
    for number in _numbers():
        signal.signal(number, signal.SIG_IGN)


def run_async(work: Coroutine[Any, Any, Returned], *, grace: float = _GRACE) -> Returned:
    """Run a coroutine as asyncio.run does, but cancel it once on the first signal and ignore those that follow.

    An exception raised by a signal handler may strike anywhere, in the clean-up of an earlier one as well, and asyncio raises
    on every Ctrl-C but the first.

    Args:
        work: what to run.
        grace: seconds after the signal until the process ends even if the work has not.

    Raises:
        KeyboardInterrupt: a signal came; it says which, unless it was Ctrl-C.
    """
    import asyncio
    import threading

    stopped: signal.Signals | None = None

    async def cancellable() -> Returned:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def stop(number: signal.Signals) -> None:
            nonlocal stopped
            if number == signal.SIGINT and _interruptible and stopped is None:
                _interruptible[-1].cancel()
            elif stopped is None and task is not None:
                stopped = number
                task.cancel()
                last = threading.Timer(grace, os._exit, (130,))
                last.daemon = True
                last.start()

        for number in _numbers():
            if signal.getsignal(number) is not signal.SIG_IGN:
                with suppress(NotImplementedError):  # on Windows, where asyncio's own handling of Ctrl-C has to do
                    loop.add_signal_handler(number, stop, number)
        try:
            return await work
        finally:
            if stopped is not None:
                ignore_signals()  # as the loop closes, Python would print a traceback for each that still comes

    before = {number: signal.getsignal(number) for number in _numbers()}
    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        raise KeyboardInterrupt(f"stopped by {stopped.name}" if stopped not in {None, signal.SIGINT} else "") from None
    finally:
        if stopped is not None:
            ignore_signals()
        else:  # the loop has put the system's own in their place
            for number, handler in before.items():
                signal.signal(number, handler)


async def interruptible(work: "Coroutine[Any, Any, Returned] | asyncio.Task[Returned]") -> Returned | None:
    """Wait for some work inside `run_async`; None where a Ctrl-C ended it, which ends nothing else."""
    import asyncio

    task = asyncio.ensure_future(work)
    _interruptible.append(task)
    try:
        return await task
    except asyncio.CancelledError:
        command = asyncio.current_task()
        if command is not None and command.cancelling():
            task.cancel()
            raise
        return None
    finally:
        _interruptible.remove(task)


def _numbers() -> list[signal.Signals]:
    return [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
