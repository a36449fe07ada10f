"""A text cut into sentences, and long sentences into clauses: what evidence can point at."""

import re
from collections.abc import Iterator

from interviewer.text.words import words

LONGEST_SPAN = 30
"""Words. Longer sentences are cut at a clause, so that evidence stays a thing one can look at."""

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=\S)|\s*[;\n]+\s*|\s+[•▪–-]\s+(?=\w)")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|approx|fig|eq|no|dr|mr|ms)|\b[A-Za-z])\.$", re.IGNORECASE)
_CLAUSE = re.compile(
    r",?\s+(?=(?:and then|and|but|so|because|since|which|where|whereas|while|although|however|if|when|then|or|plus|also)\b)"
    r"|,\s+"
)


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each span of a text begins and ends: a sentence, or a clause of a long one, that has a letter or a digit."""
    for start, end in sentences(text):
        for first, last in _clauses(text, start, end):
            piece = text[first:last]
            stripped = piece.strip()
            if any(character.isalnum() for character in stripped):
                offset = first + piece.index(stripped)
                yield offset, offset + len(stripped)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence or line of a text begins and ends."""
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if "\n" not in match[0] and _ABBREVIATION.search(text, max(0, match.start() - 8), match.start()):
            continue
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a long sentence at the clause boundary nearest to its middle, again and again; between words if there is none."""
    if len(re.findall(r"\S+", text[start:end])) <= LONGEST_SPAN:
        yield start, end
        return
    gaps = [start + match.end() for match in re.finditer(r"\S+\s+", text[start:end])]
    middle = gaps[len(gaps) // 2]
    edges = [match.end() for match in _CLAUSE.finditer(text, start, end) if gaps[3] < match.end() < gaps[-4]]
    cut = min(edges, key=lambda edge: abs(edge - middle), default=middle)
    yield from _clauses(text, start, cut)
    yield from _clauses(text, cut, end)


def word_count(text: str) -> int:
    """Return the number of words, as a person would count them."""
    return len(words(text))
