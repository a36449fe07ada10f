"""Which questions a session asks."""

import itertools
import random
from collections.abc import Collection, Iterable, Iterator, Sequence

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
    return tuple(itertools.islice(_by_turns(without_near_duplicates(fitting), chance), count))


def in_interview_order(questions: Sequence[Question]) -> tuple[Question, ...]:
    """Put basic questions before advanced ones, and those of one topic together."""
    topics = list(dict.fromkeys(question.topic for question in questions))
    return tuple(sorted(questions, key=lambda question: (question.level == "advanced", topics.index(question.topic))))


def without_near_duplicates(questions: Iterable[Question]) -> Iterator[Question]:
    """Yield questions in their order, passing over repetitions and near-duplicates (`related`) of those before."""
    asked: set[str] = set()
    barred: set[str] = set()
    for question in questions:
        if question.id not in asked | barred and asked.isdisjoint(question.related):
            asked.add(question.id)
            barred.update(question.related)
            yield question


def _by_turns(questions: Iterable[Question], chance: random.Random) -> Iterator[Question]:
    """Yield a question of each topic in turn, the topics in random order."""
    piles: dict[str, list[Question]] = {}
    for question in questions:
        piles.setdefault(question.topic, []).append(question)
    order = sorted(piles)
    chance.shuffle(order)
    for turn in itertools.zip_longest(*(piles[topic] for topic in order)):
        yield from (question for question in turn if question is not None)
