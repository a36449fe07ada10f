"""Delimited text: CSV, TSV and the text exports of flashcards, whose columns have any of the usual names."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from statistics import median

from interviewer.bank.importers.blocks import word_pattern
from interviewer.bank.importers.build import Draft, Note
from interviewer.bank.importers.column_contents import named_as_terms, named_by_contents, names_columns
from interviewer.bank.importers.columns import (
    FIELDS,
    LISTS,
    NUMBERED,
    Columns,
    column_name,
    holds_questions,
    is_own,
    take_numbers,
)
from interviewer.bank.validate import decode_json
from interviewer.errors import InputError
from interviewer.text.clean import clean_line
from interviewer.text.csv_cell import from_cell
from interviewer.text.read_file import SIZE_LIMIT

_DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "space": " ", "pipe": "|", "colon": ":"}
_HEADER_ROWS = 20
"""How far down the row with the names of the columns may be."""
_QUOTING = "close every quoted cell with a quotation mark, and double those inside it"
_DIFFERENT = 0.9
"""Share of different texts in each of two columns without names, from which they are the sides of cards."""
_LABEL_SHARE = 0.5
_LONG = 20
"""The first cell names its column if questions have so many characters, and it has less than this share of them."""
_DIVIDERS = ("---", " - ", " – ", " — ", " = ", " : ", ";", ": ")
_FEWEST_CARDS, _SIDES = 3, 2
_LABEL = re.compile(rf"\W*(?:{word_pattern('question_words')}|{word_pattern('answer_labels')})? ?(?:\d+\b|\d*\W*$)")
"""What numbers or announces a line, and is no term."""
_SAMPLE = 20_000
"""Characters from which the delimiter is guessed."""


def read_table(text: str, name: str, *, loose: bool = False) -> tuple[list[Draft], list[Note]]:
    """Return the questions of a CSV or TSV text, or of a text export by Anki or Quizlet.

    The names of the columns are in the first row that has them; two columns without names are questions and answers.
    With `loose` a quotation mark that opens no cell is a character like any other.

    Raises:
        InputError: it cannot be read, or no column holds questions.
    """
    text, directives, above = _directives(text)
    # The limit is the module's own and meant for small machines; the size of the file is bounded already.
    csv.field_size_limit(SIZE_LIMIT)
    delimiter = directives.get("separator") or _delimiter(text)
    delimiter = _DELIMITERS.get(delimiter.casefold(), delimiter[:1])
    text = re.sub(rf'(?<={re.escape(delimiter)}) (?="(?!"))', "", text)
    try:
        rows = _rows(text, name, delimiter, above, loose=loose)
    except InputError as slip:
        try:
            rows = _rows(_doubled(text, delimiter), name, delimiter, above, loose=loose)
        except InputError as error:
            broken = _quoting_error(text, name, delimiter)
            spans_lines = any(line.count('"') % 2 for line in text.split("\n"))
            if broken or spans_lines or "expected after" not in str(slip):
                raise broken or error from None
            rows = _rows(text, name, delimiter, above, loose=True)  # text behind a closing quotation mark
    header = _header(rows, directives, loose=loose)
    if header is None:
        first = rows[0][0] if rows else 1
        raise InputError(
            f"{name}:{first}: no column is called question",
            next_step="name the columns in the first line, for example: number,topic,level,question,reference",
        )
    at, names = header
    columns = Columns(dict(zip(names, cells, strict=False)) for _, cells in rows[at:])
    drafts: list[Draft] = []
    notes: list[Note] = []
    if at and not holds_questions(rows[at - 1][1]):
        line, cells = rows[at - 1]
        notes.append(Note(line, f"taken for the names of the columns: {clean_line(', '.join(cells), 60)}"))
    for column, title in enumerate(names if not directives else ()):
        said = [
            (line, cells[column]) for line, cells in rows[at:] if not title and any(map(str.strip, cells[column : column + 1]))
        ]
        for line, cell in said[:1]:
            notes.append(Note(line, f"left out, since no name says what its column holds: {clean_line(cell, 60)}"))
    for line, cells in rows[at:]:
        fitted = _fitted(cells, names, delimiter)
        if fitted and "tags column" in directives:  # Anki's: each tag is one word
            fitted = [" ".join(cell.split()[:1]) if name == "tags" else cell for name, cell in zip(names, fitted, strict=False)]
        if fitted is None:
            notes.append(Note(line, f"left out: {len(cells)} cells where there are {len(names)} columns", lost=True))
        elif fields := columns.fields(_read_cells(dict(zip(names, fitted, strict=False))), line):
            numbered = NUMBERED.match(str(fields.get("question"))) if loose and "number" not in fields else None
            if numbered:
                fields |= {"number": int(numbered[1]), "question": str(fields["question"])[numbered.end() :]}
            drafts.append(Draft(line, {"question": "", **fields}))
    take_numbers(drafts)
    return drafts, notes + columns.notes


def with_tabs(text: str) -> str | None:
    """Return a text of which each line is a card with tabs between term and meaning; none if it is no such text.

    Quizlet lets people choose any divider: it is what stands once in every line, between terms that all differ.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    for divider in _DIVIDERS if len(lines) >= _FEWEST_CARDS and "\t" not in text else ():
        cards = [[side.strip() for side in line.split(divider)] for line in lines]
        if all(len(card) == _SIDES and all(card) for card in cards):
            terms = {term.casefold() for term, _ in cards}
            labels = any(column_name(term) in FIELDS for term, _ in cards[1:]) or any(map(_LABEL.match, terms))
            asks = any(meaning.endswith("?") or '"' in (term[0], meaning[0]) for term, meaning in cards)
            if len(terms) == len(cards) and not labels and not asks:
                return text.replace(divider, "\t")
    return None


