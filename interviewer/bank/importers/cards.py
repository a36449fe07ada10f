"""Flashcards: Obsidian's `question::answer`, and Anki's packages (.apkg), which are SQLite files in a ZIP."""

import io
import itertools
import re
import sqlite3
import zipfile
from collections.abc import Iterator

from pydantic import BaseModel, TypeAdapter

from interviewer.bank.importers.build import Draft, Note
from interviewer.bank.importers.columns import Columns
from interviewer.bank.importers.markdown import plain_text
from interviewer.bank.importers.preprocess import without_front_matter, without_note_marks
from interviewer.errors import InputError
from interviewer.text.clean import clean_line
from interviewer.text.slug import slug

_UNPACKED_LIMIT = 50_000_000
_STEPS = 20_000
"""Thousands of steps of SQLite's machine that reading a package may take."""
_NOTES = 10_001
_INLINE_CARD = re.compile(r"(\S[^:\n]*?) ?:{2,3} ?(\S.*)|(\S[^\n]*?) ?;; ?(\S.*)")
_QUESTION_CARD = re.compile(r"(?:Q: ?)?(\S[^\n]*?[?？؟]) ?:{2,3} ?(\S.*)|Q: ?(\S[^\n]*?) ?:{2,3} ?(\S.*)")
"""A card whose question ends in its mark or begins with Q:, and may hold single colons and names such as std::move."""
_TAGGED = re.compile(r"#flashcard|\A---\n(?:.*\n)*?(?:tags:.*|[ \t]*- )\bflashcards?\b")
_EMBEDDED = re.compile(r"!\[\[[^\[\]]*\]\]|[ \t]\^[\w-]+$", re.MULTILINE)
"""A file shown inside a note, and the name by which other notes refer to a paragraph."""
_LINK = re.compile(r"(?<!!)\[([^\[\]]+)\]\([^()\s]+\)")
_TITLE = re.compile(r"\A\n#{1,6}\s.*\n(?!\?{1,2}\n)")
"""A heading right above a card, which only names it; one right above the dividing line is the question."""
_CLOZE = re.compile(r"==[^=\n]+==|\{\{c?\d*:?:?[^{}]+\}\}")
_AGAIN = "in Anki: export as 'Notes in Plain Text', or as a package with 'Support older Anki versions'"


class _Field(BaseModel):
    name: str


class _NoteType(BaseModel):
    """A kind of Anki notes: the names of their fields, in order."""

    flds: list[_Field]


_NOTE_TYPES = TypeAdapter(dict[str, _NoteType])


def holds_cards(text: str) -> bool:
    """Tell whether a text is written as cards for Obsidian: by its tag, or since a third of its lines are cards."""
    lines = [line for line in without_note_marks(text).split("\n") if line.strip()]
    cards = sum(1 for line in lines if line.strip() in {"?", "??"} or (_INLINE_CARD.fullmatch(line) and "`" not in line))
    return cards > 0 and (_TAGGED.search(text) is not None or cards * 3 >= len(lines))


def read_cards(text: str) -> tuple[list[Draft], list[Note]]:
    """Return the cards of a text for Obsidian's spaced repetition; those with gaps to fill are noted as left out."""
    drafts: list[Draft] = []
    notes: list[Note] = []
    topic: dict[str, object] = {}
    for line, block in _paragraphs(without_front_matter(text)):
        if heading := re.fullmatch(r"#{1,6}\s+(.+)|#flashcards?/(\S+)", block):
            topic = {"topic": slug(_card_text(heading[1] or heading[2]).split("/")[-1], limit=40, kind="topic")}
            continue
        divided = re.split(r"\n\?{1,2}\n", _TITLE.sub("\n", f"\n{block}\n", count=1), maxsplit=1)
        cards = [(line, divided[0], divided[1])] if len(divided) == 2 else list(_inline_cards(line, block))
        for at, question, answer in cards:
            fields = {"question": _card_text(question), "reference": _card_text(answer)}
            drafts.append(Draft(at, topic | fields))
        if not cards and not block.startswith("#") and block.strip("-"):
            gaps = _CLOZE.search(block)
            reason = "a card with a gap asks no question" if gaps else f"it is no card: {clean_line(block, 60)}"
            notes.append(Note(line, f"left out: {reason}"))
    return drafts, notes


def _card_text(text: str) -> str:
    return plain_text(_LINK.sub(r"\1", _EMBEDDED.sub("", text)))


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Yield the paragraphs between blank lines, each with the number of its first line."""
    for blank, numbered in itertools.groupby(enumerate(text.split("\n"), 1), lambda line: not line[1].strip()):
        if not blank:
            numbers, lines = zip(*numbered, strict=True)
            yield numbers[0], "\n".join(lines).strip()


def _inline_cards(line: int, block: str) -> Iterator[tuple[int, str, str]]:
    for at, part in enumerate(block.split("\n")):
        text = part.strip().removeprefix("- ")
        card = _QUESTION_CARD.fullmatch(text) or _INLINE_CARD.fullmatch(text)
        if card and (card[1] or card[3]).count("`") % 2 == 0:  # else the colons stand inside code
            yield line + at, card[1] or card[3], card[2] or card[4]


def read_package(data: bytes, name: str) -> tuple[list[Draft], list[Note]]:
    """Return the notes of an Anki package: the fields called question and answer, front and back or so, else the first two.

    Raises:
        InputError: it is no such package, or of the newest form, which is compressed in a way that Python 3.11 cannot read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            members = set(package.namelist())
            collection = "collection.anki21" if "collection.anki21" in members else "collection.anki2"
            if "collection.anki21b" in members or collection not in members:
                raise InputError(f"{name} holds no collection that can be read", next_step=_AGAIN)
            if package.getinfo(collection).file_size > _UNPACKED_LIMIT:
                raise InputError(f"{name} is too large", next_step="export a smaller deck")
            raw = package.read(collection)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise InputError(f"{name} is not an Anki package: {clean_line(str(error))}", next_step=_AGAIN) from error
    database = sqlite3.connect(":memory:")
    try:
        database.deserialize(raw)
        database.execute("PRAGMA trusted_schema = OFF")
        left = iter(range(_STEPS))
        database.set_progress_handler(lambda: next(left, None) is None, 1000)
        if database.execute("SELECT type FROM sqlite_master WHERE name = 'notes'").fetchone() != ("table",):
            raise InputError(f"{name} holds no notes", next_step=_AGAIN)
        note_types = _NOTE_TYPES.validate_json(str(database.execute("SELECT models FROM col").fetchone()[0]) or "{}")
        notes = database.execute("SELECT mid, tags, flds FROM notes LIMIT ?", (_NOTES,)).fetchall()
    except (sqlite3.Error, ValueError, TypeError, OverflowError) as error:
        raise InputError(f"{name} cannot be read: {clean_line(str(error))}", next_step=_AGAIN) from error
    finally:
        database.close()
    columns = Columns()
    drafts: list[Draft] = []
    for position, (note_type, tags, values) in enumerate(notes, 1):
        texts = str(values).split("\x1f")
        names = [field.name for field in note_types[str(note_type)].flds] if str(note_type) in note_types else []
        fields = columns.fields({"tags": str(tags).split()[:1], **dict(zip(names, texts, strict=False))}, position)
        if not {"question", "reference"} <= fields.keys():
            fields = columns.fields(dict(zip(("question", "reference"), texts, strict=False)), position)
        drafts.append(Draft(position, fields))
    return drafts, []
