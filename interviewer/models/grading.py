"""What is graded, what a grader claims about it, and what code has verified of that: a score, or why there is none."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from interviewer.models.base import (
    Basis,
    Dimension,
    Fraction,
    GraderKind,
    Listed,
    Model,
    Prose,
    ReadingKind,
    Severity,
    Slug,
    Text,
    Verdict,
    Votes,
)
from interviewer.text.clean import clean_line

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
    confidence: Fraction | None = None
    """The probability of this verdict among the four, where the server tells the probabilities of tokens."""
    votes: Votes | None = None
    """How many of how many samples say so, where the answer was graded several times."""
    reading: ReadingKind | None = None
    """What the embedded grader found in these spans; none from an LLM."""
    likelihood: Fraction | None = None
    """The probability that the answer states the point rightly, estimated by the embedded grader."""


class ErrorClaim(Model):
    """A false statement that a grader found."""

    span: int
    correction: Text
    severity: Severity


class Judgement(Model):
    """What a grader claims about an answer. It holds no total: totals are computed from what can be verified."""

    points: tuple[PointClaim, ...]
    errors: tuple[ErrorClaim, ...] = ()
    depth: Fraction
    clarity: Fraction
    level: Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)]
    """The overall level, 0 to 5, each described in the rubric."""
    range: Annotated[tuple[float, float], Listed] | None = None
    """The levels between which a fair mark would lie two times out of three; none from an LLM."""
    strengths: tuple[Text, ...] = ()
    improvements: tuple[Text, ...] = ()
    follow_up: Prose = ""
    usage: Usage | None = None
    raw: str | None = None
    """What the model replied, word for word but for control characters and the key; several replies one after the other."""


class Rejected(Model):
    """A verdict that the grader claimed without usable evidence in the answer, and what was wrong with the evidence."""

    claimed: Verdict
    reason: Text

    def explanation(self, *, estimate: bool) -> str:
        """Return it as a sentence to the candidate; `estimate` tells that the embedded grader claimed it."""
        if estimate:
            return f"Some of your words come close to it ({self.claimed}), but do not count: {self.reason}"
        if self.claimed == "contradicted":
            return f"The grader found this contradicted, but not in your words: {self.reason}"
        return f"The grader claimed this ({self.claimed}), but you did not say it: {self.reason}"


class Reading(Model):
    """What the embedded grader found of a key point: an estimate for a person to confirm or to correct."""

    kind: ReadingKind
    """`touched`: words of the answer speak of the point and seem to say it. `turned`: they seem to say it the other way round,
    which is a question to check and counts as missing until then. `not_found`: neither; with words where some come near."""
    likelihood: Fraction
    """The estimated probability that the answer states the point rightly."""
    evidence: str | None = None
    """The exact words of the answer that come nearest to the point; none where no words come near."""
    span: Annotated[tuple[int, int], Listed] | None = None
    """Their offsets in the answer, in characters: start, end."""

    @model_validator(mode="after")
    def _words_where_something_was_found(self) -> Self:
        if (self.evidence is None) != (self.span is None) or (self.evidence is None and self.kind != "not_found"):
            raise ValueError(f"a reading {self.kind!r} with evidence {self.evidence!r} at {self.span}")
        return self


class PointVerdict(Model):
    """The verdict on a key point after its evidence was checked: `missing` without words of the answer to show for it."""

    id: Slug
    text: Text
    weight: Literal[1, 2, 3]
    verdict: Verdict
    evidence: str | None = None
    """The exact words of the answer that the verdict rests on."""
    span: Annotated[tuple[int, int], Listed] | None = None
    """Their offsets in the answer, in characters: start, end."""
    rejected: Rejected | None = None
    confidence: Fraction | None = None
    """The probability that the model gave this verdict among the four; none where it is not known."""
    votes: Votes | None = None
    """How many of how many samples gave this verdict; none for a single grading."""
    reading: Reading | None = None
    """What an estimate rests on; it stays as it was when a person corrects the verdict. None from an LLM."""

    @property
    def borderline(self) -> str:
        """How many of the samples agreed, as text; empty if all did or there was one."""
        return f"borderline: {self.votes[0]} of {self.votes[1]}" if self.votes and self.votes[0] < self.votes[1] else ""

    @model_validator(mode="after")
    def _evidence_backs_the_verdict(self) -> Self:
        if (self.evidence is None) != (self.span is None):
            raise ValueError("evidence and span come together")
        if (self.verdict == "missing") != (self.evidence is None):
            raise ValueError(f"a {self.verdict} point with evidence {self.evidence!r}")
        return self


class ErrorNote(Model):
    """A verified false statement: the words and what would be right."""

    evidence: str
    span: Annotated[tuple[int, int], Listed]
    correction: Text
    severity: Severity


class Blend(Model):
    """The share of the embedded estimate in a score whose LLM gave its verdicts a low probability."""

    share: Annotated[float, Field(gt=0, le=1)]
    """The weight of the estimate in the geometric mean of both."""
    estimate: Annotated[int, Field(ge=0, le=100)]


class Score(Model):
    """The graded answer. Every number is computed by code from verified verdicts and the grader's level."""

    overall: Annotated[int, Field(ge=0, le=100)]
    low: Annotated[int, Field(ge=0, le=100)] | None = None
    high: Annotated[int, Field(ge=0, le=100)] | None = None
    """The range of an estimate that nobody has confirmed, low ≤ overall ≤ high; two fair marks of three lie inside. None
    from an LLM."""
    band: str
    """The rubric's name for the range that `overall` falls into."""
    coverage: Fraction
    """Σ weight·credit / Σ weight over the key points; credit is 1 covered, ½ partial, else 0."""
    accuracy: Fraction
    depth: Fraction
    clarity: Fraction
    level: Annotated[float, Field(ge=0, le=5)]
    limiting: Dimension | None
    """The dimension that costs the most points; none when nothing does."""
    key_points: Annotated[tuple[PointVerdict, ...], Listed]
    errors: Annotated[tuple[ErrorNote, ...], Listed] = ()
    strengths: Annotated[tuple[Text, ...], Listed] = ()
    improvements: Annotated[tuple[Text, ...], Listed] = ()
    model_answer: str
    follow_up: str = ""
    basis: Basis = "key_points"
    """What the answer was graded against: a person's key points, an LLM's, or the sentences of the reference answer."""
    leaning: Blend | None = None


