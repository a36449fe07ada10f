"""Asking for one key or one line at a terminal."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.application import create_app_session
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output.plain_text import PlainTextOutput
from prompt_toolkit.utils import is_dumb_terminal

from interviewer.ui.inputs.pipe import Choice


@contextmanager
def plain_if_dumb(stdout: TextIO) -> Iterator[None]:
    """Spare a terminal that knows no escape sequences those that prompt_toolkit would send to any."""
    if is_dumb_terminal():
        with create_app_session(output=PlainTextOutput(stdout)):
            yield
    else:
        yield


async def one_key(choices: Sequence[Choice]) -> str:
    """Show the choices as long as none is made, and return its key; Enter is the first, Ctrl-C and Ctrl-D the last."""
    keys = KeyBindings()

    @keys.add(Keys.Any)
    def _(event: KeyPressEvent) -> None:
        for choice in choices:
            if event.data.lower() == choice.key:
                event.app.exit(result=choice.key)

    # Eager, or at a dumb terminal prompt_toolkit's own bindings would come first.
    @keys.add("enter", eager=True)
    def _(event: KeyPressEvent) -> None:
        event.app.exit(result=choices[0].key)

    @keys.add("c-c", eager=True)
    @keys.add("c-d", eager=True)
    def _(event: KeyPressEvent) -> None:
        event.app.exit(result=choices[-1].key)

    session: PromptSession[str] = PromptSession(key_bindings=keys, erase_when_done=True)
    menu = "  ".join(choice.label for choice in choices)
    return await session.prompt_async(FormattedText([("bold", menu), ("", "  ")]), handle_sigint=False)


async def one_line(prompt: str) -> str:
    """Return a line, empty if the person would rather not say."""
    session: PromptSession[str] = PromptSession()
    try:
        return (await session.prompt_async(prompt, handle_sigint=False)).strip()
    except (EOFError, KeyboardInterrupt):
        return ""
