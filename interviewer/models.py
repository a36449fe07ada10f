"""The nouns of the program: frozen, strict, and invalid states cannot be built.

Data flows one way: Question → Answer → Judgement (what a grader claims) → Score (what code verified), or Ungraded.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from interviewer.cleaning import clean

ANSWER_LIMIT = 20_000
"""Longest answer in characters: about twenty minutes of speech, and what common context windows hold."""


def _cleaned(value: object) -> object:
    return clean(value).strip() if isinstance(value, str) else value


def _tupled(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Prose = Annotated[str, BeforeValidator(_cleaned), StringConstraints(max_length=20_000)]
Text = Annotated[str, BeforeValidator(_cleaned), StringConstraints(min_length=1, max_length=20_000)]
Dimension = Literal["coverage", "accuracy", "depth", "clarity"]
Verdict = Literal["covered", "partial", "missing", "contradicted"]
Severity = Literal["minor", "major"]
Level = Literal["basic", "advanced"]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
GraderKind = Literal["llm", "embedded"]
Part = Literal["key_points", "misconceptions", "follow_ups"]
Basis = Literal["key_points", "proposed", "reference"]
# JSON and YAML know lists only; strict tuples would refuse them.
Listed = BeforeValidator(_tupled)
Votes = Annotated[tuple[int, int], Listed]


class Model(BaseModel):
    """What all of ours share: no change after building, no coercion, no unknown field."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class KeyPoint(Model):
    """One fact that a complete answer states, checkable on its own."""

    id: Slug
    """Unique within its question; history hangs on it, so it stays when the wording changes."""
    text: Text
    weight: Literal[1, 2, 3]
    """3 must-have, 2 expected, 1 bonus."""
    paraphrases: Annotated[tuple[Text, ...], Listed] = ()
    """The same fact as people really say it, so that wording is never what is graded."""


class FollowUp(Model):
    """What a good interviewer asks when one key point was missing or half said."""

    text: Text
    key_point: Slug


class Question(Model):
    """An interview question with all that is needed to grade an answer to it."""

    number: Annotated[int, Field(ge=1)] | None
    """Its number in its bank; none for a question that came with a batch row."""
    id: Slug
    topic: Slug
    level: Level
    question: Text
    reference: Prose
    """What a strong candidate says aloud in one or two minutes; also shown as the model answer."""
    key_points: Annotated[tuple[KeyPoint, ...], Listed] = ()
    misconceptions: Annotated[tuple[Text, ...], Listed] = ()
    """False statements that candidates really make about this question."""
    follow_ups: Annotated[tuple[FollowUp, ...], Listed] = ()
    hint: Prose = ""
    related: Annotated[tuple[Slug, ...], Listed] = ()
    """Near-duplicates: a session never asks two of them."""
    sources: Annotated[tuple[Text, ...], Listed] = ()
    proposed: Annotated[tuple[Part, ...], Listed] = ()
    """The parts that an LLM proposed (`bank enrich`); whoever has checked one takes it off this list."""

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
        """Hash little of it: much is remembered by question, and hashing all of its texts took longer than recalling that."""
        return hash((self.id, self.question))


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


class PointClaim(Model):
    """A grader's verdict on one key point and the numbers of the spans it rests on."""

    key_point: Slug
    spans: tuple[int, ...]
    verdict: Verdict
    confidence: Fraction | None = None
    """The probability of this verdict among the four, where the server tells the probabilities of tokens."""
    votes: Votes | None = None
    """How many of how many samples say so, where the answer was graded several times."""


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
    strengths: tuple[Text, ...] = ()
    improvements: tuple[Text, ...] = ()
    follow_up: Prose = ""
    usage: Usage | None = None


class Rejected(Model):
    """A credit that the grader claimed and the answer does not bear out."""

    claimed: Verdict
    reason: Text

    def told(self, *, estimate: bool) -> str:
        """Say so to the person. An estimate claims nothing: it finds words that come close."""
        if estimate:
            return f"Some of your words come close to it ({self.claimed}), but do not count: {self.reason}"
        if self.claimed == "contradicted":
            return f"The grader found this contradicted, but not in your words: {self.reason}"
        return f"The grader claimed this ({self.claimed}), but you did not say it: {self.reason}"


class PointVerdict(Model):
    """A key point as verified: no credit without words of the answer."""

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

    @property
    def borderline(self) -> str:
        """Say how divided the samples were; empty where they were not."""
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


class Leaning(Model):
    """How far a score leans on the embedded estimate of the same answer, since its model was not sure of its verdicts."""

    share: Annotated[float, Field(gt=0, le=1)]
    """The weight of the estimate in the geometric mean of both."""
    estimate: Annotated[int, Field(ge=0, le=100)]


class Score(Model):
    """The graded answer. Every number is computed by code from verified verdicts and the grader's level."""

    overall: Annotated[int, Field(ge=0, le=100)]
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
    """What the answer was held against: a person's key points, an LLM's, or the sentences of the reference answer."""
    leaning: Leaning | None = None


class Ungraded(Model):
    """Grading failed: there is a reason, and there is no number."""

    reason: Text


class GraderInfo(Model):
    """Who graded, so that a score can be compared with its like only."""

    kind: GraderKind
    model: str
    prompt_version: str
    """Hash of the text of the prompt, or the embedded grader's own version."""
    estimate: bool


class Grading(Model):
    """One grading as it is stored, exported and printed by `grade --json`."""

    question_id: Slug
    status: Literal["graded", "ungraded"]
    score: Score | None
    grader: GraderInfo
    usage: Usage | None
    reason: str | None = None

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """What of a score to show: the embedded grader hears neither depth nor clarity, and misses most falsehoods."""
        return ("coverage",) if self.grader.estimate else ("coverage", "accuracy", "depth", "clarity")

    @model_validator(mode="after")
    def _graded_or_not(self) -> Self:
        if (self.status == "graded") != (self.score is not None) or (self.score is None) != (self.reason is not None):
            raise ValueError("a graded answer has a score and no reason, an ungraded one a reason and no score")
        return self
