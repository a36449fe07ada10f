"""The rubric as data: data/rubric.toml."""

from bisect import bisect_right
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field

from interviewer.models import Bar, Fraction, FromList, Model, Rung, Verdict
from interviewer.resources import load_toml

ScaleName = Literal["llm", "llm_reference", "llm_statement", "embedded", "embedded_reference", "confirmed"]
"""A grader and what it grades against: an LLM by key points that a person wrote, by a reference answer (`_reference`) or by one
of a single statement (`_statement`), the embedded grader, or the person who has confirmed an estimate."""
Corner = Annotated[tuple[Fraction, Fraction], FromList]


class Scale(Model):
    """The constants of the formula for a total, `raw_total` and `calibrated_total` in grading/scoring.py."""

    own_share: Fraction
    """The weight of the grader's own number; the rest is that of coverage × accuracy."""
    slack: Fraction
    """How far the raw total may lie from coverage × accuracy."""
    cap_without_coverage: Fraction
    """The upper limit of the raw total if no key point is covered."""
    corners: Annotated[tuple[Corner, ...], FromList]
    """The calibration: pairs of raw and shown total, 0 to 1, with straight lines between them, none falling."""


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


class Expectation(Model):
    """The least that an answer at a bar reaches."""

    score: Annotated[int, Field(ge=0, le=100)]
    rung: Rung
    """If the question has no point on this rung, the next one below that it has counts."""
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

    def band(self, overall: int) -> Band:
        """Return the band that an overall score falls into."""
        return self.bands[bisect_right([band.start for band in self.bands], overall) - 1]


@lru_cache(maxsize=1)
def load_rubric() -> Rubric:
    """Load data/rubric.toml."""
    return Rubric.model_validate(load_toml("rubric.toml"))
