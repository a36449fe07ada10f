"""Records beside answers: saved questions, hints that were shown, results of real interviews, and proposed key points."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from interviewer.models import KeyPoint, Outcome, ProposedPoints, SavedQuestion
from interviewer.storage import rows
from interviewer.storage.database import Database


class Notes:
    """Reads and writes notes; `notify` is told once of each kind of row that cannot be read."""

    def __init__(self, database: Database, notify: Callable[[str], None]) -> None:
        self._database = database
        self._notify = notify
        self._notified: set[str] = set()

    # Questions to come back to

    def save_question(self, question: str, when: datetime) -> None:
        """Put a question on the list to review later; one that is there already stays where it is."""
        self._database.write("INSERT OR IGNORE INTO saved (question, created) VALUES (?, ?)", question, when.isoformat())

    def forget_question(self, question: str) -> None:
        """Take a question off that list."""
        self._database.write("DELETE FROM saved WHERE question = ?", question)

    def saved_questions(self) -> tuple[SavedQuestion, ...]:
        """Return the questions to review later, the longest waiting first."""
        return self._read(
            "saved question", rows.saved_question, "SELECT question, created FROM saved ORDER BY created, question"
        )

    # Hints that are shown once

    def remember_hint(self, name: str) -> bool:
        """Remember that a hint was shown; return False where it was shown before."""
        with self._database.transaction() as database:
            return database.execute("INSERT OR IGNORE INTO hint (name) VALUES (?)", (name,)).rowcount > 0

    # What came of real interviews

    def keep_outcome(self, outcome: Outcome) -> None:
        """Keep what came of a round, in place of what was noted of the same day and round before; its session stays."""
        self._database.write(
            "INSERT INTO outcome (day, note, result, session, created) VALUES (?, ?, ?, ?, ?) ON CONFLICT (day, note) "
            "DO UPDATE SET result = excluded.result, session = coalesce(excluded.session, session), created = excluded.created",
            *(outcome.day.isoformat(), outcome.note, outcome.result, outcome.session, outcome.created.isoformat()),
        )

    def outcomes(self) -> tuple[Outcome, ...]:
        """Return the results of real interviews, oldest first."""
        return self._read("outcome", rows.outcome, "SELECT day, note, result, session, created FROM outcome ORDER BY day, note")

    # Proposed key points

    def keep_proposal(self, key: str, points: Sequence[KeyPoint], created: datetime) -> tuple[KeyPoint, ...]:
        """Keep key points for a question, or that there are none, and return what is kept: points that came first stay."""
        self._database.write(
            "INSERT INTO proposal (key, created, points) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE "
            "SET created = excluded.created, points = excluded.points WHERE points IS NULL",
            *(key, created.isoformat(), ProposedPoints(key_points=tuple(points)).model_dump_json() if points else None),
        )
        return self.proposal(key) or ()

    def proposal(self, key: str) -> tuple[KeyPoint, ...] | None:
        """Return the stored key points: an empty tuple if the LLM gave no usable ones, None if it was never asked."""
        found = self._database.records("SELECT points FROM proposal WHERE key = ?", key)
        if found and found[0]["points"] is None:
            return ()
        with self._reading() as reader:
            return next((kept.key_points for kept in reader.all("proposal", found, rows.proposed_points)), None)

    def _read(
        self, what: str, build: Callable[[rows.Record], rows.Stored], sql: str, *values: object
    ) -> tuple[rows.Stored, ...]:
        """Return the rows of a query as models; `what` says what they are, such as "session"."""
        with self._reading() as reader:
            return reader.all(what, self._database.records(sql, *values), build)

    @contextmanager
    def _reading(self) -> Iterator[rows.RowReader]:
        """Yield a reader that builds models of rows; at the end, report the rows that it left out."""
        reader = rows.RowReader()
        yield reader
        for what, count in reader.left_out.items():
            if what not in self._notified:
                self._notified.add(what)
                noun, is_ = (what, "is") if count == 1 else (f"{what}s", "are")
                self._notify(f"{count} stored {noun} cannot be read and {is_} left out; --debug writes a log that shows which")
