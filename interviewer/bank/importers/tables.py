"""Tables of a document that hold questions: found by the names of their columns, else by what stands in these."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from interviewer.bank.importers.columns import holds_questions
from interviewer.bank.importers.contents import named_by_contents
from interviewer.bank.importers.markup import Block
from interviewer.bank.importers.question import asks


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
        columns = list(names) if named else named_by_contents(names, [cells for _, cells in rows])
        if columns:
            for at, cells in rows:
                found[at] = [QuestionRow(dict(zip(columns, cells, strict=False)), not named)]
            if not named and asks(names[columns.index("question")]):
                found[rows[0][0]].insert(0, QuestionRow(dict(zip(columns, names, strict=False)), True))
    return found
