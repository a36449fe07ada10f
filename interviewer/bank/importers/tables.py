"""Tables and records: CSV, TSV, JSON, JSON Lines, YAML and exports of flashcards, whose columns have any of the usual names."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence

from interviewer.bank.importers.build import Draft, Note, level_of
from interviewer.bank.importers.markdown import plain_text
from interviewer.bank.validate import Row, decode_json, parse_rows
from interviewer.errors import InputError
from interviewer.models import Question
from interviewer.text.clean import clean_line
from interviewer.text.csv_cell import from_cell
from interviewer.text.read_file import SIZE_LIMIT
from interviewer.text.slug import slug

_SYNONYMS = {
    "question": "question|questions|interview question|question text|frage|pregunta|вопрос|问题|q|query|prompt|problem|front|card"
    " front|side 1|instruction|input|question title|term|word|concept|title|name|key",
    "reference": "reference|reference answer|model answer|ideal answer|sample answer|expected answer|suggested answer|correct"
    " answer|correct option|right answer|best answer|answer|answers|answer text|antwort|respuesta|réponse|ответ|答案|a|solution"
    "|response|chosen|completion|output|back|card back|side 2|definition|meaning|ground truth|expected output|target|description"
    "|explanation|correct|value",
    "topic": "topic|section|category|subject|chapter|area|domain|skill|theme|deck|tags|tag|topics",
    "level": "level|difficulty|difficulty level|question level|complexity|seniority",
    "number": "number|no|nr|#|question number|question no|s no|sr no|sl no|num|index",
    "hint": "hint|hints",
    "key_points": "key points|points|keypoints",
    "misconceptions": "misconceptions",
    "follow_ups": "follow ups|followups",
    "sources": "sources|source|references|url|link|links",
    "related": "related",
    "proposed": "proposed",
    "id": "id",
}
"""The names that a column may have, the best first."""
_FIELDS = {name: field for field, names in _SYNONYMS.items() for name in names.split("|")}
_ORDER = {name: position for names in _SYNONYMS.values() for position, name in enumerate(names.split("|"))}
_CLEAR = frozenset({"question", "questions", "interview question", "question text", "front", "prompt", "q"})
_LISTS = ("key_points", "misconceptions", "follow_ups", "related", "sources", "proposed")
_OPTION = re.compile(r"(?:option|choice|answer)? ?([a-h1-8])")
_CLOZE = re.compile(r"\{\{c\d+::(.*?)(?:::[^{}]*)?\}\}", re.DOTALL)
_MEDIA = re.compile(r"\[sound:[^\[\]]*\]|\[/?(?:latex|\$\$?)\]")
_DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "space": " ", "pipe": "|", "colon": ":"}
_HEADER_ROWS = 20
"""How far down the row with the names of the columns may be."""
_SAMPLE = 20_000
_QUOTES = "close every quoted cell with a quotation mark, and double those inside it"
_COLUMNS = "name the columns in the first line, for example: number,topic,level,question,reference"


class Columns:
    """Finds a bank's fields among the columns of a file, and notes once about each column that is none."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self._noted: set[str] = set()

    def fields(self, row: Mapping[str, object], line: int) -> dict[str, object]:
        """Return the fields of a bank that a row holds. Rows that have all required ones are a bank's own and stay literal."""
        if all(name in row for name, field in Question.model_fields.items() if field.is_required()):
            literal = {name: value for name, value in row.items() if name in Question.model_fields}
            self._note(line, [name for name in row if name not in literal])
            return _loose(literal)
        names = {str(key): _name(str(key)) for key in row}
        options = _options({names[str(key)]: value for key, value in row.items()})
        lettered = {name for name in names.values() if options and _OPTION.fullmatch(name)}
        found: dict[str, tuple[int, object]] = {}
        unknown: list[str] = []
        for key, value in row.items():
            name = names[str(key)]
            if value in ("", None, []) or name in lettered or name in {"options", "choices"}:
                continue
            field = _FIELDS.get(name)
            if field is None or (field in found and field not in {"question", "reference"}):
                unknown += [str(key)] if name not in {"explanation", "rationale", "support"} else []
            elif field not in found or _ORDER[name] < found[field][0]:
                found[field] = (_ORDER[name], value)
        self._note(line, unknown)
        fields = {field: value for field, (_, value) in found.items()}
        if {"instruction", "input"} <= set(names.values()) and (more := _text(row.get("input"))):
            fields["question"] = f"{_text(row.get('instruction'))}\n{more}"
        return self._cleaned(fields, options, line)

    def _cleaned(self, fields: dict[str, object], options: dict[str, str], line: int) -> dict[str, object]:
        """Make plain texts of what a stranger's file has in its fields."""
        answer = fields.get("reference")
        for name in ("question", "reference", "hint"):
            if name in fields:
                fields[name] = plain_text(_CLOZE.sub(r"\1", _MEDIA.sub("", _text(fields[name]))))
        if options and "question" in fields:
            fields["reference"] = _chosen(answer, options)
            fields["question"] = "\n".join(
                [str(fields["question"]), *(f"{letter}: {text}" for letter, text in options.items())]
            )
        if (level := fields.pop("level", None)) is not None:
            if named := level_of(_text(level)):
                fields["level"] = named
            else:
                self._note(line, [f"the level {_text(level)}"])
        for name in _LISTS:
            if isinstance(fields.get(name), str):
                fields[name] = [plain_text(entry) for entry in str(fields[name]).split("\n") if entry.strip()]
        if "topic" in fields:
            fields["topic"] = re.split(r"[,;|]|::", _text(fields["topic"]))[-1 if "::" in _text(fields["topic"]) else 0]
        return _loose(fields)

    def _note(self, line: int, keys: Sequence[str]) -> None:
        for key in keys:
            if key.strip() and key not in self._noted:
                self._noted.add(key)
                self.notes.append(Note(line, f"left out, since a bank has no such field: {clean_line(key, 60)}"))


