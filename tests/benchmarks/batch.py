"""How close is a batch to what its server allows, what does a row cost here, and does memory grow with the rows?

    python -m tests.benchmarks.batch [--peers PYTHON] [--rows 2000] [--memory 1000,10000,100000]

All in one run against the same stand-in server. The floor is rows / rows at once x seconds of the server. PYTHON is the
interpreter of an environment with deepeval and inspect-ai; without it they are left out. Ratios count; a busy machine
spoils them, and the CPU a row far less.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

AT_ONCE, SECONDS = 64, 0.2
ANSWER = "It memorises noise in the training data, case {}. Regularisation helps, and so does more data."

BARE = """
import asyncio, sys, openai
rows = int(sys.argv[1])
async def main():
    client, gate = openai.AsyncOpenAI(max_retries=0), asyncio.Semaphore(64)
    async def one(n):
        async with gate:
            await client.chat.completions.create(model="stub", messages=[{"role": "user", "content": f"case {n} " * 500}])
    await asyncio.gather(*(one(n) for n in range(rows)))
asyncio.run(main())
"""
INSPECT = """
import sys
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.scorer import includes
rows = [Sample(input=f"case {n} " * 500, target="level") for n in range(int(sys.argv[1]))]
(log,) = eval(Task(dataset=rows, scorer=includes()), model="openai/stub", model_args={"responses_api": False},
              max_connections=64, max_samples=64, display="none", log_dir=sys.argv[2])
assert log.status == "success", log.error
"""
DEEPEVAL = """
import sys
from deepeval import evaluate
from deepeval.evaluate import AsyncConfig, DisplayConfig
from deepeval.metrics import GEval
from deepeval.models import GPTModel
from deepeval.test_case import LLMTestCase
try:
    from deepeval.test_case import SingleTurnParams as Params
except ImportError:
    from deepeval.test_case import LLMTestCaseParams as Params
import os
model = GPTModel(model="gpt-4o-mini", base_url=os.environ["OPENAI_BASE_URL"])
metric = GEval(name="right", evaluation_steps=["Is it right?"], model=model,
               evaluation_params=[Params.INPUT, Params.ACTUAL_OUTPUT])
cases = [LLMTestCase(input="What is overfitting?", actual_output=f"case {n} " * 500) for n in range(int(sys.argv[1]))]
evaluate(cases, [metric], async_config=AsyncConfig(max_concurrent=64),
         display_config=DisplayConfig(show_indicator=False, print_results=False))
"""


@dataclass(frozen=True)
class Cost:
    """What a process took."""

    wall: float
    cpu: float
    megabytes: float


@contextmanager
def served(seconds: float, *more: str) -> Iterator[str]:
    """Run the stand-in server; give its address."""
    command = [sys.executable, "-m", "tests.benchmarks.server", str(seconds), *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        finally:
            server.kill()


def asked(url: str) -> int:
    """Return how many completions the server was asked for."""
    with urllib.request.urlopen(f"{url}/models") as response:
        return int(json.load(response)["count"])


def cost(folder: Path, url: str, *command: str) -> Cost:
    """Run a command to its end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "INTERVIEWER_"))}
    own = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none", "INTERVIEWER_MODEL": "stub", "INTERVIEWER_HOME": str(folder)}
    quiet = {"DEEPEVAL_TELEMETRY_OPT_OUT": "1", "DEEPEVAL_RESULTS_FOLDER": str(folder), "INTERVIEWER_TIMEOUT": "10"}
    began = time.perf_counter()
    with (folder / "errors.txt").open("w") as errors:
        process = subprocess.Popen(command, env=kept | own | quiet, cwd=folder, stdout=errors, stderr=errors)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 3}:
        raise SystemExit((folder / "errors.txt").read_text()[-2_000:])
    return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1_000)


def ours(folder: Path, url: str, rows: int) -> Cost:
    """Grade so many rows with `interviewer batch`, and see that each is there once."""
    answers, output = folder / "answers.jsonl", folder / "graded.jsonl"
    with answers.open("w") as file:
        for number in range(rows):
            file.write(json.dumps({"id": f"r{number}", "question": 3, "answer": ANSWER.format(number)}) + "\n")
    output.unlink(missing_ok=True)
    spent = cost(
        *(folder, url, sys.executable, "-m", "interviewer", "batch", str(answers), "--output", str(output)),
        *("--concurrency", str(AT_ONCE)),
    )
    with output.open() as file:
        for number, line in enumerate(file):
            row = json.loads(line)
            assert row["id"] == f"r{number}"
            assert (row["score"] is None) == bool(row["reason"])
    assert number == rows - 1
    return spent


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", help="an interpreter with deepeval and inspect-ai")
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--memory", default="1000,10000,100000", help="rows, with commas; nothing leaves it out")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    floor = options.rows / AT_ONCE * SECONDS
    with served(SECONDS) as url:
        start = ours(folder, url, AT_ONCE)
        whole = ours(folder, url, options.rows)
        row = (whole.cpu - start.cpu) / (options.rows - AT_ONCE) * 1_000
        print(f"interviewer: {whole.wall / floor:.2f} x floor, {row:.1f} ms CPU a row, {whole.megabytes:.0f} MB")
        scripts = {"AsyncOpenAI bare": (sys.executable, BARE)}
        if options.peers:
            scripts |= {"inspect-ai": (options.peers, INSPECT), "deepeval": (options.peers, DEEPEVAL)}
        else:
            print("deepeval, inspect-ai: left out; name an environment that has them with --peers PYTHON")
        for name, (python, script) in scripts.items():
            first = cost(folder, url, python, "-c", script, str(AT_ONCE), str(folder))
            spent = cost(folder, url, python, "-c", script, str(options.rows), str(folder))
            cpu = (spent.cpu - first.cpu) / (options.rows - AT_ONCE) * 1_000
            print(f"{name}: {spent.wall / floor:.2f} x floor, {cpu:.1f} ms CPU a row, {spent.megabytes:.0f} MB", flush=True)
    with served(0.05, "faults") as url:
        faulty = ours(folder, url, options.rows)
        lost = sum(1 for line in (folder / "graded.jsonl").open() if json.loads(line)["score"] is None)
        print(f"one request in six fails: {asked(url)} requests, {lost} rows ungraded with a reason, {faulty.wall:.0f} s")
    with served(0.0) as url:
        for count in filter(None, options.memory.split(",")):
            print(f"{int(count):,} rows: {ours(folder, url, int(count)).megabytes:.0f} MB at most", flush=True)


if __name__ == "__main__":
    main()
