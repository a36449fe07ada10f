"""One grading as it is stored: a score, or why there is none, and the grader that it comes from."""

from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from interviewer.models.base import Dimension, GraderKind, Measure, Model, ReadingKind, Slug, Text, Verdict
from interviewer.models.judgement import Usage
from interviewer.models.score import ErrorNote, PointVerdict, Score
from interviewer.text.clean import clean_line


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
