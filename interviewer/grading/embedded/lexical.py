"""Lexical features of an answer: the rarity of its tokens, its letter trigrams, its share of function words."""

import itertools
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from interviewer.grading.embedded.wordpiece import pieces, vocabulary
from interviewer.models import Question
from interviewer.text.words import content, word_list, words

Numbers = npt.NDArray[np.floating]

QUESTION_WEIGHT = 0.15
"""Weight of a token that the question has as well, relative to any other."""
_STOPWORD_WEIGHT = 1.0
_NEGATION_WEIGHT, _LETTER_WEIGHT = 3.0, 0.3
_FREQUENT = 300
"""The vocabulary is ordered by frequency: a token of rank r weighs ln(1 + max(r, 300) / 300), a stand-in for its IDF."""
_LIST_KEEPS, _FUNCTION_WORDS, _FEW_WORDS = 0.15, 0.10, 5
"""Words with few function words among them are a list of keywords. The factor on their score rises from `_LIST_KEEPS` for none
to 1 for a share of `_FUNCTION_WORDS`. Fewer words than `_FEW_WORDS` are too few to measure a share."""


@lru_cache(maxsize=1)
def token_weights() -> Numbers:
    """Return the weight of each token of the vocabulary, by id."""
    known, stopwords, negations = vocabulary(), word_list("stopwords"), word_list("negations")
    weights: Numbers = np.log(np.maximum(np.arange(max(known.values()) + 1), _FREQUENT) / _FREQUENT + 1)
    for token, number in known.items():
        if token in stopwords or not token.removeprefix("##").isalnum():
            weights[number] = _STOPWORD_WEIGHT if token.isalpha() else 0.1
        if len(token) == 1 and token.isalpha():
            weights[number] = _LETTER_WEIGHT
        if token in negations:
            weights[number] = _NEGATION_WEIGHT
    return weights


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


def reference_vocabulary(question: Question) -> dict[str, float]:
    """Return the stems of the reference that the question does not have, with weights by rarity that sum to 1."""
    known = set(content(question.question))
    weights: dict[str, float] = {}
    for word in words(question.reference):
        for found in content(word):
            if found not in known:
                weights[found] = max(weights.get(found, 0.0), float(token_weights()[list(pieces(word))].max()))
    whole = sum(weights.values()) or 1.0
    return {found: weight / whole for found, weight in weights.items()}


def recall(vocabulary: dict[str, float], fluencies: dict[int, float], texts: Sequence[str]) -> float:
    """Return the weighted share of a vocabulary that the answer has, each stem times the fluency of its span, 0 to 1."""
    used: dict[str, float] = {}
    for number, factor in fluencies.items():
        for found in content(texts[number - 1]):
            used[found] = max(used.get(found, 0.0), factor)
    return sum(weight * used.get(found, 0.0) for found, weight in vocabulary.items())


def fluencies(texts: Sequence[str], windows: Sequence[tuple[int, ...]]) -> Numbers:
    """Return the factor on the score of each window: `_fluency` of its words, or of all words where it has few."""
    functional = [_functional(text) for text in texts]
    whole = _fluency(list(itertools.chain(*functional)))
    inside = [list(itertools.chain(*(functional[number - 1] for number in window))) for window in windows]
    return np.array([_fluency(flags) if len(flags) >= _FEW_WORDS else whole for flags in inside])


def overall_fluency(texts: Sequence[str]) -> float:
    """Return the fluency of all texts together: 1 for English sentences, less for lists of keywords and other languages."""
    return _fluency([flag for text in texts for flag in _functional(text)])


def _functional(text: str) -> list[bool]:
    """Return for each word of a text whether it is a function word."""
    known = word_list("function_words")
    return [word in known for word in words(text)]


def _fluency(functional: Sequence[bool]) -> float:
    """Return `_LIST_KEEPS` to 1 by the share of function words; `functional` has a flag for each word."""
    if len(functional) < 2:
        return 1.0
    return _LIST_KEEPS + (1 - _LIST_KEEPS) * min(1.0, sum(functional) / len(functional) / _FUNCTION_WORDS)
