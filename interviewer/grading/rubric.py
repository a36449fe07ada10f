"""The rubric as data: data/rubric.toml, validated."""

from bisect import bisect_right
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from interviewer.models import Bar, Fraction, FromList, Model, Rung, Verdict
from interviewer.resources import load_toml

ScaleName = Literal["llm", "llm_reference", "llm_statement", "embedded", "confirmed"]
"""A grader and what it grades against: an LLM by key points that a person wrote, by a reference answer (`_reference`) or by one
of a single statement (`_statement`), the embedded grader, or the person who has confirmed an estimate."""
Corner = Annotated[tuple[Fraction, Fraction], FromList]


class Scale(Model):
    """How coverage, accuracy and the grader's own number become the number that is shown."""

    own_share: Fraction
    """The weight of the own number; the rest is that of coverage × accuracy."""
    slack: Fraction
    """How far the result may lie from coverage × accuracy."""
    floor: Fraction
    """The most that it may be where no key point is covered at all."""
    corners: Annotated[tuple[Corner, ...], FromList]
    """The calibration: raw and shown number, 0 to 1, with straight lines between them; the same on every machine."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if self.corners != tuple(sorted(self.corners)) or [y for _, y in self.corners] != sorted(y for _, y in self.corners):
            raise ValueError("the corners must never fall")
        return self

    def calibrated(self, coverage: float, accuracy: float, own: float) -> int:
        """Return the overall score, 0 to 100. It rises in each argument (0 to 1): saying more that is right never costs."""
        return round(100 * self._interpolated(self.raw(coverage, accuracy, own)))

    def raw(self, coverage: float, accuracy: float, own: float) -> float:
        """Return the number before the calibration, 0 to 1."""
        evidence = coverage * accuracy
        mixed = (1 - self.own_share) * evidence + self.own_share * own
        return max(evidence - self.slack, min(mixed, evidence + self.slack, 1.0 if coverage else self.floor))

    def _interpolated(self, raw: float) -> float:
        right = min(max(bisect_right([x for x, _ in self.corners], raw), 1), len(self.corners) - 1)
        (x0, y0), (x1, y1) = self.corners[right - 1], self.corners[right]
        return y0 + (y1 - y0) * (raw - x0) / (x1 - x0) if x1 > x0 else y1


class Band(Model):
    """A range of `overall`, from its lower end up to the next band."""

    start: Annotated[int, Field(ge=0, le=100, alias="from")]
    name: str
    meaning: str


class Uncertainty(Model):
    """How much the embedded estimate weighs beside an LLM, by the mean probability of the LLM's verdicts."""

    sure: Fraction
    """The mean from which on it weighs nothing."""
    lost: Fraction
    """The mean below which it weighs `most`; in between, the weight falls evenly."""
    most: Fraction
    unsure: Fraction
    """The probability below which a single verdict is marked as not sure."""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.lost >= self.sure:
            raise ValueError("lost must be below sure")
        return self


class Expectation(Model):
    """The least that an answer at a bar reaches."""

    score: Annotated[int, Field(ge=0, le=100)]
    rung: Rung
    """Where the question has no point on this rung, the next one below that it has."""
    meaning: str


class Rubric(Model):
    """Everything that turns verdicts into a score."""

    weights: dict[str, str]
    credit: dict[Verdict, Fraction]
    penalty: dict[str, Fraction]
    """Penalties on accuracy: `contradicted_1` to `contradicted_3`, a key point by its weight; `minor` and `major`, an error."""
    scales: dict[ScaleName, Scale]
    uncertainty: Uncertainty
    bands: Annotated[tuple[Band, ...], FromList]
    levels: dict[str, str]
    depth: dict[str, str]
    clarity: dict[str, str]
    rungs: dict[Rung, str]
    bars: dict[Bar, Expectation]

    @model_validator(mode="after")
    def _bands_rise(self) -> Self:
        if self.bands[0].start != 0 or [band.start for band in self.bands] != sorted(band.start for band in self.bands):
            raise ValueError("bands begin at 0 and rise")
        return self

    def band(self, overall: int) -> Band:
        """Return the band that an overall score falls into."""
        return self.bands[bisect_right([band.start for band in self.bands], overall) - 1]


@lru_cache(maxsize=1)
def load_rubric() -> Rubric:
    """Load data/rubric.toml."""
    return Rubric.model_validate(load_toml("rubric.toml"))
