"""Text from outside is text when it comes in."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.text.clean import clean, clean_line

hostile = st.text(st.characters() | st.sampled_from("\x1b\x9b[]0m;\x07\\\u202e\x9d\r"), max_size=300)


@given(hostile)
def test_nothing_that_steers_a_terminal_survives(text: str) -> None:
    cleaned = clean(text)
    assert not [c for c in cleaned if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"]
    assert not set(cleaned) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
    cleaned.encode()


@given(hostile)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs", "S", "Mn"])))
def test_ordinary_text_in_any_language_is_untouched(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;ZXZpbA==\x07text", "text"),
        ("a\x9b2Jb", "ab"),
        ("\x1b\x1b[31m[31mx", "[31mx"),
        ("line\r\nend\rof", "line\nend\nof"),
        ("lone \ud800 half", "lone \ufffd half"),
    ],
)
def test_known_attacks(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


def test_a_line_is_one_line_and_not_endless() -> None:
    assert clean_line("two\nlines") == "two lines"
    assert len(clean_line("x" * 10_000)) == 300
