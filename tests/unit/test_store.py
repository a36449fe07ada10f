"""What was acknowledged is there, and what cannot be used is not destroyed."""

import errno
import fcntl
import json
import sqlite3
import stat
import threading
from datetime import timedelta
from importlib import resources
from pathlib import Path

import pytest

from interviewer.errors import InputError, StoreError
from interviewer.models import Dispute, Exchange, GraderInfo, Grading, SavedQuestion, SessionOptions
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
HEARD = Dispute(
    key_point="boiling",
    argument="I said boil.",
    before="missing",
    after="covered",
    reason="It was said.",
    grader=UNGRADED.grader,
    created=NOW,
)


def test_a_session_comes_back_as_it_was(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session(SessionOptions(), [question(), question(id="coffee", number=2)], NOW)
    attempt = store.add_attempt(session.id, question(), "Boil it.", NOW, 12.5)
    store.add_grading(attempt.id, UNGRADED, NOW)
    store.mark_skipped(session.id, "coffee")
    store.close()

    store = open_store(home / "interviewer.db")
    again = store.session()
    assert (again.question_ids, again.skipped, again.mode) == (("tea", "coffee"), ("coffee",), "practice")
    assert store.attempts(session.id) == (attempt.model_copy(update={"grading": UNGRADED}),)
    assert store.planned(session.id)[0] == question()


def test_the_rules_of_a_session_come_back(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session(SessionOptions(mode="interview", follow_ups=2, time_limit=90, rate=True), [question()], NOW)
    assert store.session() == session
    assert (session.follow_ups, session.time_limit, session.rate) == (2, 90, True)


def test_what_follows_an_answer_comes_back_in_order(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session(SessionOptions(), [question()], NOW)
    attempt = store.add_attempt(session.id, question(), "Boil it.", NOW)
    store.save_self_rating(attempt.id, 70)
    store.add_follow_up(attempt.id, "How long, 1?", "draw", NOW)
    store.save_follow_up_answer(attempt.id, "Thr")
    store.save_follow_up_answer(attempt.id, "Three minutes.")
    store.add_follow_up(attempt.id, "How long, 2?", "draw", NOW)
    store.save_follow_up_answer(attempt.id, "A while.")
    store.add_dispute(attempt.id, HEARD, UNGRADED)
    (again,) = store.attempts(session.id)
    assert again.self_rating == 70
    assert again.exchanges == (
        Exchange(follow_up="How long, 1?", key_point="draw", answer="Three minutes.", created=NOW),
        Exchange(follow_up="How long, 2?", key_point="draw", answer="A while.", created=NOW),
    )
    assert again.disputes == (HEARD,)
    assert again.grading == UNGRADED
    assert again.graded_text == "Boil it.\n\nThree minutes.\n\nA while."
    assert again.full_text == again.graded_text + "\n\nI said boil."


def test_a_dispute_that_changes_nothing_leaves_the_grading(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session(SessionOptions(), [question()], NOW)
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
    assert store.add_session(SessionOptions(mode="interview", time_limit=60), [question()], NOW).id == 2


def test_the_newest_grading_counts(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session(SessionOptions(), [question()], NOW)
    attempt = store.add_attempt(session.id, question(), "Boil it.", NOW)
    store.add_grading(attempt.id, UNGRADED, NOW)
    later = UNGRADED.model_copy(update={"reason": "still down"})
    store.add_grading(attempt.id, later, NOW)
    assert store.attempts()[0].grading == later


def test_a_draft_is_kept_until_its_answer_is_sent(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session(SessionOptions(), [question()], NOW)
    store.save_draft(session.id, "tea", "Boil th", NOW)
    assert store.draft(session.id, "tea") == "Boil th"
    store.add_attempt(session.id, question(), "Boil the water.", NOW)
    assert store.draft(session.id, "tea") == ""


def test_what_was_said_of_an_estimate_ends_with_the_next_grading_but_for_that_of_a_dispute(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session(SessionOptions(), [question()], NOW)
    first, second = (store.add_attempt(session.id, question(), "Boil it.", NOW).id for _ in range(2))
    for attempt in (first, second):
        store.add_grading(attempt, UNGRADED, NOW)
    store.save_confirmation(first, {"draw": "covered"})
    store.save_confirmation(first, {"draw": "partial", "!1": "contradicted"})
    assert (store.confirmation(first), store.confirmation(second)) == ({"draw": "partial", "!1": "contradicted"}, {})
    store.save_confirmation(first, {"boiling": "missing"})
    store.save_confirmation(second, {"fresh": "covered"})
    store.add_dispute(first, HEARD, UNGRADED)
    assert store.confirmation(first) == {"draw": "partial", "!1": "contradicted"}
    store.add_grading(first, UNGRADED, NOW)
    assert store.confirmation(first) == {}


def test_only_the_owner_can_read_the_answers(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    store.add_session(SessionOptions(), [question()], NOW)
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


def test_a_database_with_damaged_names_of_tables_is_named(home: Path) -> None:
    path = home / "interviewer.db"
    open_database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET name = CAST(x'ff80' AS TEXT), sql = 'junk' WHERE name = 'attempt_by_session'"
        )
    connection.close()
    with pytest.raises(StoreError, match="is damaged"):
        open_database(path).rows("SELECT * FROM attempt")


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
    session = store.add_session(SessionOptions(), [question()], NOW)
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
    store.add_session(SessionOptions(), [question()], NOW)
    with pytest.raises(InputError, match="no session 9"):
        store.session(9)


def test_every_grading_is_kept_with_what_the_model_said(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session(SessionOptions(), [question()], NOW)
    attempt = store.add_attempt(session.id, question(), "Boil it.", NOW)
    store.add_grading(attempt.id, UNGRADED.model_copy(update={"raw": "I cannot say."}), NOW)
    store.add_grading(attempt.id, UNGRADED, NOW + timedelta(hours=1))
    first, second = store.gradings(attempt.id)
    assert (first.created, first.grading.raw, second.created, second.grading.raw) == (
        *(NOW, "I cannot say."),
        *(NOW + timedelta(hours=1), None),
    )
    assert "I cannot say" not in first.grading.model_dump_json()
    assert store.attempts()[0].grading == UNGRADED


def test_a_database_of_the_last_release_goes_on_and_a_copy_of_it_is_kept(home: Path) -> None:
    home.mkdir()
    path = home / "interviewer.db"
    with sqlite3.connect(path) as db:
        for step in (1, 2, 3):
            db.executescript(resources.files("interviewer").joinpath(f"storage/migrations/{step}.sql").read_text())
        db.execute("INSERT INTO session (id, created, mode) VALUES (1, ?, 'practice')", [NOW.isoformat()])
        db.execute("INSERT INTO planned VALUES (1, 0, 'tea', ?, 0)", [question().model_dump_json()])
        db.execute(
            "INSERT INTO attempt (id, session, question, answer, created) VALUES (1, 1, 'tea', 'Boil it.', ?)",
            [NOW.isoformat()],
        )
        db.execute("INSERT INTO grading VALUES (1, 1, ?, ?)", [NOW.isoformat(), UNGRADED.model_dump_json()])
        db.execute("PRAGMA user_version = 3")
    db.close()
    store = open_store(path)
    (past,) = store.gradings(store.attempts()[0].id)
    assert (past.grading, past.grading.raw) == (UNGRADED, None)
    with sqlite3.connect(home / "interviewer.db.schema-3") as copy:
        assert copy.execute("SELECT answer FROM attempt").fetchall() == [("Boil it.",)]
    copy.close()


def test_a_stored_estimate_loses_the_numbers_that_it_never_measured(home: Path) -> None:
    made_up = {"depth": 0.4, "clarity": 0.5, "level": 2.0}
    measured = {"overall": 40, "band": "weak", "coverage": 0.4, "accuracy": 1.0, "limiting": None, "key_points": []}
    score = {**measured, **made_up, "model_answer": "Boil it.", "own": 0.4}
    who = {"model": "m", "prompt_version": "1"}
    graded = {"question_id": "tea", "status": "graded", "usage": None}
    estimate = {**graded, "score": score, "grader": {**who, "kind": "embedded", "estimate": True}}
    old = {**estimate, "score": {**score, "own": None}}
    judged = {**graded, "score": score, "grader": {**who, "kind": "llm", "estimate": False}}
    path = home / "interviewer.db"
    store = open_store(path)
    session = store.add_session(SessionOptions(), [question()], NOW)
    for _ in range(4):
        store.add_grading(store.add_attempt(session.id, question(), "Boil it.", NOW).id, UNGRADED, NOW)
    store.close()
    with sqlite3.connect(path) as db:
        for number, grading in enumerate((estimate, old, judged), 1):
            db.execute("UPDATE grading SET result = ? WHERE id = ?", [json.dumps(grading), number])
        db.executescript("DROP TABLE confirmation; DROP TABLE hint; PRAGMA user_version = 6")
    db.close()
    found = [
        one.score and (one.score.overall, one.score.depth, one.score.clarity, one.score.level)
        for one in open_store(path).attempts()
    ]
    assert found == [(40, None, None, None), (40, None, None, 2.0), (40, 0.4, 0.5, 2.0), None]


def three_answers(path: Path) -> None:
    """A session with three graded answers to one question, each with a follow-up and a dispute; one question is saved."""
    store = open_store(path)
    session = store.add_session(SessionOptions(), [question()], NOW)
    objection = Dispute(
        key_point="draw", argument="But!", before="missing", after="missing", reason="No.", grader=UNGRADED.grader, created=NOW
    )
    for number in range(3):
        attempt = store.add_attempt(session.id, question(), f"Boil it {number} times.", NOW)
        store.add_grading(attempt.id, UNGRADED, NOW)
        store.add_follow_up(attempt.id, "How long?", "draw", NOW)
        store.add_dispute(attempt.id, objection, None)
    store.save_question("tea", NOW)
    store.close()


@pytest.mark.parametrize(
    ("damage", "left_out", "answers", "grades"),
    [
        ("UPDATE grading SET result = 'not JSON' WHERE id = 2", "1 stored grade cannot", 3, 2),
        ("UPDATE grading SET result = CAST(x'ff00fe' AS TEXT) WHERE id = 2", "1 stored grade cannot", 3, 2),
        ("UPDATE grading SET result = json_set(result, '$.invented_later', 1)", "3 stored grades cannot", 3, 0),
        ("UPDATE attempt SET created = 'the other day' WHERE id = 1", "1 stored answer cannot", 2, 2),
        ("UPDATE attempt SET created = '0001-01-01T00:00:00+00:00' WHERE id = 1", "1 stored answer cannot", 2, 2),
        ("UPDATE attempt SET created = '9999-12-31T00:00:00+00:00' WHERE id = 1", "1 stored answer cannot", 2, 2),
        ("UPDATE attempt SET seconds = 9e999 WHERE id = 1", "1 stored answer cannot", 2, 2),
        ("UPDATE exchange SET created = '' WHERE id = 1", "1 stored follow-up cannot", 3, 3),
        ("UPDATE dispute SET dispute = '{]' WHERE id = 1", "1 stored dispute cannot", 3, 3),
        ("UPDATE planned SET question = '{}'", "3 stored answers cannot", 0, 0),
    ],
)
def test_what_cannot_be_read_is_left_out_with_a_word(home: Path, damage: str, left_out: str, answers: int, grades: int) -> None:
    path = home / "interviewer.db"
    three_answers(path)
    with sqlite3.connect(path) as db:
        db.execute(damage)
    db.close()
    told: list[str] = []
    store = open_store(path, told.append)
    for _ in range(2):  # and said once
        found = store.attempts()
        assert (len(found), sum(attempt.grading is not None for attempt in found)) == (answers, grades)
    store.reviews()
    assert len(store.sessions()) == 1
    (line,) = told
    assert line.startswith(left_out)
    store.close()


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ("UPDATE session SET created = '2026'", "session"),
        ("UPDATE session SET mode = 'dreaming'", "session"),
        ("UPDATE session SET finished = 'later'", "session"),
        ("UPDATE session SET rounds = '[]'", "session"),
        ("UPDATE session SET rounds = '{'", "session"),
        ("UPDATE session SET rounds = '[60, \"soon\"]'", "session"),
        ("UPDATE session SET bar = 'boss'", "session"),
        ("UPDATE planned SET question = 'x'", "question"),
        ("UPDATE saved SET created = 'x'", "saved question"),
    ],
)
def test_other_things_that_cannot_be_read_are_left_out_too(home: Path, damage: str, what: str) -> None:
    path = home / "interviewer.db"
    three_answers(path)
    with sqlite3.connect(path) as db:
        db.execute(damage)
    db.close()
    told: list[str] = []
    store = open_store(path, told.append)
    assert [len(store.sessions()), len(store.planned(1)), len(store.saved_questions())].count(0) == 1
    assert told == [f"1 stored {what} cannot be read and is left out; --debug writes a log that shows which"]


def test_an_answer_that_holds_escapes_by_damage_is_cleaned(home: Path) -> None:
    path = home / "interviewer.db"
    three_answers(path)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE attempt SET answer = 'Boil' || char(27) || '[2J it.' WHERE id = 1")
    db.close()
    assert open_store(path).attempts()[0].answer == "Boil it."


def test_where_no_memory_is_shared_a_rollback_journal_keeps_the_same_promise(home: Path) -> None:
    (home / "interviewer.db-shm").mkdir(parents=True)
    for answers in (1, 2):
        store = open_store(home / "interviewer.db")
        session = store.add_session(SessionOptions(), [question()], NOW)
        store.add_attempt(session.id, question(), "Boil it.", NOW)
        assert (store.journal, len(store.attempts())) == ("delete", answers)
        store.close()
    database = open_database(home / "interviewer.db")
    assert database.rows("PRAGMA synchronous") == [(3,)]
    assert database.rows("PRAGMA locking_mode") == [("normal",)]


def test_a_database_that_moves_to_where_no_memory_is_shared_keeps_what_is_in_its_log(home: Path, tmp_path: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session(SessionOptions(), [question()], NOW)
    store.add_attempt(session.id, question(), "Boil it.", NOW)
    for name in ("interviewer.db", "interviewer.db-wal"):  # as after a kill: nothing has left the log yet
        (tmp_path / name).write_bytes((home / name).read_bytes())
    store.close()
    (tmp_path / "interviewer.db-shm").mkdir()
    moved = open_store(tmp_path / "interviewer.db")
    assert ([attempt.answer for attempt in moved.attempts()], moved.journal) == (["Boil it."], "delete")


def test_where_there_are_no_file_locks_lock_folders_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "lockf", refuse)
    monkeypatch.setattr("interviewer.storage.database._BUSY_SECONDS", 0.1)
    three_answers(home / "interviewer.db")
    lock = home / "interviewer.db.lock"
    store = open_store(home / "interviewer.db")
    assert (len(store.attempts()), store.journal, lock.exists()) == (3, "delete", False)
    store.close()
    lock.mkdir()  # left behind by a kill
    with pytest.raises(StoreError, match="in use by another") as caught:
        open_store(home / "interviewer.db")
    assert f"if none is running: rmdir {lock}" in caught.value.next_step
