"""The similarity of an answer's spans to the key points and misconceptions of a question.

Each token of a phrasing looks for its most similar token in a span, as contextual vectors (BERTScore recall; Zhang et al.,
BERTScore, 2020), weighted by rarity. A share of its similarity to the question is subtracted, so that repeating the question
scores nothing. The share of the phrasing's letter trigrams that the span has is added: they match in spite of typing mistakes
and inflections. Measured in docs/measurements.md.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from interviewer.grading.embedded.assertion import is_form, stated
from interviewer.grading.embedded.encoder import Encoded, encode
from interviewer.grading.embedded.judge import FEW_WORDS, MANY_WORDS, around
from interviewer.grading.embedded.lexical import (
    QUESTION_WEIGHT,
    Numbers,
    fluencies,
    is_terse,
    overall_fluency,
    token_weights,
    trigram_weights,
    trigrams,
)
from interviewer.grading.embedded.recall import recall
from interviewer.grading.embedded.similarity import joined, similarity
from interviewer.grading.injection import is_injection
from interviewer.models import Answer, Question, Span
from interviewer.text.spans import spans as cut
from interviewer.text.words import content, words

Indices = npt.NDArray[np.int64]

_QUESTION_GAIN = 0.25
"""Share of a token's similarity to the question that is subtracted from its similarity to the answer."""
_CHANCE = 0.3
"""A similarity that nearly any word reaches with one of many others."""
_TRIGRAMS = 0.4
"""Weight of the letter trigrams; that of the tokens is 1."""
_MOST_SPANS = 60
"""Spans that are compared, at most: an answer of four minutes has as many. More would take time and find little."""
_NAME = 4
"""Words of a reference answer up to which it is a name or two, so that an answer need not be a sentence either."""
_PAIR_LEAD = 0.06
"""Two spans side by side never score less than one of them: they become the evidence only with such a lead."""
_MISTAKE_FROM, _MISTAKE_LEAD = 0.4, 0.08
"""A window that has at least the first score with a misconception, and more than with any key point, may be a mistake. The
second is added to the lead: a falsehood is often a truth with two terms swapped, hence a near tie."""
_MISTAKE_SHOWN = 0.12
"""The lead from which on a mistake is reported. At 0, half of the bank's reference answers had a sentence reported."""


@dataclass(frozen=True, slots=True)
class Window:
    """Spans of an answer that follow each other."""

    spans: tuple[int, ...]
    """Their numbers."""
    texts: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.texts)


@dataclass(frozen=True, slots=True)
class Match:
    """The words of an answer that are most similar to one key point."""

    nearest: Window
    closely: Window
    around: Window
    """The spans that are most similar, these with few words around them, and with as many as the judge reads."""
    score: float
    """About 0 for unrelated words, 0.9 for the key point's own words."""
    rivalry: float
    """How much higher the best score of another key point is in the same spans; 0 if none is higher."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A span that is clearly more similar to a misconception than to any key point."""

    span: int
    misconception: int
    nearest_point: int
    """Indices into the question's misconceptions and key points."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """An answer compared with all key points and misconceptions."""

    matches: tuple[tuple[Match, ...], ...]
    """For each key point the span, and the two side by side, that most likely speak of it, the likelier first; none where the
    answer states nothing."""
    mistakes: tuple[Mistake, ...]
    fluency: float
    """1 for English sentences and lists of terms, less for heaps of keywords and other languages."""
    relevance: float
    """How close the answer's words come to those of the key points on average, 0 to 1: about 0.35 for talk about anything."""
    words: int
    """How many words the answer has."""
    recall: float
    """How much of the reference the answer has, 0 to 1; 0 where key points come with paraphrases, which tell more."""


