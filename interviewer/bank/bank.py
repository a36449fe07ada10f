"""The bank: all questions that can be asked, found by id or number."""

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


def compile_bank() -> str:
    """Return the text of data/bank/compiled.jsonl: the digest of the built-in YAML files, then a question a line."""
    from interviewer.bank.validate import read_questions

    questions = [question.model_dump_json() for source in builtin_files() for question in read_questions(source)]
    return "\n".join([json.dumps({"sha256": digest(builtin_files())}), *questions]) + "\n"
