"""Recording at a terminal: how long, how loud, and the key that stops it."""

import asyncio
from collections.abc import Callable

from prompt_toolkit import PromptSession
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from interviewer.context import Recorder

LONGEST = 600.0
"""Seconds: about 19 MB, and servers take 25."""
_BARS = 20
_REFRESH_SECONDS = 0.1
_LOUDEST = 0.5
"""Share of full scale that fills the meter; speech close to a microphone reaches it."""


async def record(recorder: Recorder, monotonic: Callable[[], float], limit: float | None, *, plain: bool) -> bool:
    """Show the meter until Enter is pressed or the time is up; tell whether it was Ctrl-C that stopped it instead."""
    began = monotonic()
    end = min(LONGEST, LONGEST if limit is None else limit)
    keys = KeyBindings()

    @keys.add(Keys.Any)
    def _(_: KeyPressEvent) -> None: ...

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        event.app.exit(result="")

    @keys.add("c-c")
    @keys.add("c-d")
    def _(event: KeyPressEvent) -> None:
        event.app.exit(result="interrupted")

    def line() -> FormattedText:
        spent = monotonic() - began
        bars = min(_BARS, round(_BARS * recorder.level() / _LOUDEST))
        full, empty, dot = ("#", ".", "*") if plain else ("█", "░", "●")
        clock = f"{_clock(spent)}" + (f" of {_clock(end)}" if limit is not None else "")
        return FormattedText([("bold", f"{dot} {clock} "), ("", full * bars + empty * (_BARS - bars)), ("", "  Enter stops ")])

    session: PromptSession[str] = PromptSession(key_bindings=keys, refresh_interval=_REFRESH_SECONDS, erase_when_done=True)

    async def stop_in_time() -> None:
        await asyncio.sleep(end)
        if session.app.is_running and not session.app.is_done:
            session.app.exit(result="")

    watching = asyncio.create_task(stop_in_time())
    try:
        return await session.prompt_async(line, handle_sigint=False) == "interrupted"
    finally:
        watching.cancel()


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
