"""Levels as files name them: in usual words, or as numbers, whose range is the file's own."""

import re
from collections.abc import Sequence
from typing import get_args

from interviewer.bank.importers.blocks import BOLD, END_BOLD, HARD_BREAK, PATTERNS, plain
from interviewer.bank.importers.build import Draft, Note
from interviewer.models import Level
from interviewer.text.clean import clean_line

_WORDS = "|".join(PATTERNS["levels"].values())
_LEVELS: dict[Level, re.Pattern[str]] = {
    level: re.compile(rf"\b(?:{PATTERNS['levels'][level]})\b", re.IGNORECASE) for level in get_args(Level)
}
_NAMES = PATTERNS["columns"]["level"].replace("\n", "")
_TITLE = re.compile(rf"(?:{_NAMES}) (?:{_WORDS})|(?:{_WORDS}) (?:{_NAMES}|questions?)", re.IGNORECASE)
_NUMBER = re.compile(r"(?:level |lvl |l)?(\d{1,5}(?:\.\d{1,3})?)(?: ?(?:/|of) ?(\d{1,5}))?", re.IGNORECASE)
_SURE_WORDS = "basic|easy|beginner|junior|medium|intermediate|hard|advanced|expert|senior"
"""Levels that are hardly answers, as "low" and "complex" may be."""
_LEVEL_BEHIND = re.compile(
    rf"\A([^\n{HARD_BREAK}]{{1,500}}?)[ {BOLD}]*(\||(?<=[?？؟.! {BOLD}{END_BOLD}])[(\[–—-])[^\w\n{END_BOLD}]{{0,5}}"
    rf"(?:(?:level|difficulty):? )?({_SURE_WORDS})[^\w\n?？؟{END_BOLD}]{{0,5}}({END_BOLD}?)\s*(?=[\n{HARD_BREAK}]|\Z)",
    re.IGNORECASE,
)
"""A line with a level at its end, behind a bar or a dash or in brackets."""
_REMARK = re.compile(
    r"^\W{0,4}(?:difficulty(?: level)?|level|难度|сложность|dificultad|dificuldade|nivel|nível)\W{0,3}[:：]\W{0,3}"
    r"(\d{1,5}(?: ?/ ?\d{1,5})?)\W{0,3}$",
    re.IGNORECASE | re.MULTILINE,
)


def level_of(text: str) -> Level | None:
    """Return the level that a text names in usual words, such as 'Easy' or 'Hard questions'; none if it names both or none."""
    named = [level for level, pattern in _LEVELS.items() if pattern.search(text)]
    return named[0] if len(named) == 1 else None


def is_level(text: str) -> bool:
    """Tell whether a text is nothing but the name of a level."""
    return re.fullmatch(_WORDS, text.strip(), re.IGNORECASE) is not None


def is_level_title(text: str) -> bool:
    """Tell whether a text is a title that names a level, such as "Nivel intermedio" or "Advanced questions"."""
    return _TITLE.fullmatch(text) is not None


def is_numbered_level(text: str) -> bool:
    """Tell whether a text is nothing but a number that may be a level, such as 2, L2 or 2/5."""
    return _NUMBER.fullmatch(text.strip()) is not None


def without_level_behind(text: str) -> tuple[str, Level | None]:
    """Return a text without the level that is named behind the question in its first line, and that level."""
    found = _LEVEL_BEHIND.match(text)
    if not found or not (found[2] == "|" or plain(found[1]).endswith(tuple("?？؟.。!"))):
        return text, None
    if found[2] in "–—-" and found[3].casefold() in found[1].casefold():  # the answer to what asks for it: soft or hard?
        return text, None
    return found[1] + found[4] + text[found.end() :], level_of(found[3])


def remarked_level(remarks: str) -> str | None:
    """Return the level that lines below a question name, such as "Difficulty: hard" and "Level: 2/5", as it is written."""
    numbered = _REMARK.search(remarks)
    return level_of(remarks) or (numbered[1] if numbered else None)


def read_levels(drafts: Sequence[Draft]) -> list[Note]:
    """Read the levels of a file's drafts; numbers above the middle of all are advanced. What is no level goes with a note."""
    numbers = {text: found for draft in drafts if (found := _NUMBER.fullmatch(text := draft.text("level")))}
    given = [float(part) for found in numbers.values() for part in found.groups() if part]
    given += [1] if any(found[2] for found in numbers.values()) else []  # where the scale of 4/5 begins
    low, high = min(given, default=0), max(given, default=0)
    notes: dict[str, Note] = {}
    for draft in drafts:
        if not (text := draft.text("level")):
            continue
        found = numbers.get(text)
        level = level_of(text)
        if found and low < high:
            level = "advanced" if 2 * float(found[1]) > low + high else "basic"
        if level:
            draft.fields["level"] = level
        else:
            del draft.fields["level"]
            notes.setdefault(text, draft.note(f"left out, since it is no level: {clean_line(text, 60)}"))
    return list(notes.values())
