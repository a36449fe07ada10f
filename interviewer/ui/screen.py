"""The two output streams as consoles: messages go to stderr, everything else to stdout. Text is never read as markup."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from interviewer.errors import InterviewerError
from interviewer.ui.views.styles import HALF, QUIET


class _Unpadded:
    """A stream that is no terminal: lines are not filled with blanks to the width of a screen that nobody looks at."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(re.sub(" +(?=\n)", "", text))

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


class Screen:
    """Prints to stdout (`out`) and stderr (`err`)."""

    def __init__(self, stdout: TextIO, stderr: TextIO) -> None:
        file = stdout if stdout.isatty() else cast("TextIO", _Unpadded(stdout))
        self.out = Console(file=file, highlight=False, markup=False, emoji=False)
        self.err = Console(file=stderr, highlight=False, markup=False, emoji=False)
        self.plain = not (self.out.encoding or "").lower().startswith("utf")
        """Whether the encoding of stdout is not a Unicode one, so that signs have to be ASCII."""
        self.redraws = stderr.isatty() and self.err.is_terminal and not self.err.is_dumb_terminal
        """Whether lines that were printed to stderr can be replaced."""
        self.question = ""
        """The text of the question or follow-up that was printed last."""

    def status(self, text: str) -> None:
        """Print a message about what the program does."""
        self._message(text, QUIET)

    def warning(self, text: str) -> None:
        """Print a message about something that did not work."""
        self._message(text, HALF)

    def error(self, error: InterviewerError) -> None:
        """Print what an error says and its next step."""
        self.warning(sentence(": ".join(filter(None, (error.message, error.next_step)))))

    def _message(self, text: str, style: str) -> None:
        # One message is one line where a program reads it.
        self.err.print(Text(text, style=style), soft_wrap=not self.err.is_terminal)

    def section(self, title: str, body: str) -> None:
        """Print an indented text below a title."""
        self.out.print(Text(f"\n{title}", style="bold"))
        self.out.print(Padding(Text(body), (0, 0, 0, 2)))

    @contextmanager
    def spinner(self, text: str, live: RenderableType | None = None) -> Iterator[None]:
        """Show during the block that it runs: a spinner with `live` below it on a terminal, else one line."""
        if self.redraws:
            from rich.live import Live
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            columns = (SpinnerColumn("line" if self.plain else "dots"), TextColumn("{task.description}"), TimeElapsedColumn())
            progress = Progress(*columns, console=self.err, auto_refresh=False)
            progress.add_task(text, total=None)
            with Live(Group(progress, live or ""), console=self.err, transient=True, refresh_per_second=10):
                yield
        else:
            self.status(f"{text} …")
            yield


def ended(text: str) -> str:
    """Return a text with a full stop, unless it ends in a sign of its own, as the words of a server may."""
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def sentence(text: str) -> str:
    """Return a text with its first letter in upper case; the others stay, since an acronym may be among them."""
    return text[:1].upper() + text[1:]
