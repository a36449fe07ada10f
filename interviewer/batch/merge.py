"""The parts of a batch become one file: in order, each row once, and none missing."""

import heapq
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from interviewer.batch.rows import UNGRADED, Row, proven_lines
from interviewer.batch.writer import lines_beside, mode_of
from interviewer.errors import InputError
from interviewer.text.atomic_write import replacing, writing
from interviewer.text.clean import clean_path
from interviewer.text.read_file import reading

_POSITION = re.compile(rb',"row":(\d{1,12})\}\n')
_GAPS_NAMED = 5
"""Runs of missing rows that an error names, at most."""

_Line = tuple[int, bytes]
"""The place of a row among all answers, and its result."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The totals of a merged file."""

    rows: int
    ungraded: int


def merge_parts(parts: Sequence[Path], output: Path, rows: Iterable[Row] | None = None) -> Merged:
    """Write the results of all parts in the order of their rows. Of a row that is in several parts, a grade comes first.

    Args:
        parts: outputs of a batch with `--shard`, in any order.
        output: what to write; the output of an earlier merge is replaced.
        rows: the answers, to compare each result with.

    Raises:
        InputError: rows are missing, a result is not that of its answer, or a file cannot be used. Nothing is written.
    """
    if any(output.exists() and part.exists() and output.samefile(part) for part in parts):
        raise InputError("--output would overwrite a part", next_step="choose another file")
    deque(lines_beside(output), maxlen=0)  # refuses what a batch did not write
    with ExitStack() as files, writing(output):
        results = heapq.merge(*(_positioned(part, files.enter_context(reading(part))) for part in parts), key=itemgetter(0))
        merged = _without_gaps(_once(results))
        checked = merged if rows is None else _compared(merged, rows)
        count = ungraded = 0
        with replacing(output, mode_of(parts[0])) as file:
            for count, line in enumerate(checked, 1):  # noqa: B007  # it is read after the loop
                file.write(line)
                ungraded += UNGRADED in line
    return Merged(count, ungraded)


def _positioned(part: Path, file: BinaryIO) -> Iterator[_Line]:
    last = -1
    for line in proven_lines(part, file):
        found = _POSITION.fullmatch(line, line.rfind(b',"row":'))
        if not found or int(found[1]) <= last:
            raise InputError(
                f"{clean_path(part)} is no part of a batch",
                next_step="give it outputs of: interviewer batch --shard",
            )
        last = int(found[1])
        yield last, line[: found.start()] + b"}\n"


def _once(results: Iterable[_Line]) -> Iterator[_Line]:
    for position, lines in groupby(results, itemgetter(0)):
        first, *others = sorted((line for _, line in lines), key=lambda line: UNGRADED in line)
        for other in others:
            if _name(other) != _name(first):
                raise InputError(f"row {position + 1} is in two parts that were graded from different answers or otherwise")
        yield position, first


def _name(line: bytes) -> tuple[object, object]:
    result = json.loads(line)
    return result["id"], result["row_hash"]


def _without_gaps(results: Iterable[_Line]) -> Iterator[bytes]:
    """Yield the lines.

    Raises:
        InputError: at the end, if rows were missing between them.
    """
    gaps: list[range] = []
    following = 0
    for position, line in results:
        if position > following:
            gaps.append(range(following, position))
        following = position + 1
        yield line
    if gaps:
        raise _missing(gaps)


def _missing(gaps: Sequence[range]) -> InputError:
    named = [f"{gap.start + 1} to {gap.stop}" if len(gap) > 1 else str(gap.stop) for gap in gaps[:_GAPS_NAMED]]
    more = f" and in {len(gaps) - _GAPS_NAMED} more places" if len(gaps) > _GAPS_NAMED else ""
    count = sum(map(len, gaps))
    return InputError(
        f"{count:,} {'rows are' if count > 1 else 'row is'} missing: {', '.join(named)}{more}",
        next_step="give it all parts; a part that was stopped goes on with the same command",
    )


def _compared(lines: Iterator[bytes], rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield the lines, and check that they are the results of these rows, all of them.

    Raises:
        InputError: one is not, or there are more rows or fewer.
    """
    rows = iter(rows)
    count = 0
    for count, row in enumerate(rows, 1):
        line = next(lines, None)
        if line is None:
            raise _missing([range(count - 1, count + sum(1 for _ in rows))])
        grader = json.loads(line)["grader"]["identity"] or ""
        graded = replace(row, grader=grader)
        if not line.startswith(graded.beginning.encode()):
            raise InputError(graded.difference(line.decode()), next_step="merge with the answers and the bank that were graded")
        yield line
    if next(lines, None) is not None:
        raise InputError(f"there are results of more than these {count} answers", next_step="check --answers")
