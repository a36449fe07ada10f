"""What an importer makes of a file: drafts of questions, and notes about what it could not use."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field

from interviewer.models import Question

_LONGEST_SLUG = 60


@dataclass(slots=True)
class Draft:
    """One question as a file tells it: the fields of a bank row, as far as they are there."""

    line: int
    fields: dict[str, object] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a field's text; empty where there is none."""
        value = self.fields.get(name)
        return value.strip() if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the file that its owner should know: what was left out, and why."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file held."""

    questions: tuple[Question, ...]
    notes: tuple[Note, ...]


def slug(text: str, *, limit: int = _LONGEST_SLUG, kind: str = "question") -> str:
    """Return the words of a text as a slug.

    Letters that have no ASCII form are lost, so a hash of the whole text stands in for them; `kind` is then said first
    if nothing else is left.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter) and letter not in "'’")
    short = "-".join(re.findall(r"[a-z0-9]+", letters))
    if len(short) > limit:
        short = short[: limit + 1].rpartition("-")[0] or short[:limit]
    if short and not any(letter.isalpha() and not letter.isascii() for letter in letters):
        return short
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{short[: limit - 9].strip('-') or kind}-{digest}"
