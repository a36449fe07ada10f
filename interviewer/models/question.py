"""Questions and their key points."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from interviewer.models.base import Depth, FromList, Level, Model, Prose, QuestionPart, Rung, Slug, Text


class KeyPoint(Model):
    """One fact that a complete answer states, checkable on its own."""

    id: Slug
    """Unique within its question; history hangs on it, so it stays when the wording changes."""
    text: Text
    weight: Literal[1, 2, 3]
    """3 must-have, 2 expected, 1 bonus."""
    rung: Rung | None = None
    """Relative to the question: naming what it asks to be named is `what`. None where nobody has said; it moves no score."""
    paraphrases: Annotated[tuple[Text, ...], FromList] = ()
    """The same fact as people really say it, so that wording is never what is graded."""


class ProposedPoints(Model):
    """The key points that an LLM proposed for a question without any."""

    key_points: Annotated[tuple[KeyPoint, ...], FromList]


class FollowUp(Model):
    """What a good interviewer asks when one key point was missing or half said."""

    text: Text
    key_point: Slug


class Probe(FollowUp):
    """A follow-up to what somebody said."""

    depth: Depth


class Question(Model):
    """An interview question with all that is needed to grade an answer to it."""

    number: Annotated[int, Field(ge=1)] | None
    """Its number in its bank; None for a question that came with a batch row."""
    id: Slug
    topic: Slug
    level: Level
    question: Text
    reference: Prose
    """What a strong candidate says aloud in one or two minutes; also shown as the model answer."""
    key_points: Annotated[tuple[KeyPoint, ...], FromList] = ()
    misconceptions: Annotated[tuple[Text, ...], FromList] = ()
    """False statements that candidates really make about this question."""
    follow_ups: Annotated[tuple[FollowUp, ...], FromList] = ()
    hint: Prose = ""
    related: Annotated[tuple[Slug, ...], FromList] = ()
    """Near-duplicates: a session never asks two of them."""
    sources: Annotated[tuple[Text, ...], FromList] = ()
    proposed: Annotated[tuple[QuestionPart, ...], FromList] = ()
    """The parts that an LLM proposed (`bank enrich`) and nobody has checked yet; remove those that are checked."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        ids = [point.id for point in self.key_points]
        if repeated := {i for i in ids if ids.count(i) > 1}:
            raise ValueError(f"key point ids repeat: {', '.join(sorted(repeated))}")
        for follow_up in self.follow_ups:
            if follow_up.key_point not in ids:
                raise ValueError(f"follow_up names an unknown key point: {follow_up.key_point}")
        if self.id in self.related:
            raise ValueError("a question cannot be related to itself")
        return self

    def __hash__(self) -> int:
        """Hash a part of it: questions are keys of caches, and hashing all of their texts would take longer than a look-up."""
        return hash((self.id, self.question))
