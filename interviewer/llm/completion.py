"""What a server sends back: from bytes that may be anything to the text of a reply, and the JSON object in it."""

import contextlib
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic_core import from_json

from interviewer.errors import GradingError
from interviewer.llm.logprobs import Token, read_tokens
from interviewer.models import Model, Usage
from interviewer.text.clean import clean, clean_line

_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_TRIES = 50


class InvalidReply(Exception):
    """The reply is not what was asked for; worth one repair round."""


class Completion(Model):
    """What matters of a chat completion."""

    content: str
    finish: str
    usage: Usage
    tokens: tuple[Token, ...] = ()
    """What the reply is made of, where the server tells their probabilities."""


def read_completion(body: bytes) -> Completion:
    """Read a chat completion from the body of a 200 response.

    Raises:
        GradingError: it is something else; the message says what.
    """
    data = read_object(body)
    choices = data.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise GradingError("the server sent a reply without an answer in it")
    choice = choices[0]
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    if isinstance(refusal := message.get("refusal"), str) and refusal:
        raise GradingError(f"the model declined: {clean_line(refusal)}")
    finish = choice.get("finish_reason")
    if finish == "content_filter":
        raise GradingError("the server's content filter stopped the reply")
    content, reasoned = message.get("content"), False
    if not isinstance(content, str) or not content.strip():
        # Reasoning that ate all tokens comes without content, and more tokens can mend it. vLLM may put JSON there.
        reasoning = message.get("reasoning_content") or message.get("reasoning")
        reasoned = isinstance(reasoning, str) and bool(reasoning.strip())
        content = reasoning if isinstance(reasoning, str) and "{" in reasoning else ""
    if not content and finish != "length":
        instead = "only reasoning" if reasoned else "a tool call" if message.get("tool_calls") else ""
        what = f"the model replied with {instead} and no answer" if instead else "the model's reply was empty"
        raise GradingError(what, next_step="try another model: --model NAME")
    cleaned = clean(content)
    tokens = read_tokens(choice.get("logprobs"), content) if cleaned == content else ()
    return Completion(content=cleaned, finish=str(finish), usage=_usage(data.get("usage")), tokens=tokens)


def read_object(body: bytes) -> dict[str, Any]:
    """Read the JSON object in the body of a 200 response.

    Raises:
        GradingError: there is none, or it reports an error.
    """
    try:
        data = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        if body.lstrip()[:1] == b"<":
            raise GradingError("the address answers with a web page, not an OpenAI-compatible API; is /v1 missing?") from None
        raise GradingError("the server sent a malformed reply" if body.strip() else "the server sent an empty reply") from None
    if not isinstance(data, dict):
        raise GradingError("the server sent a malformed reply")
    if data.get("error"):
        raise GradingError(f"the server reports: {error_text(data)}")
    return data


def error_text(data: object) -> str:
    """Return the message of an error object, cleaned, on one line."""
    if isinstance(data, dict):
        error = data.get("error", data)
        if isinstance(error, dict):
            return clean_line(str(error.get("message") or error.get("detail") or error.get("type") or "an error"))
        return clean_line(str(error or data.get("detail") or "an error"))
    return clean_line(str(data)) or "an error"


def _usage(data: object) -> Usage:
    def count(name: str) -> int:
        value = data.get(name) if isinstance(data, dict) else None
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else 0

    return Usage(prompt_tokens=count("prompt_tokens"), completion_tokens=count("completion_tokens"), requests=1)


def strict_object(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of an object with exactly these properties, as strict mode demands."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def json_object(content: str) -> object:
    """Find the JSON object in a reply that may think aloud, fence it as code or talk around it.

    Raises:
        InvalidReply: there is none.
    """
    decoder = json.JSONDecoder(object_pairs_hook=_no_repeats, parse_constant=_no_constant)
    for text in _from_each_brace(content):
        with contextlib.suppress(json.JSONDecodeError, RecursionError):
            return decoder.raw_decode(text)[0]
    raise InvalidReply("it holds no complete JSON object")


def begun_object(content: str) -> object:
    """Return what stands so far of the JSON object that a reply is still writing: whole values only; None before it begins."""
    for text in _from_each_brace(content):
        with contextlib.suppress(ValueError):
            return from_json(text, allow_partial=True)
    return None


def _from_each_brace(content: str) -> Iterator[str]:
    text = _THINKING.sub("", content)
    for place in itertools.islice(re.finditer("{", text), _TRIES):
        yield text[place.start() :]


def _no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise InvalidReply("a key stands twice in one object")
    return value


def _no_constant(name: str) -> object:
    raise InvalidReply(f"{name} is not a JSON number")