def _rows(text: str, name: str, delimiter: str, above: int, *, loose: bool) -> list[tuple[int, list[str]]]:
    """Return the rows that are not empty, each with its line in a file that has so many lines above."""
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=not loose)
    line = 1
    try:
        for cells in reader:
            rows += [(line + above, cells)] if any(cell.strip() for cell in cells) else []
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{name}:{line + above}: {error}",
            next_step=_QUOTING,
        ) from error
    return rows


def _quoting_error(text: str, name: str, delimiter: str) -> InputError | None:
    """Return what is wrong where it is so in most lines, so that it is no slip in one of them."""
    lines = [line for line in text.split("\n") if line.strip()]
    broken = 0
    for line in lines:
        try:
            next(csv.reader([line], delimiter=delimiter, strict=True))
        except csv.Error as error:
            broken += "expected after" in str(error)  # a cell that goes on in the next line is none
    if 2 * broken < len(lines):
        return None
    return InputError(
        f"{name}: the quotation marks of {broken} of {len(lines)} lines do not enclose whole cells", next_step=_QUOTING
    )


def _doubled(text: str, delimiter: str) -> str:
    """Double the quotation marks that neither begin nor end a cell, as people forget to do; blanks behind a cell go."""
    inside = False

    def repaired(found: re.Match[str]) -> str:
        nonlocal inside
        begins, ends = found["begin"] is not None and not inside, found["end"] is not None and inside
        lone = inside and not ends and found[0] != '""'
        inside = begins or (inside and not ends)
        return found[0].replace('"', '""') if lone else found[0].rstrip(" ")

    mark = re.escape(delimiter)
    return re.sub(rf'(?P<begin>(?:^|{mark})")|(?P<end>" *(?={mark}|$))|""|"', repaired, text, flags=re.MULTILINE)


def _directives(text: str) -> tuple[str, dict[str, str], int]:
    """Take off and count the lines that say how to read a table: `sep=;` by Excel, `#separator:tab` and others by Anki."""
    found: dict[str, str] = {}
    count = 0
    while match := re.match(r"(?:#([a-z ]+):(.*)|sep=(.))(?:\n|$)", text):
        found[match[1] or "separator"] = (match[2] if match[1] else match[3]).strip(" ") or "\t"
        text = text[match.end() :]
        count += 1
    return text, found, count


def _delimiter(text: str) -> str:
    """Return the delimiter with which the beginning of a text has names of columns; else the most common in its first line."""
    sample = text[:_SAMPLE]
    lines = [line for line in sample.split("\n")[:_HEADER_ROWS] if line.strip()] or [""]

    def known(delimiter: str) -> int:
        return max(sum(column_name(cell.strip('"')) in FIELDS for cell in line.split(delimiter)) for line in lines)

    return max("\t,;|", key=lambda delimiter: (known(delimiter), min(line.count(delimiter) for line in lines)))


