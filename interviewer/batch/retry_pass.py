"""Every row has its turn; then those without a grade have another, in a file of their own that takes their places."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

from interviewer.batch.own import create, lines_beside, something_else
from interviewer.batch.rows import Row
from interviewer.batch.writer import UNGRADED, ResultWriter
from interviewer.errors import InputError


@dataclass(frozen=True, slots=True)
class RetryPass:
    """The rows that have their turn now, and where their results go."""

    whole: ResultWriter
    """Of the output."""
    writer: ResultWriter
    """The same, or that of another try."""
    rows: Callable[[], Iterator[Row]]
    total: int

    @property
    def again(self) -> bool:
        return self.writer is not self.whole

    def finish(self) -> None:
        """Let the results of another try take their places in the output; where it was stopped, the earlier ones stay.

        Raises:
            InputError: the output cannot be written; it is as it was.
        """
        if self.again:
            with closing(ResultWriter(self.writer.output)) as writer, self.whole.output.open("rb") as file:
                for index, line in enumerate(line for line in file if UNGRADED in line):
                    if not writer.done(index):
                        writer.put(index, line.decode().rstrip("\n"))
            _merge(self.writer.output, self.whole.output)
        self.whole.close()


def plan_pass(output: Path, read: Callable[[], Iterator[Row]], total: int) -> RetryPass:
    """Find out what there is to do with an output: all `total` rows, those that are left, or those without a grade.

    Raises:
        InputError: the output cannot be used, or belongs to other rows.
    """
    whole = ResultWriter(output)

    def rows() -> Iterator[Row]:
        return whole.same(read())

    if whole.written < total or not whole.ungraded:
        return RetryPass(whole, whole, rows, total)

    def without_grade() -> Iterator[Row]:
        with output.open("rb") as file:
            failed = (row for row, line in zip(rows(), file, strict=False) if UNGRADED in line)
            for index, row in enumerate(failed):
                yield replace(row, index=index)

    path = Path(f"{output}.again")
    with ExitStack() as undo:
        undo.callback(whole.close)
        _clear(_merged(output), output)
        deque(lines_beside(path), maxlen=0)  # an output may be a link, this may not
        writer = ResultWriter(path, like=output)
        try:
            deque(writer.same(without_grade()) if writer.resumed else (), maxlen=0)
        except InputError:  # left by a kill after it was merged, or of rows that were mended since
            writer.close()
            path.unlink()
            writer = ResultWriter(path, like=output)
        undo.pop_all()
    return RetryPass(whole, writer, lambda: writer.same(without_grade()), whole.ungraded)


def _merged(output: Path) -> Path:
    return Path(f"{output.resolve()}.new")  # a link stays a link


def _clear(fresh: Path, output: Path) -> None:
    """Remove what a kill left of a merge: lines of this output, or others where it has no grade.

    Raises:
        InputError: it is something else.
    """
    with output.open("rb") as file:
        for line in lines_beside(fresh):
            before = file.readline()
            if line != before and UNGRADED not in before:
                raise something_else(fresh)
    fresh.unlink(missing_ok=True)


def _merge(again: Path, output: Path) -> None:
    fresh = _merged(output)
    try:
        after = create(fresh, output)
        try:
            with after, output.open("rb") as before, again.open("rb") as tried:
                for line in before:
                    after.write(tried.readline() if UNGRADED in line else line)
                after.flush()
                os.fsync(after.fileno())
            fresh.replace(output.resolve())
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(
            f"cannot write {output}: {error.strerror}", next_step="make room, then run the same command again"
        ) from error
    again.unlink()
