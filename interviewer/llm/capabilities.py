"""The optional parts of a request that a server and its model accept, remembered across runs."""

import contextlib
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from interviewer.errors import InputError
from interviewer.models import Model
from interviewer.text.atomic_write import write_atomically

if TYPE_CHECKING:
    from interviewer.llm.prompts import Message

PARTS = (
    "stream_options", "logprobs", "json_schema", "reasoning_effort", "temperature", "system_role", "stream",
    "transcript_details",
)  # fmt: skip
"""The optional parts of a request, in the order in which they are left out when a server does not say what it refuses."""
REPLY_TOKENS = 1_200
"""Enough for seven key points with feedback (about 400)."""
REASONING_TOKENS = 6_000
"""Tokens for the thoughts of a model that is known to reason; they count as completion tokens."""
# What names a part, tried in this order. A stream comes before what it does not go together with: a schema is worth more.
_NAMES = {
    "stream_options": r"stream_options|include_usage",
    "stream": r"\bstream",
    "logprobs": r"logprob",
    "temperature": r"temperature",
    "reasoning_effort": r"reasoning",
    "max_completion_tokens": r"max_tokens.*max_completion_tokens|max_completion_tokens",
    "json_schema": r"response.?format|json.?(?:schema|mode|object)|schema|grammar|structured output",
    "system_role": r"system.?(?:role|message|prompt|instruction)|developer (?:role|message|instruction)|roles must alternate"
    r"|role\W+system|\bsystem\W+role|messages\W+\d\W+role|only '?user\b|first message must be",
}
_REASONING = ("gpt-5", "gpt-6", "o1", "o3", "o4")


def part_named(text: str) -> str:
    """Return the optional part of a request that a text names; empty where it names none."""
    return next(iter(_parts_named(text)), "")


def _parts_named(text: str) -> list[str]:
    return [part for part, words in _NAMES.items() if re.search(words, text, re.IGNORECASE)]


class Capabilities(Model):
    """Which optional parts of a request one model at one server accepts, and how much room its replies take."""

    model_config = ConfigDict(extra="ignore")  # a later version may have learned more

    json_schema: bool = True
    temperature: bool = True
    logprobs: bool = True
    stream: bool = True
    stream_options: bool = True
    system_role: bool = True
    reasoning_effort: bool = False
    max_completion_tokens: bool = False
    transcript_details: bool = True
    """The server can be asked how sure it is of a transcript."""
    reply_tokens: int = 0
    """The limit that replies need, if the default was found too low; else 0."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """The parts that it was found not to accept."""
        return tuple(part for part in PARTS if part != "reasoning_effort" and not getattr(self, part))

    def without(
        self, complaint: str, sent: Collection[str], *, param: str = "", proven: Collection[str] = ()
    ) -> "Capabilities | None":
        """Return the capabilities after a refusal of a request with the parts `sent`; None when no more parts can be left out.

        What `param` names goes first, then what the `complaint` names, then the next of the parts that are not `proven` to be
        accepted, in the order of PARTS.
        """
        named = [*_parts_named(param), *_parts_named(complaint)]
        if "max_completion_tokens" in named and ("max_tokens" in complaint or self.max_completion_tokens):
            return self.model_copy(update={"max_completion_tokens": not self.max_completion_tokens})
        for part in (*named, *(part for part in PARTS if part not in proven)):
            if part in sent and getattr(self, part, False) and part != "max_completion_tokens":
                return self.model_copy(update={part: False})
        return None

    def first_limit(self, most: int) -> int:
        """Return the tokens that a reply may take at first; `most` is INTERVIEWER_MAX_TOKENS."""
        return min(self.reply_tokens or REPLY_TOKENS + (REASONING_TOKENS if self.reasoning_effort else 0), most)


def next_limit(limit: int, most: int, *, reasoned: bool) -> int:
    """Return the limit in tokens to try after a reply was cut off: four times as much where thoughts took it, else twice.

    It is never above `most` (INTERVIEWER_MAX_TOKENS): the same limit again when that was not enough.
    """
    return min(limit * (4 if reasoned else 2), most)


def named_limit(said: str, refused: int) -> int:
    """Return the limit of tokens that a server names as it refuses a higher one; 0 where it names none."""
    return max((int(number) for number in re.findall(r"\b\d{3,7}\b", said) if int(number) < refused), default=0)


def sent_parts(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the optional parts that the body of a request holds, in the order of PARTS."""
    there = {name for name in body if body[name]} | {"temperature"} & body.keys()
    there |= {"json_schema"} if isinstance(body.get("response_format"), dict) else set()
    there |= {"transcript_details"} if body.get("response_format") == "verbose_json" or "include" in body else set()
    there |= {"system_role"} if any(message["role"] == "system" for message in body.get("messages", ())) else set()
    return tuple(part for part in PARTS if part in there)


def without_system_role(messages: "list[Message]") -> "list[Message]":
    """Return the messages for a model whose template knows users and assistants only: its first one says both."""
    kept: list[Message] = [message for message in messages if message["role"] != "system"]
    said = [message["content"] for message in messages if message["role"] == "system"]
    first = kept[0]["content"] if kept else ""
    return [{"role": "user", "content": "\n\n".join([*said, first]).strip()}, *kept[1:]] if said else kept


_ALL = TypeAdapter(dict[str, Capabilities])


def default_capabilities(endpoint: str, model: str) -> Capabilities:
    """Return the capabilities to assume of a model that was never asked."""
    if "api.openai.com" in endpoint:
        reasons = model.startswith(_REASONING)
        return Capabilities(temperature=not reasons, logprobs=not reasons, reasoning_effort=reasons, max_completion_tokens=True)
    return Capabilities()


def load_capabilities(file: Path, endpoint: str, model: str) -> Capabilities:
    """Return the capabilities learned of a model at an endpoint, else those to assume."""
    return _load(file).get(f"{endpoint} {model}") or default_capabilities(endpoint, model)


def save_capabilities(file: Path, endpoint: str, model: str, learned: Capabilities) -> None:
    """Keep what was learned. It only saves a request, so a folder that cannot be written is no failure."""
    known = _load(file) | {f"{endpoint} {model}": learned}
    with contextlib.suppress(OSError, InputError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(file, _ALL.dump_json(known, indent=2))


def _load(file: Path) -> dict[str, Capabilities]:
    try:
        return _ALL.validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return {}
