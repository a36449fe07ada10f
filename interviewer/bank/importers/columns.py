"""Which fields of a bank the columns of a table or the keys of a record hold, whatever they are called."""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from interviewer.bank.importers.build import Note
from interviewer.bank.importers.markdown import plain_text
from interviewer.bank.importers.markup import PATTERNS, level_of
from interviewer.models import Question
from interviewer.text.clean import clean, clean_line
from interviewer.text.slug import slug

_SYNONYMS = {field: names.replace("\n", "").split("|") for field, names in PATTERNS["columns"].items()}
FIELDS: dict[str, str] = {name: field for field, names in _SYNONYMS.items() for name in names}
"""The field of a bank that a column of each usual name holds."""
_CLEAR = frozenset({"question", "questions", "interview question", "question text", "front", "prompt", "q", "term"})
_LAST_WORDS = frozenset({"question", "answer", "ans", "solution", "explanation", "difficulty", "level", "topic", "category"})
"""What a column holds whose name ends in one of these, such as 'Expert answer'."""
_WRONG = re.compile(r"(?:in|un)?correct |wrong |false |user |your |student |candidate |has |is |no |number |num ")
LISTS = ("key_points", "misconceptions", "follow_ups", "related", "sources", "proposed")
_OPTION = re.compile(r"(?:option|choice|answer)? ?([a-h1-8])|options|choices")
_CLOZE = re.compile(r"\{\{c\d+::(.{0,2000}?)(?:::[^{}]*)?\}\}", re.DOTALL)
_FLAGS = ("correct", "is_correct", "isCorrect", "right", "answer")
"""Signs that mark the right one of several options."""
_MEDIA = re.compile(r"\[sound:[^\[\]]*\]|\[/?(?:latex|\$\$?)\]")
_ESCAPED_LINES = re.compile(r"```\w*\\n|\w`\\n`\w")
"""Code whose line breaks are written as \\n."""


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
            return _loosened(literal)
        given = {str(key): value for key, value in row.items() if value not in ("", None, [])}
        named = {column_name(key): value for key, value in given.items()}
        options, flagged = _options(named)
        fields = {field: named[name] for field, names in _SYNONYMS.items() for name in reversed(names) if name in named}
        if "short" in named and "detailed" in named:
            fields["reference"] = f"{field_text(named['short'])}\n\n{field_text(named['detailed'])}"
        for first, second in (("instruction", "input"), ("title", "description"), ("name", "description")):
            answers = ({"code", *_SYNONYMS["reference"]} & named.keys()) - {second}
            if {first, second} <= named.keys() and answers and fields["question"] == named[first]:
                fields["question"] = f"{field_text(named[first])}\n{field_text(named[second])}"
                fields = {field: value for field, value in fields.items() if field != "reference" or value != named[second]}
        unknown = {key: name for key in given if (name := column_name(key)) not in FIELDS}
        self._note(line, [key for key, name in unknown.items() if not (options and _OPTION.fullmatch(name))])
        reason = named.get("explanation") or named.get("rationale")
        if flagged:
            reason = reason or fields.get("reference")
            fields["reference"] = flagged
        return self._cleaned(fields, options, line, field_text(reason))

    def _cleaned(self, fields: dict[str, object], options: dict[str, str], line: int, reason: str) -> dict[str, object]:
        """Return fields as plain texts, without the markup of Markdown, HTML and Anki."""
        answer = fields.get("reference")
        for name in ("question", "reference", "hint"):
            if name in fields:
                text = field_text(fields[name])
                text = text.replace("\\n", "\n") if _ESCAPED_LINES.search(text) else text
                fields[name] = plain_text(_CLOZE.sub(r"\1", _MEDIA.sub("", text)))
        if code := clean(field_text(fields.pop("code", None))):
            said = fields.get("reference")
            fields["reference"] = f"{said}\n\n{textwrap.indent(code, '    ')}" if said else code
        if options and "question" in fields:
            chosen = _chosen(answer, options)
            fields["reference"] = "\n\n".join(dict.fromkeys(filter(None, (chosen, plain_text(reason)))))
            listed = (f"{letter}: {text}" for letter, text in options.items())
            fields["question"] = "\n".join([str(fields["question"]), *listed])
        if (level := fields.pop("level", None)) is not None:
            if named := level_of(field_text(level)):
                fields["level"] = named
            else:
                self._note(line, [field_text(level)], "left out, since it is no level: ")
        for name in LISTS:
            if isinstance(fields.get(name), str):
                fields[name] = [plain_text(entry) for entry in str(fields[name]).split("\n") if entry.strip()]
        asked = fields.get("follow_ups")
        if isinstance(asked, list) and not all(isinstance(one, Mapping) for one in asked):
            del fields["follow_ups"]
            self._note(line, ["follow-ups"], "left out, since they name no key point: ")
        if topic := field_text(fields.get("topic")):
            fields["topic"] = topic.rpartition("::")[2] if "::" in topic else re.split("[,;|]", topic)[0]
        return _loosened(fields)

    def _note(self, line: int, keys: Sequence[str], reason: str = "left out, since a bank has no such field: ") -> None:
        for key in keys:
            if key.strip() and key not in self._noted:
                self._noted.add(key)
                self.notes.append(Note(line, f"{reason}{clean_line(key, 60)}"))


