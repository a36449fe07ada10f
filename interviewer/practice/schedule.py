"""When a question is due again: FSRS, replayed from the graded answers, so that there is nothing else to keep.

The band of a score says how well a question was remembered. An estimate and an LLM's score are different measures, so each
kind of grader has a schedule of its own. Ungraded answers and disputed scores say nothing about memory and are left out.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from interviewer.bank.bank import Bank
from interviewer.bank.select import select, without_near_duplicates
from interviewer.grading.rubric import load_rubric
from interviewer.models import GraderKind, Question, Review

Rating = Literal["Again", "Hard", "Good", "Easy"]

RATINGS: dict[str, Rating] = {
    "insufficient": "Again",
    "thin": "Again",
    "fair": "Hard",
    "strong": "Good",
    "excellent": "Easy",
}
"""How FSRS calls each band: a thin answer lacks the heart of the matter and counts as forgotten."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is known about one question from the answers to it."""

    question: str
    due: datetime
    overall: int
    """The latest score."""


def remembered(reviews: Iterable[Review], kind: GraderKind) -> tuple[Remembered, ...]:
    """Replay the answers that one kind of grader graded, oldest first; return what they say about each question."""
    by_question: dict[str, list[Review]] = {}
    for review in reviews:
        if review.kind == kind:
            by_question.setdefault(review.question, []).append(review)
    return tuple(_replay(question, answers) for question, answers in by_question.items())


def _replay(question: str, answers: Sequence[Review]) -> Remembered:
    import fsrs

    # Without learning steps of minutes, and without chance: a question comes back after days, and always the same.
    scheduler = fsrs.Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    card = fsrs.Card(card_id=1, due=answers[0].created)
    for answer in answers:
        rating = fsrs.Rating[RATINGS[load_rubric().band(answer.overall).name]]
        card, _ = scheduler.review_card(card, rating, answer.created.astimezone(UTC))
    return Remembered(question, card.due, answers[-1].overall)


def due(memory: Iterable[Remembered], today: date) -> tuple[Remembered, ...]:
    """Return what is due by the end of a day: the weakest first, then what has waited longest."""
    waiting = (one for one in memory if local_day(one.due) <= today)
    return tuple(sorted(waiting, key=lambda one: (one.overall, one.due, one.question)))


def local_day(moment: datetime) -> date:
    """Return the day that a moment falls on for the person at this machine."""
    return moment.astimezone().date()


@dataclass(frozen=True, slots=True)
class Agenda:
    """What to practise now."""

    questions: tuple[Question, ...]
    due: int
    new: int
    """How many of them are due, and how many were never answered; the others come ahead of schedule, for want of better."""


def agenda(bank: Bank, memory: Sequence[Remembered], today: date, count: int, chance: random.Random) -> Agenda:
    """Choose what is due, weakest first; then what is new, topics in turn; then the weakest of all others."""
    by_id = {question.id: question for question in bank}
    waiting = [by_id[one.question] for one in due(memory, today) if one.question in by_id]
    known = {one.question for one in memory}
    unseen = Bank(tuple(question for question in bank if question.id not in known))
    new = select(unseen, count=len(unseen), chance=chance) if len(unseen) else ()
    others = [by_id[one.question] for one in sorted(memory, key=lambda one: one.overall) if one.question in by_id]
    chosen = list(without_near_duplicates([*waiting, *new, *others]))[:count]
    return Agenda(
        questions=tuple(chosen),
        due=sum(question in waiting for question in chosen),
        new=sum(question in new for question in chosen),
    )


def told(plan: Agenda) -> str:
    """Say in one line what an agenda is made of."""
    early = len(plan.questions) - plan.due - plan.new
    parts = [
        f"{plan.due} due, weakest first" if plan.due else "",
        f"{plan.new} new" if plan.new else "",
        f"{early} ahead of schedule" if early else "",
    ]
    return ("" if plan.due else "Nothing is due: ") + ", then ".join(part for part in parts if part) + "."
