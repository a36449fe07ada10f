"""Fillers: sounds and phrases that say nothing. Counted as delivery, and taken out before anything is graded."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache

from interviewer.resources import resource


def fillers(text: str) -> tuple[tuple[int, int], ...]:
    """Return where the fillers of a text are, in characters: start, end."""
    return tuple(match.span(match.lastgroup or 0) for match in _pattern().finditer(text))


def without_fillers(text: str) -> tuple[str, Sequence[int]]:
    """Return a text without its fillers and their commas, and for each character where it stood."""
    if not _pattern().search(text):
        return text, range(len(text))
    kept = [place for start, end in _between(text) for place in range(start, end)]
    return "".join(text[place] for place in kept), kept


def _between(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _pattern().finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    raw = tomllib.loads(resource("data", "delivery.toml").read_text(encoding="utf-8"))
    sound = "|".join(f"[{word[0]}{word[0].upper()}]{word[1:]}" for word in str(raw["sounds"]).split())
    phrase = "|".join(phrase.replace(" ", r"[ \t]+") for phrase in raw["set_off"])
    pause = r"[ \t]*(?:,|…|\.{2,})"
    # The blanks and commas of a filler go with it; a comma before it only where there is one behind it as well.
    return re.compile(
        rf",[ \t]*\b(?P<enclosed>{sound})\b{pause}"
        rf"|[ \t]*\b(?<![’'-])(?P<sound>{sound})\b(?![’'-])(?:{pause})?"
        rf"|(?:^|(?<=[.!?;:…\n]))[ \t]*\b(?P<opening>(?i:{phrase}))\b{pause}"
        rf"|,[ \t]*\b(?P<aside>(?i:{phrase}))\b(?:{pause}|(?=[ \t]*(?:[.!?;\n]|$)))",
    )
