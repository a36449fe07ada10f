"""What all models share: strictness, the types of their fields, their errors as a sentence, their JSON schema."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

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
Verdict = Literal["covered", "partial", "contradicted", "missing"]
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
VERDICT_ORDER: tuple[Verdict, ...] = ("contradicted", "missing", "partial", "covered")
"""From the worst for a candidate to the best."""


class Model(BaseModel):
    """What all of ours share: no change after building, no coercion, no unknown field."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


def first_error(error: ValidationError) -> str:
    """Return the first thing wrong as "field.path: message", with positions counted from 1."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
    return ": ".join(filter(None, (where, first["msg"].removeprefix("Value error, "))))


def strict_schema(model: type[BaseModel], keys: Sequence[str] = ()) -> dict[str, Any]:
    """Return the JSON schema of a model in the form that OpenAI's strict mode demands and other servers take as well.

    Every property is required, no other is allowed, nothing refers elsewhere. Of all restrictions only `enum` and `maxItems`
    stay, since servers refuse others; an integer with two bounds becomes an enum. A field that may be null must not be.

    Args:
        model: what a reply is validated with.
        keys: the keys that a dictionary in it must have.
    """
    whole = model.model_json_schema()

    def strict(schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" in schema:
            return strict(whole["$defs"][schema["$ref"].rpartition("/")[2]])
        if "anyOf" in schema:
            return strict(next(option for option in schema["anyOf"] if option.get("type") != "null"))
        if schema["type"] == "object":
            properties = schema.get("properties") or dict.fromkeys(keys, schema["additionalProperties"])
            strictly = {name: strict(inner) for name, inner in properties.items()}
            return {"type": "object", "properties": strictly, "required": list(strictly), "additionalProperties": False}
        kept = {name: schema[name] for name in ("type", "enum", "maxItems") if name in schema}
        if "minimum" in schema and "maximum" in schema:
            kept["enum"] = list(range(schema["minimum"], schema["maximum"] + 1))
        return kept | ({"items": strict(schema["items"])} if "items" in schema else {})

    return strict(whole)
