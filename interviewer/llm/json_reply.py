"""The JSON object in the text of a reply, which may think aloud, fence it as code, talk around it or slip in its writing.

Nothing is read into a reply that it does not say: a draft among thoughts, a piece of an object that does not hold together
or a repair that adds, drops or moves anything is no reply, and the model is told what was wrong with it.

Servers that do not enforce a schema send `3.0` or `"3"` for 3 and keys that nobody asked for, which Pydantic takes unless it is
strict, and "Covered" for "covered", "[3]" for 3, one value for a list of one and null for nothing, which ReplyModel takes.
Whatever is taken so is logged; what could mean two things is refused. Keys may be in any case, followUp for follow_up included.
"""

import contextlib
import json
import logging
import re
from collections.abc import Collection, Iterator
from itertools import pairwise
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import ConfigDict, ValidationError, ValidationInfo, field_validator
from pydantic_core import from_json

from interviewer.models import Model
from interviewer.text.clean import clean

log = logging.getLogger(__name__)
_NAME = r"(?:seed:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|analysis|scratchpad)"
_THOUGHTS_BEGIN = re.compile(
    rf"\s*(?:<\s*{_NAME}\s*>|\[THINK\]|◁think▷|<\|(?:START_THINKING|begin_of_thought)\|>|<\|channel\|>\s*analysis)",
    re.IGNORECASE,
)
_THOUGHTS_END = re.compile(
    rf"<\s*/\s*{_NAME}\s*>|\[/THINK\]|◁/think▷|<\|(?:END_THINKING|end_of_thought)\|>"
    r"|<\|channel\|>\s*final\b[^{<]*(?:<\|constrain\|>[^{<]*)?<\|message\|>|assistantfinal\b",
    re.IGNORECASE,
)
_CORRECTS = re.compile(r"\b(?:correct(?:ed|ing|ion)|final|revised|updated|fixed|mistake|wait|actually)\b", re.IGNORECASE)
"""Words between two objects by which the later one takes the place of the earlier."""
_STRING_OR_PYTHON = re.compile(r"(\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')|\b(True|False|None)\b")
"""A whole string, or a value as Python writes it."""
_SPAN_NUMBER = re.compile(r"\A\s*\[?\s*(?:s(?:pan)?[ _]?)?(\d+(?:\.0+)?)\s*\]?\s*\Z", re.IGNORECASE)
"""The number of a span: [1], as the prompt writes it, or S1."""
_TRIES = 500
_BUDGET = 4_000_000
"""Places where an object may begin that are tried, and characters read for that: a hostile reply ends at either."""
_REPAIRABLE = 8_000
"""Longest object in characters that is repaired, ten times a usual one; the library takes quadratic time at worst."""


class InvalidReply(Exception):
    """The reply is not what was asked for; worth one repair round."""

    def __init__(self, problem: str, said: str = "") -> None:
        super().__init__(problem)
        self.said = said
        """What it says instead of an object, as a refusal does; the message, which the model gets to read, leaves that out."""


def json_object(content: str, keys: Collection[str] = ()) -> dict[str, Any]:
    """Return the object with these keys that a reply gives as its answer.

    That is the whole text; else the last such object after its thoughts; else, for an object with slips, what a repair makes
    of it if that says the same. One key around the object is taken off.

    Raises:
        InvalidReply: there is none, or two that differ; the message says what is wrong.
    """
    wanted = frozenset(keys)
    with contextlib.suppress(ValueError, RecursionError):
        whole = _decoder.decode(content.strip())
        if isinstance(whole, str) and "{" in whole:  # JSON inside a JSON string
            return json_object(whole, keys)
        if (found := _fitting([whole], wanted)) is not None:
            return found
    end = _end_of_thoughts(content)
    for start in dict.fromkeys((end, 0)):  # from 0 for an object in whose texts such a mark stands
        placed = [each for each in _objects(content, start) if each[2] > end]
        if (found := _fitting([value for value, *_ in placed], wanted)) is not None:
            _check_single(content, placed, wanted)
            return found
    return _repaired(content[end:], wanted)


