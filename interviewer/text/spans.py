"""A text cut into sentences, and long sentences into clauses: what evidence can point at. Takes linear time."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from interviewer.text.sentence_ends import STOP, goes_on
from interviewer.text.words import SPACELESS

LONGEST_SPAN = 30
"""Words. Longer sentences are cut at a clause, so that evidence stays a thing one can look at."""
_FEWEST_WORDS = 4
"""No cut leaves fewer on either side, unless there is no clause to cut at."""

_SIGN = SPACELESS.pattern[:-1]

# A run of blanks is looked at from its first one only: from each of them, a long run would take quadratic time. A hyphen
# between blanks ends nothing: it is as often a minus sign.
_SENTENCE_END = re.compile(rf"{STOP}|(?:(?<!\s)[^\S\n]++)?+[;；؛\n][\s;；؛]*+|(?<!\s)\s++[•▪–]\s++(?=\w)")
_ITEM = re.compile(r"(?P<begins>^|[.!?:;,(\n]\s{0,3})?(?<![^\s(])(?P<number>\d{1,2})\.$")
"""The number of an item of a list, and whether a list may begin there."""
_CLAUSE = re.compile(
    r"(?:,|(?<!\s))\s++(?=(?:and then|and|but|so|because|since|which|where|whereas|while|although|however|if|when|then|or|plus"
    r"|also)\b)|[,،]\s++|[，、：]"
    rf"|(?<={_SIGN})\s++"
)
_JOINS = (
    r"and|or|but|plus|versus|vs\.?|like|such as|und|oder|sowie|wie|y|o|et|ou|comme|como|e|och|og|dan|và|és|ve|veya|i|oraz|lub"
    r"|и|или|і|та|και|و|اور|और|या|এবং|및|또는"
)
"""Words between two phrases: conjunctions, and what stands before an example."""
_PHRASE_END = re.compile(
    rf"[,;:()\[\]،؛，、；：（）・ㆍ]\s*+(?:(?:{_JOINS})\s++)?+|(?<!\s)\s++(?:[–—]|{_JOINS})\s++"
    r"|(?<=[^\W\d_]\w)(?:\s*+[+/|]\s*+|\s++-\s++)(?=[^\W\d_]\w)"  # words; between numbers or letters it is a formula
    rf"|[和与及或]|(?<=[가-힣][가-힣])[와과]\s++|และ|หรือ|(?<!\s)\s++[وו](?=\w\w)|(?<={_SIGN})\s++(?={_SIGN})"
    r"|(?<=[ァ-ヿ一-鿿가-힣])[とや·](?=[ァ-ヿ一-鿿가-힣])"
)
_GAP = re.compile(r"(?<=\S)\s++|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]{4}|" + _SIGN + "{2}")
"""Where a word begins; where nothing tells words apart, as in `words`."""


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each span of a text begins and ends: a sentence, or a clause of a long one, that has a letter or a digit."""
    for start, end in sentences(text):
        for first, last in _clauses(text, start, end):
            piece = text[first:last].rstrip()
            if any(character.isalnum() for character in piece):
                yield first + len(piece) - len(piece.lstrip()), first + len(piece)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence or line of a text begins and ends."""
    start, item = 0, 0
    for match in _SENTENCE_END.finditer(text):
        end, before = match.start(), max(0, match.start() - 8)
        if "\n" not in match[0]:
            listed = _ITEM.search(text, before, end)
            if listed and int(listed["number"]) == item + 1 and (item or listed["begins"] is not None):
                item += 1
                yield start, listed.start("number")
                start = listed.start("number")
                continue
            if goes_on(text, match):
                continue
        yield start, end
        start = match.end()
    yield start, len(text)


def phrases(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where each phrase of a span begins and ends: what stands between commas, brackets and conjunctions."""
    for match in _PHRASE_END.finditer(text, start, end):
        if start < match.start():
            yield start, match.start()
        start = match.end()
    if start < end:
        yield start, end


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
