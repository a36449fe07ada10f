"""What an LLM is asked to reply, and how a reply becomes a judgement, a follow-up or a new verdict."""

import re
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, Field, ValidationError

from interviewer.llm.completion import Token, choice_probabilities
from interviewer.llm.json_reply import InvalidReply, ReplyModel, begun_object, read_reply, strict_object
from interviewer.models import ErrorClaim, FollowUp, Judgement, KeyPoint, Listed, PointClaim, Question, Severity, Verdict
from interviewer.text.clean import clean_line


def _short(value: object) -> object:
    return clean_line(value, 600) if isinstance(value, str) else value


def _said(value: object) -> object:
    """Drop empty sentences: small models fill lists with them."""
    return tuple(item for item in map(_short, value) if item != "") if isinstance(value, list) else value


Sentence = Annotated[str, BeforeValidator(_short)]


class PointReply(ReplyModel):
    """The verdict on one key point: evidence first, so that the verdict follows from it."""

    spans: Annotated[tuple[int, ...], Listed]
    verdict: Verdict


class ErrorReply(ReplyModel):
    """A false statement."""

    span: int
    correction: Sentence
    severity: Severity


class Reply(ReplyModel):
    """The JSON object that prompts/grade.md asks for, field by field in the order in which it is written."""

    points: dict[str, PointReply]
    errors: Annotated[tuple[ErrorReply, ...], Listed]
    depth: Annotated[int, Field(ge=0, le=3)]
    clarity: Annotated[int, Field(ge=0, le=3)]
    level: Annotated[int, Field(ge=0, le=5)]
    strengths: Annotated[tuple[Sentence, ...], BeforeValidator(_said)]
    improvements: Annotated[tuple[Sentence, ...], BeforeValidator(_said)]
    follow_up: Sentence


@lru_cache
def reply_schema(points: int) -> dict[str, Any]:
    """Return the strict JSON schema of a reply about so many key points.

    It depends on the number of points only, so a server that compiles schemas meets few of them.
    """

    def listed(items: dict[str, Any], most: int) -> dict[str, Any]:
        return {"type": "array", "items": items, "maxItems": most}

    def scale(top: int) -> dict[str, Any]:
        return {"type": "integer", "enum": list(range(top + 1))}

    text = {"type": "string"}
    point = strict_object(
        {
            "spans": listed({"type": "integer"}, 3),
            "verdict": {"type": "string", "enum": ["covered", "partial", "contradicted", "missing"]},
        }
    )
    error = strict_object(
        {"span": {"type": "integer"}, "correction": text, "severity": {"type": "string", "enum": ["minor", "major"]}}
    )
    return strict_object(
        {
            "points": strict_object({str(number): point for number in range(1, points + 1)}),
            "errors": listed(error, 3),
            "depth": scale(3),
            "clarity": scale(3),
            "level": scale(5),
            "strengths": listed(text, 2),
            "improvements": listed(text, 2),
            "follow_up": text,
        }
    )


def read_judgement(content: str, question: Question, tokens: Sequence[Token] = ()) -> Judgement:
    """Validate the text of a reply and return it as a judgement.

    Where the probabilities of its tokens are known, the level is their mean and not the digit that was written, and each
    verdict says how sure the model was of it.

    Raises:
        InvalidReply: it does not say what was asked; the message tells the model what to mend.
    """
    reply = read_reply(Reply, content)
    expected = {str(number) for number in range(1, len(question.key_points) + 1)}
    if set(reply.points) != expected:
        raise InvalidReply(f"points must have exactly the keys 1 to {len(expected)}")
    verdicts = _choice_probabilities(
        content, tokens, "verdict", [said.verdict for said in reply.points.values()], get_args(Verdict)
    )
    sure = {
        number: min(1.0, likely[said.verdict]) for (number, said), likely in zip(reply.points.items(), verdicts, strict=False)
    }
    levels = _choice_probabilities(content, tokens, "level", [str(reply.level)], "012345")
    return Judgement(
        points=tuple(
            PointClaim(key_point=point.id, spans=said.spans, verdict=said.verdict, confidence=sure.get(str(number)))
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
        level=min(5.0, sum(int(digit) * chance for digit, chance in levels[0].items())) if levels else float(reply.level),
        strengths=reply.strengths[:3],
        improvements=reply.improvements[:3],
        follow_up=reply.follow_up,
    )


def partial_claims(content: str, question: Question) -> tuple[PointClaim, ...]:
    """Return the verdicts that stand in a reply so far, which need not be the last word and may lack much else."""
    begun = begun_object(content)
    points = begun.get("points") if isinstance(begun, dict) else None
    claims = []
    for number, point in enumerate(question.key_points, 1):
        with suppress(ValidationError):
            said = PointReply.model_validate(points.get(str(number)) if isinstance(points, dict) else None)
            claims.append(PointClaim(key_point=point.id, spans=said.spans, verdict=said.verdict))
    return tuple(claims)


def _choice_probabilities(
    content: str, tokens: Sequence[Token], field: str, said: Sequence[str], choices: Sequence[str]
) -> list[dict[str, float]]:
    """Return how probable each choice was at each place of a field; empty unless those are just the places where it was said.

    A quotation mark inside a JSON string is escaped, so what a reply quotes from the answer is never such a place.
    """
    if not tokens:
        return []
    places = list(re.finditer(rf'(?<!\\)"{field}"\s*:\s*"?(?=(\w+))', content))
    if [place[1] for place in places] != list(said):
        return []
    found = [choice_probabilities(tokens, place.end(), choices) for place in places]
    return found if all(found) else []


FOLLOW_UP_SCHEMA: dict[str, Any] = strict_object({"key_point": {"type": "integer"}, "question": {"type": "string"}})


class FollowUpReply(ReplyModel):
    """The JSON object that prompts/follow-up.md asks for."""

    key_point: Annotated[int, Field(ge=0)]
    question: str


def read_follow_up(content: str, points: Sequence[KeyPoint]) -> FollowUp | None:
    """Return the follow-up of a reply; none if the model has nothing left to ask.

    Raises:
        InvalidReply: it does not say what was asked.
    """
    reply = read_reply(FollowUpReply, content)
    if reply.key_point == 0:
        return None
    text = clean_line(reply.question, 400)
    if reply.key_point > len(points) or not text:
        raise InvalidReply(f"key_point must be 0 to {len(points)}, and question a question unless key_point is 0")
    return FollowUp(text=text, key_point=points[reply.key_point - 1].id)


REVIEW_SCHEMA: dict[str, Any] = strict_object(
    {
        "spans": {"type": "array", "items": {"type": "integer"}, "maxItems": 3},
        "verdict": {"type": "string", "enum": ["covered", "partial", "contradicted", "missing"]},
        "reason": {"type": "string"},
    }
)


class ReviewReply(ReplyModel):
    """The JSON object that prompts/dispute.md asks for."""

    spans: Annotated[tuple[int, ...], Listed]
    verdict: Verdict
    reason: str


def read_claim(content: str, point: KeyPoint) -> tuple[PointClaim, str]:
    """Return the claim of a reply, and its reason.

    Raises:
        InvalidReply: it does not say what was asked.
    """
    reply = read_reply(ReviewReply, content)
    reason = clean_line(reply.reason, 400)
    if not reason:
        raise InvalidReply("reason is empty")
    return PointClaim(key_point=point.id, spans=reply.spans, verdict=reply.verdict), reason