def is_complete(content: str) -> bool:
    """Tell whether a reply that ended without a word about its end holds a whole object."""
    begin = re.compile(r'\{\s*"').search(content, _end_of_thoughts(content))
    with contextlib.suppress(ValueError, RecursionError):
        return begin is not None and bool(_decoder.raw_decode(content, begin.start()))
    return False


def begun_object(content: str) -> object:
    """Return the JSON object of an unfinished reply, with its complete values only; None before it begins."""
    start = 0 if content.lstrip().startswith("{") else _end_of_thoughts(content)  # such a mark may stand in one of its texts
    for _ in range(50):
        if (start := content.find("{", start)) < 0:
            return None
        with contextlib.suppress(ValueError):
            return from_json(content[start:], allow_partial=True)
        start += 1
    return None


def _end_of_thoughts(content: str) -> int:
    """Return where the answer begins: after the last mark that closes thoughts; nowhere while they are still open."""
    marks = [mark.end() for mark in _THOUGHTS_END.finditer(content)]
    end = marks[-1] if marks else 0
    return len(content) if _THOUGHTS_BEGIN.match(content, end) else end


def _no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = {_snake_case(name): inner for name, inner in pairs}
    if len(value) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return value


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=\w)[ -](?=\w)", "_", clean(name)).lower()


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


# Not strict about raw line ends and tabs inside strings: they can only mean themselves.
_decoder = json.JSONDecoder(object_pairs_hook=_no_repeats, parse_constant=_no_constant, strict=False)


def _objects(content: str, start: int) -> Iterator[tuple[object, int, int]]:
    """Yield each JSON object from a place on, with the places where it begins and ends."""
    spent = 0
    for _ in range(_TRIES):
        if (start := content.find("{", start)) < 0 or spent > _BUDGET:
            return
        try:
            value, end = _decoder.raw_decode(content, start)
        except (ValueError, RecursionError) as error:
            spent += (error.pos if isinstance(error, json.JSONDecodeError) else len(content)) - start
            start += 1
        else:
            yield value, start, end
            start = end


def _check_single(content: str, placed: list[tuple[object, int, int]], keys: frozenset[str]) -> None:
    """Refuse two whole objects that differ, unless the words between say that the later one corrects the earlier.

    A template or an example after the answer is as whole as the answer is.
    """
    whole = [each for each in placed if isinstance(each[0], dict) and keys <= each[0].keys()]
    for (earlier, _, ended), (later, begun, _) in pairwise(whole):
        if earlier != later and not _CORRECTS.search(content, ended, begun):
            raise InvalidReply("it holds two objects that differ: which one counts?")


def _fitting(values: list[object], keys: frozenset[str]) -> dict[str, Any] | None:
    """Return the last of the values that has all keys, or holds one value that does; else the last one with any."""
    for value in reversed(values):
        inside = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
        fits = [each for each in (value, *inside) if isinstance(each, dict) and keys <= each.keys()]
        if fits and (fits[0] is value or len(fits) == 1):
            if fits[0] is not value:
                log.debug("took what one key of the reply holds for the reply")
            return fits[0]
    return next((value for value in reversed(values) if isinstance(value, dict) and keys & value.keys()), None)


def _repaired(answer: str, keys: frozenset[str]) -> dict[str, Any]:
    """Repair the last object that begins with one of the keys.

    json-repair finds a value for anything. Its work counts only if it says the same: all letters, digits and brackets of the
    reply in their order, with commas, quotation marks, backslashes and comments put right.
    """
    names = "|".join(map(re.escape, sorted(keys)))
    begins = re.compile(rf"\{{\s*[\"'“]?(?:{names})\b" if keys else r"\{", re.IGNORECASE)
    starts = [found.start() for found in begins.finditer(answer)]
    if not starts:
        other = next(_objects(answer, 0), None)
        if other:
            raise InvalidReply("it lacks the fields asked for")
        raise InvalidReply("it holds no complete JSON object", answer.strip())
    start = starts[-1] if keys else starts[0]
    text = answer[start : answer.rfind("}") + 1]
    problem, slip = _problem(answer[start:])
    if not slip or not text or len(text) > _REPAIRABLE:
        raise InvalidReply(problem)
    import json_repair

    text = _STRING_OR_PYTHON.sub(_as_json, text)
    try:
        value = json_repair.loads(text, skip_json_loads=True)
        said = _skeleton(json.dumps(value, ensure_ascii=False))
        value = _decoder.decode(json.dumps(value))
    except (ValueError, RecursionError):
        raise InvalidReply(problem) from None
    if said not in {
        _skeleton(text),
        _skeleton(re.sub(r"(?<=[\s,{}\[\]])(?:(?://|#)[^\n]*|/\*.*?\*/)", "", text, flags=re.DOTALL)),
    }:
        raise InvalidReply(problem)
    if (found := _fitting([value], keys)) is None:
        raise InvalidReply(problem)
    log.debug("repaired the JSON of the reply: %s", problem)
    return found


