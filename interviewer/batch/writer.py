"""The output of a batch: in order, durable, and resumable after a kill at any moment.

Results come in any order. One thread writes them to a progress file and flushes a group of them to disk at once (group
commit); what is in order goes on to the output. Whatever was flushed is never graded again.
"""

import contextlib
import errno
import os
import queue
import re
import stat
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from interviewer.batch.rows import PROGRESS_ENTRY, RESULT, UNGRADED, Row, not_ours, proven_lines
from interviewer.errors import InputError
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
        self._new_progress = Path(f"{output}.progress.new")
        self._queue: queue.SimpleQueue[tuple[int, str] | None] = queue.SimpleQueue()
        self._failure: OSError | None = None
        self._added = self._flushed = 0
        self._on_saved: Callable[[], object] = lambda: None
        if output.exists() and not output.is_file():
            raise InputError(f"{output} is no file that a later run could go on with", next_step="choose another --output")
        try:
            if not output.exists():
                self._prove_progress()  # or an output would be left beside files of another program
            with contextlib.ExitStack() as undo:
                self._out: BinaryIO = undo.enter_context(output.open("ab+"))
                _lock(self._out, output)
                self._prove_progress()
                if like:
                    _set_mode(self._out, like)
                self.written, self.ungraded = _count_and_trim(output, self._out)
                self._waiting = {index: line for index, line in self._entries() if index >= self.written}
                self._new_progress.unlink(missing_ok=True)  # a kill left it: all of it is in the progress file
                self._log = self._begin_progress()
                undo.pop_all()
        except OSError as error:
            raise InputError(
                f"cannot write {error.filename or output}: {error.strerror}", next_step="choose another --output"
            ) from error
        self.ungraded += sum(UNGRADED in line.encode() for line in self._waiting.values())
        self.resumed = self.saved
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._advance()
        self._thread.start()

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

    @property
    def unsaved(self) -> int:
        """How many results were added and are not on disk yet: a kill loses them, and their rows are sent again.

        Raises:
            InputError: a result could not be written.
        """
        self._check()
        return self._added - self._flushed

    def on_saved(self, callback: Callable[[], object]) -> None:
        """Have `callback` called, in the writer's thread, after each group that has come to disk, and after a failure."""
        self._on_saved = callback

    def add(self, index: int, line: str) -> None:
        """Take a result, one line of JSON, to be written. Returns at once.

        Raises:
            InputError: an earlier result could not be written.
        """
        self._check()
        self._added += 1
        self._queue.put((index, line))

    def close(self) -> None:
        """Wait until everything is on disk, and remove the progress file if no result waits for an earlier row.

        Raises:
            InputError: a result could not be written.
        """
        self._queue.put(None)
        self._thread.join()
        for file in (self._out, self._log):
            try:
                file.close()
            except OSError as error:  # it still held what did not fit
                self._failure = self._failure or error
        self._check()
        if not self._waiting:
            self._progress.unlink(missing_ok=True)

    def _mismatch(self, what: str) -> InputError:
        return InputError(
            f"{clean_line(str(self.output))} belongs to other answers, another bank or another way to grade: {what}",
            next_step="choose another --output to grade all anew, or bring back what was graded and what graded it",
        )

    def _prove_progress(self) -> None:
        for path in (self._progress, self._new_progress):
            deque(lines_beside(path, PROGRESS_ENTRY), maxlen=0)

    def _entries(self) -> Iterator[tuple[int, str]]:
        for raw in lines_beside(self._progress, PROGRESS_ENTRY):
            index, _, line = raw.decode().partition("\t")
            yield int(index), line.rstrip("\n")

    def _check(self) -> None:
        if self._failure is not None:
            raise cannot_write(self.output, self._failure)

    def _run(self) -> None:
        try:
            while (first := self._queue.get()) is not None:
                group = [first]
                with contextlib.suppress(queue.Empty):
                    while (following := self._queue.get_nowait()) is not None:
                        group.append(following)
                    self._queue.put(None)
                self._commit(group)
                self._on_saved()
        except OSError as error:
            self._failure = error
            self._on_saved()

    def _commit(self, group: list[tuple[int, str]]) -> None:
        self._log.write(_as_entries(group))
        self._log.flush()
        os.fsync(self._log.fileno())
        self._waiting.update(group)
        self._flushed += len(group)
        self._advance()
        if self._log.tell() > self._log_limit:
            self._log.close()
            self._log = self._begin_progress()

    def _advance(self) -> None:
        """Move what is next in order to the output."""
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

    def _begin_progress(self) -> BinaryIO:
        """Write the progress file anew with what waits. At no moment is less on disk than before."""
        os.fsync(self._out.fileno())
        log = create_like(self._new_progress, self.output)
        log.write(_as_entries(self._waiting.items()))
        log.flush()
        os.fsync(log.fileno())
        self._new_progress.replace(self._progress)
        self._log_limit = log.tell() + _PROGRESS_LIMIT
        return log


def cannot_write(path: Path, error: OSError) -> InputError:
    """Return the error for a file that could be opened and not written: the disk is full, as a rule."""
    return InputError(
        f"cannot write {clean_line(str(error.filename or path), 4096)}: {error.strerror}",
        next_step="make room, then run the same command again",
    )


def lines_beside(path: Path, shape: re.Pattern[bytes] = RESULT) -> Iterator[bytes]:
    """Yield the complete lines of a file beside an output, none if there is no such file.

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


def create_like(path: Path, like: Path) -> BinaryIO:
    """Create a file with the mode of another, at no moment readable by more people. What is there already is left alone."""
    file = open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600))  # noqa: SIM115
    _set_mode(file, like)
    return file


def _set_mode(file: BinaryIO, like: Path) -> None:
    os.chmod(file.fileno() if os.chmod in os.supports_fd else file.name, like.stat().st_mode & 0o777)  # noqa: PTH101


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
