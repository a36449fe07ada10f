"""What columns hold whose names are of no usual kind: told from the cells below, whatever the language."""

from collections.abc import Callable, Sequence
from statistics import median

from interviewer.bank.importers.columns import FIELDS, column_name
from interviewer.bank.importers.levels import is_level
from interviewer.bank.importers.question import asks, may_ask
from interviewer.text.words import word_count

_MOST_ROWS, _FEW_ROWS = 0.8, 0.2
"""Shares of the rows in which a column asks, or answers, and in which a column of answers may ask."""
_FEWEST_ROWS, _FEWEST_OPTIONS = 2, 2
_MOST_ANSWERS = 2
"""Columns that may be answers where there are names, of which the first is one and the other says more."""
_DIFFERENT = 0.75
"""Share of different texts in a column of answers; levels and topics repeat."""
_LONGEST_NAME, _LONGEST_TERM, _SHORTEST_MEANING = 3, 5, 2
"""Words."""
_FEWEST_TERMS, _SIDES = 3, 2
_LONG, _LABEL_SHARE = 20, 0.5
"""Characters that cells usually have in a column of texts, of which the name has less than this share."""
_STOPS = tuple(".!?…。！？؟।")


def named_by_contents(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return names for columns of which one asks and another, rather one behind it, says something; none if there are none."""
    if len(rows) < _FEWEST_ROWS:
        return []

    def share(at: int, holds: Callable[[str], bool]) -> float:
        return sum(holds(cells[at]) for cells in rows if at < len(cells)) / len(rows)

    width = len(names)
    levels = [
        at
        for at in range(width)
        if FIELDS.get(column_name(names[at]), "level") == "level" and share(at, is_level) >= _MOST_ROWS
    ]
    asking = [share(at, asks) for at in range(width)]
    question = next((at for at in range(width) if asking[at] >= _MOST_ROWS), width)
    answers = [
        at
        for at in [*range(question + 1, width), *range(question)]
        if at not in levels and asking[at] <= _FEW_ROWS and FIELDS.get(column_name(names[at]), "reference") == "reference"
        if share(at, lambda cell: any(map(str.isalpha, cell)) and not cell.lstrip().startswith("http")) >= _MOST_ROWS
        if len({tuple(cells[at : at + 1]) for cells in rows}) >= _DIFFERENT * len(rows)
    ]
    if question == width:
        return []
    if not any(names) and _end_in_right_option(rows, question):
        options = [f"option {letter}" for letter, _ in zip("abcdefgh", range(question + 2, width), strict=False)]
        return [*names[:question], "question", *options, "answer"] if question + 2 + len(options) == width else []
    if not (0 if levels else 1) <= len(answers) <= (_MOST_ANSWERS if any(names) else 1):  # more are options
        return []
    found = dict.fromkeys(levels, "level") | dict.fromkeys(answers[:1], "reference") | {question: "question"}
    return [found.get(at, name) for at, name in enumerate(names)]


def _end_in_right_option(rows: Sequence[Sequence[str]], question: int) -> bool:
    """Tell whether most rows hold options behind the question, and then the letter or the text of the right one."""
    listed = [[cell.strip() for cell in cells[question + 1 :]] for cells in rows]
    ending = [
        cells[-1] in "ABCDEFGH"[: len(cells) - 1] or cells[-1] in cells[:-1]
        for cells in listed
        if len(cells) > _FEWEST_OPTIONS and all(cells)
    ]
    return sum(ending) >= _MOST_ROWS * len(rows)


def named_as_terms(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return names for two columns of terms and what they mean: in all rows the first is short and the second longer."""
    fields = [FIELDS.get(column_name(name)) for name in names]
    pairs = [tuple(cell.strip() for cell in cells) for cells in rows]
    known = len(fields) == _SIDES and fields[0] in {None, "question"} and fields[1] in {None, "reference", "reason"}
    if not (known and all(names)) or len(rows) < _FEWEST_TERMS or any(len(pair) != _SIDES for pair in pairs):
        return []
    terms = len({term for term, _ in pairs}) == len(pairs) and all(
        0 < word_count(term) <= _LONGEST_TERM and not term.endswith((*_STOPS, "/")) for term, _ in pairs
    )
    said = all(word_count(meaning) >= _SHORTEST_MEANING and len(meaning) > len(term) for term, meaning in pairs)
    said = said and not any(meaning.isascii() and len(meaning.split()) == 1 for _, meaning in pairs)  # a name or an address
    said = said and median(word_count(meaning) for _, meaning in pairs) > _SHORTEST_MEANING
    return ["question", "reference"] if terms and said else []


def names_columns(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether a first row names the columns: its cells are a word or a few, which ask, say and repeat nothing."""
    for at, cell in enumerate(map(str.strip, first)):
        column = [cells[at].strip() for cells in rows if at < len(cells) and cells[at].strip()]
        words = word_count(cell)
        says = words > _LONGEST_NAME or cell.endswith(_STOPS) or asks(cell) or (words > 1 and may_ask(cell))
        size = 0 if 2 * sum(map(asks, column)) > len(column) else median(map(len, column or [""]))
        if says or (cell and cell in column) or (size >= _LONG and len(cell) >= _LABEL_SHARE * size):
            return False
    return any(first)
