"""Lines as wide as the terminal: what is said on stderr breaks between words there, and not at all in a pipe."""

import os
import textwrap
from typing import TextIO

_USUAL = 80
"""Columns of a terminal that does not say how many it has."""


def fitted(text: str, stream: TextIO) -> str:
    """Return a text for a stream: at a terminal, lines that are too long go on in the next one, indented as they began."""
    try:
        width = os.get_terminal_size(stream.fileno()).columns or _USUAL
    except (OSError, ValueError):  # no terminal, or no file at all
        return text
    return "\n".join(_fitted(line, width) for line in text.split("\n"))


def _fitted(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    indent = line[: len(line) - len(line.lstrip(" "))]
    # A path or an address stays whole, so that it can be copied.
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
