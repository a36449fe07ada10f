"""Reads answers and outputs in JSON Lines or Parquet: in blocks, from a path that all nodes of a cluster can read."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob
from io import BufferedReader
from itertools import accumulate, islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from interviewer.bank.bank import Bank
from interviewer.batch.rows import Row, raw_lines, read_row
from interviewer.errors import InputError
from interviewer.text.clean import clean_line

_BLOCK = 2_000
"""Rows that one task reads."""
_BUFFER = 1_000_000
"""Bytes of Parquet that are read at once."""


def as_line(row: Mapping[str, Any]) -> bytes:
    """Return a row as JSON; what a column has no value for is left out."""
    present = {name: value for name, value in row.items() if value is not None and value == value}  # noqa: PLR0124  # not NaN
    return json.dumps(present, ensure_ascii=False, default=str).encode(errors="replace")


@dataclass(frozen=True, slots=True)
class RowBlock:
    """Neighbouring rows of a file, and where they begin: at a byte of JSON Lines, in a row group of Parquet."""

    first: int
    """The place of the first of them among all rows."""
    count: int
    start: int


@dataclass(frozen=True, slots=True)
class Source:
    """A file of answers or of results, JSON Lines or Parquet; answers for a cluster on a path that all nodes can read."""

    location: str
    """A path, or an address such as s3://bucket/answers.parquet."""

    @property
    def _is_parquet(self) -> bool:
        return self.location.endswith(".parquet")

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        """Open the file for the block.

        Raises:
            InputError: it cannot be read, here or within the block.
        """
        try:
            with self._open() as file:
                yield file
        except (OSError, ValueError) as error:  # what Arrow cannot read is a ValueError
            why = getattr(error, "strerror", None) or clean_line(str(error))
            raise InputError(f"cannot read {clean_line(self.location, 4096)}: {why}", next_step="check the path") from error

    def _open(self) -> BinaryIO:
        if "://" not in self.location:
            return open(self.location, "rb")  # noqa: PTH123  # a path as it was given
        from pyarrow import fs

        system, path = fs.FileSystem.from_uri(self.location)
        return cast("BinaryIO", BufferedReader(system.open_input_file(path)))

    @property
    def total(self) -> int:
        return sum(block.count for block in self.blocks())

    def blocks(self) -> list[RowBlock]:
        """Return the blocks of the file in their order.

        Raises:
            InputError: it cannot be read.
        """
        with self._opened() as file:
            if self._is_parquet:
                metadata = _parquet(file).metadata
                counts = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
                return list(map(RowBlock, accumulate(counts, initial=0), counts, range(len(counts))))
            found: list[RowBlock] = []
            first = start = 0
            while count := sum(1 for _ in islice(raw_lines(file), _BLOCK)):
                found.append(RowBlock(first, count, start))
                first, start = first + count, file.tell()
            return found

    def read(self, block: RowBlock) -> Iterator[bytes]:
        """Yield the rows of a block as JSON."""
        with self._opened() as file:
            if not self._is_parquet:
                file.seek(block.start)
                yield from islice(raw_lines(file), block.count)
                return
            for batch in _parquet(file).iter_batches(_BLOCK, row_groups=[block.start]):
                yield from map(as_line, batch.to_pylist())

    def rows(self, bank: Bank, grader: str) -> Iterator[Row]:
        """Yield all rows for the grader with this identity."""
        for block in self.blocks():
            for index, line in enumerate(self.read(block), block.first):
                yield read_row(index, line, bank, grader)

    def results(self) -> Iterator[bytes]:
        """Yield the lines of an output. Of Parquet, they are in the column `result`, or there is a column for each field.

        Raises:
            InputError: it cannot be read.
        """
        with self._opened() as file:
            if not self._is_parquet:
                yield from filter(bytes.strip, file)
                return
            parquet = _parquet(file)
            columns = ["result"] if "result" in parquet.schema_arrow.names else None
            for batch in parquet.iter_batches(_BLOCK, columns=columns):
                for row in batch.to_pylist():
                    yield str(row["result"] if columns else json.dumps(row, default=str)).encode()


def _parquet(file: BinaryIO) -> Any:
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise InputError("Parquet needs pyarrow", next_step="in the interviewer folder: pip install '.[ray]'") from error
    return ParquetFile(file, pre_buffer=False, buffer_size=_BUFFER)  # else memory grows with the file


def output_parts(given: str) -> list[Source]:
    """Return the outputs that a path means: a file, those in a folder, or those that a pattern such as out/*.parquet matches.

    Raises:
        InputError: there is none.
    """
    places = [Path(given)] if Path(given).exists() else map(Path, glob(given, recursive=True))  # noqa: PTH207  # absolute, too
    parts = {part for place in places for part in (_files_in(place) if place.is_dir() else [place])}
    if not parts:
        why = "there is no such file, or no .jsonl or .parquet in that folder"
        raise InputError(f"cannot read {clean_line(given, 4096)}: {why}", next_step="check the path")
    return [Source(str(part)) for part in sorted(parts)]


def _files_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.suffix in {".jsonl", ".parquet"} and path.is_file())
