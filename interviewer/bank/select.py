"""Which questions a session asks."""

import itertools
import random
from collections.abc import Collection, Iterator, Sequence

from interviewer.bank.bank import Bank
from interviewer.errors import InputError
from interviewer.models import Level, Question


def select(
    bank: Bank,
    *,
    topics: Collection[str] = (),
    level: Level | None = None,
    keys: Sequence[str] = (),
    count: int,
    chance: random.Random,
) -> tuple[Question, ...]:
    """Choose questions: the named ones in their order, else a shuffled choice that takes turns between topics.

    Never two that are near-duplicates of each other, unless both were named.

    Raises:
        InputError: a name is unknown, or nothing fits.
    """
    if keys:
        return tuple(dict.fromkeys(bank.find(key) for key in keys))
    known = {question.topic for question in bank}
    for topic in topics:
        if topic not in known:
            raise InputError(f"there is no topic {topic!r}", next_step=f"topics: {', '.join(sorted(known))}")
    fitting = [q for q in bank if (not topics or q.topic in topics) and (level is None or q.level == level)]
    if not fitting:
        raise InputError("no question matches these options", next_step="see what there is: interviewer bank list")
    chance.shuffle(fitting)
    return tuple(itertools.islice(_by_turns(fitting, chance), count))


def in_interview_order(questions: Sequence[Question]) -> tuple[Question, ...]:
    """Put basic questions before advanced ones, and those of one topic together."""
    topics = list(dict.fromkeys(question.topic for question in questions))
    return tuple(sorted(questions, key=lambda question: (question.level == "advanced", topics.index(question.topic))))


def _by_turns(questions: Sequence[Question], chance: random.Random) -> Iterator[Question]:
    """Yield a question of each topic in turn, passing over near-duplicates of those that came before."""
    piles: dict[str, list[Question]] = {}
    for question in questions:
        piles.setdefault(question.topic, []).append(question)
    order = sorted(piles)
    chance.shuffle(order)
    asked: set[str] = set()
    barred: set[str] = set()
    while any(piles.values()):
        for topic in order:
            while piles[topic]:
                question = piles[topic].pop(0)
                if question.id not in barred and asked.isdisjoint(question.related):
                    asked.add(question.id)
                    barred.update(question.related)
                    yield question
                    break