class Ungraded(Model):
    """Grading failed: there is a reason, and there is no number."""

    reason: Text


class GraderInfo(Model):
    """Which grader graded: scores of different graders cannot be compared."""

    kind: GraderKind
    model: Annotated[str, BeforeValidator(lambda name: clean_line(name) if isinstance(name, str) else name)]
    prompt_version: str
    """Hash of the text of the prompt, or the embedded grader's own version."""
    estimate: bool
    identity: str | None = None
    """Hash of all that its grades rest on beside the question and the model; none in what releases before 0.2 stored."""


class Grading(Model):
    """One grading as it is stored, exported and printed by `grade --json`."""

    question_id: Slug
    status: Literal["graded", "ungraded"]
    score: Score | None
    grader: GraderInfo
    usage: Usage | None
    reason: str | None = None
    rate_limited: Annotated[bool, Field(exclude=True)] = False
    """There is no score since a server refused requests that came too fast. Not stored."""
    raw: Annotated[str | None, Field(exclude=True)] = None
    """What the model replied, as `Judgement.raw`: kept beside the grading, and never part of its JSON."""

    @classmethod
    def ungraded(
        cls,
        question_id: str,
        grader: GraderInfo,
        reason: str,
        usage: Usage | None = None,
        *,
        rate_limited: bool = False,
        raw: str | None = None,
    ) -> Self:
        """Return the record of an answer that was not graded; `usage` is what replies cost that could not be used."""
        return cls(
            question_id=question_id,
            status="ungraded",
            score=None,
            grader=grader,
            usage=usage,
            reason=reason,
            rate_limited=rate_limited,
            raw=raw,
        )

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The dimensions to show: the embedded grader measures neither depth nor clarity, and misses most falsehoods."""
        return ("coverage",) if self.grader.estimate else ("coverage", "accuracy", "depth", "clarity")

    @model_validator(mode="after")
    def _graded_or_not(self) -> Self:
        if (self.status == "graded") != (self.score is not None) or (self.score is None) != (self.reason is not None):
            raise ValueError("a graded answer has a score and no reason, an ungraded one a reason and no score")
        return self
