"""Where answers live. The only module with queries; `database.py` owns the connection and the schema.

Every method that writes returns after the data is durable.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from interviewer.errors import InputError, holding
from interviewer.models import Attempt, Dispute, Exchange, Grading, Mode, Question, Review, SavedQuestion, Session
from interviewer.storage.database import Database, open_database

_ATTEMPTS = """
    SELECT a.id, a.session, p.question, a.answer, a.created, a.seconds, a.spoken, a.self_rating,
           (SELECT g.result FROM grading g WHERE g.attempt = a.id ORDER BY g.id DESC LIMIT 1),
           (SELECT json_group_array(json_object(
                'follow_up', e.follow_up, 'key_point', e.key_point, 'answer', e.answer, 'created', e.created))
            FROM (SELECT * FROM exchange WHERE attempt = a.id ORDER BY id) e),
           (SELECT json_group_array(json(d.dispute))
            FROM (SELECT * FROM dispute WHERE attempt = a.id ORDER BY id) d)
    FROM attempt a JOIN planned p ON p.session = a.session AND p.id = a.question
    WHERE (?1 IS NULL OR a.session = ?1) AND (?2 IS NULL OR a.question = ?2)
    ORDER BY a.id
"""
# Each graded and undisputed attempt with its newest grading, without the weight of questions and answers.
_REVIEWS = """
    SELECT a.question, a.created, json_extract(g.result, '$.grader.kind'), json_extract(g.result, '$.score.overall')
    FROM attempt a JOIN grading g ON g.id = (SELECT max(id) FROM grading WHERE attempt = a.id)
    WHERE json_extract(g.result, '$.status') = 'graded' AND NOT EXISTS (SELECT 1 FROM dispute WHERE attempt = a.id)
    ORDER BY a.created, a.id
