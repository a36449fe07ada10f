"""What all models share: strictness, and the types of their fields."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from interviewer.text.clean import clean


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
Mode = Literal["practice", "interview", "grade"]
Basis = Literal["key_points", "proposed", "reference"]
# JSON and YAML know lists only; strict tuples would refuse them.
Listed = BeforeValidator(_tupled)
Votes = Annotated[tuple[int, int], Listed]


class Model(BaseModel):
    """What all of ours share: no change after building, no coercion, no unknown field."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


def first_error(error: ValidationError) -> str:
    """Return the first problem as a sentence: "field.path: message"."""
    first = error.errors(include_url=False, include_context=False)[0]
    return ": ".join(part for part in (".".join(map(str, first["loc"])), first["msg"]) if part)
