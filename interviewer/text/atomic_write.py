"""Writing a file so that it is the old one or the new one, never half."""

import os
import secrets
from pathlib import Path

from interviewer.errors import InputError
from interviewer.text.clean import clean_line

OWNER_ONLY = 0o600
_AS_UMASK_SAYS = 0o666
_OPENING = 20
"""Bytes that all files of a kind and a format of ours begin with, and hardly any other."""


def write_atomically(path: Path, text: str, mode: int = _AS_UMASK_SAYS) -> None:
    """Write a text file: a new one beside it, flushed to disk, then put in place. An older file hands on its mode.

    Raises:
        InputError: the place cannot be written; an older file there is untouched.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8", newline="\n")  # a pipe or a device, which nothing can replace
            return
        target = path.resolve()  # a link stays a link
        fresh = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.new")
        try:
            # Exclusive, so that nobody can have put a link there.
            with open(
                fresh, "x", encoding="utf-8", newline="\n", opener=lambda name, flags: os.open(name, flags, mode)
            ) as stream:  # Path.open takes no opener
                if target.exists() and mode != OWNER_ONLY:
                    fresh.chmod(target.stat().st_mode & 0o777)
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(target)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        _flush_folder(target.parent)
    except OSError as error:
        raise InputError(
            f"cannot write {clean_line(str(path))}: {error.strerror}", next_step="choose another place, or make room there"
        ) from error


def refuse_overwrite(path: Path, text: str, *, force: bool, interactive: bool) -> None:
    """Refuse to replace a file that a person may want to keep: any, while one sits there and has named it.

    Elsewhere, one that does not begin as `text` does: a program may write its report again, over nothing but a report.

    Raises:
        InputError: it is there already.
    """
    if force or not path.is_file():
        return
    try:
        with path.open("rb") as file:
            opening = file.read(_OPENING)
    except OSError as error:
        raise InputError(f"cannot read {clean_line(str(path))}: {error.strerror}", next_step="choose another place") from error
    if interactive or not text.encode().startswith(opening):
        what = "is already there" if interactive else "is already there and holds something else"
        raise InputError(f"{clean_line(str(path))} {what}", next_step="--force replaces it; --output names another")


def _flush_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
