"""What code has verified of a grader's claims, as it is stored: a score, or why there is none."""

from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from interviewer.models.base import (
    Basis,
    Dimension,
    Fraction,
    FromList,
    GraderKind,
    Measure,
    Model,
    ReadingKind,
    Rung,
    Severity,
    Slug,
    Text,
    Verdict,
    Votes,
)
from interviewer.models.judgement import Usage
from interviewer.text.clean import clean_line

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
    """Hash of all that its grades rest on beside the question and the model; None in gradings of releases before 0.2."""


class Grading(Model):
    """One grading as it is stored, exported and printed by `grade --json`."""

    question_id: Slug
    status: Literal["graded", "ungraded"]
    score: Score | None
    grader: GraderInfo
    usage: Usage | None
    reason: str | None = None
    confirmed: bool = False
    """Whether the person has confirmed or corrected what an estimate found: the verdicts and the score are then theirs."""
    rate_limited: Annotated[bool, Field(exclude=True)] = False
    """There is no score since a server refused requests that came too fast. Not stored."""
    retry_after: Annotated[float | None, Field(exclude=True)] = None
    """Seconds until the server will take requests again, as `GradingError.retry_after`. Not stored."""
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
            raw=raw,
        )

    @property
    def key_points(self) -> tuple[PointVerdict, ...]:
        """The verdicts; empty without a score."""
        return self.score.key_points if self.score else ()

    @property
    def errors(self) -> tuple[ErrorNote, ...]:
        """The false statements; empty without a score."""
        return self.score.errors if self.score else ()

    @property
    def unconfirmed(self) -> bool:
        """Whether it is an estimate that the person has not confirmed: its readings are then shown, not verdicts."""
        return self.grader.estimate and not self.confirmed

    @property
    def measure(self) -> Measure:
        """The origin of the score: an LLM, the embedded grader, or the person."""
        return "confirmed" if self.confirmed else self.grader.kind

    @property
    def total(self) -> str:
        """The score as text: the range of an estimate that nobody has confirmed; empty without a score."""
        if self.score is None:
            return ""
        return "–".join(map(str, self.score.range)) if self.unconfirmed else str(self.score.overall)

    def label_of(self, point: PointVerdict) -> Verdict | ReadingKind:
        """Return the label of a key point: its verdict, or its reading in an estimate that nobody has confirmed."""
        return point.estimate_reading.kind if self.unconfirmed else point.counted

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The dimensions to show, those that were measured."""
        if self.unconfirmed:
            return ("coverage",)
        return tuple(name for name in get_args(Dimension) if getattr(self.score, name, None) is not None)

    @model_validator(mode="after")
    def _graded_or_not(self) -> Self:
        if (self.status == "graded") != (self.score is not None) or (self.score is None) != (self.reason is not None):
            raise ValueError("a graded answer has a score and no reason, an ungraded one a reason and no score")
        return self
