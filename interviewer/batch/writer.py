"""The output of a batch: in order, durable, and resumable after a kill at any moment.

Results come in any order. One thread appends them to a progress file and flushes a group of them to disk at once (group
commit); those that are next in order go on to the output. A row whose result was flushed is never graded again.
"""

import contextlib
import errno
import os
import re
import stat
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from interviewer.batch.rows import PROGRESS_ENTRY, RESULT, UNGRADED, Row, not_ours, proven_lines
from interviewer.errors import InputError
from interviewer.text.atomic_write import replacing, writing
from interviewer.text.clean import clean_line

_PROGRESS_LIMIT = 8_000_000
"""Bytes that the progress file may grow before it is written anew with what is still needed."""


class ResultWriter:
    """Writes results in a thread of its own; `done` tells which rows need no work."""

    def __init__(self, output: Path, like: Path | None = None) -> None:
        """Open an output, or create one with the mode of the file `like`.

        Raises:
            InputError: the output cannot be written, another run writes it, or a file there is not a batch's.
        """
        self.output = output
        self._progress = Path(f"{output}.progress")
        self._added: deque[tuple[int, str]] = deque()
        self._failure: OSError | None = None
        if output.exists() and not output.is_file():
            raise InputError(f"{output} is no file that a later run could go on with", next_step="choose another --output")
        with writing(output, "choose another --output"), contextlib.ExitStack() as undo:
            progress = self._read_progress()  # refused before an output is created beside it
            self._out: BinaryIO = undo.enter_context(output.open("ab+"))
            _lock(self._out, output)
            if like:
                output.chmod(mode_of(like))
            self.written, self.ungraded = _count_and_trim(output, self._out)
            self._waiting = {index: line for index, line in progress.items() if index >= self.written}
            self._begin_progress()
            undo.pop_all()
        self.ungraded += sum(UNGRADED in line.encode() for line in self._waiting.values())
        self.resumed = self.saved
        self._advance()
        self._thread = ThreadPoolExecutor(1, "writer")

    def done(self, index: int) -> bool:
        """Tell whether the row with this index has its result."""
        return index < self.written or index in self._waiting

    def unchanged(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows, and check that those with a grade here are the ones that were graded.

        Raises:
            InputError: a row was changed, inserted or removed since.
        """
        written, out_of_order = self.written, dict(self._waiting)
        count = 0
        with self.output.open("rb") as file:
            for count, row in enumerate(rows, 1):  # noqa: B007  # it is read after the loop
                line = file.readline() if row.index < written else out_of_order.pop(row.index, "").encode()
                if line and not line.startswith(row.beginning.encode()) and UNGRADED not in line:
                    raise self._mismatch(row.difference(line.decode(errors="replace")))
                yield row
        if out_of_order or count < written:
            raise self._mismatch("rows are missing that were graded")

    @property
    def saved(self) -> int:
        """How many results are on disk."""
        return self.written + len(self._waiting)

    def out_of_order(self, index: int) -> bytes:
        """Return the line of a result that waits for an earlier one, or nothing."""
        line = self._waiting.get(index)
        return f"{line}\n".encode() if line else b""

    def add(self, index: int, line: str) -> Future[None]:
        """Take a result, one line of JSON, and return at once; the future is done when the result is on disk.

        Its exception is an InputError if this result or an earlier one could not be written.
        """
        self._added.append((index, line))
        return self._thread.submit(self._commit)

    def close(self) -> None:
        """Wait until everything is on disk, and remove the progress file if no result waits for an earlier row.

        Raises:
            InputError: a result could not be written.
        """
        if self._out.closed:
            return
        self._thread.shutdown()
        try:
            self._commit()  # results whose futures were cancelled
            os.fsync(self._out.fileno())
        finally:
            for file in (self._out, self._log):
                with contextlib.suppress(OSError):  # it still holds what did not fit
                    file.close()
        if not self._waiting:
            self._progress.unlink(missing_ok=True)

    def discard(self) -> None:
        """Close and delete the output and its progress file."""
        self.close()
        self._progress.unlink(missing_ok=True)
        self.output.unlink()

    def _mismatch(self, what: str) -> InputError:
        return InputError(
            f"{clean_line(str(self.output))} belongs to other answers, another bank or another way to grade: {what}",
            next_step="choose another --output to grade all anew, or bring back what was graded and what graded it",
        )

    def _read_progress(self) -> dict[int, str]:
        entries = (line.decode().rstrip("\n").partition("\t") for line in lines_beside(self._progress, PROGRESS_ENTRY))
        return {int(index): line for index, _, line in entries}

    def _commit(self) -> None:
        """Flush all results that were added to disk together."""
        with writing(self.output):
            if self._failure is not None:
                raise self._failure
            group = [self._added.popleft() for _ in range(len(self._added))]
            if not group:
                return
            try:
                self._log.write(_as_entries(group))
                self._log.flush()
                os.fsync(self._log.fileno())
                self._waiting.update(group)
                self._advance()
                if self._log.tell() > self._log_limit:
                    self._log.close()
                    self._begin_progress()
            except OSError as error:
                self._failure = error
                raise

    def _advance(self) -> None:
        """Move the results that are next in order to the output."""
        ready: list[str] = []
        while (following := self._waiting.get(self.written + len(ready))) is not None:
            ready.append(following)
        if ready:
            self._out.write("".join(f"{line}\n" for line in ready).encode())
            self._out.flush()
            first = self.written
            self.written += len(ready)  # before they are removed: `done` must never miss one in between
            for index in range(first, self.written):
                del self._waiting[index]

    def _begin_progress(self) -> None:
        """Write the progress file anew with the results that wait. At no moment is less on disk than before."""
        os.fsync(self._out.fileno())
        with replacing(self._progress, mode_of(self.output)) as file:
            file.write(_as_entries(self._waiting.items()))
        self._log = self._progress.open("ab")
        self._log_limit = self._log.tell() + _PROGRESS_LIMIT


def lines_beside(path: Path, shape: re.Pattern[bytes] = RESULT) -> Iterator[bytes]:
    """Yield the complete lines of a file beside an output; nothing if there is no such file.

    Raises:
        InputError: it holds something else, or is a link, a folder or a pipe.
    """
    try:
        file = open_beside(path)
    except FileNotFoundError:
        return
    with file:
        yield from proven_lines(path, file, shape)


def open_beside(path: Path) -> BinaryIO:
    """Open a regular file for reading. A link is not followed, not even one that takes its place in this moment.

    Raises:
        InputError: it is a link, a folder or a pipe.
    """
    if not stat.S_ISREG(path.lstat().st_mode):
        raise not_ours(path)
    extra = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        # Path.open takes no opener.
        return open(path, "rb", opener=lambda name, flags: os.open(name, flags | extra))
    except OSError as error:
        raise not_ours(path) if error.errno == errno.ELOOP else error from error


def mode_of(path: Path) -> int:
    """Return the permission bits of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def _count_and_trim(path: Path, file: BinaryIO) -> tuple[int, int]:
    """Count the complete lines of an output and those without a grade, and cut off what a kill left half-written after them.

    Raises:
        InputError: the file is not the output of a batch; it is left as it is.
    """
    count = ungraded = end = 0
    file.seek(0)
    for line in proven_lines(path, file):
        count += 1
        ungraded += UNGRADED in line
        end += len(line)
    if file.tell() > end:  # cutting off nothing would change its time
        file.truncate(end)
    return count, ungraded


def _as_entries(results: Iterable[tuple[int, str]]) -> bytes:
    return "".join(f"{index}\t{line}\n" for index, line in results).encode()


def _lock(file: BinaryIO, output: Path) -> None:
    """Keep a second run away from the same output until this process ends."""
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"another run is writing {output}", next_step="wait for it, or choose another --output") from None
