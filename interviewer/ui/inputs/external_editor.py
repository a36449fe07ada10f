"""The person's own editor: a text goes there in a file and comes back as it was saved, whatever happens to the editor."""

import os
import tempfile
from pathlib import Path

from interviewer.text.clean import clean_line


def edited(text: str) -> tuple[str, str]:
    """Return what the person's editor saved of a text, and what went wrong, if anything did."""
    import click

    handle, name = tempfile.mkstemp(suffix=".txt")  # readable by its owner only
    file = Path(name)
    problem = ""
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(f"{text}\n")
        click.edit(filename=name)
    except click.ClickException as error:
        problem = _why_not(clean_line(error.message.partition(": Editing failed")[0]), error.__cause__)
    except ValueError as error:  # quotation marks that do not close, say
        problem = f"The value of EDITOR is no command: {clean_line(str(error)).lower()}"
    finally:
        if file.exists():
            text = file.read_bytes().decode(errors="replace").rstrip("\r\n")
            file.unlink()
    return text, problem


def _why_not(editor: str, cause: BaseException | None) -> str:
    """Return in words why an editor did not do its work: it could not be started, or said that it failed."""
    if isinstance(cause, FileNotFoundError):
        return f"The editor {editor} was not found"
    return f"The editor {editor} could not be started: {cause.strerror}" if isinstance(cause, OSError) else f"{editor} failed"
