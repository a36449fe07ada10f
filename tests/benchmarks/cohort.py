"""What do a report's time and memory do as a cohort grows? `interviewer report --from` over JSON Lines and Parquet.

    python -m tests.benchmarks.cohort GRADED.jsonl [--rows 10000,100000,1000000]

Repeats the results of a batch up to so many rows, each with an id of its own; Parquet has the columns that a pipeline with
`interviewer.ray.Grade` writes, in row groups of 10,000.
"""

import argparse
import itertools
import multiprocessing
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.batch import cost


def write(graded: Path, count: int, as_lines: Path, as_parquet: Path) -> None:
    """Write so many results."""
    import pyarrow as pa
    from pyarrow import parquet

    lines = itertools.cycle([line.partition(",")[2] for line in graded.read_text().splitlines()])
    schema = pa.schema({"row": pa.int64(), "result": pa.string()})
    with as_lines.open("w") as file, parquet.ParquetWriter(as_parquet, schema) as writer:
        for places in (range(first, min(count, first + 10_000)) for first in range(0, count, 10_000)):
            results = [f'{{"id":"r{place}",{next(lines)}' for place in places]
            file.writelines(f"{line}\n" for line in results)
            writer.write_table(pa.table({"row": places, "result": results}, schema))


def main() -> None:
    """Print seconds and peak memory of each report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("graded", type=Path)
    parser.add_argument("--rows", default="10000,100000,1000000")
    options = parser.parse_args()
    for count in map(int, options.rows.split(",")):
        with tempfile.TemporaryDirectory() as name:
            report, *paths = (Path(name) / f"graded{ending}" for ending in (".md", ".jsonl", ".parquet"))
            # In another process: the peak memory of one that is started begins with that of this one.
            writer = multiprocessing.get_context("spawn").Process(target=write, args=(options.graded, count, *paths))
            writer.start()
            writer.join()
            for path in paths:
                command = (sys.executable, "-m", "interviewer", "report", "--force", "--from", str(path))
                spent = cost(Path(name), "http://127.0.0.1:9/v1", *command, "--output", str(report))
                size, length = path.stat().st_size / 1e6, report.stat().st_size / 1e6
                used = f"{spent.wall:.0f} s, {spent.cpu:.0f} s of CPU, {spent.megabytes:.0f} MB at most"
                print(f"{count:,} rows, {size:,.0f} MB of {path.suffix}: {used}; the report has {length:.1f} MB", flush=True)


if __name__ == "__main__":
    main()
