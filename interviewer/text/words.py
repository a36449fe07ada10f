"""What a text is about: the stems of its content words."""

import re
import threading
import tomllib
from functools import lru_cache
from typing import Any

from interviewer.resources import resource

_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)*")
_own = threading.local()


@lru_cache(maxsize=1)
def _lists() -> dict[str, frozenset[str]]:
    raw = tomllib.loads(resource("data", "words.toml").read_text(encoding="utf-8"))
    return {name: frozenset(str(text).split()) for name, text in raw.items() if isinstance(text, str)}


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the stem of an English word (Snowball)."""
    return str(_stemmer().stemWord(word))


def _stemmer() -> Any:
    """Return this thread's stemmer: it keeps the word at hand inside itself, so that two threads cannot share one."""
    if not hasattr(_own, "stemmer"):
        import snowballstemmer

        _own.stemmer = snowballstemmer.stemmer("english")
    return _own.stemmer


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, without apostrophes."""
    return [word.replace("'", "").replace("’", "") for word in _WORD.findall(text.lower())]


def stopwords() -> frozenset[str]:
    """Return the words that carry no meaning of their own."""
    return _lists()["stopwords"]


def function_words() -> frozenset[str]:
    """Return the words that hold sentences together, which lists of keywords do without."""
    return _lists()["function_words"]


def negations() -> frozenset[str]:
    """Return the words that turn a statement into its opposite."""
    return _lists()["negations"]


@lru_cache(maxsize=2_048)
def content(text: str) -> tuple[str, ...]:
    """Return the stems of the words that carry meaning, in order, repetitions included."""
    kept = [word for word in words(text) if word not in stopwords() and (len(word) > 1 or word.isdigit())]
    # A number is its own stem. There are too many to remember, and Snowball takes long to find it out.
    return tuple(word if word.isdecimal() else stem(word) for word in kept)


def substance(text: str, question: str) -> set[str]:
    """Return the stems that say something of their own: neither generic talk nor a repetition of the question."""
    return set(content(text)) - _generic_stems() - set(content(question))


@lru_cache(maxsize=1)
def _generic_stems() -> frozenset[str]:
    return frozenset(stem(word) for word in _lists()["generic"])
