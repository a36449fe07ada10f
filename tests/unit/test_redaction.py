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


@pytest.mark.parametrize("key", [None, "", "x", "none", "ollama"])
def test_a_placeholder_is_no_secret(key: str | None) -> None:
    data = b'{"models": ["none", "ollama/x"]}'
    assert Redaction(SecretStr(key) if key is not None else None).json(data) == data
