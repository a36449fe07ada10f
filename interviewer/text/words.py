"""The words of a text: their stems, the lists in data/words.toml, fillers, and a form that shows hidden words."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from interviewer.resources import load_toml

SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
"""Scripts without blanks between words: Thai, Lao, Burmese, Khmer, Kana, Han."""
_LONGEST_WORD = 100
"""Characters. A longer one is no English word and stays as it is: the stemmer's time grows with the square of the length."""
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Signs that cannot be seen: Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt, and the blank of Braille."""
_SUPERSCRIPTS = re.compile("[²³¹⁰ⁱ⁴-ⁿ]+")
_LOOKALIKES = str.maketrans(
    "асԁеһіјӏорԛѕԝхуАВЕЅІЈКМНОРСТХУΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",  # Cyrillic and Greek letters that look like Latin ones
    "acdehijlopqswxyABESIJKMHOPCTXYABEZHIKMNOPTYXo",
)


@lru_cache
def word_list(name: str) -> frozenset[str]:
    """Return a list of data/words.toml, say `stopwords` or `negations`."""
    return frozenset(load_toml("words.toml")[name].split())


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the stem of an English word (Snowball)."""
    if len(word) > _LONGEST_WORD:
        return word
    import snowballstemmer

    # One stemmer for each call: it keeps the word at hand inside itself, so that two threads cannot share one.
    return str(snowballstemmer.stemmer("english").stemWord(word))


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, without apostrophes."""
    return [word.replace("'", "").replace("’", "") for word in _word().findall(text.lower())]


@lru_cache(maxsize=1)
def _word() -> re.Pattern[str]:
    """Return the pattern of a word: compiled when it is needed, since that takes 3 ms."""
    # Between blanks, with the accents and vowel signs that Unicode does not count as letters. Without blanks, four signs of an
    # alphabet or two of Kana and Han count as a word: their usual lengths.
    letters = f"(?:[^\\W_{SPACELESS.pattern[1:-2]}]++|[\u0300-\u036f\u0900-\u0dff]++)++"
    return re.compile(
        f"{letters}(?:[’']{letters})*+|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]{{1,4}}|{SPACELESS.pattern[:-1]}{{1,2}}"
    )


def word_count(text: str) -> int:
    """Return the number of words, as a person would count them."""
    return len(words(text))


def plural(count: int, noun: str) -> str:
    """Return a count with its noun: "1 word", "2 words"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    """Return a time in words, in the largest unit with a value of at least 2: "90 seconds", "2 hours"."""
    seconds = round(seconds)
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return plural(round(seconds / size), unit)
    return plural(seconds, "second")


@lru_cache(maxsize=2_048)
def content(text: str) -> tuple[str, ...]:
    """Return the stems of the words that carry meaning, in order, repetitions included.

    Where nothing tells words apart, every two neighbouring signs stand for one; they come last.
    """
    stopwords = word_list("stopwords")
    kept = [word for word in words(SPACELESS.sub(" ", text)) if word not in stopwords and (len(word) > 1 or word.isdigit())]
    # A number is its own stem. There are too many to remember, and Snowball takes long to find it out.
    return (*(word if word.isdecimal() else stem(word) for word in kept), *_sign_pairs(text))


def _sign_pairs(text: str) -> Iterator[str]:
    """Yield every two neighbouring signs of scripts without blanks; one that stands alone by itself."""
    return (run[at : at + 2] for run in SPACELESS.findall(text) for at in range(max(1, len(run) - 1)))


def terms(text: str) -> tuple[str, ...]:
    """Return the terms that tell statements apart: stems of words, negations too, and pairs of signs of `SPACELESS`."""
    skipped = word_list("stopwords") - word_list("negations")
    return (*(stem(word) for word in words(SPACELESS.sub(" ", text)) if word not in skipped), *_sign_pairs(text))


def substance(text: str, question: str) -> set[str]:
    """Return the stems that say something of their own: neither generic talk nor a repetition of the question."""
    return set(content(text)) - _generic_stems() - set(content(question))


@lru_cache(maxsize=1)
def _generic_stems() -> frozenset[str]:
    return frozenset(stem(word) for word in word_list("generic"))


def visible(text: str) -> str:
    """Return a text as its reader sees it, in plain letters, so that a search finds what a reader would.

    Signs that cannot be seen go, compatibility forms become plain characters (Unicode NFKC; a superscript keeps a ^), and
    so do Cyrillic and Greek letters that stand for Latin ones inside a Latin word.
    """
    if text.isascii():
        return text
    plain = _SUPERSCRIPTS.sub(r"^\g<0>", _IGNORABLE.sub("", text).replace("´", "'"))
    return re.sub(r"\w+", _latin, unicodedata.normalize("NFKC", plain))


def _latin(word: re.Match[str]) -> str:
    mixed = not word[0].isascii() and any(letter.isascii() and letter.isalpha() for letter in word[0])
    return word[0].translate(_LOOKALIKES) if mixed else word[0]


def fillers(text: str) -> tuple[tuple[int, int], ...]:
    """Return where the fillers of a text are, in characters: start, end."""
    return tuple(match.span(match.lastgroup or 0) for match in _filler().finditer(text))


def without_fillers(text: str) -> tuple[str, Sequence[int]]:
    """Return a text without its fillers and their commas, and for each character that is left its offset in the text."""
    kept: list[int] = []
    start = 0
    for match in _filler().finditer(text):
        kept += range(start, match.start())
        start = match.end()
    if not start:
        return text, range(len(text))
    kept += range(start, len(text))
    return "".join(text[place] for place in kept), kept


@lru_cache(maxsize=1)
def _filler() -> re.Pattern[str]:
    lists = load_toml("delivery.toml")
    sound = "|".join(f"[{word[0]}{word[0].upper()}]{word[1:]}" for word in str(lists["sounds"]).split())
    phrase = "|".join(phrase.replace(" ", r"[ \t]+") for phrase in lists["set_off"])
    pause = r"[ \t]*(?:,|…|\.{2,})"
    # The blanks and commas of a filler go with it; a comma before it only where there is one behind it as well. A match
    # begins at the first of several blanks or not at all: from each of them, a long run would take quadratic time.
    return re.compile(
        rf",[ \t]*\b(?P<enclosed>{sound})\b{pause}"
        rf"|(?<![ \t])[ \t]*\b(?<![’'-])(?P<sound>{sound})\b(?![’'-])(?:{pause})?"
        rf"|(?:^|(?<=[.!?;:…\n]))[ \t]*\b(?P<opening>(?i:{phrase}))\b{pause}"
        rf"|,[ \t]*\b(?P<aside>(?i:{phrase}))\b(?:{pause}|(?=[ \t]*(?:[.!?;\n]|$)))",
    )