def _name(column: str) -> str:
    """Return a column's name as `_SYNONYMS` spells it: in lower case, words apart."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column.strip())
    return re.sub(r"[\W_]+", " ", apart).strip().casefold() or column.strip()


def _text(value: object) -> str:
    match value:
        case str():
            return value.strip()
        case list() | tuple():
            return "\n".join(dict.fromkeys(filter(None, map(_text, value))))
        case Mapping():
            return next((_text(value[name]) for name in ("text", "value", "content", "answer") if name in value), "")
        case None:
            return ""
        case _:
            return str(value)


def _options(row: Mapping[str, object]) -> dict[str, str]:
    """Return the options of a multiple-choice question by their letters; none where there are not at least two."""
    given = row.get("options") or row.get("choices")
    if isinstance(given, Mapping) and isinstance(texts := given.get("text"), list):
        given = texts
    if isinstance(given, Mapping):
        options = {str(key).upper(): _text(value) for key, value in given.items()}
    elif isinstance(given, list):
        options = {"ABCDEFGH"[at]: _text(value) for at, value in enumerate(given[:8])}
    else:
        options = {found[1].upper(): _text(value) for name, value in row.items() if (found := _OPTION.fullmatch(name))}
        if "B" not in options and "2" not in options:
            return {}
    options = {letter: plain_text(text) for letter, text in options.items() if text}
    return options if len(options) > 1 else {}


def _chosen(answer: object, options: dict[str, str]) -> str:
    """Return the right option with its letter, be it given by its letter, its position from 0, or its text."""
    if isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer < len(options):
        letter = list(options)[answer]
    else:
        text = plain_text(_text(answer))
        short = text.removeprefix("Option ").removeprefix("option ").strip("(). ").upper()
        letter = short if short in options else next((letter for letter, said in options.items() if said == text), "")
        if not letter:
            return text
    return f"{letter}: {options[letter]}"


def _loose(fields: dict[str, object]) -> dict[str, object]:
    """Accept what people write: a numeric id, a topic in words, a number in words, key points as plain texts."""
    if isinstance(identity := fields.get("id"), int):
        fields["id"] = str(identity)
    for name in ("topic", "id"):
        if isinstance(text := fields.get(name), str) and text.strip():
            fields[name] = _as_slug(text.strip(), name)
        elif fields.get(name) in ("", None):
            fields.pop(name, None)
    if isinstance(level := fields.get("level"), str):
        fields["level"] = level.strip().casefold()
    if fields.get("level") in ("", None):
        fields.pop("level", None)
    if isinstance(number := fields.get("number"), str):
        fields["number"] = _number(number)
    if fields.get("number") == 0:
        del fields["number"]
    if isinstance(points := fields.get("key_points"), list):
        fields["key_points"] = [
            {"id": f"point-{position}", "text": point, "weight": 2} if isinstance(point, str) else point
            for position, point in enumerate(points, 1)
        ]
    return {name: value for name, value in fields.items() if value is not None or name == "number"}


def _as_slug(text: str, kind: str) -> str:
    return text if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) else slug(text, kind=kind)


def _number(text: str) -> object:
    digits = text.strip().lstrip("#Qq").rstrip(".").strip()
    if not digits:
        return None
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 1000 else text


def read_records(text: str, suffix: str, name: str) -> tuple[list[Draft], list[Note]]:
    """Return the questions of a YAML, JSON or JSON Lines text: objects, lists of them, maps from question to answer, chats.

    Raises:
        InputError: it cannot be read.
    """
    rows, problems = parse_rows(text, suffix, name, any_shape=True)
    if not rows and problems:
        raise InputError(str(problems[0]), next_step="correct it there; export a bank to see the form: interviewer bank export")
    notes = [Note(problem.line, f"left out: {problem.message}", lost=True) for problem in problems]
    drafts: list[Draft] = []
    columns = Columns()
    for row in rows:
        before = len(drafts)
        for path, record in _records(row.value, (), ""):
            line = row.line_of(path)
            drafts.append(Draft(line, columns.fields(record, line)))
        if len(drafts) == before:
            notes.append(_fieldless(row))
    return drafts, notes + columns.notes


def _fieldless(row: Row) -> Note:
    return Note(row.line, "left out: not an object with fields such as question and reference", lost=True)


def _records(
    value: object, path: tuple[int | str, ...], topic: str
) -> Iterator[tuple[tuple[int | str, ...], dict[str, object]]]:
    """Yield the records in a tree of lists and maps, each with its path; groups hand their titles down as topics."""
    if isinstance(value, list):
        for at, entry in enumerate(value):
            if isinstance(entry, str) and "?" in entry:
                yield (*path, at), _with_topic({"question": entry}, topic)
            else:
                yield from _records(entry, (*path, at), topic)
    elif isinstance(value, dict):
        if chat := _chat(value):
            yield path, _with_topic(chat, topic)
            return
        names = {_name(str(key)): entry for key, entry in value.items()}
        clear = next((name for name in names if _FIELDS.get(name) == "question" and _text(names[name])), "")
        nested = any(_holds_records(entry) for entry in value.values())
        if clear and not (nested and clear not in _CLEAR) and not (nested and isinstance(names[clear], list)):
            yield path, _with_topic(value, topic)
            return
        title = next((_text(names[name]) for name in ("topic", "category", "section", "title", "name") if name in names), "")
        texts = all(isinstance(entry, str) for entry in value.values()) and not _FIELDS.keys() & names.keys()
        for key, entry in value.items():
            if isinstance(entry, str):
                if texts or "?" in str(key):
                    yield (*path, key), _with_topic({"question": str(key), "reference": entry}, topic)
            elif "?" in str(key) and not _holds_records(entry):
                yield (*path, key), _with_topic({"question": str(key), "reference": _text(entry)}, topic)
            else:
                generic = _name(str(key)) in _GENERIC or re.fullmatch(r"\W*q?\d*", str(key), re.IGNORECASE)
                yield from _records(entry, (*path, key), title or (topic if generic else str(key)))


_GENERIC = frozenset(
    [
        "questions",
        "items",
        "data",
        "rows",
        "records",
        "cards",
        "notes",
        "faq",
        "faqs",
        "results",
        "entries",
        "paragraphs",
        "qas",
        "examples",
        "list",
    ]
)


def _holds_records(value: object) -> bool:
    entries = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    return any(isinstance(entry, dict) for entry in entries)


def _with_topic(record: dict[str, object], topic: str) -> dict[str, object]:
    named = any(_FIELDS.get(_name(str(key))) == "topic" for key in record)
    return record if named or not topic else {**record, "topic": topic}


def _chat(value: dict[str, object]) -> dict[str, object]:
    """Return the first question and answer of a conversation, as data for fine-tuning has it."""
    turns = value.get("messages") or value.get("conversations") or value.get("conversation")
    said: dict[str, str] = {}
    for turn in turns if isinstance(turns, list) else ():
        if isinstance(turn, dict):
            role = str(turn.get("role") or turn.get("from")).casefold()
            field = {"user": "question", "human": "question", "assistant": "reference", "gpt": "reference"}.get(role, "")
            if field == "question" or "question" in said:
                said.setdefault(field, _text(turn.get("content") or turn.get("value")))
    return {name: text for name, text in said.items() if name} if said.get("question") else {}


def read_table(text: str, name: str, *, loose: bool = False) -> tuple[list[Draft], list[Note]]:
    """Return the questions of a CSV or TSV text, or of a text export by Anki or Quizlet.

    The names of the columns are in the first row that has them; two columns without names are questions and answers.
    With `loose` a quotation mark that opens no cell is a character like any other.

    Raises:
        InputError: it cannot be read, or no column holds questions.
    """
    text, directives = _directives(text)
    # The limit is the module's own and meant for small machines; the size of the file is bounded already.
    csv.field_size_limit(SIZE_LIMIT)
    delimiter = directives.get("separator") or _delimiter(text)
    delimiter = _DELIMITERS.get(delimiter.casefold(), delimiter[:1])
    rows: list[tuple[int, list[str]]] = []
    skipped = int(directives["lines"])
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=not loose)
    line = 1
    try:
        for cells in reader:
            rows += [(line + skipped, cells)] if any(cell.strip() for cell in cells) else []
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{name}:{line + skipped}: {error}", next_step=_QUOTES) from error
    header = _header(rows, directives)
    if header is None:
        first = rows[0][0] if rows else 1
        raise InputError(f"{name}:{first}: no column is called question", next_step=_COLUMNS)
    at, names = header
    columns = Columns()
    drafts: list[Draft] = []
    notes: list[Note] = []
    for line, cells in rows[at:]:
        fitted = _fitted(cells, names, delimiter)
        if fitted is None:
            notes.append(Note(line, f"left out: {len(cells)} cells where there are {len(names)} columns", lost=True))
        elif fields := columns.fields(_read_cells(dict(zip(names, fitted, strict=False))), line):
            drafts.append(Draft(line, {"question": "", **fields}))
    return drafts, notes + columns.notes


def _directives(text: str) -> tuple[str, dict[str, str]]:
    """Take off the lines before a table that say how to read it: `sep=;` by Excel, `#separator:tab` and others by Anki."""
    found: dict[str, str] = {}
    count = 0
    while match := re.match(r"(?:#([a-z ]+):(.*)|sep=(.))\r?(?:\n|$)", text):
        found[match[1] or "separator"] = (match[2] if match[1] else match[3]).strip(" \r") or "\t"
        text = text[match.end() :]
        count += 1
    return text, {**found, "lines": str(count)}


def _delimiter(text: str) -> str:
    """Return the delimiter with which the beginning of a text has names of columns; else the most common in its first line."""
    sample = text[:_SAMPLE]
    lines = [line for line in sample.split("\n")[:_HEADER_ROWS] if line.strip()] or [""]

    def known(delimiter: str) -> int:
        return max(sum(_name(cell.strip('"')) in _FIELDS for cell in line.split(delimiter)) for line in lines)

    return max("\t,;|", key=lambda delimiter: (known(delimiter), min(line.count(delimiter) for line in lines)))


def _header(rows: Sequence[tuple[int, list[str]]], directives: Mapping[str, str]) -> tuple[int, list[str]] | None:
    """Return where the rows below the names of the columns begin, and the names; none if no column holds questions."""
    special = {
        int(at): name.removesuffix(" column") for name, at in directives.items() if name.endswith("column") and at.isdigit()
    }
    if special or {"columns", "html"} & directives.keys():
        width = max((len(cells) for _, cells in rows), default=0)
        names = re.split(r"\t|,", directives["columns"]) if "columns" in directives else [""] * width
        names = [special.get(at, name) for at, name in enumerate(names, 1)]
        if not any(_name(name) in _FIELDS and _FIELDS[_name(name)] == "question" for name in names):
            plain = [at for at in range(len(names)) if at + 1 not in special]
            for at, name in zip(plain, ("question", "reference"), strict=False):
                names[at] = name
        return 0, ["" if name in {"guid", "notetype"} else name for name in names]
    for at, (_, cells) in enumerate(rows[:_HEADER_ROWS]):
        known = {_FIELDS[name]: name for cell in cells if (name := _name(cell)) in _FIELDS}
        if "question" in known and (len(known) > 1 or known["question"] in _CLEAR):
            return at + 1, [cell.strip() for cell in cells]
    pairs = [filled for _, cells in rows if len(filled := [cell for cell in cells if cell.strip()]) == 2]
    if pairs and len(pairs) >= 0.8 * len(rows) and sum(len(answer) for _, answer in pairs) > 8 * len(pairs):
        return 0, ["question", "reference"]
    return None


def _fitted(cells: list[str], names: Sequence[str], delimiter: str) -> list[str] | None:
    """Return the cells of a row without empty ones at its end; more than there are columns belong to an answer at the end."""
    while len(cells) > len(names) and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) <= len(names):
        return cells
    if _FIELDS.get(_name(names[-1])) != "reference":
        return None
    return [*cells[: len(names) - 1], delimiter.join(cells[len(names) - 1 :])]


def _read_cells(cells: Mapping[str, str]) -> dict[str, object]:
    """Turn cells into values: lists are JSON, or a line an entry; a number is digits."""
    fields: dict[str, object] = {}
    for name, cell in cells.items():
        text = from_cell(cell)
        if name == "number":
            fields[name] = _number(text)
        elif name in _LISTS:
            fields |= {name: _list(text)} if text.strip() else {}
        else:
            fields[name] = text
    return fields


def _list(text: str) -> object:
    if text.lstrip().startswith("["):
        try:
            return decode_json(text)
        except ValueError:
            pass
    return [line.strip().removeprefix("- ") for line in text.split("\n") if line.strip()]
