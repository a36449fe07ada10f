"""Which fields of a bank the columns of a table or the keys of a record hold, by their names."""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from interviewer.bank.importers.blocks import PATTERNS, stands_for_none
from interviewer.bank.importers.build import Draft, Note
from interviewer.bank.importers.column_choices import ChoiceReader, Choices, field_text
from interviewer.bank.importers.levels import is_level
from interviewer.bank.importers.markdown import plain_text
from interviewer.bank.importers.question import LABEL, WORDED
from interviewer.bank.importers.text_choices import unknown_letters, with_options
from interviewer.models import Question
from interviewer.text.clean import clean, clean_line
from interviewer.text.slug import slug

_SYNONYMS = {field: names.replace("\n", "").split("|") for field, names in PATTERNS["columns"].items()}
FIELDS: dict[str, str] = {name: field for field, names in _SYNONYMS.items() for name in names}
"""The field of a bank that a column of each usual name holds."""
_VAGUE = frozenset({"query", "problem", "instruction", "input", "word", "concept", "title", "name"})
"""What may be called a question, and much else."""
_LAST_WORDS = frozenset({"question", "answer", "ans", "solution", "explanation", "difficulty", "level", "topic", "category"})
"""What a column holds whose name ends in one of these, such as 'Expert answer'."""
_WRONG = re.compile(r"(?:in|un)?correct |wrong |false |user |your |student |candidate |has |is |no |number |num ")
NUMBERED = re.compile(r"([1-9]\d{0,5})[.)]\s+(?=\D)")
LISTS = ("key_points", "misconceptions", "follow_ups", "related", "sources", "proposed")
_CLOZE = re.compile(r"\{\{c\d+::(.{0,2000}?)(?:::[^{}]*)?\}\}", re.DOTALL)
"""A gap of Anki's: a sentence with one asks nothing."""
_REFERENCES = frozenset(_SYNONYMS["reference"])
_MEDIA = re.compile(r"\[sound:[^\[\]]*\]|\[/?(?:latex|\$\$?)\]")
_ESCAPED_LINES = re.compile(r"```\w*\\n|\w`\\n`\w")
"""Code whose line breaks are written as \\n."""
_COMMAND = re.compile(r"\W*(?:show|reveal|expand|spoiler|details)\b", re.IGNORECASE)
"""What folds an answer on a page, and is a part of it in a cell: "show: lists the tables"."""
_SHORT = 6
"""Words of an answer that is one of several which are accepted."""


class Columns:
    """Finds a bank's fields among the columns of a file, and notes once about each column that is none."""

    def __init__(self, rows: Iterable[Mapping[str, object]] = ()) -> None:
        """Look at all rows, as far as they are known: what their options are is said by no row alone."""
        self.notes: list[Note] = []
        self._noted: set[str] = set()
        self._choices = ChoiceReader(map(_named, rows), _REFERENCES, FIELDS.keys() - _REFERENCES)

    def fields(self, row: Mapping[str, object], line: int) -> dict[str, object]:
        """Return the fields of a bank that a row holds. Rows that have all required ones are a bank's own and stay literal."""
        if is_own(row):
            literal = {name: value for name, value in row.items() if name in Question.model_fields}
            self._note(line, [name for name in row if name not in literal])
            return _loosened(literal)
        named = _named(row)
        choices = self._choices.read(named)
        rest = {name: value for name, value in named.items() if name not in choices.columns and not stands_for_none(value)}
        fields = {field: rest[name] for field, names in _SYNONYMS.items() for name in reversed(names) if name in rest}
        if "short" in named and "detailed" in named:
            fields["reference"] = f"{field_text(named['short'])}\n\n{field_text(named['detailed'])}"
        for first, second in (("instruction", "input"), ("title", "description"), ("name", "description")):
            answers = ({"code", *_SYNONYMS["reason"], *_REFERENCES} & named.keys()) - {second}
            if {first, second} <= named.keys() and answers and fields["question"] == named[first]:
                fields["question"] = f"{field_text(named[first])}\n{field_text(named[second])}"
                fields = {field: value for field, value in fields.items() if field != "reference" or value != named[second]}
        known = FIELDS.keys() | choices.columns
        self._note(line, [str(key) for key in row if (name := column_name(str(key))) in named and name not in known])
        return self._cleaned(fields, choices, line)

    def _cleaned(self, fields: dict[str, object], choices: Choices, line: int) -> dict[str, object]:
        """Return fields as plain texts, without the markup of Markdown, HTML and Anki."""
        for name in ("question", "reference", "reason", "hint"):
            if name in fields:
                text = field_text(_as_one(fields[name]) if name == "reference" and not choices.options else fields[name])
                text = text.replace("\\n", "\n") if _ESCAPED_LINES.search(text) else text
                gap = name == "question" and _CLOZE.search(text) and not re.search("[?？؟]", text)
                fields[name] = "" if gap else plain_text(_CLOZE.sub(r"\1", _MEDIA.sub("", text)))
        marked = WORDED.match(str(fields.get("question", "")))
        if marked and marked.end() < len(marked.string):
            fields["question"] = marked.string[marked.end() :]
            fields |= {"number": int(marked[1])} if marked[1] and "number" not in fields else {}
        label = LABEL.match(str(fields.get("reference", "")))
        if label and (marked or (len(label[0]) > len("(A): ") and not _COMMAND.match(label[0]))):  # else it names an option
            fields["reference"] = label.string[label.end() :]
        unknown = ", ".join(unknown_letters(str(fields.get("reference", "")).partition("\n")[0], choices.options))
        self.notes += [Note(line, f"left out of its answer, since there is no such option: {unknown}")] if unknown else []
        fields |= ({"reference": ""} if unknown else {}) | _answered(fields, choices)
        if "level" in fields:
            fields["level"] = field_text(fields["level"])
        for name in LISTS:
            if isinstance(fields.get(name), str):
                fields[name] = [plain_text(entry) for entry in str(fields[name]).split("\n")]
            if isinstance(entries := fields.get(name), list):
                fields[name] = [entry for entry in entries if not _blank(entry)]
            elif fields.pop(name, None) is not None:
                self._note(line, [name.replace("_", " ")], "left out, since it is no list: ")
        asked = fields.get("follow_ups")
        if isinstance(asked, list) and not all(isinstance(one, Mapping) for one in asked):
            del fields["follow_ups"]
            self._note(line, ["follow-ups"], "left out, since they name no key point: ")
        if topic := field_text(fields.get("topic")):
            *above, last = topic.split("::")
            if above and is_level(last):
                fields.setdefault("level", last)
                last = above[-1]
            fields["topic"] = last if above else re.split("[,;|]", topic)[0]
        return _loosened(fields)

    def _note(self, line: int, keys: Sequence[str], reason: str = "left out, since a bank has no such field: ") -> None:
        for key in keys:
            if key.strip() and key not in self._noted:
                self._noted.add(key)
                self.notes.append(Note(line, f"{reason}{clean_line(key, 60)}"))


