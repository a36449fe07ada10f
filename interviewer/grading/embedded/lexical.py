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
_LIST, _FRAMING = 3, 4
"""Terms of a list, at least, and words before the first or after the last, at most: "Use ..." or "... to prevent it"."""
_BETWEEN = re.compile(r"[,;]\s*(?:(?:and|or)\s+)?|\s+(?:and|or)\s+")
_SINGLES = 9
"""Single words in a row, at most: an expert's list has terms of two words or more as well."""
_APART, _APART_SHARE = 4, 0.25
"""Terms of words that never come together in what is known of the question, and their share of all words, from which on they
are a heap of keywords. Of 672 labelled answers to questions that are not `test`, and the bank's references, none has as many;
shuffled words of all key points, two or three at a time, have them on each of 40 questions."""


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


def fluencies(texts: Sequence[str], windows: Sequence[tuple[int, ...]], known: Sequence[frozenset[str]]) -> Numbers:
    """Return the factor on the score of each window of indices: `_fluency` of its words, or of all words where it has few.

    `known` are the stems of each sentence that is known of the question.
    """
    functional = _functional(texts, known)
    whole = _fluency(list(itertools.chain(*functional)))
    inside = [list(itertools.chain(*(functional[index] for index in window))) for window in windows]
    return np.array([_fluency(flags) if len(flags) >= _FEW_WORDS else whole for flags in inside])


def overall_fluency(texts: Sequence[str], known: Sequence[frozenset[str]]) -> float:
    """Return the fluency of all texts: 1 for English sentences and lists of terms, less for other languages and keywords."""
    return _fluency(list(itertools.chain(*_functional(texts, known))))


def is_terse(sentences: Sequence[str]) -> bool:
    """Tell whether an answer is a sentence or two in few words, each with a verb: they may well do without function words."""
    said = [words(sentence) for sentence in sentences]
    return sum(map(len, said)) <= _TERSE and all(map(_has_verb, said))


def _has_verb(said: Sequence[str]) -> bool:
    forms = itertools.chain(said, (word.removesuffix("s") for word in said), (word.removesuffix("es") for word in said))
    return not word_list("verbs").isdisjoint(forms)


def _functional(texts: Sequence[str], known: Sequence[frozenset[str]]) -> list[list[bool]]:
    """Return for each word of each text whether it is a function word; those of a list of terms count as such.

    Of a heap of keywords none does, whatever stands between them.
    """
    function_words = word_list("function_words")
    split = [[words(part) for part in _MARK.split(text)] for text in texts]
    all_heap = _is_heap(list(itertools.chain(*split)), known)
    flags = []
    for _, group in itertools.groupby(range(len(texts)), key=lambda at: -1 if _is_item(texts[at]) else at):
        of_texts = [split[at] for at in group]
        parts = [part for of_text in of_texts for part in of_text if part]
        is_heap = all_heap or _is_heap(parts, known)
        terms = sum(len(part) for part in parts if len(part) <= _TERM)
        listed = len(parts) > 1 and 2 * terms >= sum(map(len, parts))
        flags += [
            [not is_heap and (word in function_words or (listed and len(part) <= _TERM)) for part in of_text for word in part]
            for of_text in of_texts
        ]
    return flags


def _is_item(text: str) -> bool:
    """Tell whether a text is an item of a list that has one a line."""
    return text[-1] not in ".!?:" and len(words(text)) <= _TERM


def _is_heap(parts: Sequence[Sequence[str]], known: Sequence[frozenset[str]]) -> bool:
    """Tell whether many of the terms between marks are words put side by side at random, or single ones."""
    parts = [part for part in parts if part]
    single = (len(list(run)) for one, run in itertools.groupby(parts, key=lambda part: len(part) == 1) if one)
    if max(single, default=0) > _SINGLES:
        return True
    terms = [part for part in parts if 1 < len(part) <= _TERM and word_list("function_words").isdisjoint(part)]
    if len(terms) < _APART:
        return False
    stems = frozenset().union(*known)
    found = [(len(term), stems.intersection(content(" ".join(term)))) for term in terms]
    apart = [length for length, both in found if len(both) > 1 and not any(both <= sentence for sentence in known)]
    return len(apart) >= _APART and sum(apart) >= _APART_SHARE * sum(map(len, parts))


def as_sentences(texts: Sequence[str]) -> str:
    """Return the words of spans with each term of a list as a sentence, if most of them are lists.

    Of 224 terms in lists to `dev` and `train` questions the judge hears 83 % as sentences and 70 % between commas. What speaks
    against all terms stays with them: "avoid a, b and c". In the midst of prose, commas divide more than terms.
    """
    heard = list(map(_as_sentences, texts))
    listed = sum(len(words(text)) for text, sentences in zip(texts, heard, strict=True) if sentences != text)
    return " ".join(heard if 2 * listed >= sum(len(words(text)) for text in texts) else texts)


def _as_sentences(text: str) -> str:
    terms = [term for term in _BETWEEN.split(text.rstrip(".")) if term]
    if len(terms) < _LIST:
        return _sentence(text) if _is_item(text) else text
    first, *inner, last = (len(words(term)) for term in terms)
    is_list = max(inner) <= _TERM and max(first, last) <= _TERM + _FRAMING and text.count(":") <= 1
    refused = not word_list("refusals").isdisjoint(words(terms[0]))
    negated = not word_list("negations").isdisjoint(words(" ".join(terms[:-1])))
    return " ".join(map(_sentence, terms)) if is_list and not refused and not negated else text


def _sentence(term: str) -> str:
    term = term.lstrip("-–•* ")
    return f"{term[:1].upper()}{term[1:]}."


def _fluency(functional: Sequence[bool]) -> float:
    """Return `_LIST_KEEPS` to 1 by the share of function words; `functional` has a flag for each word."""
    if len(functional) < 2:
        return 1.0
    return _LIST_KEEPS + (1 - _LIST_KEEPS) * min(1.0, sum(functional) / len(functional) / _FUNCTION_WORDS)
