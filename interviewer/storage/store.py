"""Where answers live. This module and `notes.py` have the queries; `database.py` owns the connection and the schema.

Every write is durable when its method returns; inside `all_or_nothing`, when the block ends.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from interviewer.errors import InputError, attach_unsaved_answer
from interviewer.models import (
    VERDICT_ORDER,
    Attempt,
    Dispute,
    Grading,
    PastGrading,
    Question,
    Review,
    Session,
    SessionOptions,
    Verdict,
)
from interviewer.storage import rows
from interviewer.storage.database import open_database
from interviewer.storage.notes import Notes

_ADD_GRADING = "INSERT INTO grading (attempt, created, result, raw) VALUES (?, ?, ?, ?)"


class Store(Notes):
    """Sessions, answers and their gradings, and the notes beside them."""

    def close(self) -> None:
        self._database.close()

    def check(self) -> None:
        """Read the whole file.

        Raises:
            StoreError: it is damaged.
        """
        self._database.check()

    @property
    def journal(self) -> str:
        """How commits are made durable: "wal", or on file systems without shared memory a kind of rollback journal."""
        ((mode,),) = self._database.rows("PRAGMA journal_mode")
        return str(mode)

    def all_or_nothing(self) -> AbstractContextManager[object]:
        """Make what is written in the block durable at its end, all of it or none."""
        return self._database.transaction()

    # Sessions

    def add_session(self, options: SessionOptions, questions: Sequence[Question], created: datetime) -> Session:
        """Begin a session with the questions it will ask and the rules it will keep."""
        rounds = json.dumps(options.rounds) if options.rounds else None
        with self._database.transaction() as db:
            row = db.execute(
                "INSERT INTO session (created, mode, follow_ups, time_limit, rate, rounds, bar)"
                " VALUES (:created, :mode, :follow_ups, :time_limit, :rate, :rounds, :bar)",
                options.model_dump() | {"created": created.isoformat(), "rounds": rounds},
            )
            number = row.lastrowid or 0
            db.executemany(
                "INSERT INTO planned (session, position, id, question) VALUES (?, ?, ?, ?)",
                [(number, position, q.id, q.model_dump_json()) for position, q in enumerate(questions)],
            )
        return Session(**dict(options), id=number, created=created, question_ids=tuple(q.id for q in questions))

    def sessions(self) -> tuple[Session, ...]:
        """Return all sessions, oldest first."""
        planned: dict[object, list[rows.Record]] = {}
        for one in self._database.records("SELECT session, id, skipped FROM planned ORDER BY session, position"):
            planned.setdefault(one["session"], []).append(one)
        sql = "SELECT id, created, mode, finished, follow_ups, time_limit, rate, rounds, bar FROM session ORDER BY id"
        return self._read("session", lambda record: rows.session(record, planned.get(record["id"], [])), sql)

    def planned(self, session: int) -> tuple[Question, ...]:
        """Return the questions of a session as it asks them, in order."""
        return self._read(
            "question", rows.question, "SELECT question FROM planned WHERE session = ? ORDER BY position", session
        )

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

    def add_question(self, session: int, question: Question) -> None:
        """Add a question to the end of a session, unless the session has it."""
        self._database.write(
            "INSERT OR IGNORE INTO planned (session, position, id, question)"
            " SELECT ?, count(*), ?, ? FROM planned WHERE session = ?",
            *(session, question.id, question.model_dump_json(), session),
        )

    def mark_skipped(self, session: int, question: str) -> None:
        """Mark a question as skipped."""
        self._database.write("UPDATE planned SET skipped = 1 WHERE session = ? AND id = ?", session, question)

    def mark_model_answer_shown(self, session: int, question: str) -> None:
        """Mark the model answer to a question as shown: later attempts at it in this session say so."""
        self._database.write("UPDATE planned SET shown = 1 WHERE session = ? AND id = ?", session, question)

    def mark_finished(self, session: int, when: datetime) -> None:
        """Mark a session as ended."""
        self._database.write("UPDATE session SET finished = ? WHERE id = ?", when.isoformat(), session)

    # Attempts

    def add_attempt(
        self,
        session: int,
        question: Question,
        answer: str,
        created: datetime,
        seconds: float | None = None,
        *,
        spoken: bool = False,
    ) -> Attempt:
        """Keep an answer, and drop its draft in the same commit."""
        with attach_unsaved_answer(answer), self._database.transaction() as db:
            row = db.execute(
                "INSERT INTO attempt (session, question, answer, created, seconds, spoken, after_model_answer)"
                " SELECT session, id, ?, ?, ?, ?, shown FROM planned WHERE session = ? AND id = ?"
                " RETURNING id, after_model_answer",
                (answer, created.isoformat(), seconds, spoken, session, question.id),
            )
            number, after_model_answer = row.fetchone()
            db.execute("DELETE FROM draft WHERE session = ? AND question = ?", (session, question.id))
        return Attempt(
            id=number,
            session=session,
            question=question,
            answer=answer,
            created=created,
            seconds=seconds,
            spoken=spoken,
            after_model_answer=bool(after_model_answer),
        )

    def save_self_rating(self, attempt: int, self_rating: int) -> None:
        """Keep the person's own estimate of an answer, 0 to 100."""
        self._database.write("UPDATE attempt SET self_rating = ? WHERE id = ?", self_rating, attempt)

    def add_grading(self, attempt: int, grading: Grading, created: datetime) -> None:
        """Keep a grading; earlier ones of the same attempt stay."""
        self._database.write(_ADD_GRADING, attempt, created.isoformat(), grading.model_dump_json(), grading.raw)

    def add_follow_up(self, attempt: int, follow_up: str, key_point: str, created: datetime) -> None:
        """Keep a follow-up as it is asked; `save_follow_up_answer` then keeps what is said to it."""
        self._database.write(
            "INSERT INTO exchange (attempt, created, follow_up, key_point) VALUES (?, ?, ?, ?)",
            *(attempt, created.isoformat(), follow_up, key_point),
        )

    def save_follow_up_answer(self, attempt: int, answer: str) -> None:
        """Keep what has been said so far to the latest follow-up."""
        with attach_unsaved_answer(answer):
            self._database.write(
                "UPDATE exchange SET answer = ? WHERE id = (SELECT max(id) FROM exchange WHERE attempt = ?)", answer, attempt
            )

    def add_dispute(self, attempt: int, dispute: Dispute, grading: Grading | None) -> None:
        """Keep a dispute and, where it changed the score, the new grading, both or neither.

        What the person has said so far of an estimate's other points then counts for the new grading.
        """
        with self._database.transaction() as db:
            db.execute("INSERT INTO dispute (attempt, dispute) VALUES (?, ?)", (attempt, dispute.model_dump_json()))
            if grading is not None:
                row = db.execute(_ADD_GRADING, (attempt, dispute.created.isoformat(), grading.model_dump_json(), grading.raw))
                db.execute(
                    "INSERT INTO confirmation SELECT ?1, claim, verdict FROM confirmation WHERE claim <> ?2"
                    " AND grading = (SELECT max(id) FROM grading WHERE attempt = ?3 AND id < ?1)",
                    (row.lastrowid, dispute.key_point, attempt),
                )

    def attempts(self, session: int | None = None, question: str | None = None) -> tuple[Attempt, ...]:
        """Return the attempts of one session, at one question, or all, oldest first, each with its newest grading."""
        found = self._database.records(rows.ATTEMPTS, session, question)
        with self._reading() as reader:
            return reader.attempts(found)

    def gradings(self, attempt: int) -> tuple[PastGrading, ...]:
        """Return all gradings of an attempt, oldest first, each with what the model said."""
        return self._read(
            "grade", rows.past_grading, "SELECT created, result, raw FROM grading WHERE attempt = ? ORDER BY id", attempt
        )

    def reviews(self) -> tuple[Review, ...]:
        """Return the reviews for the schedule, oldest first: first attempts that are graded."""
        return self._read("answer", rows.review, rows.REVIEWS)

    def models(self) -> tuple[str, ...]:
        """Return the models that graded anything, in alphabetical order."""
        found = self._database.rows(rows.MODELS)
        return tuple(str(model) for (model,) in found)

    # Drafts

    def save_draft(self, session: int, question: str, text: str, when: datetime) -> None:
        """Keep what has been typed so far; an empty text clears it."""
        with attach_unsaved_answer(text):
            if text.strip():
                self._database.write(
                    "INSERT OR REPLACE INTO draft (session, question, text, saved) VALUES (?, ?, ?, ?)",
                    *(session, question, text, when.isoformat()),
                )
            else:
                self._database.write("DELETE FROM draft WHERE session = ? AND question = ?", session, question)

    def drafts(self, session: int) -> frozenset[str]:
        """Return the ids of the questions with a draft."""
        found = self._database.rows("SELECT question FROM draft WHERE session = ?", session)
        return frozenset(str(question) for (question,) in found)

    def draft(self, session: int, question: str) -> str:
        """Return the draft of an answer that was not sent, or an empty string."""
        found = self._database.rows("SELECT text FROM draft WHERE session = ? AND question = ?", session, question)
        return str(found[0][0]) if found else ""

    def save_confirmation(self, attempt: int, said: Mapping[str, Verdict]) -> None:
        """Keep what a person has said so far of the newest grading, by the `id` of claims."""
        with self._database.transaction() as db:
            db.executemany(
                "INSERT OR REPLACE INTO confirmation SELECT max(id), ?, ? FROM grading WHERE attempt = ?",
                [(claim, verdict, attempt) for claim, verdict in said.items()],
            )

    def confirmation(self, attempt: int) -> dict[str, Verdict]:
        """Return what a person has said so far of the newest grading."""
        found = self._database.rows(
            "SELECT claim, verdict FROM confirmation WHERE grading = (SELECT max(id) FROM grading WHERE attempt = ?)", attempt
        )
        return {str(claim): known for claim, verdict in found for known in VERDICT_ORDER if known == verdict}


def open_store(path: Path, notify: Callable[[str], None] = lambda _: None) -> Store:
    """Open the database at `path`, creating it (readable by its owner only) or bringing it up to date.

    `notify` is told of a migration, and of rows that cannot be read.

    Raises:
        StoreError: the place cannot be written, or the file is damaged, in use, or from a newer version.
    """
    return Store(open_database(path, notify), notify)
