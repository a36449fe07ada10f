"""Which spans of an answer state something: questions, hearsay, announcements and what is taken back are no evidence."""

import re
from collections import Counter
from functools import lru_cache

from interviewer.models import Answer
from interviewer.resources import load_toml
from interviewer.text.words import content, word_list, words

_HEAD = re.compile(r"[^:]{0,25}:")
"""What makes of such words an announcement of all that comes after: if they state nothing, neither does the rest."""
_GOES_ON = re.compile(r"(?:and|or|nor|that|whether|if)\b")
"""How a span begins that goes on with the sentence before: it states nothing if that one states nothing."""
_WORDS_APART = {1: 18, 2: 19, 3: 22, 4: 24}
"""Words of a form, and how many words of an answer there are to each time it comes, at most."""
_TIMES = 4
"""One word has to come once more."""


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    """Return the patterns of data/words.toml by the name of their list."""
    lists = load_toml("words.toml")
    joined = {name: "|".join(f"(?:{pattern})" for pattern in lists[name]) for name in ("no_statement", "denials")}
    joined |= {name: lists[name] for name in ("retractions", "none_of_it", "disclaimers", "corrections")}
    return {name: re.compile(pattern, re.IGNORECASE) for name, pattern in joined.items()}


def stated(answer: Answer) -> set[int]:
    """Return the numbers of the spans of an answer that state something.

    A denial states something as well, but what it denies may be true or false, and neither a matcher nor the judge can tell.
    Of 2,877 quotes that state a point in the project's labelled answers, this takes away six.
    """
    known = _patterns()
    found: set[int] = set()
    before = ""
    is_denied = bool(known["disclaimers"].search(answer.text))
    for span in answer.spans:
        if is_denied:
            is_denied = not known["corrections"].search(span.text)
            if not is_denied:
                found.add(span.number)
            continue
        denied = known["denials"].search(span.text)
        nothing = known["no_statement"].search(span.text) or known["none_of_it"].search(span.text)
        if (sign := denied or nothing) and (_HEAD.match(span.text, sign.end()) or "the following" in span.text.lower()):
            is_denied = True
        elif known["none_of_it"].search(span.text):
            found.clear()
        elif known["retractions"].search(span.text):
            found.discard(span.number - 1)
        elif not nothing and not denied and not (before and _GOES_ON.match(span.text) and before[-1] not in ".!?"):
            found.add(span.number)
        before = "" if span.number in found else span.text
    return found


def is_form(text: str, known: frozenset[str]) -> bool:
    """Tell whether an answer puts the same few words around what it says again and again, as in "Is it so that ...".

    Such words make a question, a title or a denial of what was read elsewhere. They are no words of grammar, and none of the
    question's key points, whose stems are `known`. Of 2,400 answers written for this project it is true of none.
    """
    said = words(text)
    held, generic = word_list("stopwords") | word_list("function_words"), word_list("generic")
    other = [not known.intersection(content(word)) for word in said]
    new = [strange and word not in held for word, strange in zip(said, other, strict=True)]
    for size, apart in _WORDS_APART.items():
        places = range(len(said) - size + 1)
        grammar = size == max(_WORDS_APART)  # so many words are a form even if all are grammar: "it is not as though"
        kept = (at for at in places if any(new[at : at + size]) or (grammar and all(other[at : at + size])))
        found = Counter(tuple(said[at : at + size]) for at in kept)
        if size == 1:
            found = Counter({one: count - 1 for one, count in found.items() if len(one[0]) > 2 and one[0] not in generic})
        most = max(found.values(), default=0)
        if most >= _TIMES and most * apart >= len(said):
            return True
    return False
