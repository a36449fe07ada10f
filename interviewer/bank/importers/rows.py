"""Tables and records: CSV, JSON, JSON Lines and YAML, whose columns may be named as their authors like."""

import csv
import io
from pathlib import Path

from interviewer.bank.importers.draft import Draft, Note, slug
from interviewer.bank.importers.escapes import from_cell
from interviewer.bank.importers.json_list import decode
from interviewer.bank.text_file import SIZE_LIMIT, read_text
from interviewer.bank.validate import read_rows
from interviewer.errors import InputError
from interviewer.models import Question
from interviewer.text.clean import clean_line

_LISTS = {"key_points", "misconceptions", "follow_ups", "related", "sources", "proposed"}
_NAMES = {
    "prompt": "question",
    "q": "question",
    "answer": "reference",
    "a": "reference",
    "reference_answer": "reference",
    "model_answer": "reference",
    "response": "reference",
    "section": "topic",
    "category": "topic",
    "subject": "topic",
    "difficulty": "level",
    "no": "number",
    "nr": "number",
    "#": "number",
}


def read_records(path: Path) -> tuple[list[Draft], list[Note]]:
    """Return the questions of a YAML, JSON or JSON Lines file.

    Raises:
        InputError: it cannot be read.
    """
    rows, problems = read_rows(path)
    if not rows and problems:
        raise InputError(str(problems[0]), next_step="correct it there; export a bank to see the form: interviewer bank export")
    notes = [Note(problem.line, f"left out: {problem.message}") for problem in problems]
    drafts: list[Draft] = []
    names = _Names()
    for row in rows:
        if isinstance(row.value, dict):
            drafts.append(Draft(row.line, names.known(row.value, row.line)))
        else:
            notes.append(Note(row.line, "left out: not an object with fields such as question and reference"))
    return drafts, notes + names.notes


def read_csv(path: Path) -> tuple[list[Draft], list[Note]]:
    """Return the questions of a CSV file whose first line names the columns; separated by commas, semicolons or tabs.

    Raises:
        InputError: it cannot be read, or no column holds questions.
    """
    text = read_text(path)
    name = clean_line(str(path))
    first = text[: text.find("\n") if "\n" in text else None]
    # The limit is the module's own and meant for small machines; the size of the file is bounded already.
    csv.field_size_limit(SIZE_LIMIT)
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count), strict=True)
    names = _Names()
    drafts: list[Draft] = []
    notes: list[Note] = []
    line = 1
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not any(_name(column) == "question" for column in header):
            raise InputError(
                f"{name}:1: no column is called question",
                next_step="name the columns in the first line, for example: number,topic,level,question,reference",
            )
        line = reader.line_num + 1
        for cells in reader:
            if any(cells):
                if len(cells) > len(header):
                    notes.append(Note(line, f"left out: {len(cells)} cells where the first line names {len(header)} columns"))
                else:
                    drafts.append(Draft(line, _read_cells(names.known(dict(zip(header, cells, strict=False)), line))))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{name}:{line}: {error}", next_step="close every quoted cell with a quotation mark, and double those inside it"
        ) from error
    return drafts, notes + names.notes


class _Names:
    """Finds the bank's fields among the columns of a file, and tells once about each that is none."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self._told: set[str] = set()

    def known(self, row: dict[str, object], line: int) -> dict[str, object]:
        fields: dict[str, object] = {}
        for key, value in row.items():
            name = _name(str(key))
            if name in Question.model_fields and name not in fields:
                fields[name] = value
            elif name not in self._told and value not in ("", None):
                self._told.add(name)
                self.notes.append(Note(line, f"left out, since a bank has no such field: {clean_line(str(key), 60)}"))
        return _loose(fields)


def _name(column: str) -> str:
    name = column.strip().casefold().replace(" ", "_").replace("-", "_")
    return _NAMES.get(name, name)


def _loose(fields: dict[str, object]) -> dict[str, object]:
    """Accept what people write: a numeric id, a topic in words, key points as plain texts."""
    if isinstance(number := fields.get("id"), int):
        fields["id"] = str(number)
    for name in ("topic", "id"):
        if isinstance(text := fields.get(name), str) and text.strip():
            fields[name] = _as_slug(text.strip(), name)
        elif fields.get(name) in ("", None):
            fields.pop(name, None)
    if isinstance(level := fields.get("level"), str):
        fields["level"] = level.strip().casefold()
    if fields.get("level") in ("", None):
        fields.pop("level", None)
    if isinstance(points := fields.get("key_points"), list):
        fields["key_points"] = [
            {"id": f"point-{position}", "text": point, "weight": 2} if isinstance(point, str) else point
            for position, point in enumerate(points, 1)
        ]
    return {name: value for name, value in fields.items() if value is not None or name == "number"}


def _as_slug(text: str, kind: str) -> str:
    simple = text.isascii() and text == text.lower() and text.replace("-", "").isalnum()
    return (
        text if simple and not text.startswith("-") and not text.endswith("-") and "--" not in text else slug(text, kind=kind)
    )


def _read_cells(cells: dict[str, object]) -> dict[str, object]:
    """Turn cells into values: lists are JSON, or a line an entry; a number is digits."""
    fields: dict[str, object] = {}
    for name, cell in cells.items():
        text = from_cell(cell) if isinstance(cell, str) else cell
        if name == "number":
            fields[name] = _number(str(text))
        elif name in _LISTS and isinstance(text, str):
            if text.strip():
                fields[name] = _list(text)
        else:
            fields[name] = text
    return _loose(fields)


def _number(text: str) -> object:
    digits = text.strip().removeprefix("#")
    if not digits:
        return None
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 1000 else text


def _list(text: str) -> object:
    if text.lstrip().startswith("["):
        try:
            return decode(text)
        except ValueError:
            pass
    return [line.strip().removeprefix("- ") for line in text.split("\n") if line.strip()]
