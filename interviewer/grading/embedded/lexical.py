"""Lexical features of texts: the rarity of tokens and stems, letter trigrams, the share of function words."""

import itertools
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from interviewer.grading.embedded.wordpiece import pieces, vocabulary
from interviewer.text.words import content, word_list, words

Numbers = npt.NDArray[np.floating]

QUESTION_WEIGHT = 0.15
"""Weight of a token that the question has as well, relative to any other."""
_STOPWORD_WEIGHT = 1.0
_NEGATION_WEIGHT, _LETTER_WEIGHT = 3.0, 0.3
_SYMBOLS = frozenset("+*/=<>%^&|~#$@")
_FREQUENT = 300
"""The vocabulary is ordered by frequency: a token of rank r weighs ln(1 + max(r, 300) / 300), a stand-in for its IDF."""
_NUMBER_WEIGHT = 3.0
"""Weight of the stem of a number: it is rarely said by chance, however frequent its digits are."""
_LIST_KEEPS, _FUNCTION_WORDS, _FEW_WORDS = 0.15, 0.10, 5
"""Words with few function words among them are a heap of keywords. The factor on their score rises from `_LIST_KEEPS` for none
to 1 for a share of `_FUNCTION_WORDS`. Fewer words than `_FEW_WORDS` are too few to measure a share."""
_TERSE = 10
"""Words of an answer, at most, that are a terse sentence or two if each has a verb: "Dropout reduces overfitting"."""
_MARK = re.compile(r"[,;:.!?()/–—•]|\band\b|\bor\b|\s-\s")
_TERM = 4
"""Words of a term in a list, at most: "more data, early stopping, a smaller model" says what it names."""


@lru_cache(maxsize=1)
def token_weights() -> Numbers:
    """Return the weight of each token of the vocabulary, by id."""
    known, stopwords, negations = vocabulary(), word_list("stopwords"), word_list("negations")
    weights: Numbers = np.log(np.maximum(np.arange(max(known.values()) + 1), _FREQUENT) / _FREQUENT + 1)
    for token, number in known.items():
        if token in stopwords or not token.removeprefix("##").isalnum():
            weights[number] = _STOPWORD_WEIGHT if token.isalpha() or token in _SYMBOLS else 0.1
        if len(token) == 1 and token.isalpha():
            weights[number] = _LETTER_WEIGHT
        if token in negations:
            weights[number] = _NEGATION_WEIGHT
    return weights


@lru_cache(maxsize=1)
def exact_tokens() -> npt.NDArray[np.bool_]:
    """Return for each token of the vocabulary, by id, whether only itself will do: numbers and symbols."""
    exact = np.zeros(len(token_weights()), dtype=bool)
    for token, number in vocabulary().items():
        exact[number] = token in _SYMBOLS or token.removeprefix("##").isdecimal()
    return exact


def share(weights: dict[str, float], found: Iterable[tuple[Iterable[str], float]]) -> float:
    """Return the weighted share of some stems or trigrams that an answer has, each times the factor of its span, 0 to 1."""
    used: dict[str, float] = {}
    for items, factor in found:
        for item in items:
            used[item] = max(used.get(item, 0.0), float(factor))
    return sum(weight * used.get(item, 0.0) for item, weight in weights.items())


def trigrams(text: str) -> set[str]:
    """Return the letter trigrams, spaces included: they match in spite of typing mistakes and inflections."""
    spaced = f" {' '.join(words(text))} "
    return {spaced[i : i + 3] for i in range(len(spaced) - 2)}


def trigram_weights(texts: Sequence[str], question: str) -> tuple[dict[str, int], Numbers]:
    """Return a column for each letter trigram of some texts, and the weights by text (row, sums to 1) and trigram (column).

    A trigram of the question weighs less.
    """
    found = [trigrams(text) for text in texts]
    columns = {trigram: column for column, trigram in enumerate(dict.fromkeys(itertools.chain(*map(sorted, found))))}
    weights = np.zeros((len(texts), len(columns)), dtype=np.float32)
    in_question = trigrams(question)
    for row, of_text in enumerate(found):
        for trigram in of_text:
            weights[row, columns[trigram]] = QUESTION_WEIGHT if trigram in in_question else 1.0
    return columns, weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)


def stem_weights(text: str, question: str) -> dict[str, float]:
    """Return the stems of a text that the question does not have, with weights by rarity that sum to 1."""
    known = set(content(question))
    weights: dict[str, float] = {}
    for word in words(text):
        for found in content(word):
            if found not in known:
                rarity = _NUMBER_WEIGHT if found.isdecimal() else float(token_weights()[list(pieces(word))].max())
                weights[found] = max(weights.get(found, 0.0), rarity)
    whole = sum(weights.values()) or 1.0
    return {found: weight / whole for found, weight in weights.items()}


def fluencies(texts: Sequence[str], windows: Sequence[tuple[int, ...]]) -> Numbers:
    """Return the factor on the score of each window of indices: `_fluency` of its words, or of all words where it has few."""
    functional = [_functional(text) for text in texts]
    whole = _fluency(list(itertools.chain(*functional)))
    inside = [list(itertools.chain(*(functional[index] for index in window))) for window in windows]
    return np.array([_fluency(flags) if len(flags) >= _FEW_WORDS else whole for flags in inside])


def overall_fluency(texts: Sequence[str]) -> float:
    """Return the fluency of all texts: 1 for English sentences and lists of terms, less for other languages and keywords."""
    return _fluency([flag for text in texts for flag in _functional(text)])


def is_terse(sentences: Sequence[str]) -> bool:
    """Tell whether an answer is a sentence or two in few words, each with a verb: they may well do without function words."""
    said = [words(sentence) for sentence in sentences]
    return sum(map(len, said)) <= _TERSE and all(map(_has_verb, said))


def _has_verb(said: Sequence[str]) -> bool:
    forms = itertools.chain(said, (word.removesuffix("s") for word in said), (word.removesuffix("es") for word in said))
    return not word_list("verbs").isdisjoint(forms)


def _functional(text: str) -> list[bool]:
    """Return for each word of a text whether it is a function word; those of a list of terms count as such."""
    known = word_list("function_words")
    parts = [words(part) for part in _MARK.split(text)]
    terms = sum(len(part) for part in parts if len(part) <= _TERM)
    listed = sum(map(bool, parts)) > 1 and 2 * terms >= sum(map(len, parts))
    return [word in known or (listed and len(part) <= _TERM) for part in parts for word in part]


def _fluency(functional: Sequence[bool]) -> float:
    """Return `_LIST_KEEPS` to 1 by the share of function words; `functional` has a flag for each word."""
    if len(functional) < 2:
        return 1.0
    return _LIST_KEEPS + (1 - _LIST_KEEPS) * min(1.0, sum(functional) / len(functional) / _FUNCTION_WORDS)
