"""Writing a file so that it is the old one or the new one, never half."""

import os
import tempfile
from pathlib import Path

from interviewer.errors import InputError


def write_atomically(path: Path, text: str) -> None:
    """Write a text file: a temporary one beside it, flushed to disk, then put in place.

    Raises:
        InputError: the place cannot be written; an older file there is untouched.
    """
    try:
        handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            Path(fresh).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
            Path(fresh).replace(path)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise
        _flush_folder(path.parent)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}", next_step="choose another place with --output") from error


def _flush_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
