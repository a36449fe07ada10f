"""How exported text is kept from being taken for something else, and how an import gets it back exactly.

Each pair is lossless for every text: what already looks escaped is escaped once more.
"""

import re

_FORMULA = re.compile(r"'*[=+\-@＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@＝＋－＠]")
_BREAK = re.compile(r"(\\*)(\n|<br>)")
_ESCAPED_BREAK = re.compile(r"(\\*)<br>")
_STRUCTURE = re.compile(r"^(?=\\*#)", re.MULTILINE)
_ESCAPED_STRUCTURE = re.compile(r"^\\(?=\\*#)", re.MULTILINE)


def cell(text: str) -> str:
    """Return a CSV cell that no spreadsheet takes for a formula: an apostrophe guards it."""
    return f"'{text}" if _FORMULA.match(text) else text


def from_cell(text: str) -> str:
    """Return the text of a CSV cell."""
    return text[1:] if _GUARDED.match(text) else text


def line(text: str) -> str:
    r"""Return a text on one line of Markdown: a line break is <br>, and a <br> of the text itself is \<br>."""
    return _BREAK.sub(lambda found: found[1] * 2 + ("<br>" if found[2] == "\n" else "\\<br>"), text)


def from_line(text: str) -> str:
    """Return the text of one line of Markdown."""

    def unescaped(found: re.Match[str]) -> str:
        slashes = len(found[1])
        return "\\" * (slashes // 2) + ("<br>" if slashes % 2 else "\n")

    return _ESCAPED_BREAK.sub(unescaped, text)


def block(text: str) -> str:
    r"""Return a text whose lines are no Markdown headings: \# stands for # at the beginning of a line."""
    return _STRUCTURE.sub(r"\\", text)


def from_block(text: str) -> str:
    """Return the text of a block."""
    return _ESCAPED_STRUCTURE.sub("", text)
