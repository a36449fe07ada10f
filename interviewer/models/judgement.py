"""What is graded, and what a grader claims about it before anything is verified."""

from typing import Annotated

from pydantic import Field

from interviewer.models.base import Fraction, FromList, Model, Prose, ReadingKind, Severity, Slug, Text, Verdict, Votes

ANSWER_LIMIT = 20_000
"""Longest answer in characters: about twenty minutes of speech, and what common context windows hold."""


class Span(Model):
    """A numbered piece of an answer, a sentence or a clause: what evidence points at."""

    number: Annotated[int, Field(ge=1)]
    start: Annotated[int, Field(ge=0)]
    end: int
    """Offsets in characters: the span is `answer.text[start:end]`."""
    text: Text
    """Its words as they are graded: without fillers."""


class Answer(Model):
    """What the candidate said, and the numbered spans it falls into."""

    text: str
    spans: tuple[Span, ...]


class Usage(Model):
    """What one grading cost."""

    prompt_tokens: Annotated[int, Field(ge=0)] = 0
    completion_tokens: Annotated[int, Field(ge=0)] = 0
    requests: Annotated[int, Field(ge=0)] = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            requests=self.requests + other.requests,
        )


class PointClaim(Model):
    """A grader's verdict on one key point and the numbers of the spans it rests on."""

    key_point: Slug
    spans: tuple[int, ...]
    verdict: Verdict
    sure: bool | None = None
    """Whether the grader calls itself sure; None if it does not say."""
    confidence: Fraction | None = None
    """The probability of this verdict among the four, where the server tells the probabilities of tokens."""
    votes: Votes | None = None
    """How many of how many samples say so, where the answer was graded several times."""
    reading: ReadingKind | None = None
    """What the embedded grader found in these spans; None from an LLM."""
    likelihood: Fraction | None = None
    """The probability that the answer states the point rightly, estimated by the embedded grader."""


class ErrorClaim(Model):
    """A false statement that a grader found."""

    span: int
    correction: Text
    severity: Severity


class Judgement(Model):
    """What a grader claims about an answer. Totals are computed from what can be verified, whatever number it names."""

    points: tuple[PointClaim, ...]
    errors: tuple[ErrorClaim, ...] = ()
    depth: Fraction | None = None
    clarity: Fraction | None = None
    level: Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)] | None = None
    """The overall level, 0 to 5, each described in the rubric. Like depth and clarity none where it is not measured."""
    own: Fraction | None = None
    """The grader's own number for the whole answer; where it gives none, its level says it."""
    range: Annotated[tuple[Fraction, Fraction], FromList] | None = None
    """Between which own numbers a fair mark would lie two times out of three; none from an LLM."""
    samples: tuple["Judgement", ...] = ()
    """The gradings that it is the majority of, where the answer was graded several times."""
    strengths: tuple[Text, ...] = ()
    improvements: tuple[Text, ...] = ()
    follow_up: Prose = ""
    usage: Usage | None = None
    raw: str | None = None
    """What the model replied, word for word but for control characters and the key; several replies one after the other."""