def _header(
    rows: Sequence[tuple[int, list[str]]], directives: Mapping[str, str], *, loose: bool
) -> tuple[int, list[str]] | None:
    """Return where the rows below the names of the columns begin, and the names; none if no column holds questions."""
    special = {
        int(at): name.removesuffix(" column") for name, at in directives.items() if name.endswith("column") and at.isdigit()
    }
    texts = [cells for _, cells in rows]
    unnamed = [""] * max(map(len, texts), default=0)
    if special or {"columns", "html"} & directives.keys():
        names = re.split(r"[\t,;|]", directives["columns"]) if "columns" in directives else unnamed
        names = [special.get(at, name) for at, name in enumerate(names, 1)]
        if not any(FIELDS.get(column_name(name)) == "question" for name in names):
            plain = [at for at in range(len(names)) if at + 1 not in special]
            for at, name in zip(plain, ("question", "reference"), strict=False):
                names[at] = name
        return 0, ["" if name in {"guid", "notetype"} else name for name in names]
    for at, cells in enumerate(texts[:_HEADER_ROWS]):
        if holds_questions(cells):
            return at + 1, named_as_terms(cells, texts[at + 1 :]) or [cell.strip() for cell in cells]
    named = bool(texts) and names_columns(texts[0], texts[1:])
    if named and (names := named_by_contents(texts[0], texts[1:]) or named_as_terms(texts[0], texts[1:])):
        return 1, names
    if names := named_by_contents(unnamed, texts):
        while not names[-1] and 2 * sum(len(cells) >= len(names) and bool(cells[-1].strip()) for cells in texts) < len(texts):
            names = names[:-1]  # what few rows have there is the end of a text with a delimiter in it
        for cells in texts if names[-1] == "answer" else ():
            cells[-1:-1] = [""] * (len(names) - len(cells))  # the right one is the last, however many options are before it
        if names[2:] == [""] and "reference" in names:
            third = [cells[2].strip() for cells in texts if len(cells) > 2]
            words = not any(re.search(r"\s", cell) for cell in third) and len(third) >= 2 * len({*third})
            names[2] = "tags" if words else ""
        return 0, names
    begins = int(named and _is_header(texts))
    filled = [[cell.strip() for cell in cells if cell.strip()] for cells in texts[begins:]]
    for names in (["question", "reference"], ["question", "reference", "tags"]):
        cards = [cells for cells in filled if len(cells) == len(names)]
        tags = {tuple(cells[2:]) for cells in cards}
        few_tags = len(cards) >= 2 * len(tags - {()})
        sides = [{cells[at] for cells in cards if any(map(str.isalpha, cells[at]))} for at in (0, 1)]
        differ = not named and min(map(len, sides)) >= _DIFFERENT * len(cards)
        says = loose or differ or sum(len(cells[1]) for cells in cards) > 8 * len(cards)
        if few_tags and len(cards) >= 0.8 * len(filled) > 0 and says:
            return begins, names
    return None


def _is_header(texts: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first row names the columns in an unknown language: it is short where questions and answers are long."""
    usual = [median(map(len, column)) for column in zip(*(cells[:2] for cells in texts if len(cells) > 1), strict=True)]
    short = all(len(cell) < _LABEL_SHARE * size for cell, size in zip(texts[0] if texts else (), usual, strict=False))
    return bool(usual) and usual[0] >= _LONG and short


def _fitted(cells: list[str], names: Sequence[str], delimiter: str) -> list[str] | None:
    """Return the cells of a row without empty ones at its end; the excess belongs to an answer, at the end but for tags."""
    while len(cells) > len(names) and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) <= len(names):
        return cells
    fields = [FIELDS.get(column_name(name)) for name in names]
    after = int(fields[-2:] == ["reference", "topic"])
    if fields[-1 - after] not in {"reference", "reason"}:
        return None
    first, last = len(names) - 1 - after, len(cells) - after
    return [*cells[:first], delimiter.join(cells[first:last]), *cells[last:]]


def _read_cells(cells: Mapping[str, str]) -> dict[str, object]:
    """Turn cells into values; those of lists are JSON, or a line an entry. A bank's own are guarded against spreadsheets."""
    texts = {name: from_cell(cell) for name, cell in cells.items()} if is_own(cells) else cells
    return {name: _list(text) if name in LISTS else text for name, text in texts.items() if name not in LISTS or text.strip()}


def _list(text: str) -> object:
    if text.lstrip().startswith("["):
        try:
            return decode_json(text)
        except ValueError:
            pass
    return [line.strip().removeprefix("- ") for line in text.split("\n") if line.strip()]
