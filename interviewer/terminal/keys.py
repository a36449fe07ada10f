"""Asking for one key or one line at a terminal."""

from collections.abc import Sequence

from prompt_toolkit import PromptSession
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from interviewer.terminal.ears import Choice


async def one_key(choices: Sequence[Choice]) -> str:
    """Show the choices as long as none is made, and return its key; Enter is the first, Ctrl-C and Ctrl-D the last."""
    keys = KeyBindings()

    @keys.add(Keys.Any)
    def _(event: KeyPressEvent) -> None:
        for choice in choices:
            if event.data.lower() == choice.key:
                event.app.exit(result=choice.key)

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        event.app.exit(result=choices[0].key)

    @keys.add("c-c")
    @keys.add("c-d")
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
