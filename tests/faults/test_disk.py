"""A full or read-only disk, a damaged, newer, older or busy database: a clear line, nothing destroyed, the answer not lost."""

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from interviewer.errors import StoreError
from interviewer.storage.database import SCHEMA_VERSION, open_database
from interviewer.storage.store import open_store
from tests.conftest import Run, clean_environment
from tests.fakes import Clock, question
from tests.faults.conftest import ANSWER, UNSET, kept

NOW = Clock().now()
GRADE = ("grade", "--question", "3", "--grader", "embedded")
SCHEMA = Path(sys.modules["interviewer.storage.database"].__file__ or "").with_name("migrations")


@pytest.fixture
def disk(home: Path) -> Iterator[Path]:
    """A disk of its own, small enough to be filled."""
    home.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(home)]
    if os.name != "posix" or os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounts a small disk, which takes root")
    yield home
    subprocess.run(["umount", str(home)], check=True)


def fill(folder: Path) -> None:
    with contextlib.suppress(OSError), (folder / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))


def read_only(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)


def test_on_a_full_disk_the_answer_is_printed_and_old_answers_stay(watch: Run, disk: Path) -> None:
    assert watch(*GRADE, stdin="The first answer.").code == 0
    fill(disk)
    seen = watch(*GRADE)
    assert seen.code == 2, seen.all
    assert "disk is full" in seen.err
    assert ANSWER in seen.err
    (disk / "filler").unlink()
    assert kept(disk) == ["The first answer."]


def test_a_disk_that_fills_up_in_mid_transaction_is_said_to_be_full(home: Path) -> None:
    database = open_database(home / "interviewer.db")
    database.rows("CREATE TABLE filler (bytes)")
    database.rows("PRAGMA max_page_count = 1")  # as large as it is now
    with pytest.raises(StoreError, match="the disk is full"), database.transaction() as writing:
        writing.execute("INSERT INTO filler VALUES (zeroblob(1000000))")
    database.close()


@pytest.mark.parametrize(("folder", "file"), [(0o500, 0o600), (0o700, 0o400)])
def test_what_may_not_be_written_is_named_with_a_way_out(watch: Run, home: Path, folder: int, file: int) -> None:
    if os.name != "posix" or os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    assert watch(*GRADE, stdin="The first answer.").code == 0
    (home / "interviewer.db").chmod(file)
    home.chmod(folder)
    try:
        seen = watch(*GRADE)
    finally:
        home.chmod(0o700)
    assert seen.code == 2
    assert f"cannot write to {home / 'interviewer.db'}: " in seen.err
    assert "writable, or set INTERVIEWER_HOME" in seen.err
    assert ANSWER in seen.err


def test_a_database_of_something_else_is_left_alone(watch: Run, home: Path) -> None:
    home.mkdir()
    path = home / "interviewer.db"
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE recipe (tea)")
        other.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    seen = watch(*GRADE)
    assert seen.code == 2
    assert f"{path} is no database of interviewer (no such table: " in seen.err
    assert "to start anew, move it away: " in seen.err
    assert ANSWER in seen.err
    with contextlib.closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("recipe",)]


@pytest.mark.parametrize("before", [True, False])
def test_in_a_read_only_home_the_answer_is_printed(watch: Run, disk: Path, before: bool) -> None:
    if before:
        assert watch(*GRADE, stdin="The first answer.").code == 0
    read_only(disk)
    seen = watch(*GRADE)
    assert seen.code == 2, seen.all
    assert str(disk) in seen.err
    assert ANSWER in seen.err
    assert "Traceback" not in seen.err


def test_a_home_that_cannot_be_made_is_named_before_anything_is_asked(watch: Run, disk: Path) -> None:
    read_only(disk)
    seen = watch("practice", "--grader", "embedded", INTERVIEWER_HOME=str(disk / "below"))
    assert seen.code == 2
    assert str(disk / "below") in seen.err
    assert "Question" not in seen.out


def test_a_disk_that_fills_up_during_practice_costs_no_word(disk: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "interviewer", "practice", "--question", "3", "--grader", "embedded"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(disk, PYTHONUNBUFFERED="1"),
        text=True,
    )
    assert child.stdout is not None
    while (line := child.stdout.readline()) and "overfitting" not in line:
        pass
    fill(disk)
    _, err = child.communicate(f"{ANSWER}\n/done\n", timeout=60)
    assert child.returncode == 2
    assert "disk is full" in err
    assert ANSWER in err


def test_a_report_does_not_fit_and_the_old_one_stays(watch: Run, disk: Path, tmp_path: Path) -> None:
    assert watch(*GRADE).code == 0
    old = disk / "report.md"
    assert watch("report", "--output", str(old)).code == 0
    earlier = old.read_text()
    fill(disk)
    home = tmp_path / "elsewhere"
    subprocess.run(["cp", "-r", str(disk / "interviewer.db"), str(tmp_path)], check=True)
    home.mkdir()
    (tmp_path / "interviewer.db").rename(home / "interviewer.db")
    seen = watch("report", "--output", str(old), INTERVIEWER_HOME=str(home))
    assert seen.code == 2, seen.all
    assert f"cannot write {old}" in seen.err
    assert old.read_text() == earlier
    assert sorted(file.name for file in disk.glob(".*")) == []