def holds_questions(columns: Iterable[str], *, strictly: bool = False) -> bool:
    """Tell whether these are names of columns with questions. A title or name is one beside answers or levels only."""
    known = {FIELDS[name]: name for column in columns if (name := column_name(column)) in FIELDS}
    return "question" in known and (
        known["question"] in _CLEAR or (bool(known.keys() & {"reference", "level"}) and not strictly)
    )


def column_name(column: str) -> str:
    """Return a column's name as `_SYNONYMS` spells it: in lower case, words apart, without the markup it may hold."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column.strip())
    name = re.sub(r"[\W_]+", " ", apart).strip().casefold()
    name = re.sub(r" (?:markdown|md|html)$", "", name)
    last = name.rpartition(" ")[2]
    return last if name not in FIELDS and last in _LAST_WORDS and not _WRONG.match(name) else name or column.strip()


def field_text(value: object) -> str:
    """Return the text of a field: that of a list is a line an entry, that of a map is in its text, value or content."""
    match value:
        case str():
            return value.strip()
        case list() | tuple():
            return "\n".join(dict.fromkeys(filter(None, map(field_text, value))))
        case Mapping():
            return next((field_text(value[name]) for name in ("text", "value", "content", "answer") if name in value), "")
        case None:
            return ""
        case _:
            return str(value)


def _options(row: Mapping[str, object]) -> tuple[dict[str, str], str]:
    """Return the options of a multiple-choice question by their letters, none where there are not at least two.

    And the letter of the right one, if the options themselves say which it is.
    """
    given = row.get("options") or row.get("choices")
    flagged = ""
    if isinstance(given, list):
        right = [any(one.get(name) is True for name in _FLAGS) for one in given if isinstance(one, Mapping)]
        flagged = "ABCDEFGH"[right.index(True)] if right.count(True) == 1 and len(right) <= 8 else ""
    if isinstance(given, Mapping) and isinstance(texts := given.get("text"), list):
        given = texts
    if isinstance(given, Mapping):
        options = {str(key).upper(): field_text(value) for key, value in given.items()}
    elif isinstance(given, list):
        options = {"ABCDEFGH"[at]: field_text(value) for at, value in enumerate(given[:8])}
    else:
        found = {name: match[1] for name in row if (match := _OPTION.fullmatch(name)) and match[1]}
        options = {letter.upper(): field_text(row[name]) for name, letter in found.items()}
        if "B" not in options and "2" not in options:
            return {}, ""
    options = {letter: plain_text(text) for letter, text in options.items() if text}
    return (options, flagged) if len(options) > 1 else ({}, "")


def _chosen(answer: object, options: dict[str, str]) -> str:
    """Return the right option with its letter, be it given by its letter, its position from 0, or its text."""
    if isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer < len(options):
        letter = list(options)[answer]
    else:
        text = plain_text(field_text(answer))
        short = text.removeprefix("Option ").removeprefix("option ").strip("(). ").upper()
        letter = short if short in options else next((letter for letter, option in options.items() if option == text), "")
        if not letter:
            return text
    return f"{letter}: {options[letter]}"


def _loosened(fields: dict[str, object]) -> dict[str, object]:
    """Accept what people write: a numeric id, a topic in words, a number in words, key points as plain texts."""
    kept = {name: value for name, value in fields.items() if value is not None or name == "number"}
    for name in ("topic", "id", "level"):
        if isinstance(kept.get(name), str | int) and (text := str(kept.pop(name)).strip()):
            kept[name] = text.casefold() if name == "level" else _as_slug(text, name)
    if isinstance(number := kept.get("number"), str):
        kept["number"] = _number(number)
    if kept.get("number") == 0:
        del kept["number"]
    if isinstance(points := kept.get("key_points"), list):
        kept["key_points"] = [
            {"id": f"point-{position}", "text": point, "weight": 2} if isinstance(point, str) else point
            for position, point in enumerate(points, 1)
        ]
    return kept


def _as_slug(text: str, kind: str) -> str:
    return text if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) else slug(text, kind=kind)


def _number(text: str) -> object:
    digits = text.strip().lstrip("#Qq").rstrip(".").strip()
    if not digits:
        return None
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 1000 else text
