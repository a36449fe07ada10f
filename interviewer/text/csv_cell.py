"""CSV cells that no spreadsheet takes for a formula (OWASP: "CSV Injection").

A spreadsheet runs what begins with one of `= + - @`. It may also split a file of ours elsewhere than we did: where the list
separator is a semicolon or a tab, `x;=1+1` becomes two cells, and quotation marks inside a line do not hold them together.
So an apostrophe goes before each such character at the beginning of a cell and behind a semicolon, a tab or a line break.
"""

import re

_START = "(?:^|[;\t\n])\"*'*"
_FORMULA = "(?=[=+\\-@＝＋－＠])"
_UNGUARDED = re.compile(f"({_START}){_FORMULA}")
_GUARDED = re.compile(f"({_START})'{_FORMULA}")


def to_cell(text: str) -> str:
    """Return a text with an apostrophe before everything that a spreadsheet could take for the beginning of a formula.

    Examples:
        >>> to_cell("=1+1"), to_cell("x;=1+1"), to_cell("'=1"), to_cell("a=1")
        ("'=1+1", "x;'=1+1", "''=1", 'a=1')
    """
    return _UNGUARDED.sub(r"\1'", text)


def from_cell(cell: str) -> str:
    """Return the text of a guarded cell; exactly what was given to `to_cell`.

    Examples:
        >>> from_cell("x;'=1+1"), from_cell("'tis")
        ('x;=1+1', "'tis")
    """
    return _GUARDED.sub(r"\1", cell)
