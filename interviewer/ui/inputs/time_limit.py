"""The time limit of an answer, such as that of a drill: the clock at the terminal, its warning, and the end of the answer."""

import asyncio
from collections.abc import Callable

from prompt_toolkit import PromptSession

_TICK_SECONDS = 0.25
_WARNING_SHARE = 0.2
"""The clock warns in this last share of the time."""
_WARNING_SECONDS = 15.0
"""It warns for at least this long, unless that is more than half of the time."""


def minutes_and_seconds(seconds: float) -> str:
    """Return a time as a clock shows it: "1:05"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


class TimeLimit:
    """The clock of one answer, which starts when this is made; it never warns or ends where `seconds` is None."""

    def __init__(self, seconds: float | None, monotonic: Callable[[], float]) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._ends = monotonic() + (seconds or 0.0)

    async def watch(self, session: PromptSession[str]) -> None:
        """Redraw the clock of a prompt, and end the prompt with the text in it when the time is up."""
        while self._seconds is not None:
            await asyncio.sleep(_TICK_SECONDS)
            app = session.app
            if not app.is_running or app.is_done:
                continue  # in $EDITOR, for example; the time is up on return from it
            if self._left <= 0:
                app.exit(result=session.default_buffer.text)
                return
            app.invalidate()

    @property
    def warns(self) -> bool:
        """Whether the time is nearly up."""
        if self._seconds is None:
            return False
        return self._left <= max(_WARNING_SHARE * self._seconds, min(_WARNING_SECONDS, self._seconds / 2))

    def __str__(self) -> str:
        if self._seconds is None:
            return ""
        return f"{minutes_and_seconds(max(0.0, self._left))} left{': wrap up' if self.warns else ''}"

    @property
    def _left(self) -> float:
        return self._ends - self._monotonic()
