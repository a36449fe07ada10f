"""What the columns of a table or of records hold whose names say nothing, by what stands in them."""

from collections.abc import Callable, Iterator, Sequence

from interviewer.bank.importers.columns import FIELDS, column_name
from interviewer.bank.importers.question import asks

_MOST, _FEW = 0.8, 0.2
"""Shares of the rows in which a column asks, or answers, and in which a column of answers may ask."""
_FEWEST_ROWS = 2
_MOST_ANSWERS = 2
"""Columns that may be answers where there are names, of which the first is one and the other says more."""
_VARIED = 0.75
"""Share of different texts in a column of answers; levels and topics repeat."""


def named_by_contents(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return names for columns of which one asks and another, rather one behind it, says something; none if there are none."""
    if len(rows) < _FEWEST_ROWS:
        return []
    asking = list(_shares(rows, len(names), asks))
    filled = list(_shares(rows, len(names), lambda cell: any(map(str.isalpha, cell))))
    question = next((at for at, share in enumerate(asking) if share >= _MOST), len(names))
    answers = [
        at
        for at in [*range(question + 1, len(names)), *range(question)]
        if asking[at] <= _FEW and filled[at] >= _MOST and FIELDS.get(column_name(names[at]), "reference") == "reference"
        if len({tuple(cells[at : at + 1]) for cells in rows}) >= _VARIED * len(rows)
    ]
    if question == len(names) or not 0 < len(answers) <= (_MOST_ANSWERS if any(names) else 1):  # more are options
        return []
    return ["question" if at == question else "reference" if at == answers[0] else name for at, name in enumerate(names)]


def _shares(rows: Sequence[Sequence[str]], width: int, holds: Callable[[str], bool]) -> Iterator[float]:
    for at in range(width):
        yield sum(at < len(cells) and holds(cells[at]) for cells in rows) / len(rows)
