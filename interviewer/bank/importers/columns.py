"""The columns of a table and the keys of a record, by any of their usual names."""

import re
from collections.abc import Iterable, Mapping, Sequence

from interviewer.bank.importers.build import Note
from interviewer.bank.importers.markdown import plain_text
from interviewer.bank.importers.markup import PATTERNS, level_of
from interviewer.models import Question
from interviewer.text.clean import clean_line
from interviewer.text.slug import slug

_SYNONYMS = {field: names.replace("\n", "").split("|") for field, names in PATTERNS["columns"].items()}
FIELDS: dict[str, str] = {name: field for field, names in _SYNONYMS.items() for name in names}
"""The field of a bank that a column of each usual name holds."""
_CLEAR = frozenset({"question", "questions", "interview question", "question text", "front", "prompt", "q", "term"})
LISTS = ("key_points", "misconceptions", "follow_ups", "related", "sources", "proposed")
_OPTION = re.compile(r"(?:option|choice|answer)? ?([a-h1-8])|options|choices")
_CLOZE = re.compile(r"\{\{c\d+::(.*?)(?:::[^{}]*)?\}\}", re.DOTALL)
_MEDIA = re.compile(r"\[sound:[^\[\]]*\]|\[/?(?:latex|\$\$?)\]")


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
            return loosened(literal)
        keys = {column_name(str(key)): str(key) for key, value in row.items() if value not in ("", None, [])}
        said = {name: row[key] for name, key in keys.items() if key in row}
        options = _options(said)
        fields = {field: said[name] for field, names in _SYNONYMS.items() for name in reversed(names) if name in said}
        if "instruction" in said and "input" in said:
            fields["question"] = f"{text_of(said['instruction'])}\n{text_of(said['input'])}"
        self._note(
            line, [key for name, key in keys.items() if name not in FIELDS and not (options and _OPTION.fullmatch(name))]
        )
        return self._cleaned(fields, options, line)

    def _cleaned(self, fields: dict[str, object], options: dict[str, str], line: int) -> dict[str, object]:
        """Make plain texts of what a stranger's file has in its fields."""
        answer = fields.get("reference")
        for name in ("question", "reference", "hint"):
            if name in fields:
                fields[name] = plain_text(_CLOZE.sub(r"\1", _MEDIA.sub("", text_of(fields[name]))))
        if options and "question" in fields:
            fields["reference"] = _chosen(answer, options)
            fields["question"] = "\n".join(
                [str(fields["question"]), *(f"{letter}: {text}" for letter, text in options.items())]
            )
        if (level := fields.pop("level", None)) is not None:
            if named := level_of(text_of(level)):
                fields["level"] = named
            else:
                self._note(line, [text_of(level)], "left out, since it is no level: ")
        for name in LISTS:
            if isinstance(fields.get(name), str):
                fields[name] = [plain_text(entry) for entry in str(fields[name]).split("\n") if entry.strip()]
        if "topic" in fields:
            fields["topic"] = re.split(r"[,;|]|::", text_of(fields["topic"]))[-1 if "::" in text_of(fields["topic"]) else 0]
        return loosened(fields)

    def _note(self, line: int, keys: Sequence[str], reason: str = "left out, since a bank has no such field: ") -> None:
        for key in keys:
            if key.strip() and key not in self._noted:
                self._noted.add(key)
                self.notes.append(Note(line, f"{reason}{clean_line(key, 60)}"))


def holds_questions(columns: Iterable[str], *, strictly: bool = False) -> bool:
    """Tell whether these are names of columns with questions. A title or name is one beside other known columns, if at all."""
    known = {FIELDS[name]: name for column in columns if (name := column_name(column)) in FIELDS}
    return "question" in known and (known["question"] in _CLEAR or (len(known) > 1 and not strictly))


def column_name(column: str) -> str:
    """Return a column's name as `_SYNONYMS` spells it: in lower case, words apart."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column.strip())
    return re.sub(r"[\W_]+", " ", apart).strip().casefold() or column.strip()


def text_of(value: object) -> str:
    """Return the text of a field: that of a list is a line an entry, that of a map is in its text, value or content."""
    match value:
        case str():
            return value.strip()
        case list() | tuple():
            return "\n".join(dict.fromkeys(filter(None, map(text_of, value))))
        case Mapping():
            return next((text_of(value[name]) for name in ("text", "value", "content", "answer") if name in value), "")
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
        options = {str(key).upper(): text_of(value) for key, value in given.items()}
    elif isinstance(given, list):
        options = {"ABCDEFGH"[at]: text_of(value) for at, value in enumerate(given[:8])}
    else:
        found = {name: match[1] for name in row if (match := _OPTION.fullmatch(name)) and match[1]}
        options = {letter.upper(): text_of(row[name]) for name, letter in found.items()}
        if "B" not in options and "2" not in options:
            return {}
    options = {letter: plain_text(text) for letter, text in options.items() if text}
    return options if len(options) > 1 else {}


def _chosen(answer: object, options: dict[str, str]) -> str:
    """Return the right option with its letter, be it given by its letter, its position from 0, or its text."""
    if isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer < len(options):
        letter = list(options)[answer]
    else:
        text = plain_text(text_of(answer))
        short = text.removeprefix("Option ").removeprefix("option ").strip("(). ").upper()
        letter = short if short in options else next((letter for letter, said in options.items() if said == text), "")
        if not letter:
            return text
    return f"{letter}: {options[letter]}"


def loosened(fields: dict[str, object]) -> dict[str, object]:
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
