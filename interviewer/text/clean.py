"""Text that people see: cleaned once, where it enters, cut to a length, and as wide as the terminal.

Answers, model output, imported banks, file names and server errors all end up on a terminal and in reports. An escape
sequence there can move the cursor, write the clipboard or forge a link, so everything that is not text is dropped.
"""

import os
import re
import textwrap
from pathlib import Path
from typing import TextIO

# CSI, OSC/DCS/SOS/PM/APC strings (ended by BEL or ST, or cut at the end of the text), then two-character escapes.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[PX\]^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
# C0 and C1 controls except tab and newline, invisible bidirectional controls, byte order marks, tag characters.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_NEWLINES = re.compile(r"\r\n?|\u2028|\u2029|\x85|\x0b|\x0c")
_USUAL_WIDTH = 80
"""Columns of a terminal that does not say how many it has."""


def clean(text: str) -> str:
    """Return `text` as plain text: newlines and tabs stay, terminal escapes and control characters go.

    Lone surrogates become U+FFFD, every kind of line end becomes a newline. Cleaning twice changes nothing.
    """
    if text.isprintable():  # most texts: nothing to look for
        return text
    text = _NEWLINES.sub("\n", text)
    while (shorter := _CONTROLS.sub("", _ESCAPES.sub("", text))) != text:
        text = shorter
    return _SURROGATES.sub("\ufffd", text)


def clean_line(text: str, limit: int = 300) -> str:
    """Return `text` cleaned, on one line, and cut to `limit` characters: for server messages and file names."""
    return shorten(clean(text), limit)


def shorten(text: str, limit: int) -> str:
    """Return `text` on one line; if it is longer than `limit` characters, cut to that length with an ellipsis at its end."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def shorten_start(text: str, limit: int) -> str:
    """Return `text` on one line; if it is longer than `limit` characters, its end after an ellipsis: a question comes last."""
    line = " ".join(text.split())
    return line if len(line) <= limit else "…" + line[1 - limit :]


def clean_path(path: Path) -> str:
    """Return a path as it can be shown: its folders may be named by somebody else."""
    return clean_line(str(path), 4096)


def fitted(text: str, stream: TextIO) -> str:
    """Return a text for a stream: at a terminal, lines that are too long go on in the next one, indented as they began."""
    try:
        width = os.get_terminal_size(stream.fileno()).columns or _USUAL_WIDTH
    except (OSError, ValueError):  # no terminal, or no file at all
        return text
    return "\n".join(_fitted(line, width) for line in text.split("\n"))


def _fitted(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    indent = line[: len(line) - len(line.lstrip(" "))]
    # A path or an address stays whole, so that it can be copied.
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
