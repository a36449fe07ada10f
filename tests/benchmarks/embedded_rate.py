"""How many answers a second does the embedded grader grade? `interviewer batch` over answers to questions of the bank.

    python tests/benchmarks/embedded_rate.py [ROWS]

Prints the rate of the whole command, start included, and the work a row in CPU time, which other programs do not disturb.
"""

import itertools
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import fmean

from interviewer.bank.bank import load_bank
from interviewer.evaluate.behaviour_checks import cases

INTERVIEWER = Path(sys.executable).with_name("interviewer")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    answers = list(cases(load_bank()))
    random.Random(0).shuffle(answers)
    chosen = list(itertools.islice(itertools.cycle(answers), count))
    folder = Path(tempfile.mkdtemp())
    rows = folder / "answers.jsonl"
    rows.write_text(
        "".join(json.dumps({"id": n, "question": case.question, "answer": case.answer}) + "\n" for n, case in enumerate(chosen))
    )
    environ = {"INTERVIEWER_HOME": str(folder / "home"), "PATH": "/usr/bin:/bin"}
    began = time.perf_counter()
    subprocess.run(
        [INTERVIEWER, "batch", rows, "--grader", "embedded", "--output", folder / "graded.jsonl"],
        env=environ,
        check=True,
        capture_output=True,
    )
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    work = used.ru_utime + used.ru_stime
    length = fmean(len(case.answer.split()) for case in chosen)
    print(
        f"{count} answers of {length:.0f} words on average in {seconds:.1f} s: {count / seconds:.0f} a second; "
        f"{1_000 * work / count:.1f} ms of CPU each, so {2 * count / work:.0f} a second where two cores are free"
    )


if __name__ == "__main__":
    main()
