"""Is a text English? Rules of evidence that know English words, and the embedded grader, have to know."""

import re
import unicodedata
from functools import lru_cache

from interviewer.grading.embedded.wordpiece import vocabulary
from interviewer.text.words import visible, word_list, words

_ENGLISH_WORDS = 0.1
"""Share of words that hold English sentences together from which on a text is English, whatever else is in it. Sentences have
three times as many, lists of English keywords may have none."""
_LATIN = 0.5
"""Share of Latin letters below which a text is not English; a formula may have Greek ones."""
_FOREIGN = 0.5
"""Share of a text's longer or foreign words that English lacks, from which on the text is not English."""
_WORD = re.compile(r"\b[^\W\d_][^\W\d_A-Z]*+\b")
"""Capitals only at the beginning: no name of a variable, no acronym."""
_LONG = 4
"""Letters. Of shorter words nearly every one is in the vocabulary."""
_OTHER_SCRIPT = re.compile(r"(?![ᴀ-῿])[^\W\d_\u0000-Ͽ]|[Ͱ-Ͽἀ-῿]{3}")
"""A letter of a script other than Latin, or three of the Greek ones: fewer may be the names of variables."""
_ACCENTED = re.compile("[ß-öø-ɏḁ-ỿ]")


@lru_cache(maxsize=2_048)
def is_english(text: str) -> bool:
    """Tell whether a text is English: also broken English, lists of terms, formulas, and what is too short to tell.

    Terms may be words that nobody has listed. So unknown words alone make no text foreign: one word has to be a frequent one of
    another language, or have a letter that English words do not have.
    """
    seen = visible(text)
    found, english = words(seen), word_list("english")
    if sum(word in english for word in found) >= _ENGLISH_WORDS * len(found):
        return True
    letters = [letter for letter in seen if letter.isalpha()]
    if sum(letter < "\u0250" for letter in letters) < _LATIN * len(letters):
        return False
    written = _WORD.findall(seen)
    foreign = {word.lower() for word in written if _is_foreign(word)}
    longer = {word.lower() for word in written if len(word) >= _LONG} - foreign
    unknown = longer - vocabulary().keys()
    return not foreign or len(foreign) + len(unknown) < _FOREIGN * len(foreign | longer)


@lru_cache(maxsize=2_048)
def is_partly_foreign(text: str) -> bool:
    """Tell whether a text is in another language, or in another script with English words between."""
    return _OTHER_SCRIPT.search(visible(text)) is not None or not is_english(text)


def _is_foreign(word: str) -> bool:
    if word.lower() in word_list("foreign"):
        return True
    # Names keep their letters in English ("Möbius"), and a few words do ("naïve").
    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    accented = len(word) > 1 and word[0].islower() and _ACCENTED.search(word) is not None
    return accented and not (len(plain) >= _LONG and plain in vocabulary())
