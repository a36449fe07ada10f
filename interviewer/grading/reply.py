"""What an LLM sends back: from bytes that may be anything to a validated judgement."""

import json
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from interviewer.cleaning import clean, clean_line
from interviewer.errors import GradingError
from interviewer.models import (
    ErrorClaim,
    Judgement,
    Listed,
    Model,
    PointClaim,
    Question,
    Severity,
    Usage,
    Verdict,
)

_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_TRIES = 50


class InvalidReply(Exception):
    """The reply is not what was asked for; worth one repair round."""


def _short(value: object) -> object:
    return clean_line(value, 600) if isinstance(value, str) else value


def _said(value: object) -> object:
    """Drop empty sentences: small models fill lists with them."""
    return tuple(_short(item) for item in value if item != "") if isinstance(value, list) else value


Sentence = Annotated[str, BeforeValidator(_short)]


class PointReply(Model):
    """The verdict on one key point: evidence first, so that the verdict follows from it."""

    spans: Annotated[tuple[int, ...], Listed]
    verdict: Verdict


class ErrorReply(Model):
    """A false statement."""

    span: int
    correction: Sentence
    severity: Severity


class Reply(Model):
    """The JSON object that prompts/grade.md asks for, field by field in the order in which it is written."""

    points: dict[str, PointReply]
    errors: Annotated[tuple[ErrorReply, ...], Listed]
    strengths: Annotated[tuple[Sentence, ...], BeforeValidator(_said)]
    improvements: Annotated[tuple[Sentence, ...], BeforeValidator(_said)]
    follow_up: Sentence
    depth: Annotated[int, Field(ge=0, le=3)]
    clarity: Annotated[int, Field(ge=0, le=3)]
    level: Annotated[int, Field(ge=0, le=5)]


def reply_schema(points: int) -> dict[str, Any]:
    """Return the strict JSON schema of a reply about so many key points.

    It depends on the number of points only, so a server that compiles schemas meets few of them.
    """

    def record(properties: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    def listed(items: dict[str, Any], most: int) -> dict[str, Any]:
        return {"type": "array", "items": items, "maxItems": most}

    def scale(top: int) -> dict[str, Any]:
        return {"type": "integer", "enum": list(range(top + 1))}

    text = {"type": "string"}
    point = record(
        {
            "spans": listed({"type": "integer"}, 3),
            "verdict": {"type": "string", "enum": ["covered", "partial", "contradicted", "missing"]},
        }
    )
    error = record(
        {"span": {"type": "integer"}, "correction": text, "severity": {"type": "string", "enum": ["minor", "major"]}}
    )
    return record(
        {
            "points": record({str(number): point for number in range(1, points + 1)}),
            "errors": listed(error, 3),
            "strengths": listed(text, 2),
            "improvements": listed(text, 2),
            "follow_up": text,
            "depth": scale(3),
            "clarity": scale(3),
            "level": scale(5),
        }
    )


class Completion(Model):
    """What matters of a chat completion."""

    content: str
    finish: str
    usage: Usage


def read_completion(body: bytes) -> Completion:
    """Read a chat completion from the body of a 200 response.

    Raises:
        GradingError: it is something else; the message says what.
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
    content = message.get("content")
    if not isinstance(content, str) or not content.strip():
        # Reasoning that ate all tokens comes without content, and more tokens can mend it. vLLM may put JSON there.
        reasoning = message.get("reasoning_content") or message.get("reasoning")
        content = reasoning if isinstance(reasoning, str) and "{" in reasoning else ""
    if not content and finish != "length":
        extra = " (it called a tool instead)" if message.get("tool_calls") else ""
        raise GradingError(f"the model's reply was empty{extra}; try another model")
    return Completion(content=clean(content), finish=str(finish), usage=_usage(data.get("usage")))


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


def read_judgement(content: str, question: Question) -> Judgement:
    """Validate the text of a reply and return it as a judgement.

    Raises:
        InvalidReply: it does not say what was asked; the message tells the model what to mend.
    """
    try:
        reply = Reply.model_validate(_json_object(content))
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidReply(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    expected = {str(number) for number in range(1, len(question.key_points) + 1)}
    if set(reply.points) != expected:
        raise InvalidReply(f"points must have exactly the keys 1 to {len(expected)}")
    return Judgement(
        points=tuple(
            PointClaim(key_point=point.id, spans=said.spans, verdict=said.verdict)
            for number, point in enumerate(question.key_points, 1)
            for said in (reply.points[str(number)],)
        ),
        errors=tuple(
            ErrorClaim(span=error.span, correction=error.correction, severity=error.severity)
            for error in reply.errors
            if error.correction
        ),
        depth=reply.depth / 3,
        clarity=reply.clarity / 3,
        level=float(reply.level),
        strengths=reply.strengths[:3],
        improvements=reply.improvements[:3],
        follow_up=reply.follow_up,
    )


def _json_object(content: str) -> object:
    """Find the JSON object in a reply that may think aloud, fence it as code or talk around it."""
    text = _THINKING.sub("", content)
    decoder = json.JSONDecoder(object_pairs_hook=_no_repeats, parse_constant=_no_constant)
    start = text.find("{")
    for _ in range(_TRIES):
        if start < 0:
            break
        try:
            value, _ = decoder.raw_decode(text, start)
        except (json.JSONDecodeError, RecursionError):
            start = text.find("{", start + 1)
        else:
            return value
    raise InvalidReply("it holds no complete JSON object")


def _no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise InvalidReply("a key stands twice in one object")
    return value


def _no_constant(name: str) -> object:
    raise InvalidReply(f"{name} is not a JSON number")
