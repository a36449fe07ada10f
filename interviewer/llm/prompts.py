"""Prompt files: rendered to chat messages with Jinja2, and identified by a hash of their text."""

import hashlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypedDict

from interviewer.resources import resource

if TYPE_CHECKING:
    import jinja2

Role = Literal["system", "user", "assistant"]
_HEADING = re.compile(r"^# (system|user)\n", re.MULTILINE)


class Message(TypedDict):
    """One chat message."""

    role: Role
    content: str


@lru_cache(maxsize=1)
def _environment() -> "jinja2.Environment":
    import jinja2  # the embedded grader needs no prompts

    # Prompts are plain text: there is no markup to escape into, and values are never rendered a second time.
    return jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True)  # noqa: S701


@lru_cache
def compiled(name: str) -> "tuple[tuple[Role, jinja2.Template], ...]":
    """Return the sections of a prompt file, ready to be rendered."""
    text = resource("prompts", name).read_text(encoding="utf-8")
    _, *parts = _HEADING.split(text)
    roles: tuple[Role, ...] = tuple("system" if role == "system" else "user" for role in parts[::2])
    return tuple((role, _environment().from_string(body)) for role, body in zip(roles, parts[1::2], strict=True))


@lru_cache
def prompt_version(name: str) -> str:
    """Return the first 12 hex digits of the SHA-256 of a prompt file."""
    return hashlib.sha256(resource("prompts", name).read_bytes()).hexdigest()[:12]


def render(name: str, role: Role | None = None, **values: object) -> list[Message]:
    """Render a prompt file: each of its sections is one message. `role` leaves out those of other roles."""
    return [{"role": of, "content": template.render(values).strip()} for of, template in compiled(name) if role in {None, of}]
