"""Does a batch on a Ray cluster lose or repeat rows when its processes are killed, and what does another actor bring?

    python -m tests.benchmarks.cluster [--rows 50000] [--embedded 2000]

Starts two Ray nodes on loopback and the stand-in server; needs the extra `ray`, and Linux. The same rows are graded without
Ray, and on the cluster with a kill -9 of an actor after a third and of the driver after two thirds. The result has to be the
same file. Then the embedded grader, with 1 and 2 actors in turn.
"""

import argparse
import filecmp
import itertools
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from interviewer.bank.bank import load_bank
from interviewer.evaluate.behaviour_checks import cases
from tests.benchmarks.batch import asked, served

PORT = 26_379
SECONDS = 0.05
AT_ONCE = 32
"""Two actors of a batch."""


@contextmanager
def cluster(environ: dict[str, str]) -> Iterator[None]:
    """Run two nodes with two CPUs each."""
    ray, size = Path(sys.executable).with_name("ray"), ("--num-cpus", "2", "--object-store-memory", "200000000")
    head = ("--head", "--port", str(PORT), "--include-dashboard", "false", "--temp-dir", f"{environ['INTERVIEWER_HOME']}/ray")
    nodes: list[subprocess.Popen[bytes]] = []
    try:
        for place in (head, ("--address", f"127.0.0.1:{PORT}")):
            nodes.append(subprocess.Popen([ray, "start", "--block", *place, *size], env=environ, stdout=subprocess.DEVNULL))
            time.sleep(15)
        yield
    finally:
        for node in nodes[::-1]:
            node.terminate()
            with suppress(subprocess.TimeoutExpired):
                node.wait(60)
        for left in processes(environ, "ray"):
            with suppress(ProcessLookupError):
                os.kill(left, signal.SIGKILL)


def processes(environ: dict[str, str], words: str) -> list[int]:
    """Return the processes with these words in the command line that were started in this environment."""
    mark, found = f"INTERVIEWER_HOME={environ['INTERVIEWER_HOME']}\0".encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if words.encode() in (folder / "cmdline").read_bytes() and mark in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


def rows_in(output: Path) -> int:
    """Return how many results are in an output; a few more may wait beside it for an earlier one."""
    return sum(1 for _ in output.open("rb")) if output.exists() else 0


def write_answers(path: Path, count: int) -> None:
    """Write answers to questions of the bank; those of every fifth row cannot be graded."""
    chosen = itertools.islice(itertools.cycle(cases(load_bank())), count)
    with path.open("w") as file:
        for number, case in enumerate(chosen):
            answer = f"{case.answer} Case {number}." if number % 5 else ""
            file.write(json.dumps({"id": f"r{number}", "question": case.question, "answer": answer}) + "\n")


def grade(environ: dict[str, str], *arguments: object) -> subprocess.Popen[bytes]:
    """Begin a batch."""
    command = [sys.executable, "-m", "interviewer", "batch", *map(str, arguments), "--concurrency", str(AT_ONCE)]
    return subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)


def wait(run: subprocess.Popen[bytes], reached: Callable[[], bool]) -> None:
    """Wait until something is reached while a batch is running."""
    while not reached():
        if run.poll() is not None:
            raise SystemExit(f"the batch ended too early, with code {run.returncode}")
        time.sleep(2)


def killed(environ: dict[str, str], answers: Path, output: Path, rows: int) -> None:
    """Grade on the cluster, kill an actor and then the driver, and grade what is left."""
    arguments = (answers, "--output", output, "--engine", "ray", "--address", f"127.0.0.1:{PORT}")
    run = grade(environ, *arguments)
    wait(run, lambda: rows_in(output) > rows // 3)
    os.kill(processes(environ, "(Grade)")[0], signal.SIGKILL)
    print(f"an actor is killed; {rows_in(output):,} rows are in the output", flush=True)
    wait(run, lambda: rows_in(output) > 2 * rows // 3)
    run.kill()
    run.wait()
    print(f"the driver is killed; {rows_in(output):,} rows are in the output", flush=True)
    if (code := grade(environ, *arguments).wait()) != 3:
        raise SystemExit(f"the second run ended with code {code}")


def rate(environ: dict[str, str], answers: Path, actors: int) -> float:
    """Return how many answers a second so many embedded graders grade, without the start."""
    pipeline = f"""
import logging, ray, time
from interviewer.ray import Grade
ray.init(address="127.0.0.1:{PORT}", log_to_driver=False, logging_level=logging.ERROR)
ray.data.DataContext.get_current().enable_progress_bars = False
rows = ray.data.read_json({str(answers)!r}).repartition(target_num_rows_per_block=64)
given = {{"grader": "embedded", "actors": {actors}}}
graded = rows.map_batches(Grade, batch_size=64, concurrency={actors}, num_cpus=1, fn_constructor_kwargs=given)
done = [(time.monotonic(), len(batch["left"])) for batch in graded.iter_batches(batch_size=None, prefetch_batches=0)]
first = {actors} - 1  # a batch of each actor
print("rate", sum(count for _, count in done[first + 1 :]) / (done[-1][0] - done[first][0]))
"""
    done = subprocess.run([sys.executable, "-c", pipeline], env=environ, check=True, capture_output=True, text=True)
    return float(done.stdout.rpartition("rate ")[2])


def main() -> None:
    """Print what happened."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--embedded", type=int, default=2_000)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="r"))  # Ray's sockets need a short path
    answers, alone, on_ray = folder / "answers.jsonl", folder / "alone.jsonl", folder / "on-ray.jsonl"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "INTERVIEWER_", "RAY_"))}
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "RAY_USAGE_STATS_ENABLED": "0"}
    token["RAY_worker_niceness"] = "0"  # else another program on this machine has the cores
    environ = kept | token | {"INTERVIEWER_HOME": str(folder), "INTERVIEWER_MODEL": "stub"}
    print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    with served(SECONDS) as url, cluster(environ):
        environ["OPENAI_BASE_URL"] = url
        if options.rows:
            write_answers(answers, options.rows)
            began = time.monotonic()
            grade(environ, answers, "--output", alone).wait()
            whole = asked(url)
            print(f"without Ray: {whole:,} requests, {time.monotonic() - began:.0f} s", flush=True)
            began = time.monotonic()
            killed(environ, answers, on_ray, options.rows)
            print(f"with Ray: {asked(url) - whole:,} requests, {time.monotonic() - began:.0f} s", flush=True)
            names = [json.loads(line)["id"] for line in on_ray.open()]
            once = names == [f"r{number}" for number in range(options.rows)]
            print(f"each row once and in order: {once}; the same file: {filecmp.cmp(alone, on_ray, shallow=False)}", flush=True)
        if options.embedded:
            write_answers(answers, options.embedded)
            for actors in (1, 2) * 3:
                print(f"embedded, {actors} actors: {rate(environ, answers, actors):.0f} rows a second", flush=True)


if __name__ == "__main__":
    main()
