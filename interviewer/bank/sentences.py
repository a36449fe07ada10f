"""The sentences of a reference answer, and the items that a sentence lists."""

import re
from collections.abc import Iterator
from itertools import pairwise

from interviewer.text.sentence_ends import STOP, goes_on
from interviewer.text.words import SPACELESS, word_count

ASKS = ("?", "？", "؟")
STOPS = (*ASKS, *".!…।۔。！｡")
_ALONE = 1.3
"""Words. A shorter sentence belongs to the one before it: "Yes"; two signs of Chinese are a sentence."""
_POINTS_BACK = re.compile(r"(?:it|this|that|they|these|those|es|das|dies)\s\S+$", re.IGNORECASE)
"""Two words that only tell something with the sentence before them."""

_END = re.compile(rf"{STOP}|(?<!\s)\s*+[•▪●]\s*+")
_BRACKETS = re.compile(r"\([^()\n]{3,400}\)|\[[^\[\]\n]{3,400}\]|（[^（）\n]{3,400}）")

_MARK = re.compile(
    r"(?<![A-Za-z0-9_$-])(?<!\d[.,])(?:[(（](?P<around>\d{1,2}|[a-z]|[ivx]{1,4})[)）]|(?P<behind>\d{1,2}|[a-z])[)）]"
    r"|(?P<dot>\d{1,2})(?:\.(?=\s|[^\W\d])|[、．])|(?P<circle>[①-⑩]))\s*+"
)
_SERIES = [[str(number) for number in range(1, 30)], [*"abcdefghij"], ["i", "ii", "iii", "iv", "v", "vi"], [*"①②③④⑤⑥⑦⑧⑨⑩"]]
_AND = r"(?:and|or|und|oder|y|o|et|ou|e|и|или|以及|和|及)"
_JOINT = re.compile(rf"(?:[\s,;，；、]++{_AND}?)?[\s,;，；、]*$|^{_AND}\s", re.IGNORECASE)
"""What stands between two items."""
_FEWEST_ITEMS = 3
"""Semicolons after a colon divide at least so many."""
_ESSAY = 10
"""A paragraph with more sentences tells more than key points can hold already, so that none is divided."""


def size(text: str) -> float:
    """Return the approximate number of words of a text; a word of Chinese has one or two signs."""
    return word_count(SPACELESS.sub(" ", text)) + sum(map(len, SPACELESS.findall(text))) / 1.5


def sentences(text: str) -> list[str]:
    """Return the sentences of a line; a word alone with the one before it, or after it if it is the first."""
    found: list[list[str]] = []
    last = 0.0
    for sentence in filter(None, _cut(text)):
        more = size(sentence)
        little = more < _ALONE or _POINTS_BACK.match(sentence.rstrip("".join(STOPS))) is not None
        short = little and not sentence.endswith((":", "："))
        asked = bool(found) and found[-1][-1].endswith(ASKS)
        if found and not sentence.endswith(ASKS) and (short or (last < _ALONE and not asked)):
            found[-1].append(sentence)
            last += more
        else:
            found.append([sentence])
            last = more
    return [("" if SPACELESS.match(parts[0]) else " ").join(parts) for parts in found] or [text]


def listed(text: str) -> Iterator[tuple[str, bool]]:
    """Yield a line in parts, each with whether it is an item of a list inside the line: "two aspects: (1) …, and (2) …"."""
    marks = _marks(text)
    if not marks:
        yield from _divided(text)
        return
    if lead := text[: marks[0].start()].strip():
        yield from _divided(lead)
    for mark, following in pairwise(marks):
        yield _JOINT.sub("", text[mark.end() : following.start()]), True
    item, *others = _cut(text[marks[-1].end() :])
    yield _JOINT.sub("", item), True
    if rest := " ".join(filter(None, others)):
        yield from _divided(rest)


def _marks(text: str) -> list[re.Match[str]]:
    """Return the marks of a list inside a line, 1) 2) 3), that begins the line, a sentence or what follows a colon."""
    found: list[re.Match[str]] = []
    series: list[str] = []
    for mark in _MARK.finditer(text):
        label, before = mark[mark.lastgroup or 0], text[max(0, mark.start() - 3) : mark.start()].rstrip()
        if not found:
            series = next((labels for labels in _SERIES if labels[0] == label), [])
            begins = not before or before.endswith((*STOPS, ":", "：", "—", "–"))
            found += [mark] if series and begins else []
        elif mark.lastgroup == found[0].lastgroup and series[len(found) : len(found) + 1] == [label]:
            apart = mark.lastgroup != "dot" or not before[-1:].isalnum() or SPACELESS.match(before[-1])
            found += [mark] if apart and re.search(r"\w{2}|" + SPACELESS.pattern, text[found[-1].end() : mark.start()]) else []
    return found if len(found) > 1 and re.search(r"\w", text[found[-1].end() :]) else []


def _divided(text: str) -> Iterator[tuple[str, bool]]:
    """Yield a text in parts, each with whether it is one of three items or more between the semicolons after a colon."""
    parts = _cut(text) if text.count(";") + text.count("；") >= _FEWEST_ITEMS - 1 else []
    if not 0 < len(parts) <= _ESSAY:
        yield text, False
        return
    for sentence in parts:
        hidden = _hidden(sentence)
        colon = re.search(r"[:：](?!\S)|：", hidden)
        start = colon.end() if colon else 0
        ends = [start, *(found.end() for found in re.finditer(r"[;；]\s*", hidden) if found.start() > start), len(sentence)]
        items = [_JOINT.sub("", sentence[one:other].strip()) for one, other in pairwise(ends)]
        items = [item for item in items if re.search(r"\w", item)]
        if colon and len(items) >= _FEWEST_ITEMS:
            yield sentence[:start], False
            yield from ((item, True) for item in items)
        elif sentence:
            yield sentence, False


def _cut(text: str) -> list[str]:
    found: list[str] = []
    start = 0
    hidden = _hidden(text)
    for match in _END.finditer(hidden):
        # References are written with capitals; many answers are typed without, so that `spans` cuts them in lower case as well.
        if not (hidden[match.end() : match.end() + 1].islower() or goes_on(hidden, match)):
            found.append(text[start : match.end()].strip())
            start = match.end()
    return [*found, text[start:].strip()]


def _hidden(text: str) -> str:
    """Return a text of the same length that hides what stands in brackets: no sentence ends there."""
    return _BRACKETS.sub(_masked, text)


def _masked(brackets: re.Match[str]) -> str:
    inside = brackets[0]
    stop = "x" if inside[0] == "（" else inside[-2]  # a sentence may end behind brackets that hold another, but not in Chinese
    return f"{inside[0]}{'x' * (len(inside) - 3)}{stop}{inside[-1]}"
