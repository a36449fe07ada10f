"""The base of all models, the types of their fields, validation errors as sentences, and JSON schemas for servers."""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints, ValidationError

from interviewer.text.clean import clean, clean_line


def _cleaned(value: object) -> object:
    return clean(value).strip() if isinstance(value, str) else value


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Prose = Annotated[str, StringConstraints(max_length=20_000), BeforeValidator(_cleaned)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000), BeforeValidator(_cleaned)]
Dimension = Literal["coverage", "accuracy", "depth", "clarity"]
Verdict = Literal["covered", "partial", "contradicted", "missing"]
ReadingKind = Literal["touched", "turned", "not_found"]
Severity = Literal["minor", "major"]
Level = Literal["basic", "advanced"]
Depth = Literal["what", "why", "when_not", "trade_off"]
"""How deep a follow-up goes."""
DEPTHS: tuple[Depth, ...] = get_args(Depth)
"""The depths, shallowest first."""
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
GraderKind = Literal["llm", "embedded"]
Measure = Literal["llm", "embedded", "confirmed"]
"""What a score is: an LLM's, an estimate, or an estimate that the person has confirmed. They are never averaged together."""
QuestionPart = Literal["key_points", "misconceptions", "follow_ups"]
Mode = Literal["practice", "interview", "drill", "grade", "debrief"]
Rung = Literal["what", "how", "why", "trade-off"]
"""The understanding that a key point asks for: what it is, how it works or is done, why, and when not or at which price."""
Result = Literal["passed", "failed", "waiting"]
"""The outcome of a real interview."""
Basis = Literal["key_points", "proposed", "reference"]
# YAML and JSON give lists, which strict tuples refuse; the items stay strict.
FromList = Strict(strict=False)
Votes = Annotated[tuple[int, int], FromList]
Bar = Literal["junior", "senior", "staff"]
"""The position whose expectations scores are compared with; no score changes."""
RUNG_ORDER: tuple[Rung, ...] = get_args(Rung)
"""The rungs, lowest first."""
VERDICT_ORDER: tuple[Verdict, ...] = ("contradicted", "missing", "partial", "covered")
"""The verdicts, from the worst for a candidate to the best."""


class Model(BaseModel):
    """The base of all models: immutable, and without coercion or unknown fields."""

    # Deferred: a command builds only the validators that it uses, not those of everything that is ever stored.
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)


class FieldError(NamedTuple):
    """One thing that Pydantic found wrong."""

    location: tuple[int | str, ...]
    field: str
    """The location in words: names and positions from 1, such as `key_points.2.text`; empty for the whole."""
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


_PLAIN_WORDS = {
    "Field required": "missing",
    "Extra inputs are not permitted": "no such field",
    "a valid string": "text",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid boolean": "true or false",
    "a valid list": "a list",
    "a valid tuple": "a list",
    "a valid dictionary": "an object",
}
"""What Pydantic says, and what a person reads."""


def field_errors(error: ValidationError) -> Iterator[FieldError]:
    """Yield what is wrong, field by field, cleaned for a terminal."""
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        field = ".".join(str(part + 1 if isinstance(part, int) else part) for part in one["loc"])
        yield FieldError(one["loc"], clean_line(field), clean_line(_in_plain_words(one["msg"])))


def _in_plain_words(message: str) -> str:
    message = re.sub(r"\AValue error, |\A(?:Input|String|List|Tuple|Dictionary) (?=should)", "", message)
    for theirs, ours in _PLAIN_WORDS.items():
        message = message.replace(theirs, ours)
    return message


def first_error(error: ValidationError) -> str:
    """Return the first thing that is wrong as one line: the field and what is wrong with it."""
    return str(next(field_errors(error)))


def strict_schema(model: type[BaseModel], keys: Sequence[str] = ()) -> dict[str, Any]:
    """Return the JSON schema of a model in the form that OpenAI's strict mode demands and other servers take as well.

    Every property is required, no other is allowed, nothing refers elsewhere. Of all restrictions only `enum` and `maxItems`
    stay, since servers refuse others; an integer with bounds at most 10 apart becomes an enum. A field that may be null must
    not be.

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
        if schema.get("maximum", math.inf) - schema.get("minimum", -math.inf) <= 10:
            kept["enum"] = list(range(schema["minimum"], schema["maximum"] + 1))
        return kept | ({"items": strict(schema["items"])} if "items" in schema else {})

    return strict(whole)