def test_output_to_a_full_device_is_an_error_and_not_silence(watch: Run, home: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    assert watch(*GRADE).code == 0
    done = subprocess.run(
        f"{sys.executable} -m interviewer bank export > /dev/full",
        shell=True,
        env=clean_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_device_is_written_to_and_not_replaced(watch: Run, home: Path) -> None:
    assert watch(*GRADE).code == 0
    assert watch("report", "--output", os.devnull).code == 0
    assert not Path(os.devnull).is_file()


def test_two_processes_share_the_store(home: Path) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "interviewer", "practice", "--question", "3", "--question", "4", "--grader", "embedded"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=clean_environment(home),
            text=True,
        )
        for _ in range(3)
    ]
    for position, child in enumerate(children):
        _, err = child.communicate(f"first of {position}\n/done\nsecond of {position}\n/done\n", timeout=60)
        assert child.returncode == 0, err
    assert sorted(kept(home)) == sorted(f"{which} of {n}" for n in range(3) for which in ("first", "second"))


def test_a_store_that_another_process_keeps_busy_is_said_to_be(watch: Run, home: Path) -> None:
    open_store(home / "interviewer.db").close()
    with contextlib.closing(sqlite3.connect(home / "interviewer.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        seen = watch(*GRADE)
    assert seen.code == 2
    assert "in use by another interviewer" in seen.err
    assert ANSWER in seen.err


def damaged_at(path: Path, where: int) -> None:
    open_store(path).close()
    size = path.stat().st_size
    with path.open("rb+") as file:
        file.seek(min(where, size))
        file.write(b"\xde\xad\xbe\xef" * 2048)


@pytest.mark.parametrize("where", [0, 4096 + 100])
def test_a_damaged_database_is_named_and_left_alone(watch: Run, home: Path, where: int) -> None:
    path = home / "interviewer.db"
    damaged_at(path, where)
    before = path.read_bytes()
    seen = watch(*GRADE)
    assert seen.code == 2, seen.all
    assert f"{path} is damaged" in seen.err
    assert ANSWER in seen.err
    assert path.read_bytes() == before
    # The next command that it names does help.
    command = seen.err.split("move it away: ")[1].split("\n")[0]
    subprocess.run(command, shell=True, check=True)
    assert (home / "damaged" / "interviewer.db").read_bytes() == before
    assert watch(*GRADE).code == 0


def test_a_torn_file_is_seen_by_doctor(watch: Run, home: Path) -> None:
    for _ in range(3):
        assert watch(*GRADE).code == 0
    path = home / "interviewer.db"
    with path.open("rb+") as file:
        file.truncate(path.stat().st_size // 2)
    seen = watch("doctor", OPENAI_API_KEY=UNSET)
    assert "is damaged" in seen.out
    assert seen.code != 0


def test_a_newer_database_is_not_touched(watch: Run, home: Path) -> None:
    path = home / "interviewer.db"
    home.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 7}")
        db.execute("CREATE TABLE attempt (something TEXT)")
    before = path.read_bytes()
    seen = watch(*GRADE)
    assert seen.code == 2
    assert "newer interviewer" in seen.err
    assert "pip install ." in seen.err
    assert ANSWER in seen.err
    assert path.read_bytes() == before


def old_database(path: Path) -> None:
    """A database of the first version with one answer in it."""
    path.parent.mkdir(exist_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript((SCHEMA / "1.sql").read_text() + "PRAGMA user_version = 1;")
        db.execute("INSERT INTO session VALUES (1, ?, 'practice', NULL)", (NOW.isoformat(),))
        db.execute("INSERT INTO planned VALUES (1, 0, 'tea', ?, 0)", (question().model_dump_json(),))
        db.execute("INSERT INTO attempt VALUES (1, 1, 'tea', 'Boil it.', ?, NULL)", (NOW.isoformat(),))
        db.commit()


def version(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def test_an_old_database_is_backed_up_and_then_brought_up_to_date(watch: Run, home: Path) -> None:
    path, copy = home / "interviewer.db", home / "interviewer.db.schema-1"
    old_database(path)
    seen = watch(*GRADE)
    assert seen.code == 0, seen.err
    assert str(copy) in seen.err
    assert kept(home) == ["Boil it.", ANSWER]
    assert version(copy) == 1
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert str(copy) not in watch(*GRADE).err
    assert [file.name for file in home.glob("*schema*")] == [copy.name]


def test_an_earlier_backup_is_never_overwritten(home: Path) -> None:
    path = home / "interviewer.db"
    old_database(path)
    (home / "interviewer.db.schema-1").write_text("precious")
    told: list[str] = []
    open_store(path, told.append).close()
    assert (home / "interviewer.db.schema-1").read_text() == "precious"
    assert version(home / "interviewer.db.schema-1-2") == 1
    assert "schema-1-2" in told[0]


def test_without_room_for_a_backup_nothing_is_changed(watch: Run, disk: Path) -> None:
    path = disk / "interviewer.db"
    old_database(path)
    fill(disk)
    seen = watch("history")
    assert seen.code == 2, seen.all
    assert "Traceback" not in seen.err
    (disk / "filler").unlink()
    assert version(path) == 1
    assert list(disk.glob("*schema*")) == []


@pytest.mark.parametrize("milliseconds", range(0, 40, 5))
def test_a_migration_killed_at_any_instant_leaves_the_old_or_the_new(home: Path, milliseconds: int) -> None:
    path = home / "interviewer.db"
    old_database(path)
    migrate = [sys.executable, "-c", _MIGRATE, str(path)]
    with subprocess.Popen(migrate, stdout=subprocess.PIPE, env=clean_environment(home), text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(milliseconds / 1000)
        child.kill()
    assert version(path) in {1, SCHEMA_VERSION}
    for copy in home.glob("*.schema-1"):
        assert version(copy) == 1
    assert kept(home) == ["Boil it."]


_MIGRATE = """
import sys
from pathlib import Path
from interviewer.storage.store import open_store
print("ready", flush=True)
open_store(Path(sys.argv[1]))
sys.stdin.read()
"""
