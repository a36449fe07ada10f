"""Writing a file so that after a failure, a kill or a power cut it is the old one or the new one, never half."""

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from interviewer.errors import InputError
from interviewer.text.clean import clean_path

OWNER_ONLY = 0o600
_AS_UMASK_SAYS = 0o666
_NAME = 50
"""Characters of the file's name in that of the temporary file: four bytes each at most, and 255 bytes is the usual limit."""
_OPENING = 29
"""Characters that all files of a kind and a format of ours begin with, numbers aside, and hardly any other."""


@contextmanager
def replacing(path: Path, mode: int | None = None) -> Iterator[BinaryIO]:
    """Give a new file beside `path` to write to; when the block ends it is flushed to disk and takes the place of `path`.

    Args:
        path: where a symbolic link stands it is replaced, not the file that it leads to.
        mode: permission bits; without any, those of the older file, or what the umask says. At no moment has it more.

    Raises:
        OSError: it could not be written. Whenever the block is left by an exception, the older file is untouched.
    """
    fresh = path.with_name(f".{path.name[:_NAME]}.{secrets.token_hex(4)}.new")
    if mode is None and path.exists():
        mode = stat.S_IMODE(path.stat().st_mode)
    try:
        # Exclusive, so that nobody can have put a link there. Path.open takes no opener.
        with open(fresh, "xb", opener=lambda name, flags: os.open(name, flags, mode or _AS_UMASK_SAYS)) as stream:
            if mode is not None:
                fresh.chmod(mode)  # the umask may have taken some of it
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


@contextmanager
def writing(path: Path, next_step: str = "make room, then run the same command again") -> Iterator[None]:
    """Name the file that the block cannot write.

    Raises:
        InputError: in place of an OSError.
    """
    try:
        yield
    except OSError as error:
        where = clean_path(Path(error.filename or path))
        raise InputError(f"cannot write {where}: {error.strerror}", next_step=next_step) from error


def write_atomically(path: Path, content: str | bytes, mode: int | None = None) -> None:
    """Write a whole file as `replacing` does, that which a link leads to; text in UTF-8. A pipe or a device is just written to.

    Raises:
        InputError: the place cannot be written; an older file there is untouched.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
            return
        with replacing(path.resolve(), mode) as stream:
            stream.write(data)
    except OSError as error:
        raise InputError(
            f"cannot write {clean_path(path)}: {error.strerror}", next_step="choose another place, or make room there"
        ) from error


def refuse_overwrite(path: Path, text: str, *, force: bool, interactive: bool) -> None:
    """Refuse to replace a file that a person may want to keep: at a terminal, any file that is there already.

    Without a terminal, refuse only if the file does not look like an earlier output of ours, so that scripts can be rerun.

    Raises:
        InputError: it is there already.
    """
    if force or not path.is_file():
        return
    try:
        with path.open("rb") as file:
            there = _opening(file.read(4 * _OPENING).decode(errors="replace"))
    except OSError as error:
        raise InputError(f"cannot read {clean_path(path)}: {error.strerror}", next_step="choose another place") from error
    if interactive or not _opening(text).startswith(there):
        what = "is already there" if interactive else "is already there and holds something else"
        raise InputError(f"{clean_path(path)} {what}", next_step="--force replaces it; --output names another")


def _opening(text: str) -> str:
    return re.sub(r"\d+", "0", text.removeprefix("\ufeff")[: 4 * _OPENING])[:_OPENING]


def _flush_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
