"""A text cut into sentences, and long sentences into clauses: what evidence can point at. Takes linear time."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

LONGEST_SPAN = 30
"""Words. Longer sentences are cut at a clause, so that evidence stays a thing one can look at."""
_FEWEST_WORDS = 4
"""No cut leaves fewer on either side, unless there is no clause to cut at."""

# A run of blanks is looked at from its first one only: from each of them, a long run would take quadratic time.
# Chinese and Japanese put no blank between sentences.
_SENTENCE_END = re.compile(
    r"(?<=[.!?…])[\"'”’)\]]*+\s++(?=\S)|(?<=[。！？｡।؟])[\"'”’）」』)\]]*+\s*+(?=\S)"
    r"|(?:(?<!\s)[^\S\n]++)?+[;\n][\s;]*+|(?<!\s)\s++[•▪–-]\s++(?=\w)"
)
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|approx|fig|eq|no|dr|mr|ms)|\b[A-Za-z])\.$", re.IGNORECASE)
_CLAUSE = re.compile(
    r"(?:,|(?<!\s))\s++(?=(?:and then|and|but|so|because|since|which|where|whereas|while|although|however|if|when|then|or|plus"
    r"|also)\b)|,\s++"
)
_GAP = re.compile(r"(?<=\S)\s++")


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each span of a text begins and ends: a sentence, or a clause of a long one, that has a letter or a digit."""
    for start, end in sentences(text):
        for first, last in _clauses(text, start, end):
            piece = text[first:last].rstrip()
            if any(character.isalnum() for character in piece):
                yield first + len(piece) - len(piece.lstrip()), first + len(piece)


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
    gaps = [match.end() for match in _GAP.finditer(text, start, end)]
    edges = [match.end() for match in _CLAUSE.finditer(text, start, end)] if len(gaps) >= LONGEST_SPAN else []
    pieces = [(start, end)]
    while pieces:
        start, end = pieces.pop()
        first, last = bisect_right(gaps, start), bisect_right(gaps, end)
        words = last - first + (first == last or gaps[last - 1] < end)
        if words <= LONGEST_SPAN:
            yield start, end
            continue
        middle = gaps[(first + last) // 2]
        inner = edges[bisect_right(edges, gaps[first + _FEWEST_WORDS - 1]) : bisect_left(edges, gaps[last - _FEWEST_WORDS])]
        cut = min(inner, key=lambda edge: abs(edge - middle), default=middle)
        pieces += (cut, end), (start, cut)
