"""Import: questions in whatever form people keep them become a bank."""

from collections.abc import Sequence
from pathlib import Path

from interviewer.bank.importers.draft import Draft, Imported, Note, slug
from interviewer.errors import InputError
from interviewer.models import Question

__all__ = ["Imported", "Note", "import_file"]


def import_file(path: Path, earlier: Sequence[Question] = ()) -> Imported:
    """Read questions from a Markdown, text, CSV, JSON, JSON Lines or YAML file.

    Nothing is invented: a question without key points keeps none. `earlier` is what an older import of this file held;
    a question that is still there keeps its id, since the history of answers hangs on it.

    Raises:
        InputError: the file cannot be read, or there is no question in it.
    """
    from interviewer.bank.importers.build import build

    drafts, notes = _read(path)
    imported = build(drafts, notes, slug(path.stem, kind="topic"), earlier)
    if not imported.questions:
        first = f": {imported.notes[0]}" if imported.notes else ""
        raise InputError(
            f"no question was found in {path}{first}",
            next_step="number the questions, or see the form of a bank: interviewer bank export --format md",
        )
    return imported


def _read(path: Path) -> tuple[list[Draft], list[Note]]:
    match path.suffix.lower():
        case ".md" | ".markdown" | ".txt":
            from interviewer.bank.importers.bank_markdown import is_bank_markdown, read_bank_markdown
            from interviewer.bank.importers.markdown import read_markdown
            from interviewer.bank.text_file import read_text

            text = read_text(path)
            return read_bank_markdown(text) if is_bank_markdown(text) else read_markdown(text)
        case ".csv" | ".tsv":
            from interviewer.bank.importers.rows import read_csv

            return read_csv(path)
        case ".yaml" | ".yml" | ".json" | ".jsonl" | ".ndjson":
            from interviewer.bank.importers.rows import read_records

            return read_records(path)
        case suffix:
            raise InputError(
                f"a file ending in {suffix or 'nothing'} cannot be imported",
                next_step="import .md, .txt, .csv, .json, .jsonl or .yaml",
            )