@dataclass(frozen=True, slots=True)
class _Phrasings:
    """The texts of a question's key points, paraphrases and misconceptions, ready to be compared."""

    first_of_point: tuple[int, ...]
    """The row of each key point's first phrasing."""
    of_points: int
    """How many rows belong to key points; the others are misconceptions."""
    tokens: Encoded
    """The tokens of all phrasings."""
    token_weights: Numbers
    """The weight of each of those tokens (column) in each phrasing (row); a row sums to 1."""
    in_question: Numbers
    """The highest similarity of each of those tokens to one of the question."""
    trigrams: dict[str, int]
    trigram_weights: Numbers
    """The weight of each of those trigrams (column) in each phrasing (row); a row sums to 1."""
    stems: frozenset[str]
    """The stems of all phrasings."""
    sentences: tuple[frozenset[str], ...]
    """The stems of each phrasing, of each sentence of the reference, and of the question."""
    asked: Indices
    """The tokens of the question."""
    of_point_tokens: int
    """How many of the tokens belong to key points; they come first."""
    in_sentences: bool
    """Whether the reference answer is more than a name, so that a heap of words is no answer."""


def phrasings(question: Question) -> list[str]:
    """Return the texts of a question that answers are compared with: key points with their paraphrases, then misconceptions."""
    of_points = (text for point in question.key_points for text in (point.text, *point.paraphrases))
    return [*of_points, *question.misconceptions]


@lru_cache(maxsize=4)  # a megabyte each; a batch that goes from question to question takes 6 % longer for it
def _encode_phrasings(question: Question) -> _Phrasings:
    counts = [1 + len(point.paraphrases) for point in question.key_points]
    texts = phrasings(question)
    read = [question.reference[start:end] for start, end in cut(question.reference)]
    asked, *encoded = encode([question.question, *texts])
    tokens = joined(encoded)
    columns, of_trigrams = trigram_weights(texts, question.question)
    weights = token_weights()[tokens.ids] * np.where(np.isin(tokens.ids, asked.ids), QUESTION_WEIGHT, 1.0)
    of_tokens = np.zeros((len(texts), len(tokens.ids)), dtype=np.float32)
    of_tokens[np.repeat(np.arange(len(texts)), [len(text.ids) for text in encoded]), np.arange(len(tokens.ids))] = weights
    return _Phrasings(
        first_of_point=tuple(itertools.accumulate(counts[:-1], initial=0)),
        of_points=sum(counts),
        tokens=tokens,
        token_weights=of_tokens / of_tokens.sum(axis=1, keepdims=True),
        in_question=similarity(tokens, asked).max(axis=1),
        trigrams=columns,
        trigram_weights=of_trigrams,
        stems=frozenset(itertools.chain(*map(content, texts))),
        sentences=tuple(frozenset(content(text)) for text in (*texts, *read, question.question)),
        asked=asked.ids,
        of_point_tokens=sum(len(text.ids) for text in encoded[: sum(counts)]),
        in_sentences=len(words(question.reference)) > _NAME,
    )


def warm() -> None:
    """Load the model and the word lists, so that the first answer does not wait for them."""
    encode(["warm"])
    token_weights()


def compare(question: Question, answer: Answer) -> Comparison:
    """Compare an answer with a question: the best match for each key point, and the mistakes."""
    known = _encode_phrasings(question)
    paraphrased = any(point.paraphrases for point in question.key_points)
    spans = [] if paraphrased and is_form(answer.text, known.stems) else _compared(answer, known.stems)
    texts = [span.text for span in spans]
    # With a reference only, a few of its words would earn as much as a sentence.
    sentences = [span.text for span in answer.spans]
    fluent = not known.in_sentences or (paraphrased and is_terse(sentences))
    fluency = 1.0 if fluent else overall_fluency(sentences, known.sentences)
    if not spans:
        return Comparison((), (), fluency, 0.0, 0, 0.0)
    encoded = encode(texts)
    windows = _windows(spans)
    factors = np.ones(len(windows)) if fluent else fluencies(texts, windows, known.sentences)
    said = joined(encoded)
    alike = similarity(known.tokens, said)
    scores = _scores(known, alike, [len(span.ids) for span in encoded], texts, windows)
    scores = np.where(scores > 0, scores * factors, scores)
    points = np.maximum.reduceat(scores[: known.of_points], known.first_of_point, axis=0)
    false = scores[known.of_points :]
    mistaken = np.zeros(len(windows))
    if len(false):
        lead = false.max(axis=0) - points.max(axis=0) + _MISTAKE_LEAD
        mistaken = np.where(false.max(axis=0) >= _MISTAKE_FROM, np.maximum(0.0, lead), 0.0)
    shown = points - _PAIR_LEAD * np.array([len(window) - 1 for window in windows])

    def match(point: int, place: int) -> Match:
        parts = (around(texts, windows[place], most) for most in (0, FEW_WORDS, MANY_WORDS))
        nearest, closely, context = (Window(tuple(span.number for span in spans[part]), tuple(texts[part])) for part in parts)
        return Match(
            nearest,
            closely,
            context,
            score=float(points[point, place]),
            rivalry=float(points[:, place].max() - points[point, place]),
        )

    return Comparison(
        matches=tuple(tuple(match(point, place) for place in _places(row, len(spans))) for point, row in enumerate(shown)),
        mistakes=tuple(
            Mistake(spans[index].number, int(false[:, place].argmax()), int(points[:, place].argmax()))
            for place, (index, *more) in enumerate(windows)
            if not more and mistaken[place] > _MISTAKE_LEAD + _MISTAKE_SHOWN
        ),
        fluency=fluency,
        relevance=_relevance(known, alike, said.ids),
        words=len(answer.text.split()),
        recall=0.0 if paraphrased else recall(question, encoded, texts, factors[: len(spans)]),
    )


