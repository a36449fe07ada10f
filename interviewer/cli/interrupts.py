"""Running a command's work so that Ctrl-C ends it once, and further ones do not disturb its end."""

import asyncio
import signal
import threading
from collections.abc import Coroutine
from types import FrameType
from typing import Any, TypeVar

Result = TypeVar("Result")


def run_until_interrupted(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine in an event loop of its own. The first SIGINT, SIGTERM or SIGHUP cancels it; all others are ignored.

    They stay ignored once it was interrupted, since the process is about to end: a second Ctrl-C in the middle of that would
    leave results unsaved, or end in a traceback.

    Raises:
        KeyboardInterrupt: a signal came.
    """
    if threading.current_thread() is not threading.main_thread():  # signals reach the main thread only
        return asyncio.run(work)
    before = {
        number: signal.getsignal(number)
        for name in ("SIGINT", "SIGTERM", "SIGHUP")
        if (number := getattr(signal, name, None)) and callable(signal.getsignal(number))
    }
    stopped_by: list[int] = []

    async def main() -> Result:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None  # noqa: S101  # this is one

        def stop(number: int, _: FrameType | None) -> None:
            if not stopped_by and not loop.is_closed():
                stopped_by.append(number)
                loop.call_soon_threadsafe(task.cancel)

        for number in before:
            signal.signal(number, stop)
        return await work

    try:
        return asyncio.run(main())
    except asyncio.CancelledError:
        raise KeyboardInterrupt("stopped") from None
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if stopped_by else handler)
