"""Running the program as a process and watching what it does to the machine."""

import contextlib
import functools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from interviewer.storage.store import open_store
from tests.conftest import Ran, Run, clean_environment

CANARY = "sk-canary-5b1d9e7743"
ANSWER = "Overfitting means that the model memorises noise of the training data. It then does badly on new data."
MEMORY_LIMIT = 150_000_000
UNSET = "\0"
"""As a variable's value: leave the variable out."""


_KEYED = {"OPENAI_API_KEY": CANARY, "INTERVIEWER_TIMEOUT": "30"}


@dataclass(frozen=True)
class Seen(Ran):
    """What a person and the machine saw of one run."""

    began: float
    """When, by the monotonic clock."""
    ended: float
    memory: int
    """Peak resident bytes; 0 where the system does not say."""
    seconds: float
    """Processor time, which does not grow with the load of the machine; 0 where the system does not say."""


Measure = Callable[..., Seen]


def peak(pid: int) -> int:
    """The largest resident size of a process so far. The children's rusage would not do: it starts at the parent's."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    return 0


def processor_time(pid: int) -> float:
    """The seconds that a process has computed so far."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def observe(home: Path, *arguments: str, stdin: str | bytes = ANSWER, **environ: str) -> Seen:
    """Run a command as a process of its own, with a key that must never be seen again, and measure it."""
    environment = clean_environment(home, **_KEYED | environ)
    home.parent.mkdir(exist_ok=True)
    began = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-m", "interviewer", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: value for name, value in environment.items() if value != UNSET},
        cwd=home.parent,
    )
    most, seconds = 0, 0.0
    ended = threading.Event()

    def measure() -> None:
        nonlocal most, seconds
        while not ended.wait(0.02):
            most, seconds = max(most, peak(child.pid)), max(seconds, processor_time(child.pid))

    meter = threading.Thread(target=measure)
    meter.start()
    try:
        out, err = child.communicate(stdin if isinstance(stdin, bytes) else stdin.encode(), 300)
    finally:
        ended.set()
        meter.join()
        child.kill()
    return Seen(child.returncode, out.decode(), err.decode(), began, time.monotonic(), most, seconds)


@pytest.fixture
def watch(run: Run) -> Run:
    """Run a command with a key that must never be seen again."""

    def watch(*arguments: str, stdin: str | bytes = ANSWER, **environ: str) -> Ran:
        environ = _KEYED | environ
        return run(*arguments, stdin=stdin, **{name: value for name, value in environ.items() if value != UNSET})

    return watch


@pytest.fixture
def measure(home: Path) -> Measure:
    """The same as a process that is started in the usual way, and measured."""
    return functools.partial(observe, home)


def kept(home: Path) -> list[str]:
    """The answers in the store, oldest first."""
    store = open_store(home / "interviewer.db")
    try:
        return [attempt.answer for attempt in store.attempts()]
    finally:
        store.close()


def secrets_in(folder: Path, secret: str = CANARY) -> list[str]:
    """The files below a folder that hold a secret."""
    found = [Path(where, name) for where, _, names in os.walk(folder) for name in names]
    return [str(file) for file in found if secret.encode() in file.read_bytes()]
