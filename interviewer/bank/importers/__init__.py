"""Import: questions in whatever form people keep them become a bank.

A reader per kind of file yields drafts; `build` makes questions of them.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from interviewer.bank.importers.build import Draft, Imported, Note, build, drop_refrain
from interviewer.bank.importers.cards import holds_cards, read_cards, read_package
from interviewer.bank.importers.delimited import read_table, with_tabs
from interviewer.bank.importers.levels import read_levels
from interviewer.bank.importers.preprocess import without_note_marks
from interviewer.bank.importers.question_finder import read_markdown
from interviewer.bank.importers.records import read_records
from interviewer.errors import InputError
from interviewer.models import Question
from interviewer.text.clean import clean_line
from interviewer.text.read_file import UTF_8, decode, guess_encoding, read_bytes
from interviewer.text.slug import slug

__all__ = ["Imported", "Note", "import_files"]

_RECORDS = (".yaml", ".yml", ".json", ".jsonl", ".ndjson")
_SUFFIXES = (".md", ".markdown", ".txt", ".csv", ".tsv", *_RECORDS, ".apkg")
_PAIR = re.compile(r"[^,]+,[^\s,][^,]*")
"""A card in a line: front,back."""
_TABLE_RULE = re.compile(r"^[ \t|:-]*-[ \t:]*\|[ \t|:-]*$", re.MULTILINE)
"""The line below the header of a table in Markdown."""
_TAG = re.compile(r"<[a-z][^<>\n]*>", re.IGNORECASE)
"""Whose attributes may hold signs that divide fields elsewhere."""
_NO_FIELDS = re.compile(r"\([^()\n]*\)|`[^`\n]*`|^.*[?？؟]$")
"""Where a bar divides no fields: in P(A|B), in code, and in a line that asks to its end."""
_FILES = 500
"""Files of one import, at most."""


def import_files(paths: Sequence[Path], earlier: Sequence[Question] = ()) -> Imported:
    """Read the questions of files and of all files in folders: Markdown, text, CSV, JSON, JSON Lines, YAML, Anki packages.

    Nothing is invented: a question without key points keeps none. `earlier` is what an older import of these files held;
    a question that is still there keeps its id, since the history of answers refers to it, and its key points.

    Raises:
        InputError: a file cannot be read, or there is no question in any.
    """
    files = _files(paths)
    drafts: list[Draft] = []
    notes: list[Note] = []
    for file in files:
        try:
            new_drafts, new_notes = _read(file)
        except InputError as error:
            if len(files) == 1:
                raise
            new_drafts, new_notes = [], [Note(1, f"left out: {error.message}", lost=True)]
        drop_refrain(new_drafts)
        new_notes += read_levels(new_drafts)
        topic = slug(file.parent.resolve().name if file.stem.casefold() in {"readme", "index"} else file.stem, kind="topic")
        shown = clean_line(file.name) if len(files) > 1 else ""
        for draft in new_drafts:
            draft.fields.setdefault("topic", topic)
            draft.file = shown
        for note in new_notes:
            note.file = shown
        drafts += new_drafts
        notes += new_notes
    imported = build(drafts, notes, earlier)
    if not imported.questions:
        first = f": {imported.notes[0]}" if imported.notes else ""
        raise InputError(
            f"no question was found in {', '.join(clean_line(str(path)) for path in paths[:3])}{first}",
            next_step="end questions in a question mark, number them, or name the columns; see interviewer bank import --help",
        )
    return imported


def _files(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (file for file in sorted(path.rglob("*")) if not any(part.startswith(".") for part in file.parts[1:]))
            files += [file for file in inside if file.suffix.lower() in _SUFFIXES and file.is_file()]
        else:
            files.append(path)
    if not files:
        raise InputError("there is no file to import in this folder", next_step=f"it may hold {', '.join(_SUFFIXES)}")
    if len(files) > _FILES:
        raise InputError(f"these are more than {_FILES} files", next_step="import them in several banks")
    return files


def _read(path: Path) -> tuple[list[Draft], list[Note]]:
    suffix, name = path.suffix.lower(), clean_line(str(path))
    if suffix == ".apkg":
        return read_package(read_bytes(path), name)
    if path.exists() and suffix not in _SUFFIXES:
        raise InputError(
            f"a file ending in {suffix or 'nothing'} cannot be imported", next_step=f"it may end in {', '.join(_SUFFIXES)}"
        )
    data = read_bytes(path)
    encoding = guess_encoding(data)
    text = decode(data, name, encoding).replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise InputError(f"{name} is not text: it holds NUL characters", next_step="export it as text")
    lines = [line for line in _TAG.sub("", text).split("\n") if line.strip()]
    pairs = sum(_PAIR.fullmatch(line) is not None for line in lines)
    marks = ("\t", "; ", "?;") if _TABLE_RULE.search(text) else ("\t", "; ", "?;", "|")
    bare = [line.strip().lstrip("|") for line in lines]
    barred = [_NO_FIELDS.sub("", line) for line in bare]
    divided = max(pairs, *(sum(mark in line for line in (barred if mark == "|" else bare)) for mark in marks))
    exported = suffix == ".txt" and (text.startswith(("#separator", "#html")) or divided * 10 >= 9 * len(lines) > 0)
    if suffix in _RECORDS:
        drafts, notes = read_records(text, suffix, name)
    elif suffix == ".txt" and not exported and (tabbed := with_tabs(text)):
        drafts, notes = read_table(tabbed, name, loose=True)
    elif suffix in {".csv", ".tsv"} or exported:
        drafts, notes = read_table(text, name, loose=exported and not text.startswith("#"))
    else:
        said = without_note_marks(text)
        drafts, notes = read_cards(said) if holds_cards(text) else read_markdown(said)
    if encoding != UTF_8:
        notes = [Note(1, f"read as {encoding}, since it is not UTF-8; check its accents and signs"), *notes]
    return drafts, notes
