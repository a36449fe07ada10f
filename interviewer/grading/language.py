"""Is a text English? Rules of evidence that know English words, and the embedded grader, have to know."""

import re
from functools import lru_cache

from interviewer.grading.embedded.wordpiece import vocabulary
from interviewer.text.words import word_list, words

_ENGLISH_WORDS = 0.1
"""Share of words that hold English sentences together from which on a text is English, whatever else is in it. Sentences have
three times as many, lists of English keywords may have none."""
_LATIN = 0.5
"""Share of Latin letters below which a text is not English; a formula may have Greek ones."""
_UNKNOWN = 0.6
"""Share of a text's longer words that are none of the English words that the embedded model knows, from which on it is not
English. Texts in 14 other languages in Latin letters had 0.68 or more. Of 7,102 English answers to technical questions (mohler,
beetle, our own) only letters typed at random reached it with four longer words, and none with five."""
_FOREIGN = 2
"""Words of the list `foreign` that make a text no list of terms, however short it is."""
_LONG_WORD = re.compile(r"\b[^\W\d_][^\W\d_A-Z]{3,}+\b")
"""Four letters or more, capitals only at its beginning: no name of a variable, no acronym."""


@lru_cache(maxsize=2_048)
def is_english(text: str, fewest: int = 4) -> bool:
    """Tell whether a text is English: also broken English, lists of terms, formulas, and what is too short to tell.

    A text in Latin letters is too short if it has fewer than `fewest` different longer words, and less than `_FOREIGN` words
    that hold sentences of another language together.
    """
    found, english = words(text), word_list("english")
    if sum(word in english for word in found) >= _ENGLISH_WORDS * len(found):
        return True
    letters = [letter for letter in text if letter.isalpha()]
    if sum(letter < "\u0250" for letter in letters) < _LATIN * len(letters):
        return False
    long = {word.lower() for word in _LONG_WORD.findall(text)}
    too_short = len(long) < fewest and sum(word in word_list("foreign") for word in found) < _FOREIGN
    return too_short or len(long - vocabulary().keys()) < _UNKNOWN * max(1, len(long))
