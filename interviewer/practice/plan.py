"""The plan until an interview: what it has to cover by when, where that stands, and what today's session is."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import ceil
from pathlib import Path
from random import Random
from typing import Annotated

from pydantic import Field, ValidationError

from interviewer.bank.bank import Bank
from interviewer.errors import InputError
from interviewer.grading.rubric import load_rubric
from interviewer.models import FromList, GraderKind, Level, Model, Review, Slug
from interviewer.models.base import first_error
from interviewer.practice.schedule import choose_agenda, describe_agenda, joint_memory, local_day, measures_of, replay
from interviewer.text.atomic_write import write_atomically
from interviewer.text.clean import clean_path
from interviewer.text.words import plural

MINUTES_A_QUESTION = 4
"""An answer of one to two minutes, the wait for its grade, and reading that."""
DEFAULT_COUNT = 5
"""Questions of a session for which nothing says how long it may be."""
_MOST = 15
"""The most questions of such a session, however near the interview is: an hour."""
_AHEAD = 7
"""Days for which the plan says what falls due."""


class Plan(Model):
    """The goal of a preparation; each part may be left open."""

    day: date | None = None
    """The day of the interview."""
    level: Level | None = None
    topics: Annotated[tuple[Slug, ...], FromList] = ()
    minutes_a_day: Annotated[int, Field(ge=MINUTES_A_QUESTION)] | None = None
    questions: Annotated[tuple[Slug, ...], FromList] = ()
    """The questions that a job posting asks for, the most wanted first; they come before other new ones."""


class Readiness(Model):
    """How far a topic is prepared."""

    topic: Slug
    questions: int
    seen: int
    """Graded at least once."""
    strong: int
    """The latest score is in the band "strong" or above; of estimates the latest that was confirmed."""


class DueDay(Model):
    """The questions due on one day; overdue ones count as due today."""

    day: date
    questions: int


class Outlook(Model):
    """Where a plan stands, by one kind of grader."""

    plan: Plan
    questions: int
    """The number of questions of its level and topics."""
    seen: int
    """Graded at least once, by any grader."""
    strong: int
    days_left: int | None
    """Days to practise, today included; None without an interview ahead."""
    a_day: int | None
    """Questions a day that cover, once each, what was unseen this morning and what falls due before the interview."""
    today: int
    """Questions for today."""
    done: int
    """The plan's questions graded today, by any grader."""
    session: tuple[Slug, ...]
    """The questions of the next session, in order."""
    consists_of: str
    """What the session consists of, in words."""
    topics: tuple[Readiness, ...]
    ahead: tuple[DueDay, ...]


def read_plan(path: Path) -> Plan | None:
    """Return the plan, or None if there has never been one.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        return Plan.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        why = first_error(error) if isinstance(error, ValidationError) else error.strerror
        raise InputError(f"cannot read {clean_path(path)}: {why}", next_step="delete it, then: interviewer plan") from error


def write_plan(path: Path, plan: Plan) -> None:
    """Write a plan in place of the one before.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InputError(f"cannot write {clean_path(path)}: {error.strerror}") from error
    write_atomically(path, plan.model_dump_json(indent=2) + "\n")


def in_scope(plan: Plan, bank: Bank) -> Bank:
    """Return the questions that a plan is about; all questions if none is of its level and topics."""
    fitting = tuple(
        question
        for question in bank
        if question.level == (plan.level or question.level) and question.topic in (plan.topics or {question.topic})
    )
    return Bank(fitting or bank.questions)


def questions_in(minutes: int) -> int:
    """Return how many questions fit into a sitting."""
    return max(1, minutes // MINUTES_A_QUESTION)


def outlook(
    plan: Plan, bank: Bank, reviews: Sequence[Review], kind: GraderKind, now: datetime, count: int | None = None
) -> Outlook:
    """Return where a plan stands, with a session of `count` questions, or of as many as are left of today's.

    `reviews` come oldest first. The choice of new questions stays the same all day, so that a session is what was announced.
    Before an interview half of a session is new, since what was answered badly falls due every day and would leave no room.
    """
    today, chosen = local_day(now), in_scope(plan, bank)
    answered = [review for review in reviews if chosen.get(review.question)]
    graded = [review for review in answered if review.kind in measures_of(kind)]
    memory, seen = joint_memory(graded, kind), {review.question for review in answered}
    strong_from = next(band.start for band in load_rubric().bands if band.name == "strong")
    sure = replay(graded, measures_of(kind)[-1])
    strong = {known.question for known in sure if known.overall >= strong_from}
    days_left = max(1, (plan.day - today).days) if plan.day and plan.day >= today else None
    a_day = None
    if plan.day and days_left:
        morning = joint_memory([review for review in graded if local_day(review.created) < today], kind)
        a_day = ceil((len(chosen) - sum(local_day(known.due) >= plan.day for known in morning)) / days_left)
    size = questions_in(plan.minutes_a_day) if plan.minutes_a_day else min(_MOST, a_day) if a_day else DEFAULT_COUNT
    done = len({review.question for review in answered if local_day(review.created) == today})
    left = count or (size - done if done < size else size)
    rng = Random(today.toordinal())  # noqa: S311  # chooses questions, guards nothing
    session = choose_agenda(chosen, memory, today, left, rng, plan.questions, fresh=left // 2 if days_left else 0)
    return Outlook(
        plan=plan,
        questions=len(chosen),
        seen=len(seen),
        strong=len(strong),
        days_left=days_left,
        a_day=a_day,
        today=size,
        done=done,
        session=tuple(question.id for question in session.questions),
        consists_of=describe_agenda(session),
        topics=_readiness(chosen, seen, strong),
        ahead=_ahead([local_day(known.due) for known in memory], today),
    )


def describe_outlook(found: Outlook) -> str:
    """Return in one line where a plan stands."""
    plan = found.plan
    parts = [f"{found.seen} of {found.questions} questions seen, {found.strong} strong"]
    if plan.day and found.days_left:
        parts.insert(0, f"interview on {plan.day}, {plural(found.days_left, 'day')} to practise")
        a_day = found.a_day or 0
        parts.append(f"{a_day} a day, about {a_day * MINUTES_A_QUESTION} minutes, cover the rest")
    elif plan.day:
        parts.append(f"the interview was on {plan.day} (interviewer plan --date DAY)")
    parts.append(f"today {min(found.done, found.today)} of {found.today} done")
    return "; ".join(parts)


def _readiness(bank: Bank, seen: set[str], strong: set[str]) -> tuple[Readiness, ...]:
    topics = dict.fromkeys(question.topic for question in bank)
    names = {topic: {question.id for question in bank if question.topic == topic} for topic in topics}
    return tuple(
        Readiness(topic=topic, questions=len(ids), seen=len(ids & seen), strong=len(ids & strong))
        for topic, ids in names.items()
    )


def _ahead(days: Sequence[date], today: date) -> tuple[DueDay, ...]:
    counts = Counter(max(day, today) for day in days)
    coming = (today + timedelta(days=number) for number in range(_AHEAD))
    return tuple(DueDay(day=day, questions=counts[day]) for day in coming)