def _as_json(match: re.Match[str]) -> str:
    return match[1] or {"True": "true", "False": "false", "None": "null"}[match[2]]


def _skeleton(text: str) -> str:
    """Return the text that a repair must leave as it is: without space, commas, quotation marks and backslashes."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda escape: chr(int(escape[1], 16)), text)
    text = re.sub(r"(?<=\d)[\s,]+(?=\d)", "|", text)  # two numbers must not become one
    return re.sub(r"\\[nrtbf]|[\s,\"'“”\\]", "", text)


def _problem(text: str) -> tuple[str, bool]:
    """Return the problem of an object, and whether it is a slip in its writing."""
    try:
        _decoder.raw_decode(text)
    except json.JSONDecodeError as error:
        if error.msg.startswith("Unterminated") or not text[error.pos :].strip():
            return "it ends before its JSON object does", False
        return f"its JSON is wrong at {text[max(0, error.pos - 20) : error.pos + 20]!r}: {error.msg}", True
    except RecursionError:
        return "its JSON is nested too deep", False
    except ValueError as error:  # from a hook, or from the conversion of a number of thousands of digits
        return str(error) if "digits" not in str(error) else "it holds a number that is too long", False
    return "it lacks the fields asked for", False


class ReplyModel(Model):
    """An object in a reply, whose fields take whatever can mean one thing only."""

    model_config = ConfigDict(strict=False, extra="ignore")

    @field_validator("*", mode="before")
    @classmethod
    def _take(cls, value: object, info: ValidationInfo) -> object:
        return _as_meant(value, cls.model_fields[info.field_name or ""].annotation)


def _as_meant(value: object, annotation: object) -> object:
    """Return a value in the form that a field of this type takes, if it can mean only that."""
    while get_origin(annotation) in {Annotated, Union, UnionType}:  # of a union, the first type
        annotation = get_args(annotation)[0]
    kind, inner = get_origin(annotation), get_args(annotation)
    if kind is tuple:
        several = value if isinstance(value, list | tuple) else [] if value in (None, "", {}) else [value]
        return [_as_meant(each, inner[0]) for each in several]
    if kind is Literal:
        value = value[0] if isinstance(value, list) and len(value) == 1 else value
        word = (
            value.strip("\"'`.!* \n\t").casefold()
            if isinstance(value, str)
            else f"{value:g}"
            if isinstance(value, float)
            else None
        )
        return next((choice for choice in inner if word == str(choice)), value)
    if annotation is int and isinstance(value, bool):
        raise ValueError("it must be a number")
    if annotation is int and isinstance(value, str):
        return _SPAN_NUMBER.sub(r"\1", value)
    return "" if annotation is str and value is None else value


Shape = TypeVar("Shape", bound=Model)


def read_reply(shape: type[Shape], content: str, keys: Collection[str] = ()) -> Shape:
    """Read the text of a reply as a model; `keys` are those fields that it must have, if not all without a default.

    Raises:
        InvalidReply: it holds no such object; the message tells the model what to mend.
    """
    value = json_object(content, keys or [name for name, field in shape.model_fields.items() if field.is_required()])
    try:
        reply = shape.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidReply(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if log.isEnabledFor(logging.DEBUG) and (read := reply.model_dump_json(exclude_unset=True)) != json.dumps(
        value, separators=(",", ":"), ensure_ascii=False
    ):
        log.debug("took %.2000s for %.2000r", read, value)
    return reply
