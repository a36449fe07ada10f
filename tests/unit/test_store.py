"""What was acknowledged is there, and what cannot be used is not destroyed."""

import sqlite3
import stat
import threading
from datetime import timedelta
from importlib import resources
from pathlib import Path

import pytest

from interviewer.errors import InputError, StoreError
from interviewer.models import Dispute, Exchange, GraderInfo, Grading, SavedQuestion
from interviewer.storage.database import SCHEMA_VERSION, open_database
from interviewer.storage.store import open_store
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


def test_the_rules_of_a_session_come_back(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session("interview", [question()], NOW, follow_ups=2, time_limit=90, rate=True)
    assert store.session() == session
    assert (session.follow_ups, session.time_limit, session.rate) == (2, 90, True)


def test_what_follows_an_answer_comes_back_in_order(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session("practice", [question()], NOW)
    attempt = store.add_attempt(session.id, question(), "Boil it.", NOW)
    store.rate(attempt.id, 70)
    store.add_follow_up(attempt.id, "How long, 1?", "draw", NOW)
    store.save_follow_up_answer(attempt.id, "Thr")
    store.save_follow_up_answer(attempt.id, "Three minutes.")
    store.add_follow_up(attempt.id, "How long, 2?", "draw", NOW)
    store.save_follow_up_answer(attempt.id, "A while.")
    objection = Dispute(
        key_point="boiling",
        argument="I said boil.",
        before="missing",
        after="covered",
        reason="It was said.",
        grader=UNGRADED.grader,
        created=NOW,
    )
    store.add_dispute(attempt.id, objection, UNGRADED)
    (again,) = store.attempts(session.id)
    assert again.self_rating == 70
    assert again.exchanges == (
        Exchange(follow_up="How long, 1?", key_point="draw", answer="Three minutes.", created=NOW),
        Exchange(follow_up="How long, 2?", key_point="draw", answer="A while.", created=NOW),
    )
    assert again.disputes == (objection,)
    assert again.grading == UNGRADED
    assert again.graded_text == "Boil it.\n\nThree minutes.\n\nA while."
    assert again.transcript == again.graded_text + "\n\nI said boil."


def test_a_dispute_that_changes_nothing_leaves_the_grading(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session("practice", [question()], NOW)
    attempt = store.add_attempt(session.id, question(), "Boil it.", NOW)
    store.add_grading(attempt.id, UNGRADED, NOW)
    objection = Dispute(
        key_point="boiling",
        argument="But!",
        before="missing",
        after="missing",
        reason="Not said.",
        grader=UNGRADED.grader,
        created=NOW,
    )
    store.add_dispute(attempt.id, objection, None)
    (again,) = store.attempts()
    assert (again.grading, again.disputes) == (UNGRADED, (objection,))


def test_saved_questions_wait_in_order_until_forgotten(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    clock = Clock()
    for name in ("tea", "coffee", "tea"):
        store.save_question(name, clock.now())
        clock.moment += timedelta(days=1)
    assert store.saved_questions() == (
        SavedQuestion(question="tea", created=NOW),
        SavedQuestion(question="coffee", created=NOW + timedelta(days=1)),
    )
    store.forget_question("tea")
    assert [saved.question for saved in store.saved_questions()] == ["coffee"]


def test_a_database_of_the_first_version_goes_on_with_all_it_holds(home: Path) -> None:
    home.mkdir()
    path = home / "interviewer.db"
    with sqlite3.connect(path) as db:
        db.executescript(resources.files("interviewer").joinpath("storage/migrations/1.sql").read_text())
        db.execute("INSERT INTO session VALUES (1, ?, 'practice', NULL)", [NOW.isoformat()])
        db.execute("INSERT INTO planned VALUES (1, 0, 'tea', ?, 0)", [question().model_dump_json()])
        db.execute("INSERT INTO attempt VALUES (1, 1, 'tea', 'Boil it.', ?, 9.5)", [NOW.isoformat()])
        db.execute("INSERT INTO grading VALUES (1, 1, ?, ?)", [NOW.isoformat(), UNGRADED.model_dump_json()])
        db.execute("PRAGMA user_version = 1")
    db.close()
    store = open_store(path)
    (attempt,) = store.attempts()
    assert (attempt.answer, attempt.seconds, attempt.grading) == ("Boil it.", 9.5, UNGRADED)
    assert (attempt.self_rating, attempt.exchanges, attempt.disputes) == (None, (), ())
    assert (store.session().follow_ups, store.session().time_limit, store.session().rate) == (0, None, False)
    assert store.add_session("interview", [question()], NOW, time_limit=60).id == 2


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
    database = open_database(home / "interviewer.db")
    assert database.rows("PRAGMA synchronous") == [(2,)]
    assert database.rows("PRAGMA journal_mode") == [("wal",)]


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
