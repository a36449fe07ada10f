"""Replies as Pydantic models that take what can mean one thing only.

Servers that do not enforce a schema send `3.0` or `"3"` for 3 and keys that nobody asked for, which Pydantic takes unless it is
strict, and "Covered" for "covered", one value for a list of one and null for nothing, which the validators here take. Whatever
is taken so is logged; what could mean two things is refused.
"""

import json
import logging
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, ConfigDict, ValidationError

from interviewer.llm.json_reply import InvalidReply, json_object
from interviewer.models import Model

_log = logging.getLogger(__name__)


class ReplyModel(Model):
    """An object in a reply. Its fields use the types below."""

    model_config = ConfigDict(strict=False, extra="ignore")


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("it must be a number")  # noqa: TRY004  # what Pydantic turns into its own error
    return value


def _choice(value: object) -> object:
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    return value.strip("\"'`.!* \n\t").casefold() if isinstance(value, str) else value


def _several(value: object) -> object:
    if value is None or value in ("", {}):
        return []
    return value if isinstance(value, list | tuple) else [value]


def _words(value: object) -> object:
    return "" if value is None else value


Integer = Annotated[int, BeforeValidator(_number)]
Choice = BeforeValidator(_choice)
"""For a Literal of lower-case words: `Annotated[Verdict, Choice]`."""
Several = BeforeValidator(_several)
"""For a tuple: `Annotated[tuple[Integer, ...], Several]`."""
Words = Annotated[str, BeforeValidator(_words)]
"""A text that may be empty."""

Shape = TypeVar("Shape", bound=Model)


def read_reply(shape: type[Shape], content: str) -> Shape:
    """Read the text of a reply as a model.

    Raises:
        InvalidReply: it holds no such object; the message tells the model what to mend.
    """
    value = json_object(content, shape.model_fields)
    try:
        reply = shape.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidReply(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if _log.isEnabledFor(logging.DEBUG) and (read := reply.model_dump_json()) != json.dumps(
        value, separators=(",", ":"), ensure_ascii=False
    ):
        _log.debug("took %.2000s for %.2000r", read, value)
    return reply
