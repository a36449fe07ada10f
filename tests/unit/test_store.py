"""What was acknowledged is there, and what cannot be used is not destroyed."""

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from interviewer.errors import InputError, StoreError
from interviewer.models import GraderInfo, Grading
from interviewer.store import SCHEMA_VERSION, open_store
from tests.fakes import Clock, question

NOW = Clock().now()
UNGRADED = Grading(
    question_id="tea",
    status="ungraded",
    score=None,
    grader=GraderInfo(kind="llm", model="stub", prompt_version="1", estimate=False),
    usage=None,
    reason="the server is down",
)


def test_a_session_comes_back_as_it_was(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session("practice", [question(), question(id="coffee", number=2)], NOW)
    attempt = store.add_attempt(session.id, question(), "Boil it.", NOW, 12.5)
    store.add_grading(attempt.id, UNGRADED, NOW)
    store.skip(session.id, "coffee")
    store.close()

    store = open_store(home / "interviewer.db")
    again = store.session()
    assert (again.plan, again.skipped, again.mode) == (("tea", "coffee"), ("coffee",), "practice")
    assert store.attempts(session.id) == (attempt.model_copy(update={"grading": UNGRADED}),)
    assert store.planned(session.id)[0] == question()


def test_the_newest_grading_counts(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session("practice", [question()], NOW)
    attempt = store.add_attempt(session.id, question(), "Boil it.", NOW)
    store.add_grading(attempt.id, UNGRADED, NOW)
    later = UNGRADED.model_copy(update={"reason": "still down"})
    store.add_grading(attempt.id, later, NOW)
    assert store.attempts()[0].grading == later


def test_a_draft_is_kept_until_its_answer_is_sent(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session("practice", [question()], NOW)
    store.save_draft(session.id, "tea", "Boil th", NOW)
    assert store.draft(session.id, "tea") == "Boil th"
    store.add_attempt(session.id, question(), "Boil the water.", NOW)
    assert store.draft(session.id, "tea") == ""


def test_only_the_owner_can_read_the_answers(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    store.add_session("practice", [question()], NOW)
    for file in home.glob("interviewer.db*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_a_commit_waits_for_the_disk(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    assert store._rows("PRAGMA synchronous") == [(2,)]
    assert store._rows("PRAGMA journal_mode") == [("wal",)]


def test_a_newer_database_is_left_alone(home: Path) -> None:
    path = home / "interviewer.db"
    open_store(path).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()
    with pytest.raises(StoreError, match="newer interviewer"):
        open_store(path)


def test_a_damaged_database_is_named_and_not_touched(home: Path) -> None:
    path = home / "interviewer.db"
    home.mkdir()
    path.write_bytes(b"this is not a database at all " * 50)
    with pytest.raises(StoreError, match="damaged") as caught:
        open_store(path)
    assert "mv" in caught.value.next_step
    assert path.read_bytes().startswith(b"this is not")


def test_several_threads_can_write_at_once(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session("practice", [question()], NOW)
    threads = [threading.Thread(target=lambda: store.add_attempt(session.id, question(), "Boil it.", NOW)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.attempts()) == 16


def test_an_unknown_session_is_an_input_error(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    with pytest.raises(InputError, match="no session yet"):
        store.session()
    store.add_session("practice", [question()], NOW)
    with pytest.raises(InputError, match="no session 9"):
        store.session(9)
