"""A key that a server repeats is taken out, however it is spelled and wherever the reply is cut into pieces."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from interviewer.llm.redaction import Redaction
from interviewer.text.clean import clean
from tests.conftest import takes_linear_time

KEY = "sk-canary/5b1d+97"


def spelled(escaped: set[int]) -> str:
    """The key as JSON may write it."""
    return "".join(f"\\u{ord(c):04X}" if place in escaped else c for place, c in enumerate(KEY))


async def joined(redaction: Redaction, pieces: Sequence[bytes]) -> bytes:
    async def coming() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return b"".join([piece async for piece in redaction.pieces(coming())])


@given(st.sets(st.integers(0, len(KEY) - 1)), st.lists(st.integers(0, 200)), st.booleans())
def test_no_spelling_and_no_cut_brings_it_through(escaped: set[int], cuts: list[int], nested: bool) -> None:
    said = f'{{"said": "your key is {spelled(escaped)}, and {KEY}"}}'
    data = (json.dumps({"content": said}) if nested else said).encode()
    places = [0, *sorted(cuts), len(data)]
    pieces = [data[start:end] for start, end in itertools.pairwise(places)]
    found: object = json.loads(asyncio.run(joined(Redaction(SecretStr(KEY)), pieces)))
    if nested:
        assert isinstance(found, dict)
        found = json.loads(found["content"])
    assert found == {"said": "your key is …, and …"}


HIDERS = [
    "\x00", "\x07", "\x1b", "\x1b[31m", "\x1b]0;title\x07", "\x1bPq\x1b\\", "\x9b1m", "\u200b", "\u200d", "\u00ad", "\u202e",
    "\u2066", "\ufeff", "\ufe0f", "\U000e0041", "\u061c", "\x00\u200b\x1b[0m", "é",
]  # fmt: skip
"""What parts a key so that nobody sees that it is parted, or so that cleaning joins it again."""


def visible(text: str) -> str:
    """What a person sees of a text, or anything that a program may make of it."""
    return "".join(c for c in clean(text) if " " <= c <= "~")


def strings(value: object) -> str:
    inside = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value if isinstance(value, str) else "|".join(map(strings, inside))


@given(
    st.dictionaries(st.integers(1, len(KEY) - 1), st.sampled_from(HIDERS), min_size=1, max_size=4),
    st.integers(0, 3),
    st.booleans(),
)
def test_nothing_inside_a_key_hides_it(hidden: dict[int, str], depth: int, ascii_only: bool) -> None:
    """In a text, in JSON, in JSON inside JSON: cleaned after redaction, it is not there."""
    redaction = Redaction(SecretStr(KEY))
    parted = "".join(hidden.get(place, "") + c for place, c in enumerate(KEY))
    assert KEY not in visible(redaction.text(f"your key is {parted}!"))
    assert "your key is" in redaction.text(f"your key is {parted}!")
    said: object = {"said": [f"your key is {parted}!"], "level": 3}
    for _ in range(depth):
        said = {"content": json.dumps(said, ensure_ascii=ascii_only)}
    found: object = json.loads(redaction.json(json.dumps(said, ensure_ascii=ascii_only).encode()))
    for _ in range(depth):
        assert KEY not in visible(strings(found))
        assert isinstance(found, dict)
        found = json.loads(found["content"])
    assert KEY not in visible(strings(found))
    assert isinstance(found, dict)
    assert found["level"] == 3


def quoted(text: str, levels: int) -> str:
    """A text as a string of JSON inside JSON inside …, of that many levels in all."""
    return text if levels == 0 else quoted(json.dumps(text)[1:-1], levels - 1)


@pytest.mark.parametrize(
    "said",
    [
        f"Here: {{'a': '{spelled({3})}'}}",
        f"{spelled({0, 5})} \\q",
        KEY.replace("/", "\\/"),
        *(f"Here: {quoted(spelled({3}), levels)}" for levels in (1, 2, 3)),
    ],
)
def test_a_spelling_in_what_is_no_json_is_no_way_through(said: str) -> None:
    shown = Redaction(SecretStr(KEY)).text(said)
    assert shown == "…"
    body: bytes = Redaction(SecretStr(KEY)).json(json.dumps({"content": said}).encode())
    assert json.loads(body) == {"content": "…"}
    assert "canary" not in Redaction(SecretStr(KEY)).json(said.encode()).decode()


def test_what_holds_no_key_stays_as_it_is_to_the_byte() -> None:
    data = (
        '{"a": 1.50, "a": ["caf\\u00e9 –\\u2028", "\\ud83d"], "c": NaN, "d": "{\\"e\\": \\"\\\\u2028 \\\\u0041\\"}"}'.encode()
    )
    assert Redaction(SecretStr(KEY)).json(data) == data
    assert Redaction(SecretStr(KEY)).json(b"\xff\x00 no JSON") == b"\xff\x00 no JSON"
    assert Redaction(SecretStr(KEY)).json(b"\xff" + KEY.encode() + b"\x00") == "\ufffd…".encode()
    assert Redaction(SecretStr(KEY)).text("tea\x1b[1m for two") == "tea\x1b[1m for two"


@pytest.mark.parametrize("levels", [400, 700, 960, 5_000])
def test_nothing_is_nested_too_deep_to_be_redacted(levels: int) -> None:
    data = b"[" * levels + json.dumps(f"{KEY[:4]}\x00{KEY[4:]}").encode() + b"]" * levels
    assert b"canary" not in Redaction(SecretStr(KEY)).json(data)


def test_lines_are_redacted_one_by_one_and_one_beyond_any_reply_is_left_out() -> None:
    lines = [b'{"a": "%b"}' % KEY.encode(), b"x" * 5_000_000, b'{"b": 2}', b"last " + spelled({2}).encode()]
    data = b"\n".join(lines)
    pieces = [data[place : place + 65_536] for place in range(0, len(data), 65_536)]
    kept = asyncio.run(joined(Redaction(SecretStr(KEY)), pieces)).split(b"\n")
    assert (kept[0], kept[2], kept[3]) == ('{"a": "…"}'.encode(), b'{"b": 2}', "…".encode())
    assert len(kept[1]) < 2_000_000


@pytest.mark.parametrize("hostile", ["s\x00", "\x1b]s", "\\u0073", KEY[:-1] + "\u200b", "\\", "sk-"])
def test_a_hostile_text_takes_linear_time(hostile: str) -> None:
    redaction = Redaction(SecretStr(KEY))

    def redact(size: int) -> None:
        text = (hostile * size)[:size]
        redaction.text(text)
        redaction.json(text.encode())

    assert takes_linear_time(redact, 1_000_000)


@pytest.mark.parametrize("key", [None, "", "x", "none", "ollama"])
def test_a_placeholder_is_no_secret(key: str | None) -> None:
    data = b'{"models": ["none", "ollama/x"]}'
    assert Redaction(SecretStr(key) if key is not None else None).json(data) == data
