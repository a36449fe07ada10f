"""The reply that an LLM is asked for, and how it becomes a judgement or a new verdict.

The models are the only description of a reply: they validate it, and the JSON schema that servers get is made of them.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from interviewer.llm.completion import Token, choice_probabilities
from interviewer.llm.json_reply import InvalidReply, ReplyModel, begun_object, read_reply
from interviewer.models import (
    ErrorClaim,
    FromList,
    Judgement,
    KeyPoint,
    PointClaim,
    Question,
    Severity,
    Verdict,
    strict_schema,
)
from interviewer.text.clean import clean_line


def _short(value: object) -> object:
    return clean_line(value, 600) if isinstance(value, str) else value


def _not_empty(value: object) -> object:
    """Drop empty sentences: small models fill lists with them."""
    return tuple(item for item in map(_short, value) if item != "") if isinstance(value, list) else value


def _at_most(count: int) -> Any:
    """Tell servers how long a list may be. A longer one is read all the same: not all servers keep to a schema."""
    return Field(json_schema_extra={"maxItems": count})


_NUMBER_NAMES = ("number", "point", "key_point", "id", "key")
_POINT_NUMBER = re.compile(r"\A(?:p|kp|(?:key_?)?point)[ _-]?(?=\d+\Z)", re.IGNORECASE)
Sentence = Annotated[str, BeforeValidator(_short)]
Feedback = Annotated[tuple[Sentence, ...], BeforeValidator(_not_empty), _at_most(2)]


class ClaimReply(ReplyModel):
    """The verdict on one key point: evidence first, so that the verdict follows from it."""

    spans: Annotated[tuple[int, ...], FromList, _at_most(3)]
    verdict: Verdict

    @model_validator(mode="before")
    @classmethod
    def _missing_has_no_spans(cls, value: Any) -> Any:
        """A point that was not said need not list the spans that state it."""
        return {"spans": [], **value} if isinstance(value, dict) and str(value.get("verdict")).lower() == "missing" else value


class PointReply(ClaimReply):
    """A verdict, and whether the model is sure of it: asked for, but a reply without is read as well."""

    sure: bool | None = None


class ErrorReply(ReplyModel):
    """A false statement."""

    span: int
    correction: Sentence
    severity: Severity


class Reply(ReplyModel):
    """The JSON object that prompts/grade.md asks for, field by field in the order in which it is written."""

    points: dict[str, PointReply]
    errors: Annotated[tuple[ErrorReply, ...], FromList, _at_most(3)]
    depth: Annotated[int, Field(ge=0, le=3)]
    clarity: Annotated[int, Field(ge=0, le=3)]
    level: Annotated[int, Field(ge=0, le=5)]
    overall: Annotated[int, Field(ge=0, le=100)] | None = None
    """Asked for, but a reply without is read as well."""
    strengths: Feedback
    improvements: Feedback
    follow_up: Sentence

    @field_validator("points", mode="before")
    @classmethod
    def _by_number(cls, value: Any) -> Any:
        """Take a list of points by the numbers that they say, not by their order, and "P1" for 1."""
        named = list(value.items()) if isinstance(value, dict) else []
        if isinstance(value, list) and all(isinstance(point, dict) for point in value):
            said = [next((point[name] for name in _NUMBER_NAMES if name in point), None) for point in value]
            named = list(zip(said, value, strict=True)) if all(said) else []
        if isinstance(value, list) and not named:
            raise ValueError('must be an object with the number of each point as its key: {"1": …, "2": …}')
        points = {_POINT_NUMBER.sub("", str(name)): point for name, point in named}
        if len(points) < len(named):
            raise ValueError("each point must stand in it once")
        return points or value


class ReviewReply(ClaimReply):
    """The JSON object that prompts/dispute.md asks for."""

    reason: str


REVIEW_SCHEMA = strict_schema(ReviewReply)


@lru_cache
def reply_schema(points: int) -> dict[str, Any]:
    """Return the strict JSON schema of a reply about a number of key points.

    It depends on the number of points only, so a server that compiles schemas meets few of them.
    """
    return strict_schema(Reply, keys=[str(number) for number in range(1, points + 1)])


def read_judgement(content: str, question: Question, tokens: Sequence[Token] = ()) -> Judgement:
    """Validate the text of a reply and return it as a judgement.

    Where the probabilities of its tokens are known, the level is their mean and not the digit that was written, and each
    verdict says how sure the model was of it.

    Raises:
        InvalidReply: it does not say what was asked; the message tells the model what to mend.
    """
    reply = read_reply(Reply, content)
    if set(reply.points) != {number for number, _ in _numbered(question)}:
        raise InvalidReply(f"points must have exactly the keys 1 to {len(question.key_points)}")
    verdicts = _choice_probabilities(
        content, tokens, "verdict", [point.verdict for point in reply.points.values()], get_args(Verdict)
    )
    confidence = {
        number: min(1.0, chances[point.verdict])
        for (number, point), chances in zip(reply.points.items(), verdicts, strict=False)
    }
    levels = _choice_probabilities(content, tokens, "level", [str(reply.level)], "012345")
    return Judgement(
        points=tuple(_claim(point, reply.points[number], confidence.get(number)) for number, point in _numbered(question)),
        errors=tuple(
            ErrorClaim(span=error.span, correction=error.correction, severity=error.severity)
            for error in reply.errors
            if error.correction
        ),
        depth=reply.depth / 3,
        clarity=reply.clarity / 3,
        level=min(5.0, sum(int(digit) * chance for digit, chance in levels[0].items())) if levels else float(reply.level),
        own=None if reply.overall is None else reply.overall / 100,
        strengths=reply.strengths[:3],
        improvements=reply.improvements[:3],
        follow_up=reply.follow_up,
    )


def partial_claims(content: str, question: Question) -> tuple[PointClaim, ...]:
    """Return the claims that are complete in a reply that is still being written; the finished reply may be invalid."""
    begun = begun_object(content)
    points = begun.get("points") if isinstance(begun, dict) else None
    claims = []
    for number, point in _numbered(question):
        with suppress(ValidationError):
            reply = PointReply.model_validate(points.get(number) if isinstance(points, dict) else None)
            claims.append(_claim(point, reply))
    return tuple(claims)


def _numbered(question: Question) -> list[tuple[str, KeyPoint]]:
    """Return the key points with their keys in a reply."""
    return [(str(number), point) for number, point in enumerate(question.key_points, 1)]


def _claim(point: KeyPoint, reply: ClaimReply, confidence: float | None = None) -> PointClaim:
    sure = reply.sure if isinstance(reply, PointReply) else None
    return PointClaim(key_point=point.id, spans=reply.spans, verdict=reply.verdict, sure=sure, confidence=confidence)


def _choice_probabilities(
    content: str, tokens: Sequence[Token], field: str, values: Sequence[str], choices: Sequence[str]
) -> list[dict[str, float]]:
    """Return the probability of each choice for each value of a field, in order; nothing if they cannot be told apart.

    A quotation mark inside a JSON string is escaped, so a field's name that a reply quotes from the answer is never found.
    """
    if not tokens:
        return []
    places = list(re.finditer(rf'(?<!\\)"{field}"\s*:\s*"?(?=(\w+))', content))
    if [place[1] for place in places] != list(values):
        return []
    found = [choice_probabilities(tokens, place.end(), choices) for place in places]
    return found if all(found) else []


def read_claim(content: str, point: KeyPoint) -> tuple[PointClaim, str]:
    """Return the claim of a reply, and its reason.

    Raises:
        InvalidReply: it does not say what was asked.
    """
    reply = read_reply(ReviewReply, content)
    reason = clean_line(reply.reason, 400)
    if not reason:
        raise InvalidReply("reason is empty")
    return _claim(point, reply), reason
