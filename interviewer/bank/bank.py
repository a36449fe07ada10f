"""Banks: the built-in one and the user's own, one YAML file each, and their questions found by id or number."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import TypeAdapter

from interviewer.errors import InputError
from interviewer.models import Question
from interviewer.resources import resource

TOPICS = ("ml-basics", "genai-basics", "ml-advanced", "genai-advanced", "practice")
"""The built-in topics, in the order of the guide; each is one file in data/bank."""

_QUESTIONS = TypeAdapter(tuple[Question, ...])


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
            import difflib

            near = difflib.get_close_matches(key, [question.id for question in self.questions], n=3, cutoff=0.5)
            hint = f"did you mean {', '.join(near)}? " if near else ""
            raise InputError(f"there is no question {key!r}", next_step=f"{hint}list them: interviewer bank list")
        return question


def load_bank(file: Path | None = None) -> Bank:
    """Load a bank file, or the built-in bank.

    Raises:
        InputError: the file cannot be read or has problems.
    """
    if file is not None:
        from interviewer.bank.validate import read_questions

        return Bank(read_questions(file))
    compiled = resource("data", "bank", "compiled.jsonl")
    sources = builtin_files()
    try:
        known, *questions = compiled.read_bytes().splitlines()
        if json.loads(known) == {"sha256": digest(sources)}:
            return Bank(_QUESTIONS.validate_json(b"[" + b",".join(questions) + b"]"))
    except (OSError, ValueError):
        pass  # the YAML files are the truth; the compiled file only saves a tenth of a second
    from interviewer.bank.validate import read_questions

    return Bank(tuple(question for source in sources for question in read_questions(source)))


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
    return tuple(sorted(file.stem for file in folder.glob("*.yaml"))) if folder.is_dir() else ()


def bank_file(name: str, folder: Path) -> Path:
    """Return the file of a bank that is given by its name or by its path.

    Raises:
        InputError: there is neither; the message names those that there are.
    """
    own = folder / f"{name}.yaml"
    if name in user_banks(folder):
        return own
    if (path := Path(name)).is_file():
        return path
    known = ", ".join(user_banks(folder))
    raise InputError(
        f"there is no bank {name!r}",
        next_step=f"yours are: {known}" if known else "bring one in: interviewer bank import FILE",
    )


def open_bank(name: str | None, folder: Path) -> Bank:
    """Return the bank of this name or path, or the built-in one if none is named."""
    return load_bank(bank_file(name, folder) if name is not None else None)
