"""Files that somebody else made, of a size that can be read."""

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from interviewer.errors import InputError
from interviewer.text.clean import clean_line, clean_path

SIZE_LIMIT = 5_000_000
"""Largest file of questions in bytes; the built-in bank is about a ninth of that."""
SPLIT = "split it into several files"
UTF_8 = "utf-8-sig"
_LINES = 100_000
"""Ten times those of the built-in bank."""


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8 of a sensible size.

    Raises:
        InputError: there is no such file, it is too large or too long, or it is no such text.
    """
    return decode(read_bytes(path), clean_line(str(path)), UTF_8)


def decode(data: bytes, where: str, encoding: str) -> str:
    """Return the text of what was read from a file; `where` names it.

    Raises:
        InputError: it is too long, or no text in this encoding.
    """
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(f"{where} is not UTF-8 text (byte {error.start})", next_step="save it as UTF-8") from error
    if text.count("\n") > _LINES:
        raise InputError(f"{where} has more than {_LINES:,} lines", next_step=SPLIT)
    return text


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """Open a file of whatever size for the block.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise InputError(f"cannot read {clean_path(path)}: {error.strerror}", next_step="check the path") from error


def read_bytes(path: Path) -> bytes:
    """Return the contents of a file of at most `SIZE_LIMIT` bytes.

    Raises:
        InputError: there is no such file, it is too large, or it cannot be read.
    """
    where = clean_line(str(path))
    try:
        if path.is_dir():
            raise InputError(f"{where} is a folder", next_step="name a file in it")
        if not path.is_file():
            raise InputError(f"there is no file {where}", next_step="check the path")
        if path.stat().st_size > SIZE_LIMIT:
            raise InputError(f"{where} is larger than {SIZE_LIMIT // 1_000_000} MB", next_step=SPLIT)
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {where}: {error.strerror}", next_step="check its permissions") from error


def guess_encoding(data: bytes) -> str:
    """Return UTF-16 if a text begins with its byte order mark; if it is text, but not UTF-8, what it probably is; else UTF-8.

    Where most letters beyond ASCII stand beside another, it is Chinese or, if it cannot be that, Russian; else Western.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    runs: list[bytes] = re.findall(rb"[\x80-\xff]+", data)
    foreign = ["GB18030", "Windows-1251"] if sum(map(len, runs)) >= 3 * len(runs) else []
    for encoding in [UTF_8, *foreign]:
        with suppress(UnicodeDecodeError):
            data.decode(encoding)
            return encoding
    return UTF_8 if b"\0" in data else "Windows-1252"
