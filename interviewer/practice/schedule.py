"""Spaced repetition: when a question is due again, by FSRS, replayed from the graded answers; nothing else is stored.

The band of a score is the rating of a review. Estimates, estimates that the person confirmed, and an LLM's scores are
different measures, so each has a schedule of its own. Ungraded answers are left out; a disputed answer counts with the score
that stands.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from interviewer.bank.bank import Bank, select, without_near_duplicates
from interviewer.grading.rubric import load_rubric
from interviewer.models import GraderKind, Measure, Question, Review

RATINGS = {
    "insufficient": "Again",
    "thin": "Again",
    "fair": "Hard",
    "strong": "Good",
    "excellent": "Easy",
}
"""The FSRS rating of each band: a thin answer lacks the main points and counts as forgotten."""


@dataclass(frozen=True, slots=True)
class QuestionMemory:
    """The review state of one question, which FSRS calls a card."""

    question: str
    due: datetime
    overall: int
    """The latest score."""


def replay(reviews: Iterable[Review], kind: Measure) -> tuple[QuestionMemory, ...]:
    """Return the state of each question after its reviews of one measure; `reviews` come oldest first."""
    by_question: dict[str, list[Review]] = {}
    for review in reviews:
        if review.kind == kind:
            by_question.setdefault(review.question, []).append(review)
    return tuple(QuestionMemory(name, _due_date(answers), answers[-1].overall) for name, answers in by_question.items())


def measures_of(kind: GraderKind) -> tuple[Measure, ...]:
    """Return the measures that a kind of grader schedules by, the least certain first."""
    return ("embedded", "confirmed") if kind == "embedded" else (kind,)


def joint_memory(reviews: Sequence[Review], kind: GraderKind) -> tuple[QuestionMemory, ...]:
    """Return the state of each question; of the embedded grader's measures, a confirmed estimate replaces the plain one."""
    known = {memory.question: memory for measure in measures_of(kind) for memory in replay(reviews, measure)}
    return tuple(known.values())


def _due_date(reviews: Sequence[Review]) -> datetime:
    """Return when a question is due again, by FSRS, after these reviews of it, oldest first."""
    import fsrs

    # Without learning steps of minutes, and without random fuzzing: a question comes back after days, and always the same.
    scheduler = fsrs.Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    card = fsrs.Card(card_id=1, due=reviews[0].created)
    for review in reviews:
        rating = fsrs.Rating[RATINGS[load_rubric().band(review.overall).name]]
        card, _ = scheduler.review_card(card, rating, review.created.astimezone(UTC))
    return card.due


def due(memory: Iterable[QuestionMemory], today: date) -> tuple[QuestionMemory, ...]:
    """Return the questions due by the end of a day: the weakest first, then those that have waited longest."""
    waiting = (known for known in memory if local_day(known.due) <= today)
    return tuple(sorted(waiting, key=lambda known: (known.overall, known.due, known.question)))


def local_day(moment: datetime) -> date:
    """Return the day of a moment in the time zone of this machine."""
    return moment.astimezone().date()


@dataclass(frozen=True, slots=True)
class Agenda:
    """The questions to practise now."""

    questions: tuple[Question, ...]
    due: int
    new: int
    """How many of them are due, and how many were never answered; the others come ahead of schedule, to fill up."""
    waiting: int
    """How many are due, whether there is a place for them or not."""


def choose_agenda(
    bank: Bank,
    memory: Sequence[QuestionMemory],
    today: date,
    count: int,
    rng: random.Random,
    wanted: Sequence[str] = (),
    fresh: int = 0,
) -> Agenda:
    """Choose what is due, weakest first; then what is new, for which `fresh` places are kept; then the weakest of all others.

    Of what is new, the questions in `wanted` come first, in that order, then basic ones before advanced ones, topics mixed.
    """
    by_id = {question.id: question for question in bank}
    waiting = [by_id[known.question] for known in due(memory, today) if known.question in by_id]
    answered = {known.question for known in memory}
    unseen = Bank(tuple(question for question in bank if question.id not in answered))
    shuffled = select(unseen, count=len(unseen), rng=rng) if len(unseen) else ()
    rank = {name: place for place, name in enumerate(wanted)}
    new = sorted(shuffled, key=lambda question: (rank.get(question.id, len(rank)), question.level == "advanced"))
    weakest_first = sorted(memory, key=lambda known: known.overall)
    others = [by_id[known.question] for known in weakest_first if known.question in by_id]
    places = max(count - fresh, count - len(new))
    in_order = [*waiting[:places], *new[:fresh], *waiting[places:], *new[fresh:], *others]
    chosen = list(without_near_duplicates(in_order))[:count]
    return Agenda(
        questions=tuple(chosen),
        due=sum(question in waiting for question in chosen),
        new=sum(question in new for question in chosen),
        waiting=len(waiting),
    )


def describe_agenda(agenda: Agenda) -> str:
    """Return in one line what an agenda consists of."""
    early = len(agenda.questions) - agenda.due - agenda.new
    of = f" of {agenda.waiting}" if agenda.waiting > agenda.due else ""
    parts = [
        f"{agenda.due}{of} due, weakest first" if agenda.due else "",
        f"{agenda.new} new" if agenda.new else "",
        f"{early} ahead of schedule" if early else "",
    ]
    return ("" if agenda.due else "Nothing is due: ") + ", then ".join(part for part in parts if part) + "."
