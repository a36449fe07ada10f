"""What code has verified of a grader's claims: a verdict for each key point, the false statements, and the score."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from interviewer.models.base import (
    Basis,
    Dimension,
    Fraction,
    FromList,
    Model,
    ReadingKind,
    Rung,
    Severity,
    Slug,
    Text,
    Verdict,
    Votes,
)

_USUAL_MARGIN = 15
"""Points up and down: the range of an estimate that came without one, such as those of releases before 0.3."""


class Rejected(Model):
    """A verdict that the grader claimed without usable evidence in the answer, and what was wrong with the evidence."""

    claimed: Verdict
    reason: Text

    @property
    def explanation(self) -> str:
        """The rejection as a sentence for the candidate."""
        return f"The grader called this {self.claimed}, but it does not count: {self.reason}"


class Reading(Model):
    """What the embedded grader found of a key point: an estimate for a person to confirm or to correct."""

    kind: ReadingKind
    """`touched`: words of the answer speak of the point and seem to say it. `turned`: they seem to say it the other way round,
    which the person has to check; it counts as missing until then. `not_found`: neither; evidence then only comes near it."""
    likelihood: Fraction
    """The estimated probability that the answer states the point rightly."""
    evidence: str | None = None
    """The exact words of the answer that come nearest to the point; None if none come near."""
    span: Annotated[tuple[int, int], FromList] | None = None
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
    rung: Rung | None = None
    """The rung of the key point, if it has one."""
    verdict: Verdict
    evidence: str | None = None
    """The exact words of the answer that the verdict rests on."""
    span: Annotated[tuple[int, int], FromList] | None = None
    """Their offsets in the answer, in characters: start, end."""
    rejected: Rejected | None = None
    confidence: Fraction | None = None
    """The probability that the model gave this verdict among the four; None if not known."""
    votes: Votes | None = None
    """How many of how many samples gave this verdict; None for a single grading."""
    reading: Reading | None = None
    """What an estimate rests on; it stays as it was when a person corrects the verdict. None from an LLM."""
    unsure: bool = False
    """The grader said so, its samples disagree, or the verdict's probability is low."""
    by_person: Verdict | None = None
    """The verdict of the person who gave the answer, which counts instead of the grader's; None if they gave none."""

    @property
    def counted(self) -> Verdict:
        """The verdict that counts: the person's, else the grader's."""
        return self.by_person or self.verdict

    @property
    def uncertainty(self) -> str:
        """The warning about a verdict that is not sure; empty for a sure one, and for one of the person's."""
        if self.by_person:
            return ""
        divided = f" ({self.votes[0]} of {self.votes[1]})" if self.votes and self.votes[0] < self.votes[1] else ""
        return f"not sure{divided}: read this yourself" if self.unsure or divided else ""

    @property
    def estimate_reading(self) -> Reading:
        """The reading of an estimate; for one stored without, a reading made of its verdict, with a rough likelihood."""
        if self.reading is not None:
            return self.reading
        kinds: dict[Verdict, ReadingKind] = {"covered": "touched", "partial": "touched", "contradicted": "turned"}
        likelihood = {"covered": 0.8, "partial": 0.5}.get(self.verdict, 0.2)
        kind = kinds.get(self.verdict, "not_found")
        return Reading(kind=kind, likelihood=likelihood, evidence=self.evidence, span=self.span)

    @property
    def quoted(self) -> str | None:
        """The exact words of the answer that the verdict that counts rests on; None for a missing point."""
        return None if self.counted == "missing" else self.evidence or self.estimate_reading.evidence

    @property
    def quoted_span(self) -> tuple[int, int] | None:
        """The offsets of `quoted` in the answer."""
        return None if self.counted == "missing" else self.span or self.estimate_reading.span

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
    span: Annotated[tuple[int, int], FromList]
    correction: Text
    severity: Severity


class LeftOut(Model):
    """Words of the answer that no grader was shown, and why."""

    words: str
    span: Annotated[tuple[int, int], FromList]
    """Their offsets in the answer, in characters: start, end."""
    reason: Text


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
    """The range of `overall`, low ≤ overall ≤ high: of an estimate that nobody has confirmed, in which two fair marks of three
    lie; of an LLM's score, if the verdicts that are not sure turn out otherwise, and the totals of its samples. None if all
    are sure and alike."""
    band: str
    """The rubric's name for the range that `overall` falls into."""
    coverage: Fraction
    """Σ weight·credit / Σ weight over the key points; credit is 1 covered, ½ partial, else 0."""
    accuracy: Fraction
    depth: Fraction | None
    clarity: Fraction | None
    level: Annotated[float, Field(ge=0, le=5)] | None
    """Only an LLM measures depth, clarity and level; none of an estimate, confirmed or not."""
    own: Fraction | None = None
    """The grader's own number for the whole answer, less what its claims lost when they were verified; None in scores of
    releases before 0.3."""
    rung: Rung | None = None
    """The highest rung of a key point that is covered, with words to show for it; None if the question has no rungs, or
    nothing is covered. No part of `overall`."""
    limiting: Dimension | None
    """The dimension that costs the most points; None if neither costs any."""
    key_points: Annotated[tuple[PointVerdict, ...], FromList]
    errors: Annotated[tuple[ErrorNote, ...], FromList] = ()
    left_out: Annotated[tuple[LeftOut, ...], FromList] = ()
    strengths: Annotated[tuple[Text, ...], FromList] = ()
    improvements: Annotated[tuple[Text, ...], FromList] = ()
    model_answer: str
    follow_up: str = ""
    basis: Basis = "key_points"
    """What the answer was graded against: a person's key points, an LLM's, or the sentences of the reference answer."""
    leaning: Blend | None = None

    @property
    def gaps(self) -> tuple[PointVerdict, ...]:
        """The key points that are not covered, the heaviest first."""
        return tuple(
            sorted((point for point in self.key_points if point.counted != "covered"), key=lambda point: -point.weight)
        )

    @property
    def range(self) -> tuple[int, int]:
        """The range of an estimate; for one stored without, a usual range around the total."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        return max(0, self.overall - _USUAL_MARGIN), min(100, self.overall + _USUAL_MARGIN)
