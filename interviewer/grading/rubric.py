"""The rubric as data: data/rubric.toml, validated."""

from bisect import bisect_right
from functools import lru_cache
from typing import Annotated, Self

from pydantic import Field, model_validator

from interviewer.models import Fraction, GraderKind, Listed, Model, Verdict
from interviewer.resources import load_toml

Corner = Annotated[tuple[Fraction, Fraction], Listed]


class Combine(Model):
    """How coverage, accuracy, depth, clarity and level become one number."""

    base: Fraction
    depth_share: Fraction
    clarity_share: Fraction
    level_share: Fraction
    slack: Fraction
    slack_from: Annotated[float, Field(gt=0, le=1)]
    floor: Fraction


class Band(Model):
    """A range of `overall`, from its lower end up to the next band."""

    start: Annotated[int, Field(ge=0, le=100, alias="from")]
    name: str
    meaning: str


class Doubt(Model):
    """How much the embedded estimate weighs beside an LLM, by the mean probability of the LLM's verdicts."""

    sure: Fraction
    """The mean from which on it weighs nothing."""
    lost: Fraction
    """The mean below which it weighs `most`; in between, the weight falls evenly."""
    most: Fraction

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.lost >= self.sure:
            raise ValueError("lost must be below sure")
        return self


class Rubric(Model):
    """Everything that turns verdicts into a score."""

    weights: dict[str, str]
    credit: dict[Verdict, Fraction]
    penalty: dict[str, Fraction]
    """What costs accuracy: `contradicted_1` to `contradicted_3`, a key point by its weight; `minor` and `major`, an error."""
    combine: dict[GraderKind, Combine]
    doubt: Doubt
    calibration: dict[GraderKind, Annotated[tuple[Corner, ...], Listed]]
    bands: Annotated[tuple[Band, ...], Listed]
    levels: dict[str, str]
    depth: dict[str, str]
    clarity: dict[str, str]

    @model_validator(mode="after")
    def _monotone(self) -> Self:
        for kind, corners in self.calibration.items():
            if corners != tuple(sorted(corners)) or [y for _, y in corners] != sorted(y for _, y in corners):
                raise ValueError(f"the calibration for {kind} must never fall")
        if self.bands[0].start != 0 or [band.start for band in self.bands] != sorted(band.start for band in self.bands):
            raise ValueError("bands begin at 0 and rise")
        return self

    def band(self, overall: int) -> Band:
        """Return the band that an overall score falls into."""
        return self.bands[bisect_right([band.start for band in self.bands], overall) - 1]

    def calibrate(self, kind: GraderKind, raw: float) -> float:
        """Map a raw score (0 to 1) to the shown one by the straight line between its two corners."""
        corners = self.calibration[kind]
        right = min(max(bisect_right([x for x, _ in corners], raw), 1), len(corners) - 1)
        (x0, y0), (x1, y1) = corners[right - 1], corners[right]
        return y0 + (y1 - y0) * (raw - x0) / (x1 - x0) if x1 > x0 else y1


@lru_cache(maxsize=1)
def load_rubric() -> Rubric:
    """Load data/rubric.toml."""
    return Rubric.model_validate(load_toml("rubric.toml"))
