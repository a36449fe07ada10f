"""The wording of an answer: how rare its words are, how they are spelled, whether they form sentences."""

import itertools
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from interviewer.grading.embedded.wordpiece import pieces, vocabulary
from interviewer.models import Question
from interviewer.text.words import content, function_words, negations, stopwords, words

Numbers = npt.NDArray[np.floating]

QUESTION_WEIGHT = 0.15
"""What a token of the question weighs, compared with one that is not in it."""
_STOPWORD_WEIGHT = 1.0
_NEGATION_WEIGHT, _LETTER_WEIGHT = 3.0, 0.3
_FREQUENT = 300
"""The vocabulary is ordered by frequency: a token of rank r weighs ln(1 + max(r, 300) / 300), a stand-in for its IDF."""
_LIST_KEEPS, _FUNCTION_WORDS, _FEW_WORDS = 0.15, 0.10, 5
"""Words without grammar are a list of keywords: they keep this share of their strength, and all of it from this share of
function words on. Fewer words than `_FEW_WORDS` cannot show it by themselves."""


@lru_cache(maxsize=1)
def token_weights() -> Numbers:
    """Return what each token of the vocabulary weighs."""
    known = vocabulary()
    weights: Numbers = np.log(np.maximum(np.arange(max(known.values()) + 1), _FREQUENT) / _FREQUENT + 1)
    for token, number in known.items():
        if token in stopwords() or not token.removeprefix("##").isalnum():
            weights[number] = _STOPWORD_WEIGHT if token.isalpha() else 0.1
        if len(token) == 1 and token.isalpha():
            weights[number] = _LETTER_WEIGHT
        if token in negations():
            weights[number] = _NEGATION_WEIGHT
    return weights


def trigrams(text: str) -> set[str]:
    """Return the runs of three letters, spaces included: they see through typing mistakes and inflections."""
    spaced = f" {' '.join(words(text))} "
    return {spaced[i : i + 3] for i in range(len(spaced) - 2)}


def spelling(texts: Sequence[str], question: str) -> tuple[dict[str, int], Numbers]:
    """Return the letter trigrams of some texts, and what each weighs in each text: little if the question has it."""
    found = [trigrams(text) for text in texts]
    columns = {trigram: column for column, trigram in enumerate(dict.fromkeys(itertools.chain(*map(sorted, found))))}
    weights = np.zeros((len(texts), len(columns)), dtype=np.float32)
    echoed = trigrams(question)
    for row, spelled in enumerate(found):
        for trigram in spelled:
            weights[row, columns[trigram]] = QUESTION_WEIGHT if trigram in echoed else 1.0
    return columns, weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)


def own_vocabulary(question: Question) -> dict[str, float]:
    """Return the stems of the reference that the question does not have, weighted by how rare they are; they add up to 1."""
    known = set(content(question.question))
    weights: dict[str, float] = {}
    for word in words(question.reference):
        for found in content(word):
            if found not in known:
                weights[found] = max(weights.get(found, 0.0), float(token_weights()[list(pieces(word))].max()))
    whole = sum(weights.values()) or 1.0
    return {found: weight / whole for found, weight in weights.items()}


def recall(vocabulary: dict[str, float], fluent: dict[int, float], texts: Sequence[str]) -> float:
    """Return the share of the vocabulary that was said; words in a list of keywords count as little as the list does."""
    said: dict[str, float] = {}
    for number, factor in fluent.items():
        for found in content(texts[number - 1]):
            said[found] = max(said.get(found, 0.0), factor)
    return sum(weight * said.get(found, 0.0) for found, weight in vocabulary.items())


def fluency(texts: Sequence[str], windows: Sequence[tuple[int, ...]]) -> Numbers:
    """Return for each window what it keeps of its strength. A few words are judged with all others around them."""
    said = [[word in function_words() for word in words(text)] for text in texts]
    whole = _grammar(list(itertools.chain(*said)))
    inside = [list(itertools.chain(*(said[number - 1] for number in window))) for window in windows]
    return np.array([_grammar(common) if len(common) >= _FEW_WORDS else whole for common in inside])


def prose(texts: Sequence[str]) -> float:
    """Return what texts as a whole keep as English sentences: all, 1, or less as a list of keywords or another language."""
    return _grammar([word in function_words() for text in texts for word in words(text)])


def _grammar(common: Sequence[bool]) -> float:
    if len(common) < 2:
        return 1.0
    return _LIST_KEEPS + (1 - _LIST_KEEPS) * min(1.0, sum(common) / len(common) / _FUNCTION_WORDS)
