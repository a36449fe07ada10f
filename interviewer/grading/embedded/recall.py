"""How much of a whole reference answer a whole answer has: the number where nobody wrote key points.

Each token of the reference looks for its most similar token anywhere in the answer (BERTScore recall; Zhang et al., BERTScore,
2020), weighted by rarity; repeating the question gains little. The shares of letter trigrams and of stems are mixed in. On
short answers graded by people this did better than windows and thresholds did. What the judge hears of the reference's
sentences is added: it knows some plain words for some things, and that an answer about something else states none of them.
Measured in docs/measurements.md.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from interviewer.grading.embedded.encoder import Encoded, encode
from interviewer.grading.embedded.judge import MANY_WORDS, around, opinion
from interviewer.grading.embedded.lexical import (
    QUESTION_WEIGHT,
    Numbers,
    exact_tokens,
    share,
    stem_weights,
    token_weights,
    trigrams,
)
from interviewer.grading.embedded.similarity import joined, similarity
from interviewer.models import Question
from interviewer.text.spans import spans
from interviewer.text.words import content

_QUESTION_GAIN = 0.25
"""Share of a token's similarity to the question that is subtracted from its similarity to the answer."""
_CHANCE = 0.2
"""A similarity that nearly any word reaches with one of many others: it counts nothing, or padding would pay."""
_TRIGRAMS, _STEMS = 0.1, 0.25
"""Weights of the shares of trigrams and stems; that of the tokens is 1."""
_HEARD = 0.1
"""Share of what the judge hears in the marks of a short answer."""
_SHORT, _LONG = 30, 50
"""Tokens of an answer up to which it is short, and from which on it is long; between them its marks are, too. Only spans count
that have at least the share `_PART` of what all have of the reference together: padding makes no answer longer."""
_PART = 0.05
_USUAL, _SURPLUS = 0.18, 2.0
"""Share of a reference's words that a long answer has anyhow, and what each one above it earns."""
_MOST_SPANS = 60
_MOST_HEARD = 10
"""Sentences of the reference that the judge is asked about, at most: those that weigh most."""
_CORNER = (0.3, 0.65)
"""Half of a reference earns more than half of the marks: people's grades follow a line to this corner, then one to (1, 1)."""


@dataclass(frozen=True, slots=True)
class _Reference:
    sentences: tuple[str, ...]
    starts: tuple[int, ...]
    """The first token of each."""
    tokens: Encoded
    weights: Numbers
    """Of each token; they sum to 1."""
    in_question: Numbers
    """The highest similarity of each token to one of the question."""
    trigrams: dict[str, float]
    stems: dict[str, float]
    """Trigrams and stems with weights that sum to 1."""


@lru_cache(maxsize=512)
def _read(question: str, reference: str) -> _Reference:
    texts = [reference[start:end] for start, end in spans(reference)][:_MOST_SPANS] or [reference]
    asked, *sentences = encode([question, *texts])
    tokens = joined(sentences)
    weights = token_weights()[tokens.ids] * np.where(np.isin(tokens.ids, asked.ids), QUESTION_WEIGHT, 1.0)
    in_question = trigrams(question)
    shares = {trigram: QUESTION_WEIGHT if trigram in in_question else 1.0 for trigram in sorted(trigrams(reference))}
    whole = sum(shares.values())
    return _Reference(
        sentences=tuple(texts),
        starts=tuple(itertools.accumulate((len(sentence.ids) for sentence in sentences[:-1]), initial=0)),
        tokens=tokens,
        weights=weights / weights.sum(),
        in_question=similarity(tokens, asked).max(axis=1),
        trigrams={trigram: share / whole for trigram, share in shares.items()},
        stems=stem_weights(reference, question),
    )


def recall(question: Question, answer: Sequence[Encoded], texts: Sequence[str], factors: Numbers) -> float:
    """Return what an answer earns for its share of the reference: about 0.1 for unrelated words, 1 for its own words.

    Args:
        question: whose reference is recalled; its key points, where it has none.
        answer: the spans of the answer that count.
        texts: the same as text.
        factors: what each span counts, 0 to 1: less for a list of keywords.
    """
    known = _read(question.question, question.reference or " ".join(point.text for point in question.key_points))
    alike = similarity(known.tokens, joined(answer))
    exact = exact_tokens()[known.tokens.ids]
    alike[exact] *= known.tokens.ids[exact, None] == joined(answer).ids[None, :]  # another number is wrong, however alike
    lengths = [len(span.ids) for span in answer]
    by_span = np.maximum.reduceat(alike, np.cumsum([0, *lengths[:-1]]), axis=1) * factors
    gained = by_span.max(axis=1) - _QUESTION_GAIN * known.in_question - _CHANCE
    of_tokens = float(np.maximum(gained, 0.0) @ known.weights) / (1 - _CHANCE)
    of_trigrams, of_stems = (
        share(weights, zip(map(of_text, texts), factors, strict=True))
        for weights, of_text in ((known.trigrams, trigrams), (known.stems, content))
    )
    words = (of_tokens + _TRIGRAMS * of_trigrams + _STEMS * of_stems) / (1 + _TRIGRAMS + _STEMS)
    heard = _stated(known, by_span, texts, factors)
    short = (1 - _HEARD) * np.interp(words, [0.0, _CORNER[0], 1.0], [0.0, _CORNER[1], 1.0]) + _HEARD * heard
    long = 1 - (1 - heard) * (1 - np.clip(_SURPLUS * (words - _USUAL), 0.0, 1.0))
    parts = np.bincount(by_span.argmax(axis=1), weights=np.maximum(gained, 0.0) * known.weights, minlength=len(lengths))
    length = np.array(lengths) @ (parts >= _PART * parts.sum())
    return float(np.interp(length, [_SHORT, _LONG], [short, long]))


def _stated(known: _Reference, by_span: Numbers, texts: Sequence[str], factors: Numbers) -> float:
    """Return the weighted mean of the judge's probabilities that a sentence is stated by the words around its nearest span."""
    weights = np.add.reduceat(known.weights, known.starts)
    nearest = np.add.reduceat(known.weights[:, None] * by_span, known.starts, axis=0).argmax(axis=1)
    heaviest = weights.argsort()[::-1][:_MOST_HEARD]
    places = [around(texts, [int(nearest[at])], MANY_WORDS) for at in heaviest]
    heard = [
        opinion(" ".join(texts[place]), known.sentences[at]).stated * factors[place].mean()
        for at, place in zip(heaviest, places, strict=True)
    ]
    return float(weights[heaviest] @ heard / weights[heaviest].sum())
