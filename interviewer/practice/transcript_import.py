"""A transcript becomes a session: each answer at a question of the bank, each follow-up at the answer before it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from interviewer.bank.bank import Bank
from interviewer.models import ANSWER_LIMIT, Attempt, Bar, Question, SessionOptions
from interviewer.practice.matching import Matcher
from interviewer.practice.transcript import QuestionAnswer
from interviewer.storage.store import Store
from interviewer.text.clean import shorten_start

_LONGEST = 400
"""Characters of a follow-up that are kept, from its end: a long one begins with what leads up to it."""


@dataclass(slots=True)
class MatchedAnswer:
    """An answer of a transcript, and the question of the bank that it is matched to."""

    asked: str
    answer: str
    question: Question | None
    """None if the bank does not have it."""
    left_out: str = ""
    """Why it is not kept, such as "Not in the bank"; empty where it is."""
    session: int | None = None
    """The session that has this answer already."""
    follow_ups: list[tuple[str, str, str]] = field(default_factory=list)
    """Follow-ups: the question, the answer, and the key point that both are nearest to."""

    @property
    def text(self) -> str:
        """All that was said, as it is graded."""
        return "\n\n".join([self.answer, *(answer for _, answer, _ in self.follow_ups)])


def match(asked: Sequence[QuestionAnswer], bank: Bank) -> list[MatchedAnswer]:
    """Match each question to one of the bank. A question without a match may be a follow-up to the one before it."""
    matcher = Matcher(bank)
    found: list[MatchedAnswer] = []
    about: MatchedAnswer | None = None
    for one in asked:
        question = matcher.find(one.question, one.answer)
        if question is not None:
            about = next((before for before in found if before.question == question and not before.left_out), None)
        elif about and about.question and not matcher.goes_on(about.question, one.question, one.answer):
            about = None
        size = len(f"{about.text}\n\n{one.answer}" if about else one.answer)
        if question is None and about is None:
            found.append(MatchedAnswer(one.question, one.answer, None, "Not in the bank"))
        elif size > ANSWER_LIMIT:
            found.append(MatchedAnswer(one.question, one.answer, question, f"Too long to grade ({size:,} characters)"))
        elif about is None or about.question is None:
            about = MatchedAnswer(one.question, one.answer, question)
            found.append(about)
        elif not about.question.key_points:
            about.answer = f"{about.answer}\n\n{one.answer}"
        else:
            point = matcher.nearest_point(about.question, f"{one.question} {one.answer}").id
            about.follow_ups.append((shorten_start(one.question, _LONGEST), one.answer, point))
    return found


def leave_out_known(store: Store, found: Iterable[MatchedAnswer]) -> None:
    """Leave out answers that a session has: one of which half of the answers or more come again, word for word."""
    debriefs = {session.id for session in store.sessions() if session.mode == "debrief"}
    stored: dict[int, set[tuple[str, str]]] = {}
    for attempt in store.attempts():
        if attempt.session in debriefs:
            stored.setdefault(attempt.session, set()).add((attempt.question.id, attempt.answer))
    said = {(one.question.id, one.answer): one for one in found if one.question and not one.left_out}
    for session, answers in stored.items():
        again = answers & said.keys()
        for key in again if 2 * len(again) >= len(answers) else ():
            said[key].session, said[key].left_out = session, f"In session {session} already"


def record(store: Store, found: Iterable[MatchedAnswer], when: datetime, bar: Bar | None = None) -> tuple[Attempt, ...]:
    """Keep the answers to the questions of the bank as a session, all or none, and return them without grades.

    The session is not finished before they are graded.
    """
    kept = [(one, one.question) for one in found if one.question is not None and not one.left_out]
    with store.all_or_nothing():
        session = store.add_session(SessionOptions(mode="debrief", bar=bar), [question for _, question in kept], when)
        for one, question in kept:
            attempt = store.add_attempt(session.id, question, one.answer, when, spoken=True)
            for follow_up, answer, point in one.follow_ups:
                store.add_follow_up(attempt.id, follow_up, point, when)
                store.save_follow_up_answer(attempt.id, answer)
    return store.attempts(session.id)
