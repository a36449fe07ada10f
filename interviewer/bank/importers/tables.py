"""Tables of a document that hold questions: found by the names of their columns, else by what stands in these."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from interviewer.bank.importers.columns import holds_questions
from interviewer.bank.importers.markup import Block
from interviewer.bank.importers.question import asks

_MOST, _FEW = 0.8, 0.2
"""Shares of the rows of a table in which a column asks, or answers, and in which a column of answers may ask."""
_FEWEST_ROWS = 2


class QuestionRow(NamedTuple):
    """A row with a question."""

    cells: dict[str, str]
    """By the names of their columns."""
    guessed: bool
    """Whether what stands in the columns said what they hold, and not their names."""


def question_rows(blocks: Sequence[Block]) -> dict[int, list[QuestionRow]]:
    """Return the questions in rows of tables, by the positions of the rows; that of a header that asks comes with the first."""
    found: dict[int, list[QuestionRow]] = {}
    for names, group in itertools.groupby(range(len(blocks)), lambda at: tuple(name for name, _ in blocks[at].cells)):
        rows = [(at, [cell for _, cell in blocks[at].cells]) for at in group if names]
        named = holds_questions(names, strictly=True)
        columns = list(names) if named else _by_contents(names, [cells for _, cells in rows])
        if columns:
            for at, cells in rows:
                found[at] = [QuestionRow(dict(zip(columns, cells, strict=False)), not named)]
            if not named and asks(names[columns.index("question")]):
                found[rows[0][0]].insert(0, QuestionRow(dict(zip(columns, names, strict=False)), True))
    return found


def _by_contents(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return names for the columns of a table in which one column asks and the next one says something; else none."""
    if len(rows) < _FEWEST_ROWS:
        return []
    asking = list(_shares(rows, len(names), asks))
    filled = list(_shares(rows, len(names), lambda cell: any(map(str.isalnum, cell))))
    question = next((at for at, share in enumerate(asking) if share >= _MOST), len(names))
    answers = [at for at in range(question + 1, len(names)) if asking[at] <= _FEW and filled[at] >= _MOST]
    if not answers:
        return []
    return ["question" if at == question else "reference" if at == answers[0] else name for at, name in enumerate(names)]


def _shares(rows: Sequence[Sequence[str]], width: int, holds: Callable[[str], bool]) -> Iterator[float]:
    for at in range(width):
        yield sum(at < len(cells) and holds(cells[at]) for cells in rows) / len(rows)
