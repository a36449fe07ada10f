"""kill -9 at random instants of whole sessions: what was acknowledged is there, and `resume` asks the right question."""

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from interviewer.models import Question
from interviewer.storage.store import open_store
from tests.conftest import clean_environment

ROUNDS = int(os.environ.get("KILL_ROUNDS", "6"))
"""`KILL_ROUNDS=200 pytest -s tests/faults/test_killed.py` takes some ten minutes and says how much it tried."""


ACKNOWLEDGED = "Saved; grading"


def expected(home: Path) -> Question | None:
    """The question that `resume` has to ask, or None when a new session is due."""
    if not (home / "interviewer.db").exists():
        return None
    store = open_store(home / "interviewer.db")
    try:
        if not store.sessions():
            return None
        session = store.session()
        answered = {attempt.question.id for attempt in store.attempts(session.id)}
        return next((question for question in store.planned(session.id) if question.id not in answered), None)
    finally:
        store.close()


def answers(home: Path, mark: str) -> list[str]:
    with contextlib.closing(sqlite3.connect(home / "interviewer.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = db.execute("SELECT answer FROM attempt WHERE answer LIKE ? ORDER BY id", (f"{mark}%",))
        return [str(answer) for (answer,) in rows]


def killed(home: Path, folder: Path, arguments: list[str], said: str, seen: int, seconds: float) -> tuple[str, str]:
    """Run a command, kill it so many seconds after so many acknowledgements, and return what it had printed by then."""
    out, err = folder / "out", folder / "err"
    (folder / "in").write_text(said)
    with (folder / "in").open() as stdin, out.open("w") as stdout, err.open("w") as stderr:
        child = subprocess.Popen(
            [sys.executable, "-m", "interviewer", *arguments, "--grader", "embedded"],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=clean_environment(home, PYTHONUNBUFFERED="1"),
        )
        for _ in range(6000):
            if child.poll() is not None or err.read_text().count(ACKNOWLEDGED) >= seen:
                break
            time.sleep(0.01)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
        child.kill()
        child.wait()
    return out.read_text(), err.read_text()


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_nothing_acknowledged_is_lost(home: Path, tmp_path: Path, journal: str) -> None:
    chance = random.Random(7)
    if journal == "delete":
        (home / "interviewer.db-shm").mkdir(parents=True)  # no memory can be shared, as on network file systems
    began = time.monotonic()
    killed(home, tmp_path, ["practice", "--count", "3"], "First.\n/done\n" * 3, 3, 60)
    whole = time.monotonic() - began  # what a session takes on this machine
    acknowledged = 0
    for number in range(ROUNDS):
        due = expected(home)
        command = ["resume"] if due else ["practice", "--count", "3", "--seed", str(number)]
        mark = f"Round {number:03}"
        said = "".join(f"{mark}, answer {position}.\n/done\n" for position in range(3))
        # Kills while it starts, while it saves, while it grades: a fixed span would miss all but one on a slow machine.
        out, err = killed(home, tmp_path, command, said, chance.randrange(4), chance.uniform(0, whole / 3))
        kept = answers(home, mark)
        assert kept == [f"{mark}, answer {position}." for position in range(len(kept))]
        assert len(kept) >= err.count(ACKNOWLEDGED), err
        acknowledged += err.count(ACKNOWLEDGED)
        if due and "Question" in out:
            assert " ".join(due.question.split()) in " ".join(out.split())
    store = open_store(home / "interviewer.db")
    assert store.journal == journal
    store.close()
    print(f"{ROUNDS} kills, {acknowledged} acknowledged answers, none lost")
    assert acknowledged > ROUNDS / 2  # or nothing was tried
