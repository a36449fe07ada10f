"""Words to the grader: what an answer says about its own grading instead of the subject. data/injections.toml has them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from interviewer.resources import load_toml
from interviewer.text.words import visible

REASON = "the words talk about the grading, not the subject"
"""Why words to the grader are no evidence, and are left out of what a grader is shown."""
_NOUNS = ("rules", "rubric", "marks", "points", "grader", "whole")
"""Each rule has one of these groups of words, and one of the others."""
_BEGINNING = 4
"""Letters of a word by which a language is ruled out quickly: few texts in another one have words that begin as both do."""
_QUOTED = re.compile(r"[\"“„«‹「『《](?:[^\"“”„«»‹›「」『』《》]{8,})(?:[\"”“»›」』》]|$)")
"""A quotation of more than a word or two, to the end of the text where it is not closed: a sentence may end inside of one."""


@lru_cache(maxsize=2_048)
def is_injection(text: str) -> bool:
    """Tell whether a text addresses the grader instead of the question. Takes linear time.

    Accents and signs that cannot be seen hide no word: it is the `visible` text that counts, which is also what an LLM gets.
    What somebody quotes who tells of prompts or attacks is not addressed to the grader.
    """
    shown = " ".join(_plain(visible(text).lower()).replace("’", "'").split())
    if _is_addressed_in_english(shown):
        return True
    seen = {word[:_BEGINNING] for word in re.findall(r"\w+", shown)} | (set() if shown.isascii() else set(shown))
    return any(language.is_addressed(shown) for language in _languages() if language.may_be_that_of(seen))


def _without_quotations(text: str, *tellings: re.Pattern[str]) -> str:
    """Return a text without what it quotes, if the rest has words of somebody who tells of prompts or attacks."""
    own = _QUOTED.sub(" ", text)
    return own if own != text and any(telling.search(own) for telling in tellings) else text


def _is_addressed_in_english(text: str) -> bool:
    patterns = _patterns()
    said = _without_quotations(text, patterns["about"])
    return bool(patterns["always"].search(said)) or any(
        patterns[f"unless_{excuse}"].search(said) and not patterns[excuse].search(said) for excuse in ("doubt", "about")
    )


def _plain(text: str) -> str:
    """Return a text without accents, and without the Turkish dotless i, whose capital is that of i."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.replace("ı", "i"))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


@lru_cache(maxsize=1)
def injections() -> dict[str, Any]:
    """Return the content of data/injections.toml."""
    return load_toml("injections.toml")


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(_with_parts(one)) for name, one in injections()["english"].items()}


def _with_parts(patterns: str | list[str]) -> str:
    """Return one pattern for all, in which each @name@ is replaced by the part with that name.

    How several of them begin is looked for once, which takes half the time.
    """
    rests: dict[str, list[str]] = {}
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        beginning = re.match(r"\\b|@[a-z]+@|", pattern)
        start = beginning[0] if beginning else ""
        rests.setdefault(start, []).append(f"(?:{pattern.removeprefix(start)})")
    whole = "|".join(f"{start}(?:{'|'.join(same)})" for start, same in rests.items())
    for _ in range(2):  # a part may have parts of its own
        whole = re.sub("@([a-z]+)@", lambda match: str(injections()["parts"][match[1]]), whole)
    return _plain(whole)


@lru_cache(maxsize=1)
def _languages() -> tuple["_Language", ...]:
    return tuple(_Language(words) for words in injections()["languages"].values())


class _Language:
    """The words of one language. They are compiled when a text first needs them."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        self._inside = words.get("inside", False)
        self._dense = words.get("dense", False)
        self._groups = {name: _plain(group.lower()) for name, group in words.items() if isinstance(group, str)}
        self._nouns = self._beginnings(name for name in self._groups if name in _NOUNS)
        self._others = self._beginnings(name for name in self._groups if name not in _NOUNS)
        self._compiled: dict[str, re.Pattern[str]] = {}

    def _beginnings(self, groups: Iterable[str]) -> frozenset[str]:
        phrases = ",".join(self._groups[name] for name in groups)
        if self._inside:
            return frozenset(sign for sign in phrases if not sign.isascii())
        return frozenset(max(re.findall(r"\w+", phrase), key=len, default="")[:_BEGINNING] for phrase in phrases.split(","))

    def may_be_that_of(self, seen: set[str]) -> bool:
        """Tell whether a text may be words to the grader, by the beginnings of its words and its signs."""
        nouns, others = self._nouns & seen, self._others & seen
        return bool(nouns and others and len(nouns | others) > 1)

    def is_addressed(self, text: str) -> bool:
        """Tell whether a folded text is words to the grader in this language."""
        said = _without_quotations(text, _patterns()["about"], self._pattern("about"), self._pattern("prompt"))
        places = lru_cache(lambda name: [match.start() for match in self._pattern(name).finditer(said)])
        return any(
            all(map(places, rule["groups"]))
            and _are_near([places(name) for name in rule["groups"]], rule["within"] // (1 + self._dense))
            and not any(map(places, rule["unless"]))
            for rule in injections()["rules"]
        )

    def _pattern(self, name: str) -> re.Pattern[str]:
        if name not in self._compiled:
            words = [re.escape(word.lstrip() if self._inside else word.strip()) for word in self._groups[name].split(",")]
            either = "|".join(words).replace(r"\*", r"\w*").replace(r"\ ", r"\s+")
            self._compiled[name] = re.compile(either if self._inside else rf"(?<!\w)(?:{either})(?!\w)")
        return self._compiled[name]


def _are_near(groups: list[list[int]], within: int) -> bool:
    """Tell whether some stretch of `within` characters has a place of each group."""
    events = sorted((place, number) for number, group in enumerate(groups) for place in group)
    inside: Counter[int] = Counter()
    first = 0
    for place, number in events:
        inside[number] += 1
        while place - events[first][0] > within:
            inside[events[first][1]] -= 1
            first += 1
        if all(inside[each] for each in range(len(groups))):
            return True
    return False
