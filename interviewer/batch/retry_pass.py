"""Every row has its turn; then those without a grade have another, in a file of their own that takes their places."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

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
            _merge(self.writer.output, self.whole.output.resolve())  # a link stays a link
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

    path = output.with_name(f"{output.name}.again")
    writer = ResultWriter(path)
    try:
        deque(writer.same(without_grade()) if writer.resumed else (), maxlen=0)
    except InputError:  # left by a kill after it was merged, or of rows that were mended since
        writer.close()
        path.unlink()
        writer = ResultWriter(path)
    return RetryPass(whole, writer, lambda: writer.same(without_grade()), whole.ungraded)


def _merge(again: Path, output: Path) -> None:
    fresh = output.with_name(f"{output.name}.new")
    try:
        with output.open("rb") as before, again.open("rb") as tried, fresh.open("wb") as after:
            for line in before:
                after.write(tried.readline() if UNGRADED in line else line)
            after.flush()
            os.fsync(after.fileno())
        fresh.replace(output)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise InputError(
            f"cannot write {output}: {error.strerror}", next_step="make room, then run the same command again"
        ) from error
    again.unlink()
