"""The Markdown that `bank export --format md` writes: a heading a question, a section for each of its parts."""

import re
from collections.abc import Callable

from interviewer.bank.importers.draft import Draft, Note
from interviewer.bank.importers.escapes import from_block, from_line
from interviewer.text.clean import clean_line

MARK = "<!-- interviewer bank: `interviewer bank import` reads every field of this file back -->"
UNNUMBERED = re.compile(r"\\*[0-9]+\. ")
"""An unnumbered question that begins like a numbered one gets a backslash."""

_LISTS = ("related", "proposed")
_NUMBERED = re.compile(r"([0-9]{1,1000})\. (.*)", re.DOTALL)
_POINT = re.compile(r"(.*) \(([a-z0-9-]+), ([123])\)", re.DOTALL)
_FOLLOW_UP = re.compile(r"(.*) \(([a-z0-9-]+)\)", re.DOTALL)


def is_bank_markdown(text: str) -> bool:
    """Tell whether a text was written by `bank export`."""
    return MARK in text[:1000]


def read_bank_markdown(text: str) -> tuple[list[Draft], list[Note]]:
    """Return the questions of an exported bank, and notes about lines that do not fit its layout."""
    drafts: list[Draft] = []
    answers: list[list[str]] = []
    notes: list[Note] = []
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("## "):
            drafts.append(Draft(number, _heading(line.removeprefix("## "))))
            answers.append([])
            section = ""
        elif line.startswith("### "):
            section = line.removeprefix("### ").strip()
            if section not in {"Answer", *_READERS}:
                notes.append(Note(number, f"left out: there is no section {clean_line(section, 60)} in an exported bank"))
        elif not drafts or (section != "Answer" and not line.strip()):
            continue
        elif section == "Answer":
            answers[-1].append(line)
        elif not (reader := _READERS.get(section)) or not reader(drafts[-1].fields, line):
            notes.append(Note(number, f"left out, since it does not fit the layout: {clean_line(line, 60)}"))
    for draft, answer in zip(drafts, answers, strict=True):
        draft.fields["reference"] = from_block("\n".join(answer).strip())
    return drafts, notes


def _heading(text: str) -> dict[str, object]:
    if match := _NUMBERED.fullmatch(text):
        return {"number": int(match[1]), "question": from_line(match[2])}
    return {"number": None, "question": from_line(text[1:] if text[:1] == "\\" and UNNUMBERED.match(text) else text)}


def _field(fields: dict[str, object], line: str) -> bool:
    name, colon, value = line.removeprefix("- ").partition(": ")
    if not colon or name not in {"id", "topic", "level", "hint", *_LISTS}:
        return False
    fields[name] = value.split(", ") if name in _LISTS else from_line(value)
    return True


def _entry(name: str, fields: dict[str, object], value: object) -> bool:
    entries = fields.setdefault(name, [])
    assert isinstance(entries, list)  # noqa: S101  # only this function fills it
    entries.append(value)
    return True


def _point(fields: dict[str, object], line: str) -> bool:
    if line.startswith("  - "):
        points = fields.get("key_points")
        if not isinstance(points, list):
            return False
        return _entry("paraphrases", points[-1], from_line(line.removeprefix("  - ")))
    match = _POINT.fullmatch(line.removeprefix("- "))
    if match is None:
        return False
    return _entry("key_points", fields, {"text": from_line(match[1]), "id": match[2], "weight": int(match[3])})


def _follow_up(fields: dict[str, object], line: str) -> bool:
    match = _FOLLOW_UP.fullmatch(line.removeprefix("- "))
    return match is not None and _entry("follow_ups", fields, {"text": from_line(match[1]), "key_point": match[2]})


def _misconception(fields: dict[str, object], line: str) -> bool:
    return line.startswith("- ") and _entry("misconceptions", fields, from_line(line.removeprefix("- ")))


def _source(fields: dict[str, object], line: str) -> bool:
    return line.startswith("- ") and _entry("sources", fields, from_line(line.removeprefix("- ")))


_READERS: dict[str, Callable[[dict[str, object], str], bool]] = {
    "": _field,
    "Key points": _point,
    "Misconceptions": _misconception,
    "Follow-ups": _follow_up,
    "Sources": _source,
}
