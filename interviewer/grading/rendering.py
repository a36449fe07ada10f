"""Prompt files and values become messages; a prompt's version is the hash of its text."""

import hashlib
import re
from functools import lru_cache
from typing import Literal, TypedDict

import jinja2

from interviewer.grading.rubric import load_rubric
from interviewer.models import Answer, Question
from interviewer.resources import resource

Role = Literal["system", "user", "assistant"]
_HEADING = re.compile(r"^# (system|user)\n", re.MULTILINE)
_LOOKALIKE_BRACKETS = str.maketrans({"[": "(", "]": ")", "<": "‹", ">": "›", "［": "(", "］": ")", "＜": "‹", "＞": "›"})


class Message(TypedDict):
    """One chat message."""

    role: Role
    content: str


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    # Prompts are plain text: there is no markup to escape into, and values are never rendered a second time.
    return jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True)  # noqa: S701


@lru_cache
def _sections(name: str) -> tuple[tuple[Role, jinja2.Template], ...]:
    text = resource("prompts", name).read_text(encoding="utf-8")
    _, *parts = _HEADING.split(text)
    roles: tuple[Role, ...] = tuple("system" if role == "system" else "user" for role in parts[::2])
    return tuple((role, _environment().from_string(body)) for role, body in zip(roles, parts[1::2], strict=True))


def prompt_version(name: str = "grade.md") -> str:
    """Return the first 12 hex digits of the SHA-256 of a prompt file."""
    return hashlib.sha256(resource("prompts", name).read_bytes()).hexdigest()[:12]


def render(name: str, **values: object) -> list[Message]:
    """Render a prompt file: each of its sections is one message."""
    return [{"role": role, "content": template.render(values).strip()} for role, template in _sections(name)]


def grading_messages(question: Question, answer: Answer) -> list[Message]:
    """Return the messages that ask for a judgement. All that belongs to the question comes first, a stable prefix.

    The mark around the answer is a hash of it: nobody can write an answer that contains its own hash, and the same
    answer always gives the same prompt, hence the same score.
    """
    mark = hashlib.sha256(f"{question.id}\0{answer.text}".encode()).hexdigest()[:12]
    spans = [{"number": span.number, "text": inert(span.text)} for span in answer.spans]
    return render("grade.md", question=question, rubric=load_rubric(), spans=spans, mark=mark)


def inert(text: str) -> str:
    """Return a span of an answer on one line and without brackets that look like our own marks."""
    return " ".join(text.translate(_LOOKALIKE_BRACKETS).split())
