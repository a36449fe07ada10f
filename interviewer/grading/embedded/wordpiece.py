"""WordPiece tokens of BERT models, lower case (Devlin et al., 2019).

The `tokenizers` package does the same, but brings a hub client and eight more packages for it; the tests compare the two.
"""

import re
import string
import unicodedata
from functools import lru_cache

from interviewer.grading.embedded import model_file

CLS, SEP, UNKNOWN = 101, 102, 100
_LONGEST_WORD = 100
_PLAIN = re.compile(r"[a-z0-9]+|[^a-z0-9 ]")


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, int]:
    """Return the token ids; frequent tokens have low ones."""
    lines = model_file("vocab.txt").read_text(encoding="utf-8").split("\n")
    return {token: number for number, token in enumerate(lines) if token}


def token_ids(text: str, longest: int) -> list[int]:
    """Return the ids of a text between its two markers, `longest` at most."""
    ids = [CLS]
    for word in _words(text):
        ids.extend(pieces(word))
        if len(ids) >= longest:
            break
    return [*ids[: longest - 1], SEP]


def _words(text: str) -> list[str]:
    if text.isascii() and text.isprintable():  # the same result as below, ten times as fast
        return _PLAIN.findall(text.lower())
    spaced: list[str] = []
    for character in text:
        category = unicodedata.category(character)
        if character in "\t\n\r" or category == "Zs":
            spaced.append(" ")
        elif character in "\0\ufffd" or category.startswith("C"):
            continue
        elif _is_cjk(ord(character)):
            spaced.append(f" {character} ")
        else:
            spaced.append(character)
    folded = unicodedata.normalize("NFD", "".join(spaced))
    plain = "".join(character for character in folded if unicodedata.category(character) != "Mn").lower()
    return "".join(f" {c} " if _is_punctuation(c) else c for c in plain).split()


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")


def _is_cjk(code: int) -> bool:
    return 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0x20000 <= code <= 0x2CEAF or 0xF900 <= code <= 0xFAFF


@lru_cache(maxsize=50_000)
def pieces(word: str) -> tuple[int, ...]:
    """Return the longest known pieces of a word from left to right, or the unknown token."""
    if len(word) > _LONGEST_WORD:
        return (UNKNOWN,)
    known = vocabulary()
    pieces: list[int] = []
    start = 0
    while start < len(word):
        for end in range(len(word), start, -1):
            number = known.get(("##" if start else "") + word[start:end])
            if number is not None:
                pieces.append(number)
                start = end
                break
        else:
            return (UNKNOWN,)
    return tuple(pieces)
