"""Proposals by an LLM for what a question lacks; what a person wrote is never touched."""

from collections.abc import Container
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from interviewer.llm.client import LLMClient
from interviewer.llm.json_reply import InvalidReply, ReplyModel, read_reply
from interviewer.llm.prompts import render
from interviewer.models import FollowUp, FromList, KeyPoint, Question, QuestionPart, Text, Usage, strict_schema
from interviewer.text.slug import slug
from interviewer.text.words import terms

PROMPT = "enrich.md"
_ID_LENGTH = 40


class ProposedPoint(ReplyModel):
    """A key point as a model proposes it; its id is made of its text."""

    text: Text
    weight: Literal[1, 2, 3]
    paraphrases: Annotated[tuple[Text, ...], FromList, Field(min_length=1, max_length=3)]


class ProposedFollowUp(ReplyModel):
    """A follow-up question for the key point with this number, counted from 1."""

    text: Text
    key_point: int


class Proposal(ReplyModel):
    """The reply that prompts/enrich.md asks for: the missing parts and no others."""

    key_points: Annotated[tuple[ProposedPoint, ...], FromList, Field(min_length=1, max_length=9)] | None = None
    misconceptions: Annotated[tuple[Text, ...], FromList, Field(min_length=1, max_length=3)] | None = None
    follow_ups: Annotated[tuple[ProposedFollowUp, ...], FromList, Field(min_length=1, max_length=3)] | None = None


def missing_parts(question: Question) -> tuple[QuestionPart, ...]:
    """Return the parts that can be proposed; empty without a reference answer, which proposals are checked against."""
    if not question.reference:
        return ()
    return tuple(part for part in get_args(QuestionPart) if not getattr(question, part))


async def enrich(
    question: Question, client: LLMClient, wanted: Container[QuestionPart] = get_args(QuestionPart)
) -> tuple[Question, Usage | None]:
    """Return the question with its missing parts proposed, of those that are wanted, and marked as such; and what that cost.

    Raises:
        GradingError: no usable proposal could be had.
    """
    missing = tuple(part for part in missing_parts(question) if part in wanted)
    if not missing:
        return question, None
    return await client.complete_json(
        render(PROMPT, question=question, missing=missing),
        "proposal",
        _schema(missing),
        lambda reply: _read(reply.content, question, missing),
    )


def _schema(missing: tuple[QuestionPart, ...]) -> dict[str, Any]:
    schema = strict_schema(Proposal)
    return schema | {"properties": {part: schema["properties"][part] for part in missing}, "required": list(missing)}


def _read(content: str, question: Question, missing: tuple[QuestionPart, ...]) -> Question:
    proposal = read_reply(Proposal, content, missing)
    if {part for part in get_args(QuestionPart) if getattr(proposal, part) is not None} != set(missing):
        raise InvalidReply(f"it must have exactly the fields {', '.join(missing)}")
    proposed = proposal.key_points or ()
    named = _points(proposed, question.reference)
    points = question.key_points or tuple(point for point in named if point)
    if proposal.key_points and not any(point.weight == 3 for point in points):  # must-have
        raise InvalidReply("at least one key point that is found in the reference answer must have weight 3")
    follow_ups = proposal.follow_ups or ()
    numbered = question.key_points or named
    if any(not 1 <= follow_up.key_point <= len(numbered) for follow_up in follow_ups):
        raise InvalidReply(f"a follow-up's key_point must be a number from 1 to {len(numbered)}")
    return question.model_copy(
        update={
            "key_points": points,
            "misconceptions": question.misconceptions or proposal.misconceptions or (),
            "follow_ups": question.follow_ups
            or tuple(
                FollowUp(text=asked.text, key_point=point.id)
                for asked in follow_ups
                if (point := numbered[asked.key_point - 1])
            ),
            "proposed": tuple(dict.fromkeys((*question.proposed, *missing))),
        }
    )


def _points(proposed: tuple[ProposedPoint, ...], reference: str) -> tuple[KeyPoint | None, ...]:
    """Return the key points that rest on the reference answer; None in the place of one without a word of it."""
    known = set(terms(reference))
    points: dict[str, KeyPoint | None] = {}
    for point in proposed:
        name = slug(point.text, limit=_ID_LENGTH, kind="point")
        if name in points:
            raise InvalidReply(f"two key points say the same: {point.text}")
        kept = KeyPoint(id=name, text=point.text, weight=point.weight, paraphrases=point.paraphrases)
        points[name] = None if known.isdisjoint(terms(point.text)) else kept
    return tuple(points.values())