def _scores(
    known: _Phrasings, similarity: Numbers, lengths: Sequence[int], texts: Sequence[str], windows: Sequence[tuple[int, ...]]
) -> Numbers:
    """Return the score of each phrasing (row) in each window (column); `lengths` are the tokens of each span."""
    first, last = (np.array([window[end] for window in windows]) for end in (0, -1))
    by_span = np.maximum.reduceat(similarity, np.cumsum([0, *lengths[:-1]]), axis=1)
    best = np.maximum(by_span[:, first], by_span[:, last]) - _QUESTION_GAIN * known.in_question[:, None]
    present = np.zeros((len(known.trigrams), len(texts)), dtype=bool)
    for column, text in enumerate(texts):
        present[[known.trigrams[trigram] for trigram in trigrams(text) if trigram in known.trigrams], column] = True
    of_trigrams: Numbers = known.trigram_weights @ (present[:, first] | present[:, last]).astype(np.float32)
    of_tokens: Numbers = known.token_weights @ best
    return (of_tokens + _TRIGRAMS * of_trigrams) / (1 + _TRIGRAMS)


def _relevance(known: _Phrasings, alike: Numbers, ids: Indices) -> float:
    """Return the mean similarity of the answer's tokens to any of the key points, by rarity and above what is usual."""
    weights = token_weights()[ids] * np.where(np.isin(ids, known.asked), QUESTION_WEIGHT, 1.0)
    best = alike[: known.of_point_tokens].max(axis=0)
    return float(np.maximum(best - _CHANCE, 0.0) @ weights / weights.sum()) / (1 - _CHANCE)


def _compared(answer: Answer, stems: frozenset[str]) -> list[Span]:
    """Return the spans that state something and are no talk about the grading; of many, those with most of the stems."""
    numbers = stated(answer)
    spans = [span for span in answer.spans if span.number in numbers and not is_injection(span.text)]
    if len(spans) <= _MOST_SPANS:
        return spans
    shared = sorted(spans, key=lambda span: -len(stems.intersection(content(span.text))))[:_MOST_SPANS]
    return sorted(shared, key=lambda span: span.number)


def _windows(spans: Sequence[Span]) -> list[tuple[int, ...]]:
    """Return the index of every span, then of every two side by side, since a key point may need both."""
    singles: list[tuple[int, ...]] = [(index,) for index in range(len(spans))]
    pairs = [(one, two) for (one,), (two,) in itertools.pairwise(singles) if spans[two].number == spans[one].number + 1]
    return [*singles, *pairs]


def _places(scores: Numbers, singles: int) -> list[int]:
    """Return the span and the two side by side that most likely speak of a point; the first `singles` windows are spans."""
    pair = [singles + int(scores[singles:].argmax())] if len(scores) > singles else []
    return sorted([int(scores[:singles].argmax()), *pair], key=lambda place: -scores[place])
