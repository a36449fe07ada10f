"""The answers of a real interview as a session: each to a question of the bank, and what was asked further."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from interviewer.bank.bank import Bank
from interviewer.grading.segment import clean_answer
from interviewer.models import Attempt, Bar, Exchange, Question
from interviewer.practice.matching import Matcher
from interviewer.practice.transcript import Asked
from interviewer.storage.store import Store
from interviewer.text.clean import shorten_start

_LONGEST = 400
"""Characters of a follow-up that are kept: what leads up to it is none of it."""


@dataclass(slots=True)
class Recorded:
    """What was asked and said, and the question of the bank that it is taken for."""

    asked: str
    answer: str
    question: Question | None
    """None where the bank does not have it."""
    follow_ups: list[tuple[str, str]] = field(default_factory=list)
    """What was asked further about it, and said."""
    points: list[str] = field(default_factory=list)
    """The key point that each of these is nearest to."""


def match(asked: Sequence[Asked], bank: Bank) -> list[Recorded]:
    """Look for each question in the bank. One that it has not may go on about the question before it."""
    matcher = Matcher(bank)
    found: list[Recorded] = []
    for one in asked:
        question = matcher.find(one.question, one.answer)
        known = next((before for before in found if question is not None and before.question == question), None)
        previous = found[-1] if found else None
        if known is None and question is None and previous and previous.question:
            known = previous if matcher.goes_on(previous.question, one.question, one.answer) else None
        if known is not None and not (known.question and known.question.key_points):
            known.answer = f"{known.answer}\n\n{one.answer}"
        elif known is not None and known.question is not None:
            known.follow_ups.append((shorten_start(one.question, _LONGEST), one.answer))
            known.points.append(matcher.nearest_point(known.question, f"{one.question} {one.answer}").id)
        else:
            found.append(Recorded(one.question, one.answer, question))
    return found


def record(store: Store, found: Sequence[Recorded], when: datetime, bar: Bar | None = None) -> tuple[Attempt, ...]:
    """Keep the answers to the questions of the bank as a session, and return them without grades.

    Raises:
        InputError: an answer is too long.
    """
    kept = [(one, one.question) for one in found if one.question is not None]
    for one, _ in kept:
        clean_answer("\n\n".join([one.answer, *(answer for _, answer in one.follow_ups)]))
    session = store.add_session("debrief", [question for _, question in kept], when, bar=bar)
    attempts = []
    for one, question in kept:
        attempt = store.add_attempt(session.id, question, clean_answer(one.answer), when, spoken=True)
        exchanges = []
        for (follow_up, answer), point in zip(one.follow_ups, one.points, strict=True):
            store.add_follow_up(attempt.id, follow_up, point, when)
            store.save_follow_up_answer(attempt.id, answer)
            exchanges.append(Exchange(follow_up=follow_up, key_point=point, answer=answer, created=when))
        attempts.append(attempt.model_copy(update={"exchanges": tuple(exchanges), "bar": bar}))
    store.finish(session.id, when)
    return tuple(attempts)
