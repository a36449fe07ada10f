"""What all tests share."""

import gc
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from interviewer.storage.database import Database
from tests.forked import Commands

for _signal, _usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_signal) is signal.SIG_IGN:  # a run in the background or under nohup; programs started here inherit it
        signal.signal(_signal, _usual)


THOROUGH = "THOROUGH" in os.environ
"""`THOROUGH=1 pytest …` goes through all of the bank and more made-up texts, where otherwise a sample has to do."""

settings.register_profile("steady", deadline=None, derandomize=True, print_blob=False, max_examples=100 if THOROUGH else 25)
settings.load_profile("steady")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """With `-n auto`, one worker more than cores: some tests wait, for a clock, a terminal or the network."""
    return 1 + len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1))


def processor_seconds(work: Callable[[], object]) -> float:
    """The processor time of some work without the garbage collector's."""
    gc.disable()
    try:
        began = time.process_time()
        work()
        return time.process_time() - began
    finally:
        gc.enable()


def takes_linear_time(work: Callable[[int], object], size: int) -> bool:
    """Whether work on a size takes less than nine times as long as on a quarter of it: 4 times if linear, 16 if quadratic.

    Both are measured again where the first times say no, as the machine may have been slower for a moment. What takes less
    than ten milliseconds is not told apart.
    """
    return any(
        processor_seconds(lambda: work(size)) < 9 * max(processor_seconds(lambda: work(size // 4)), 0.01) for _ in range(3)
    )


_STARTS_PROCESSES = {"run", "watch", "measure", "serving"}
_SLOW_FOLDERS = {"faults", "terminal", "voice", "e2e"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `fast` what starts no process, so that an edit is checked in under a minute: `pytest -m fast`."""
    for item in items:
        slow = _STARTS_PROCESSES & set(getattr(item, "fixturenames", ())) or _SLOW_FOLDERS & set(item.path.parts)
        if not slow and not item.get_closest_marker("slow"):
            item.add_marker("fast")


@dataclass(frozen=True)
class Ran:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def stores_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close in the end whatever store a test has opened: Python 3.13 warns of one that is left open."""
    opened: list[Database] = []
    begin = Database.__init__

    def begin_and_note(database: Database, path: Path, connection: sqlite3.Connection) -> None:
        begin(database, path, connection)
        opened.append(database)

    monkeypatch.setattr(Database, "__init__", begin_and_note)
    yield
    for database in opened:
        database.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home for the program."""
    return tmp_path / "home"


def clean_environment(home: Path, **environ: str) -> dict[str, str]:
    """The environment of this process without anything that steers the program."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("INTERVIEWER_", "OPENAI_", "AZURE_OPENAI_"))
        and "proxy" not in name.lower()
        and name not in {"NO_COLOR", "PYTHONDONTWRITEBYTECODE"}  # without bytecode a start takes three times as long
    }
    return {**kept, "INTERVIEWER_HOME": str(home), "COLUMNS": "80", **environ}


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    made = Commands(tmp_path_factory.mktemp("streams"))
    yield made
    made.close()


@pytest.fixture
def run(home: Path, tmp_path: Path, commands: Commands) -> Run:
    """Run a command as a user's shell would, in a process of its own."""

    def run(*arguments: str, stdin: str | bytes = "", timeout: float = 120, **environ: str) -> Ran:
        given = stdin if isinstance(stdin, bytes) else stdin.encode()
        environment = clean_environment(home, **environ)
        at_start = any(name.startswith("PYTHON") or name == "OPENAI_LOG" for name in environ)  # read as modules are loaded
        if sys.platform == "linux" and not at_start:
            code, out, err = commands.run(arguments, given, environment, tmp_path, timeout)
            return Ran(code, out.decode(), err.decode())
        done = subprocess.run(
            [sys.executable, "-m", "interviewer", *arguments],
            input=given,
            capture_output=True,
            env=environment,
            cwd=tmp_path,
            timeout=timeout,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
