"""The rows that this run of a batch grades.

A first run grades every row. Once each has had its turn, the next run is a rerun of those without a grade, in an output of
its own whose results then take their places.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from interviewer.batch.rows import UNGRADED, Row
from interviewer.batch.writer import ResultWriter, lines_beside, open_beside
from interviewer.errors import InputError
from interviewer.text.atomic_write import replacing, writing


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The rows of this run, and where their results go."""

    output: ResultWriter
    writer: ResultWriter
    """Takes the results: that of the output, or of a rerun of rows without a grade."""
    rows: Callable[[], Iterator[Row]]
    total: int

    @property
    def is_rerun(self) -> bool:
        return self.writer is not self.output

    def finish(self) -> None:
        """Put the results of a rerun in their places; rows that it did not reach keep the results they have.

        Raises:
            InputError: the output cannot be written; it is as it was.
        """
        if self.is_rerun:
            path = self.output.output.resolve()  # a link stays a link
            with (
                writing(path),
                replacing(path) as after,
                path.open("rb") as before,
                open_beside(self.writer.output) as new,
            ):
                index = 0
                for line in before:
                    if UNGRADED in line:
                        after.write(new.readline() or self.writer.out_of_order(index) or line)
                        index += 1
                    else:
                        after.write(line)
            self.writer.discard()
        self.output.close()


def plan_run(output: Path, read: Callable[[], Iterator[Row]], total: int) -> RunPlan:
    """Find out what there is to do: all `total` rows, those that an earlier run left, or a rerun of those without a grade.

    Raises:
        InputError: the output cannot be used, or belongs to other rows.
    """
    first = ResultWriter(output)

    def rows() -> Iterator[Row]:
        return first.unchanged(read())

    if first.written < total or not first.ungraded:
        return RunPlan(first, first, rows, total)

    def without_grade() -> Iterator[Row]:
        with output.open("rb") as file:
            ungraded = (row for row, line in zip(rows(), file, strict=False) if UNGRADED in line)
            for index, row in enumerate(ungraded):
                yield replace(row, index=index)

    path = Path(f"{output}.again")
    with ExitStack() as undo:
        undo.callback(first.close)
        deque(lines_beside(path), maxlen=0)  # an output may be a link, this may not
        writer = ResultWriter(path, like=output)
        try:
            deque(writer.unchanged(without_grade()) if writer.resumed else (), maxlen=0)
        except InputError:  # left by a kill after it was merged, or of rows that were corrected since
            writer.discard()
            writer = ResultWriter(path, like=output)
        undo.pop_all()
    return RunPlan(first, writer, lambda: writer.unchanged(without_grade()), first.ungraded)