"""
_ADD_GRADING = "INSERT INTO grading (attempt, created, result) VALUES (?, ?, ?)"
_EXCHANGES = TypeAdapter(tuple[Exchange, ...])
_DISPUTES = TypeAdapter(tuple[Dispute, ...])


class Store:
    """The answers of one user."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def close(self) -> None:
        self._database.close()

    def check(self) -> None:
        """Read the whole file.

        Raises:
            StoreError: it is damaged.
        """
        self._database.check()

    # Sessions

    def add_session(
        self,
        mode: Mode,
        questions: Sequence[Question],
        created: datetime,
        *,
        follow_ups: int = 0,
        time_limit: int | None = None,
        rate: bool = False,
    ) -> Session:
        """Begin a session with the questions it will ask and the rules it will keep."""
        with self._database.transaction() as db:
            row = db.execute(
                "INSERT INTO session (created, mode, follow_ups, time_limit, rate) VALUES (?, ?, ?, ?, ?)",
                (created.isoformat(), mode, follow_ups, time_limit, rate),
            )
            number = row.lastrowid or 0
            db.executemany(
                "INSERT INTO planned (session, position, id, question) VALUES (?, ?, ?, ?)",
                [(number, position, q.id, q.model_dump_json()) for position, q in enumerate(questions)],
            )
        return Session(
            id=number,
            created=created,
            mode=mode,
            plan=tuple(q.id for q in questions),
            follow_ups=follow_ups,
            time_limit=time_limit,
            rate=rate,
        )

    def sessions(self) -> tuple[Session, ...]:
        """Return all sessions, oldest first."""
        planned: dict[object, list[tuple[str, bool]]] = {}
        questions = self._database.rows("SELECT session, id, skipped FROM planned ORDER BY session, position")
        for number, question, skipped in questions:
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
                    "follow_ups": follow_ups,
                    "time_limit": time_limit,
                    "rate": bool(rate),
                }
            )
            for number, created, mode, finished, follow_ups, time_limit, rate in self._database.rows(
                "SELECT id, created, mode, finished, follow_ups, time_limit, rate FROM session ORDER BY id"
            )
        )

    def planned(self, session: int) -> tuple[Question, ...]:
        """Return the questions of a session as it asks them, in order."""
        rows = self._database.rows("SELECT question FROM planned WHERE session = ? ORDER BY position", session)
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
        with self._database.transaction() as db:
            db.execute("UPDATE planned SET skipped = 1 WHERE session = ? AND id = ?", (session, question))

    def finish(self, session: int, when: datetime) -> None:
        """Mark a session as ended."""
        with self._database.transaction() as db:
            db.execute("UPDATE session SET finished = ? WHERE id = ?", (when.isoformat(), session))

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
        with holding(answer), self._database.transaction() as db:
            row = db.execute(
                "INSERT INTO attempt (session, question, answer, created, seconds, spoken) VALUES (?, ?, ?, ?, ?, ?)",
                (session, question.id, answer, created.isoformat(), seconds, spoken),
            )
            db.execute("DELETE FROM draft WHERE session = ? AND question = ?", (session, question.id))
        return Attempt(
            id=row.lastrowid or 0,
            session=session,
            question=question,
            answer=answer,
            created=created,
            seconds=seconds,
            spoken=spoken,
        )

    def rate(self, attempt: int, self_rating: int) -> None:
        """Keep the person's own estimate of an answer, 0 to 100."""
        with self._database.transaction() as db:
            db.execute("UPDATE attempt SET self_rating = ? WHERE id = ?", (self_rating, attempt))

    def add_grading(self, attempt: int, grading: Grading, created: datetime) -> None:
        """Keep a grading; earlier ones of the same attempt stay."""
        with self._database.transaction() as db:
            db.execute(_ADD_GRADING, (attempt, created.isoformat(), grading.model_dump_json()))

    def add_follow_up(self, attempt: int, follow_up: str, key_point: str, created: datetime) -> None:
        """Keep a follow-up as it is asked; `save_follow_up_answer` then keeps what is said to it."""
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO exchange (attempt, created, follow_up, key_point) VALUES (?, ?, ?, ?)",
                (attempt, created.isoformat(), follow_up, key_point),
            )

    def save_follow_up_answer(self, attempt: int, answer: str) -> None:
        """Keep what has been said so far to the latest follow-up."""
        with holding(answer), self._database.transaction() as db:
            db.execute(
                "UPDATE exchange SET answer = ? WHERE id = (SELECT max(id) FROM exchange WHERE attempt = ?)", (answer, attempt)
            )

    def add_dispute(self, attempt: int, dispute: Dispute, grading: Grading | None) -> None:
        """Keep a dispute and, where it changed the score, the new grading, both or neither."""
        with self._database.transaction() as db:
            db.execute("INSERT INTO dispute (attempt, dispute) VALUES (?, ?)", (attempt, dispute.model_dump_json()))
            if grading is not None:
                db.execute(_ADD_GRADING, (attempt, dispute.created.isoformat(), grading.model_dump_json()))

    def attempts(self, session: int | None = None, question: str | None = None) -> tuple[Attempt, ...]:
        """Return the attempts of one session, at one question, or all, oldest first, each with its newest grading."""
        return tuple(
            Attempt.model_validate(
                {
                    "id": identity,
                    "session": owner,
                    "question": Question.model_validate_json(str(question)),
                    "answer": answer,
                    "created": datetime.fromisoformat(str(created)),
                    "seconds": seconds,
                    "spoken": bool(spoken),
                    "self_rating": self_rating,
                    "grading": Grading.model_validate_json(str(result)) if result else None,
                    "exchanges": _EXCHANGES.validate_json(str(exchanges)),
                    "disputes": _DISPUTES.validate_json(str(disputes)),
                }
            )
            for (
                identity,
                owner,
                question,
                answer,
                created,
                seconds,
                spoken,
                self_rating,
                result,
                exchanges,
                disputes,
            ) in self._database.rows(_ATTEMPTS, session, question)
        )

    def reviews(self) -> tuple[Review, ...]:
        """Return what the answers say about memory, oldest first: those that are graded and not disputed."""
        return tuple(
            Review.model_validate(
                {"question": question, "created": datetime.fromisoformat(str(created)), "kind": kind, "overall": overall}
            )
            for question, created, kind, overall in self._database.rows(_REVIEWS)
        )

    # Questions to come back to

    def save_question(self, question: str, when: datetime) -> None:
        """Put a question on the list to review later; one that is there already stays where it is."""
        with self._database.transaction() as db:
            db.execute("INSERT OR IGNORE INTO saved (question, created) VALUES (?, ?)", (question, when.isoformat()))

    def forget_question(self, question: str) -> None:
        """Take a question off that list."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM saved WHERE question = ?", (question,))

    def saved_questions(self) -> tuple[SavedQuestion, ...]:
        """Return the questions to review later, the longest waiting first."""
        rows = self._database.rows("SELECT question, created FROM saved ORDER BY created, question")
        return tuple(
            SavedQuestion.model_validate({"question": question, "created": datetime.fromisoformat(str(created))})
            for question, created in rows
        )

    # Drafts

    def save_draft(self, session: int, question: str, text: str, when: datetime) -> None:
        """Keep what has been typed so far; an empty text clears it."""
        with holding(text), self._database.transaction() as db:
            if text.strip():
                db.execute(
                    "INSERT OR REPLACE INTO draft (session, question, text, saved) VALUES (?, ?, ?, ?)",
                    (session, question, text, when.isoformat()),
                )
            else:
                db.execute("DELETE FROM draft WHERE session = ? AND question = ?", (session, question))

    def drafts(self, session: int) -> frozenset[str]:
        """Return the ids of the questions with a draft."""
        rows = self._database.rows("SELECT question FROM draft WHERE session = ?", session)
        return frozenset(str(question) for (question,) in rows)

    def draft(self, session: int, question: str) -> str:
        """Return what was typed and not sent, or an empty string."""
        rows = self._database.rows("SELECT text FROM draft WHERE session = ? AND question = ?", session, question)
        return str(rows[0][0]) if rows else ""


def open_store(path: Path, tell: Callable[[str], None] = lambda _: None) -> Store:
    """Open the database at `path`, creating it (readable by its owner only) or bringing it up to date, which `tell` hears.

    Raises:
        StoreError: the place cannot be written, or the file is damaged, in use, or from a newer version.
    """
    return Store(open_database(path, tell))
