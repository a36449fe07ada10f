"""Answers as a cluster reads them: JSON Lines or Parquet, in blocks, from a path that all nodes can read."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from itertools import accumulate, islice
from typing import Any, BinaryIO, cast

from interviewer.bank.bank import Bank
from interviewer.batch.rows import Row, raw_lines, read_row
from interviewer.errors import InputError

_BLOCK = 2_000
"""Rows that one task reads."""


def as_line(row: Mapping[str, Any]) -> bytes:
    """Return a row as JSON; what a column has no value for is left out."""
    present = {name: value for name, value in row.items() if value is not None and value == value}  # noqa: PLR0124  # not NaN
    return json.dumps(present, ensure_ascii=False, default=str).encode(errors="replace")


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring rows of a file, and where they begin: at a byte of JSON Lines, in a row group of Parquet."""

    first: int
    """The place of the first of them among all rows."""
    count: int
    start: int


@dataclass(frozen=True, slots=True)
class Source:
    """A file of answers, JSON Lines or Parquet, on a path that all nodes can read."""

    location: str
    """A path, or an address such as s3://bucket/answers.parquet."""

    @property
    def _is_parquet(self) -> bool:
        return self.location.endswith(".parquet")

    def _open(self) -> BinaryIO:
        from pyarrow import fs

        try:
            if "://" not in self.location:
                return open(self.location, "rb")  # noqa: PTH123  # a path as it was given
            system, path = fs.FileSystem.from_uri(self.location)
            return cast("BinaryIO", BufferedReader(system.open_input_file(path)))
        except (OSError, ValueError) as error:
            raise InputError(f"cannot read {self.location}: {error}", next_step="check the path") from error

    @property
    def total(self) -> int:
        return sum(block.count for block in self.blocks())

    def blocks(self) -> list[Block]:
        """Return the blocks of the file in their order.

        Raises:
            InputError: it cannot be read.
        """
        with self._open() as file:
            if self._is_parquet:
                counts = _row_groups(file)
                return list(map(Block, accumulate(counts, initial=0), counts, range(len(counts))))
            found: list[Block] = []
            first = start = 0
            while count := sum(1 for _ in islice(raw_lines(file), _BLOCK)):
                found.append(Block(first, count, start))
                first, start = first + count, file.tell()
            return found

    def read(self, block: Block) -> Iterator[bytes]:
        """Yield the rows of a block as JSON."""
        with self._open() as file:
            if not self._is_parquet:
                file.seek(block.start)
                yield from islice(raw_lines(file), block.count)
                return
            from pyarrow import parquet

            for batch in parquet.ParquetFile(file).iter_batches(_BLOCK, row_groups=[block.start]):
                yield from map(as_line, batch.to_pylist())

    def rows(self, bank: Bank, grader: str) -> Iterator[Row]:
        """Yield all rows for the grader with this identity."""
        for block in self.blocks():
            for index, line in enumerate(self.read(block), block.first):
                yield read_row(index, line, bank, grader)


def _row_groups(file: BinaryIO) -> list[int]:
    """Return the number of rows of each row group."""
    from pyarrow import ArrowInvalid, parquet

    try:
        metadata = parquet.ParquetFile(file).metadata
    except ArrowInvalid as error:
        raise InputError(f"this is no Parquet: {error}", next_step="check the path") from error
    return [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
