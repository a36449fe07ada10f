"""What stands where a batch writes. Nothing is cut, replaced or removed before every line of it has proved to be ours."""

import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from interviewer.errors import InputError
from interviewer.text.clean import clean_line

ROW = re.compile(
    rb'\{"id":(?:-?\d*|"(?:[^"\\\n]|\\[^\n]){0,2000}"),"row_hash":"[0-9a-f]{16}"'
    rb',"question_id":"[^"\\\n]*","status":"[a-z]*","score":[^\n]*\}\n'
)
"""A line of an output. An id has 200 characters at most, each of which may be escaped."""
ENTRY = re.compile(rb"\d{1,12}\t" + ROW.pattern)
"""A line of a progress file."""
_SAMPLE = b'0\t{"id":"","row_hash":"0000000000000000","question_id":"","status":"","score":0}\n'
"""One of its ends completes whatever a line of ours begins with."""
_LINE_LIMIT = 10_000_000


def own_lines(path: Path, file: BinaryIO, shape: re.Pattern[bytes] = ROW) -> Iterator[bytes]:
    """Yield the complete lines of a file. After them may stand what a kill or a power cut left of one more.

    Raises:
        InputError: there is something else in it.
    """
    count = 0
    torn = False
    while line := file.readline(_LINE_LIMIT):
        if not torn and shape.fullmatch(line) and _is_json(line):
            count += 1
            yield line
            continue
        left = line.rstrip(b"\0") if count else line  # zeros stand where a power cut came before what was written
        # Without a line before it, a mere number is more likely a file of another program than an entry of ours.
        ends = range(0 if count else 2, len(_SAMPLE))
        if (torn and left) or not any(shape.fullmatch(left + _SAMPLE[end:]) for end in ends):
            raise something_else(path)
        torn = True


def lines_beside(path: Path, shape: re.Pattern[bytes] = ROW) -> Iterator[bytes]:
    """Yield the complete lines of a file beside an output, none if there is no such file. A link is not followed.

    Raises:
        InputError: it is something else.
    """
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise something_else(path)
    except FileNotFoundError:
        return
    with path.open("rb") as file:
        yield from own_lines(path, file, shape)


def create(path: Path, like: Path) -> BinaryIO:
    """Create a file that is as private as another. Exclusive: whatever stands there, be it a link, is left alone."""
    file = open(  # noqa: SIM115  # the caller closes it; and Path.open takes no opener
        path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)
    )
    adopt_mode(path, like)
    return file


def adopt_mode(path: Path, like: Path) -> None:
    """Let the same people read and write a file that may read and write another."""
    path.chmod(like.stat().st_mode & 0o777)


def something_else(path: Path) -> InputError:
    """Return what to raise where a file is not ours, or so damaged that nothing tells."""
    return InputError(
        f"{clean_line(str(path), 4096)} is there already and holds something else",
        next_step="choose another --output, or move that away",
    )


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line.rpartition(b"\t")[2].decode())
    except (ValueError, RecursionError):
        return False
    return True
