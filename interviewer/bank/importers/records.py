"""Records: objects whose keys have any of the usual names, lists and maps of them. Read from JSON, JSON Lines and YAML here."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from interviewer.bank.importers.build import Draft, Note
from interviewer.bank.importers.column_choices import field_text
from interviewer.bank.importers.column_contents import named_as_terms, named_by_contents
from interviewer.bank.importers.columns import FIELDS, Columns, column_name, holds_questions, take_numbers
from interviewer.bank.validate import parse_entries
from interviewer.errors import InputError
from interviewer.text.clean import clean_line
from interviewer.text.slug import slug

_GENERIC = re.compile(
    r"\W*(?:questions|items|data|rows|records|cards|notes|faqs?|results|entries|paragraphs|qas|examples|list|q?\d*)",
    re.IGNORECASE,
)
"""Keys that are no topics of what is below them."""
_SPEAKERS = {"user": "question", "human": "question", "assistant": "reference", "gpt": "reference"}
"""The fields that the turns of a conversation are, by their speakers."""
_TITLES = ("topic", "topic name", "category", "section", "title", "name")
"""What the title of a group is called."""
_FEWEST_ANSWERS = 2
"""Texts that a map from questions to answers has at least, and records whose fields are told by what they hold."""
_Path = tuple[int | str, ...]


def read_records(text: str, suffix: str, name: str) -> tuple[list[Draft], list[Note]]:
    """Return the questions of a YAML, JSON or JSON Lines text: objects, lists of them, maps from question to answer, chats.

    Raises:
        InputError: it cannot be read.
    """
    rows, problems = parse_entries(text, suffix, name, any_shape=True)
    if not rows and problems:
        raise InputError(str(problems[0]), next_step="correct it there; export a bank to see the form: interviewer bank export")
    notes = [Note(problem.line, f"left out: {problem.message}", lost=True) for problem in problems]
    drafts: list[Draft] = []
    _name_by_contents([row.value for row in rows])
    found = [list(_records(row.value, (), "")) for row in rows]
    columns = Columns(record for records in found for _, record, _ in records)
    for row, records in zip(rows, found, strict=True):
        before = len(drafts)
        for path, record, topic in records:
            line = row.line_of(path)
            if not record:
                notes.append(Note(line, "left out: it has no question", lost=True))
                continue
            fields = columns.fields(record, line)
            drafts.append(Draft(line, {"topic": slug(topic, kind="topic"), **fields} if topic else fields))
        if len(drafts) == before:
            reason = "left out: not an object with fields such as question and reference"
            seen = clean_line(_first_fields(row.value), 60)
            notes.append(Note(row.line, f"{reason}; it has {seen}" if seen else reason, lost=True))
    take_numbers(drafts)
    return drafts, notes + columns.notes


def _records(value: object, path: _Path, topic: str) -> Iterator[tuple[_Path, dict[str, object], str]]:
    """Yield the records in a tree of lists and maps, each with its path and the title of the group that it is in."""
    if isinstance(value, list) and (not path or isinstance(path[-1], int)) and _is_card(value):
        yield path, dict(zip(("question", "reference", "tags"), value, strict=False)), topic
    elif isinstance(value, list):
        found: list[tuple[_Path, dict[str, object], str]] = []
        lost: list[_Path] = []
        columned = any(isinstance(entry, dict) and holds_questions(map(str, entry)) for entry in value)
        for at, entry in enumerate(value):
            if isinstance(entry, str) and "?" in entry:
                found.append(((*path, at), {"question": entry}, topic))
                continue
            stray = columned and isinstance(entry, dict) and not holds_questions(map(str, entry))
            flat = stray and all(isinstance(cell, str) for cell in entry.values())
            inside = [] if flat else list(_records(entry, (*path, at), topic))
            found += inside
            lost += [(*path, at)] if isinstance(entry, dict) and not inside else []
        yield from found
        yield from ((place, {}, topic) for place in lost if found)
    elif isinstance(value, dict):
        if chat := _chat(value):
            yield path, chat, topic
            return
        names = {column_name(str(key)): entry for key, entry in value.items()}
        clear = next((name for name in names if FIELDS.get(name) == "question" and field_text(names[name])), "")
        nested = any(_holds_records(entry) or _holds_chapters(entry) for entry in value.values())
        named = holds_questions(names) or "?" in field_text(names.get(clear))
        if clear and named and not (nested and (isinstance(names[clear], list) or not holds_questions([clear], strictly=True))):
            yield path, value, topic
            return
        title = next((field_text(names[name]) for name in _TITLES if name in names), "")
        is_record = len(value) < _FEWEST_ANSWERS or (path and isinstance(path[-1], int))
        texts = not is_record and all(isinstance(entry, str) for entry in value.values()) and not FIELDS.keys() & names.keys()
        for key, entry in value.items():
            if isinstance(entry, str) or ("?" in str(key) and not _holds_records(entry)):
                if texts or "?" in str(key):
                    yield (*path, key), {"question": str(key), "reference": field_text(entry)}, topic
            else:
                generic = _GENERIC.fullmatch(str(key))
                yield from _records(entry, (*path, key), title or (topic if generic else str(key)))


def _name_by_contents(values: Sequence[object]) -> None:
    """Rename the keys of records of which none says what it holds, where that can be told from what they hold."""
    alike: dict[tuple[str, ...], list[dict[str, object]]] = defaultdict(list)
    left = list(values)
    asked = False
    while left:
        value = left.pop()
        if isinstance(value, dict):
            if holds_questions(str(key) for key, entry in value.items() if not _holds_records(entry)):
                asked = True
                continue
            alike[tuple(map(str, value))].append(value)
            left += value.values()
        elif isinstance(value, list):
            left += value
    texts = {
        names: [[entry if isinstance(entry, str) else "" for entry in record.values()] for record in records]
        for names, records in alike.items()
    }
    columns = {names: named_by_contents(names, texts[names]) or _named_by_options(names, alike[names]) for names in alike}
    if not asked and not any(columns.values()):  # beside questions it is no glossary, but says who wrote them or so
        columns = {names: named_as_terms(names, texts[names]) for names in alike}
    for names, records in alike.items():
        for record in records if columns[names] else ():
            entries = list(record.values())
            record.clear()
            record.update(zip(columns[names], entries, strict=True))


def _named_by_options(names: Sequence[str], records: Sequence[dict[str, object]]) -> list[str]:
    """Return names for the fields of records with options and the right one, whose only text is what they ask."""
    known = [FIELDS.get(column_name(name)) for name in names]
    kinds = [{type(entry) for entry in entries} for entries in zip(*(record.values() for record in records), strict=True)]
    texts = [at for at, kind in enumerate(kinds) if kind == {str} and known[at] is None]
    right = any(field == "reference" and not kind & {list, dict} for field, kind in zip(known, kinds, strict=True))
    if len(records) < _FEWEST_ANSWERS or len(texts) != 1 or {list} not in kinds or not right or "question" in known:
        return []
    return ["question" if at in texts else name for at, name in enumerate(names)]


def _first_fields(value: object) -> str:
    """Return the names of the fields of the first record in a tree of lists and maps."""
    entries = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if isinstance(value, dict) and any(isinstance(entry, str | int) for entry in entries):
        return ", ".join(map(str, value))
    return next(filter(None, map(_first_fields, entries)), "")


def _is_card(entry: list[object]) -> bool:
    """Tell whether a list inside a list is a card without names: a question, its answer, and perhaps its topic."""
    texts = [cell for cell in entry if isinstance(cell, str) and cell.strip()]
    return len(texts) == len(entry) in {2, 3} and not texts[1].rstrip().endswith("?")


def _holds_records(value: object) -> bool:
    entries = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    return any(isinstance(entry, dict) for entry in entries)


def _holds_chapters(value: object) -> bool:
    """Tell whether a value is a map of nothing but lists of records."""
    chapters = list(value.values()) if isinstance(value, dict) else []
    return bool(chapters) and all(isinstance(one, list) and _holds_records(one) for one in chapters)


def _chat(value: dict[str, object]) -> dict[str, object]:
    """Return the first question and answer of a conversation, as data for fine-tuning has it."""
    turns = value.get("messages") or value.get("conversations") or value.get("conversation") or value.get("prompt")
    reply = value.get("completion") or value.get("chosen")
    fields: dict[str, object] = {}
    for turn in [*turns, *(reply if isinstance(reply, list) else ())] if isinstance(turns, list) else ():
        field = _SPEAKERS.get(str(turn.get("role") or turn.get("from")).casefold()) if isinstance(turn, dict) else None
        if field == "question" or (field and fields):
            fields.setdefault(field, field_text(turn.get("content") or turn.get("value")))
    return fields if fields.get("question") else {}
