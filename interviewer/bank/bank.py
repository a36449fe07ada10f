"""Banks, the built-in one and the user's own, each one YAML file; and which questions of a bank a session asks."""

import difflib
import hashlib
import json
import random
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from interviewer.errors import InputError
from interviewer.models import Level, Question
from interviewer.resources import resource

TOPICS = (
    *("ml-basics", "genai-basics", "ml-advanced", "genai-advanced", "practice"),
    *("evaluation", "llm-systems", "post-training", "retrieval", "agents", "ml-design"),
)
"""The built-in topics, each a file in data/bank: those of the guide in its order, then those of the second tier."""
_GUIDE, _GUIDE_NUMBERS = "guide", range(1, 111)
"""The name of the first tier of the built-in bank, unless the user has a bank of this name, and its numbers."""


@dataclass(frozen=True)
class Bank:
    """A collection of questions, in order."""

    questions: tuple[Question, ...]

    def __iter__(self) -> Iterator[Question]:
        return iter(self.questions)

    def __len__(self) -> int:
        return len(self.questions)

    @cached_property
    def _by_key(self) -> dict[str, Question]:
        by_number = {str(question.number): question for question in self.questions if question.number is not None}
        return by_number | {question.id: question for question in self.questions}

    def get(self, key: str) -> Question | None:
        """Return the question with this id or number, if there is one."""
        return self._by_key.get(key.strip().removeprefix("#"))

    def find(self, key: str) -> Question:
        """Return the question with this id or number.

        Raises:
            InputError: there is none; the message names the nearest ids.
        """
        question = self.get(key)
        if question is None:
            near = self._nearest(key)
            hint = f"did you mean {', '.join(near)}? " if near else ""
            raise InputError(f"there is no question {key!r}", next_step=f"{hint}list them: interviewer bank list")
        return question

    def _nearest(self, key: str) -> list[str]:
        """Return the ids that a wrong key may have meant: those it misspells, those with its words, and what resembles it."""
        wanted = key.strip().casefold()
        ids = [question.id for question in self.questions]
        texts = {question.id: f"{question.id} {question.question}".casefold() for question in self.questions}
        by_words = [] if wanted.isdecimal() else wanted.split()
        named = [name for name, text in texts.items() if by_words and all(word in text for word in by_words)]
        slips = difflib.get_close_matches(wanted, ids, n=3, cutoff=0.8)
        return list(dict.fromkeys([*slips, *named, *difflib.get_close_matches(wanted, ids, n=3, cutoff=0.6)]))[:3]


def load_bank(file: Path | None = None) -> Bank:
    """Load a bank file, or the built-in bank.

    Raises:
        InputError: the file cannot be read or has problems.
    """
    if file is None and (compiled := _compiled_bank()) is not None:
        return compiled
    from interviewer.bank.validate import read_questions  # YAML takes a tenth of a second that the compiled bank saves

    sources = builtin_files() if file is None else (file,)
    return Bank(tuple(question for source in sources for question in read_questions(source)))


def _compiled_bank() -> Bank | None:
    """Return the built-in bank from its compiled file; None if that is damaged or older than the YAML files."""
    try:
        header, *questions = resource("data", "bank", "compiled.jsonl").read_bytes().splitlines()
        if json.loads(header) == {"sha256": digest(builtin_files())}:
            return Bank(tuple(map(Question.model_validate_json, questions)))
    except (OSError, ValueError):
        pass
    return None


def builtin_files() -> tuple[Path, ...]:
    """Return the YAML files of the built-in bank, in order."""
    return tuple(resource("data", "bank", f"{topic}.yaml") for topic in TOPICS)


def digest(files: tuple[Path, ...]) -> str:
    """Return the SHA-256 of the files' contents, to tell whether the compiled bank is still theirs."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.read_bytes())
    return whole.hexdigest()


def user_banks(folder: Path) -> tuple[str, ...]:
    """Return the names of the user's banks, in order."""
    return tuple(sorted(file.stem for file in folder.glob("*.yaml")))


def bank_file(name: str, folder: Path) -> Path:
    """Return the file of a bank that is given by its name or by its path.

    Raises:
        InputError: there is neither; the message names those that there are.
    """
    banks = user_banks(folder)
    if name in banks:
        return folder / f"{name}.yaml"
    if (path := Path(name)).is_file():
        return path
    known = ", ".join(banks)
    raise InputError(
        f"there is no bank {name!r}",
        next_step=f"yours are: {known}" if known else "bring one in: interviewer bank import FILE",
    )


def open_bank(name: str | None, folder: Path, numbers: Container[int] | None = None) -> Bank:
    """Return the bank of this name or path, or the built-in one if none is named; of it the given numbers, if any are.

    Raises:
        InputError: there is no such bank, or it has none of the numbers.
    """
    guide = name == _GUIDE and name not in user_banks(folder)
    bank = load_bank(bank_file(name, folder) if name is not None and not guide else None)
    for kept in (_GUIDE_NUMBERS if guide else None, numbers):
        if kept is not None:
            bank = Bank(tuple(question for question in bank if question.number in kept))
    if numbers is not None and not len(bank):
        raise InputError("no question has one of these numbers", next_step="see what there is: interviewer bank list")
    return bank


def select(
    bank: Bank,
    *,
    topics: Collection[str] = (),
    level: Level | None = None,
    keys: Sequence[str] = (),
    count: int,
    rng: random.Random,
) -> tuple[Question, ...]:
    """Choose questions: the named ones in their order, else a shuffled choice that mixes topics in proportion to their size.

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
    rng.shuffle(fitting)
    return _spread(without_near_duplicates(fitting), rng)[:count]


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


def _spread(questions: Iterable[Question], rng: random.Random) -> tuple[Question, ...]:
    """Space the questions of each topic evenly over the whole: a session is mixed, and a large topic comes up more often."""
    piles: dict[str, list[Question]] = {}
    for question in questions:
        piles.setdefault(question.topic, []).append(question)
    placed = [
        ((place + offset) / len(pile), question)
        for pile in piles.values()
        for offset in [rng.random()]
        for place, question in enumerate(pile)
    ]
    return tuple(question for _, question in sorted(placed, key=lambda one: one[0]))
