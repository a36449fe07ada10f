"""Which questions ask the same thing: in the same words, or nearly."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from interviewer.resources import load_toml

_ALIKE = 0.6
_COMMON = 40
"""A word in more questions than this says little, and comparing all of them would take quadratic time."""
_STEM = 6
"""Letters of a word that count, so that 'differs' and 'difference' are one."""


def wording(text: str) -> str:
    """Return the letters and digits of a question: the same for two that differ in case, spaces or punctuation only."""
    return "".join(re.findall(r"\w+", text.casefold()))


def similarity(one: str, other: str) -> float:
    """Return the share of content words that two questions have in common, 0 to 1."""
    return _overlap(_content(one), _content(other))


def near_duplicates(questions: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the positions of questions that nearly repeat an earlier one: the later first, then the earlier."""
    contents = [_content(question) for question in questions]
    frequency = Counter(word for content in contents for word in content)
    holders: dict[str, list[int]] = defaultdict(list)
    for position, content in enumerate(contents):
        telling = [word for word in content if frequency[word] <= _COMMON]
        for earlier in sorted({holder for word in telling for holder in holders[word]}):
            if _overlap(content, contents[earlier]) >= _ALIKE:
                yield position, earlier
                break
        for word in telling:
            holders[word].append(position)


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def _content(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in re.findall(r"\w+", text.casefold()) if word not in _empty_words())


@lru_cache(maxsize=1)
def _empty_words() -> frozenset[str]:
    lists = load_toml("words.toml")
    return frozenset(f"{lists['stopwords']} {lists['generic']}".split())
