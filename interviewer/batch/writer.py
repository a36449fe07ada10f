"""The output of a batch: in order, durable, and resumable after a kill at any moment.

Results come in any order. One thread writes them to a progress file and flushes a group of them to disk at once (group
commit); what is in order goes on to the output. Whatever was flushed is never graded again.
"""

import contextlib
import json
import os
import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from interviewer.batch.own import ENTRY, adopt_mode, create, lines_beside, own_lines
from interviewer.batch.rows import Row
from interviewer.errors import InputError
from interviewer.text.clean import clean_line

UNGRADED = b'"status":"ungraded"'
"""Stands only in a row without a grade: inside of a text its quotes would be escaped."""
_LOG_LIMIT = 8_000_000
"""Bytes of the progress file before it is begun anew."""
_TURN = 0.002
"""Seconds until the event loop, when it is busy, has to let the thread that writes go on; rows wait for that thread."""
_PAUSE = 0.004
"""Seconds between two groups. Each takes the interpreter away from the event loop for a moment."""


class ResultWriter:
    """Writes results behind the back of the event loop; `done` tells which rows need no work."""

    def __init__(self, output: Path, like: Path | None = None) -> None:
        """Open an output, or begin one with the mode of another file."""
        self.output = output
        self._progress = Path(f"{output}.progress")
        self._fresh = Path(f"{output}.progress.new")
        self._queue: queue.SimpleQueue[tuple[int, str] | None] = queue.SimpleQueue()
        self._failure: OSError | None = None
        self._handed = self._kept = 0
        self._tell: Callable[[], object] = lambda: None
        if output.exists() and not output.is_file():
            raise InputError(f"{output} is no file that a later run could go on with", next_step="choose another --output")
        try:
            if not output.exists():
                self._prove_beside()  # or an output would be left beside files of another program
            with contextlib.ExitStack() as undo:
                self._out: BinaryIO = undo.enter_context(output.open("ab+"))
                _lock(self._out, output)
                self._prove_beside()
                if like:
                    adopt_mode(output, like)
                self.written, self.ungraded = _whole_lines(output, self._out)
                self._waiting = {index: line for index, line in _entries(self._progress) if index >= self.written}
                self._fresh.unlink(missing_ok=True)  # a kill left it: all of it stands in the progress file
                self._log = self._fresh_log()
                undo.pop_all()
        except OSError as error:
            raise InputError(
                f"cannot write {error.filename or output}: {error.strerror}", next_step="choose another --output"
            ) from error
        self.ungraded += sum(UNGRADED in line.encode() for line in self._waiting.values())
        self.resumed = self.kept
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._advance()
        self._thread.start()

    def done(self, index: int) -> bool:
        """Tell whether the row with this index has its result."""
        return index < self.written or index in self._waiting

    def same(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows. Those that have a grade here have to be the ones that were graded.

        Raises:
            InputError: a row was changed, put in or taken out since.
        """
        written, early = self.written, dict(self._waiting)
        count = 0
        with self.output.open("rb") as file:
            for count, row in enumerate(rows, 1):  # noqa: B007  # it is asked for after the last
                line = file.readline() if row.index < written else early.pop(row.index, "").encode()
                if line and not line.startswith(row.beginning.encode()) and UNGRADED not in line:
                    raise self._other(row.difference(line.decode(errors="replace")))
                yield row
        if early or count < written:
            raise self._other("rows are missing that were graded")

    def _other(self, what: str) -> InputError:
        return InputError(
            f"{clean_line(str(self.output))} belongs to other answers, another bank or another way to grade: {what}",
            next_step="choose another --output to grade all anew, or bring back what was graded and what graded it",
        )

    def _prove_beside(self) -> None:
        for path in (self._progress, self._fresh):
            deque(lines_beside(path, ENTRY), maxlen=0)

    @property
    def kept(self) -> int:
        """How many results are on disk."""
        return self.written + len(self._waiting)

    @property
    def pending(self) -> int:
        """How many results were handed over and are not on disk yet: a kill loses them, and their rows are sent again.

        Raises:
            InputError: a result could not be written.
        """
        self._check()
        return self._handed - self._kept

    def when_kept(self, tell: Callable[[], object]) -> None:
        """Have `tell` called, in the writer's own thread, after each group that has come to disk."""
        self._tell = tell

    def put(self, index: int, line: str) -> None:
        """Hand over a result: one line of JSON. Returns at once.

        Raises:
            InputError: an earlier result could not be written.
        """
        self._check()
        self._handed += 1
        self._queue.put((index, line))

    def close(self) -> None:
        """Wait until everything is on disk, and remove the progress file if nothing waits for its turn.

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

    def _check(self) -> None:
        if self._failure is not None:
            raise InputError(
                f"cannot write {self.output}: {self._failure.strerror}", next_step="make room, then run the same command again"
            )

    def _run(self) -> None:
        sys.setswitchinterval(_TURN)
        try:
            while (first := self._queue.get()) is not None:
                group = [first]
                with contextlib.suppress(queue.Empty):
                    while (following := self._queue.get_nowait()) is not None:
                        group.append(following)
                    self._queue.put(None)
                self._commit(group)
                self._tell()
                time.sleep(_PAUSE)
        except OSError as error:
            self._failure = error
            self._tell()

    def _commit(self, group: list[tuple[int, str]]) -> None:
        self._log.write(_logged(group))
        self._log.flush()
        os.fsync(self._log.fileno())
        self._waiting.update(group)
        self._kept += len(group)
        self._advance()
        if self._log.tell() > self._log_limit:
            self._log.close()
            self._log = self._fresh_log()

    def _advance(self) -> None:
        """Move what is next in order to the output."""
        ready: list[str] = []
        while (following := self._waiting.get(self.written + len(ready))) is not None:
            ready.append(following)
        if ready:
            self._out.write("".join(f"{line}\n" for line in ready).encode())
            self._out.flush()
            first = self.written
            self.written += len(ready)  # before they are let go: `done` must never miss one in between
            for index in range(first, self.written):
                del self._waiting[index]

    def _fresh_log(self) -> BinaryIO:
        """Begin the progress file anew with what waits. At no moment is there less on disk than before."""
        os.fsync(self._out.fileno())
        log = create(self._fresh, self.output)
        log.write(_logged(self._waiting.items()))
        log.flush()
        os.fsync(log.fileno())
        self._fresh.replace(self._progress)
        self._log_limit = log.tell() + _LOG_LIMIT
        return log


def read_results(path: Path) -> Iterator[dict[str, object]]:
    """Yield the complete rows of an output file."""
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)


def _whole_lines(path: Path, file: BinaryIO) -> tuple[int, int]:
    """Count the complete lines of an output and those without a grade, and cut off what a kill left half-written after them.

    Raises:
        InputError: the file is not the output of a batch; it is left as it is.
    """
    count = ungraded = end = 0
    file.seek(0)
    for line in own_lines(path, file):
        count += 1
        ungraded += UNGRADED in line
        end += len(line)
    if file.tell() > end:  # cutting off nothing would change its time
        file.truncate(end)
    return count, ungraded


def _entries(path: Path) -> Iterator[tuple[int, str]]:
    for raw in lines_beside(path, ENTRY):
        index, _, line = raw.decode().partition("\t")
        yield int(index), line.rstrip("\n")


def _logged(entries: Iterable[tuple[int, str]]) -> bytes:
    return "".join(f"{index}\t{line}\n" for index, line in entries).encode()


def _lock(file: BinaryIO, output: Path) -> None:
    """Keep a second run away from the same output until this process ends."""
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"another run is writing {output}", next_step="wait for it, or choose another --output") from None
