"""JSON in which a repeated key is an error, and lists of it read entry by entry, so that the line of each is known."""

import json
import re
from collections.abc import Iterator


class NotAList(ValueError):
    """The text is not a JSON list."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def decode(text: str) -> object:
    """Return the value of a JSON text.

    Raises:
        ValueError: it is not JSON, nested too deeply, or has a key twice in one object.
    """
    try:
        value: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON: {error.msg} at character {error.pos + 1}") from error
    except RecursionError:
        raise ValueError("not usable JSON: nested too deeply") from None
    return value


def entries(text: str) -> Iterator[tuple[int, object]]:
    """Yield the entries of a JSON list with their lines.

    Raises:
        NotAList: the text is something else, or breaks off.
    """
    line, place, opener = 1, 0, "["
    while True:
        mark = _next(text, place)
        line += text.count("\n", place, mark)
        if opener == "," and text[mark : mark + 1] == "]":
            return
        if text[mark : mark + 1] != opener:
            raise NotAList(f"expected {opener!r} here: a bank file is a list of questions", line)
        start = _next(text, mark + 1)
        line += text.count("\n", mark, start)
        if opener == "[" and text[start : start + 1] == "]":
            return
        try:
            value, place = _DECODER.raw_decode(text, start)
        except json.JSONDecodeError as error:
            raise NotAList(f"not valid JSON: {error.msg}", error.lineno) from error
        except RecursionError:
            raise NotAList("not usable JSON: nested too deeply", line) from None
        except ValueError as error:
            raise NotAList(str(error), line) from error
        yield line, value
        line += text.count("\n", start, place)
        opener = ","


def _next(text: str, place: int) -> int:
    found = _NOT_BLANK.search(text, place)
    return found.start() if found else len(text)


def _unrepeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return fields


_DECODER = json.JSONDecoder(object_pairs_hook=_unrepeated)
_NOT_BLANK = re.compile(r"\S")