def is_own(row: Mapping[str, object]) -> bool:
    """Tell whether a row has all required fields of a bank, as an export of one has."""
    return all(name in row for name, field in Question.model_fields.items() if field.is_required())


def holds_questions(columns: Iterable[str], *, strictly: bool = False) -> bool:
    """Tell whether these are names of columns with questions. A title or name is one beside answers or levels only."""
    known = {FIELDS[name]: name for column in columns if (name := column_name(column)) in FIELDS}
    return "question" in known and (
        known["question"] not in _VAGUE or (bool(known.keys() & {"reference", "reason", "level"}) and not strictly)
    )


def holds_answers(columns: Iterable[str]) -> bool:
    """Tell whether a column of these names holds answers, or reasons."""
    return any(FIELDS.get(column_name(column)) in {"reference", "reason"} for column in columns)


def column_name(column: str) -> str:
    """Return a column's name as `_SYNONYMS` spells it: in lower case, words apart, without the markup it may hold."""
    bare = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", column)
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", (bare if re.search(r"\w", bare) else column).strip())
    name = re.sub(r"[\W_]+", " ", apart).strip().casefold()
    name = re.sub(r"(?<=.) (?:markdown|md|html|index|indices|idx|letters?)$", "", name)
    name = singular if FIELDS.get(singular := name.removesuffix("s")) == "reference" and name not in FIELDS else name
    last = name.rpartition(" ")[2]
    return last if name not in FIELDS and last in _LAST_WORDS and not _WRONG.match(name) else name or column.strip()


def _answered(fields: dict[str, object], choices: Choices) -> dict[str, object]:
    """Take code, options and the reason off the fields, and return the question and the answer that they make."""
    asked, said = str(fields.get("question", "")), str(fields.get("reference", ""))
    if code := clean(field_text(fields.pop("code", None))):
        said = f"{said}\n\n{textwrap.indent(code, '    ')}" if said else code
    if choices.options and asked:
        right = "\n".join(f"{letter}: {choices.options[letter]}" for letter in choices.right)
        listed = "\n".join(f"{letter}: {text}" for letter, text in choices.options.items())
        said = f"{right}\n\n{said}".strip() if right else with_options(said, listed)
        asked = f"{asked}\n{listed}"
    if (reason := str(fields.pop("reason", ""))) not in said:
        said = f"{said}\n\n{reason}".strip()
    return {name: text for name, text in (("question", asked), ("reference", said)) if text}


def _as_one(value: object) -> object:
    """Return a list of short answers, of which each is accepted, as one answer."""
    short = isinstance(value, list) and all(isinstance(one, str) and len(one.split()) <= _SHORT for one in value)
    return " / ".join(map(str, value)) if isinstance(value, list) and short else value


def _named(row: Mapping[str, object]) -> dict[str, object]:
    """Return the values of a row that are not empty, by the plain names of their columns."""
    return {column_name(str(key)): value for key, value in row.items() if not _blank(value)}


def _blank(value: object) -> bool:
    entries = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else None
    return all(map(_blank, entries)) if entries is not None else value is None or not str(value).strip()


def _loosened(fields: dict[str, object]) -> dict[str, object]:
    """Accept what people write: a numeric id, a topic in words, a number in words, key points as plain texts."""
    kept = {name: value for name, value in fields.items() if value is not None or name == "number"}
    for name in ("topic", "id", "level"):
        if isinstance(kept.get(name), str | int) and (text := str(kept.pop(name)).strip()):
            kept[name] = text if name == "level" else _as_slug(text, name)
    if isinstance(number := kept.get("number"), str):
        digits = number.strip().lstrip("#Qq").rstrip(".").strip()
        kept["number"] = int(digits) if re.fullmatch("[0-9]{1,999}", digits) else number if digits else None
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


def take_numbers(drafts: Sequence[Draft]) -> None:
    """Take the numbers off the wordings of questions, if each begins with the one after that of the last."""
    found = [NUMBERED.match(draft.text("question")) for draft in drafts]
    numbers = [int(one[1]) for one in found if one]
    if len(drafts) > 1 and numbers == [*range(1, len(drafts) + 1)]:
        for draft, one in zip(drafts, found, strict=True):
            draft.fields["question"] = draft.text("question")[one.end() if one else 0 :]
