"""Where answers live: one SQLite file, written so that nothing acknowledged is ever lost.

WAL with synchronous=FULL: a commit returns when the data is on disk. The only module that knows SQL.
"""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from interviewer.errors import InputError, StoreError
from interviewer.models import Attempt, Grading, Mode, Question, Session

SCHEMA_VERSION = 1
_BUSY_SECONDS = 5.0
_ATTEMPTS = """
    SELECT a.id, a.session, p.question, a.answer, a.created, a.seconds,
           (SELECT g.result FROM grading g WHERE g.attempt = a.id ORDER BY g.id DESC LIMIT 1)
    FROM attempt a JOIN planned p ON p.session = a.session AND p.id = a.question
"""


class Store:
    """The database of one user. Every method that writes returns after the data is durable."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        # Writes come from worker threads, so that the event loop never waits for the disk.
        self._lock = threading.Lock()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _explained(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with self._lock, _explained(self._path):
            return self._connection.execute(sql, values).fetchall()

    # Sessions

    def add_session(self, mode: Mode, questions: Sequence[Question], created: datetime) -> Session:
        """Begin a session with the questions it will ask."""
        with self._transaction() as db:
            row = db.execute("INSERT INTO session (created, mode) VALUES (?, ?)", (created.isoformat(), mode))
            number = row.lastrowid or 0
            db.executemany(
                "INSERT INTO planned (session, position, id, question) VALUES (?, ?, ?, ?)",
                [(number, position, q.id, q.model_dump_json()) for position, q in enumerate(questions)],
            )
        return Session(id=number, created=created, mode=mode, plan=tuple(q.id for q in questions))

    def sessions(self) -> tuple[Session, ...]:
        """Return all sessions, oldest first."""
        planned: dict[object, list[tuple[str, bool]]] = {}
        for number, question, skipped in self._rows("SELECT session, id, skipped FROM planned ORDER BY session, position"):
            planned.setdefault(number, []).append((str(question), bool(skipped)))
        return tuple(
            Session.model_validate(
                {
                    "id": number,
                    "created": datetime.fromisoformat(str(created)),
                    "mode": mode,
                    "plan": [question for question, _ in planned.get(number, [])],
                    "skipped": [question for question, skipped in planned.get(number, []) if skipped],
                    "finished": datetime.fromisoformat(str(finished)) if finished else None,
                }
            )
            for number, created, mode, finished in self._rows("SELECT id, created, mode, finished FROM session ORDER BY id")
        )

    def planned(self, session: int) -> tuple[Question, ...]:
        """Return the questions of a session as it asks them, in order."""
        rows = self._rows("SELECT question FROM planned WHERE session = ? ORDER BY position", session)
        return tuple(Question.model_validate_json(str(question)) for (question,) in rows)

    def session(self, number: int | None = None) -> Session:
        """Return one session, the latest if no number is given.

        Raises:
            InputError: there is no such session.
        """
        sessions = self.sessions()
        if not sessions:
            raise InputError("there is no session yet", next_step="start one: interviewer practice")
        if number is None:
            return sessions[-1]
        for session in sessions:
            if session.id == number:
                return session
        raise InputError(f"there is no session {number}", next_step="list them: interviewer history")

    def skip(self, session: int, question: str) -> None:
        """Remember that a question was passed over."""
        with self._transaction() as db:
            db.execute("UPDATE planned SET skipped = 1 WHERE session = ? AND id = ?", (session, question))

    def finish(self, session: int, when: datetime) -> None:
        """Mark a session as ended."""
        with self._transaction() as db:
            db.execute("UPDATE session SET finished = ? WHERE id = ?", (when.isoformat(), session))

    # Attempts

    def add_attempt(
        self, session: int, question: Question, answer: str, created: datetime, seconds: float | None = None
    ) -> Attempt:
        """Keep an answer, and drop its draft in the same commit."""
        with self._transaction() as db:
            row = db.execute(
                "INSERT INTO attempt (session, question, answer, created, seconds) VALUES (?, ?, ?, ?, ?)",
                (session, question.id, answer, created.isoformat(), seconds),
            )
            db.execute("DELETE FROM draft WHERE session = ? AND question = ?", (session, question.id))
        return Attempt(
            id=row.lastrowid or 0, session=session, question=question, answer=answer, created=created, seconds=seconds
        )

    def add_grading(self, attempt: int, grading: Grading, created: datetime) -> None:
        """Keep a grading; earlier ones of the same attempt stay."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO grading (attempt, created, result) VALUES (?, ?, ?)",
                (attempt, created.isoformat(), grading.model_dump_json()),
            )

    def attempts(self, session: int | None = None) -> tuple[Attempt, ...]:
        """Return the attempts of one session, or all of them, oldest first, each with its newest grading."""
        rows = (
            self._rows(_ATTEMPTS + "ORDER BY a.id")
            if session is None
            else self._rows(_ATTEMPTS + "WHERE a.session = ? ORDER BY a.id", session)
        )
        return tuple(
            Attempt.model_validate(
                {
                    "id": identity,
                    "session": owner,
                    "question": Question.model_validate_json(str(question)),
                    "answer": answer,
                    "created": datetime.fromisoformat(str(created)),
                    "seconds": seconds,
                    "grading": Grading.model_validate_json(str(result)) if result else None,
                }
            )
            for identity, owner, question, answer, created, seconds, result in rows
        )

    # Drafts

    def save_draft(self, session: int, question: str, text: str, when: datetime) -> None:
        """Keep what has been typed so far; an empty text clears it."""
        with self._transaction() as db:
            if text.strip():
                db.execute(
                    "INSERT OR REPLACE INTO draft (session, question, text, saved) VALUES (?, ?, ?, ?)",
                    (session, question, text, when.isoformat()),
                )
            else:
                db.execute("DELETE FROM draft WHERE session = ? AND question = ?", (session, question))

    def drafts(self, session: int) -> frozenset[str]:
        """Return the ids of the questions with a draft."""
        return frozenset(str(question) for (question,) in self._rows("SELECT question FROM draft WHERE session = ?", session))

    def draft(self, session: int, question: str) -> str:
        """Return what was typed and not sent, or an empty string."""
        rows = self._rows("SELECT text FROM draft WHERE session = ? AND question = ?", session, question)
        return str(rows[0][0]) if rows else ""


def open_store(path: Path) -> Store:
    """Open the database at `path`, creating it (readable by its owner only) or bringing it up to date.

    Raises:
        StoreError: the place cannot be written, or the file is damaged, in use, or from a newer version.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # sqlite3 would create the file readable by everyone.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            f"cannot write to {path.parent}: {error.strerror}", next_step="make it writable, or set INTERVIEWER_HOME"
        ) from error
    with _explained(path):
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                connection.execute(f"PRAGMA {pragma}")
            _migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    return Store(path, connection)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path} was written by a newer interviewer (schema {version}, this one knows {SCHEMA_VERSION})",
            next_step="upgrade: pip install --upgrade interviewer",
        )
    if version == SCHEMA_VERSION:
        return
    script = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
    # One transaction, so that a power cut half-way leaves the database as it was. Another process may have been first.
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            for statement in _statements(script):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            raise StoreError(f"{path} is in use by another interviewer", next_step="close it there, then try again") from error
        if "full" in text:
            raise StoreError(f"the disk is full: {path} cannot grow", next_step="free some space") from error
        raise StoreError(
            f"cannot use {path}: {text}", next_step="check that the folder is writable: interviewer doctor"
        ) from error
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"{path} is damaged ({error}); it was not changed",
            next_step=f"move it away to start anew: mv '{path}' '{path}.damaged'",
        ) from error
