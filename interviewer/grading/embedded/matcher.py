"""How strongly do some words of an answer state a key point?

Each token of a key point looks for its best counterpart among the tokens of the answer, as contextual vectors (BERTScore
recall; Zhang et al., BERTScore, 2020). Rare tokens weigh more, tokens of the question less, and what the question itself
already says is subtracted, so that an echo of it earns nothing. The share of the point's letter trigrams that the answer
has is added: it sees through typing mistakes and inflections. Measured in README, "How good are the grades?".
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interviewer.grading.embedded.encoder import Encoded, encode
from interviewer.grading.embedded.lexical import (
    QUESTION_WEIGHT,
    Numbers,
    fluency,
    own_vocabulary,
    prose,
    recall,
    spelling,
    token_weights,
    trigrams,
)
from interviewer.grading.verify import is_injection
from interviewer.models import Answer, Question
from interviewer.text.words import words

Paths = npt.NDArray[np.int64]

_QUESTION_GAIN = 0.25
"""Share of a token's similarity to the question that is subtracted from its similarity to the answer."""
_SAME, _OTHER = 0.7, 0.9
"""The same token closes this share of the gap to 1; another one, say an antonym, keeps this share of its similarity."""
_TRIGRAMS = 0.4
"""Weight of the letter trigrams beside the tokens."""
_NAME = 4
"""Words of a reference answer that is a mere name or two; an answer may then be as short."""
_PAIR_LEAD = 0.06
"""Two spans side by side always match at least as well as one: they are shown as evidence only if they lead by so much."""
_MISTAKE_FROM, _MISTAKE_COSTS, _MISTAKE_LEAD = 0.4, 2.0, 0.05
"""Words that fit a misconception at least so strongly, and better than any key point, lose this multiple of the lead. Near
ties count as one: a falsehood is often a truth with two terms swapped."""
_MISTAKE_TOLD = 0.12
"""The lead from which a person hears of it. With none at all, half of the bank's reference answers had a sentence accused."""
_KEPT_QUESTIONS = 512


@dataclass(frozen=True, slots=True)
class Match:
    """The best place of an answer for one key point."""

    spans: tuple[int, ...]
    strength: float
    """About 0 for unrelated words, 0.9 for the key point's own words."""
    rivalry: float
    """How much more strongly the same words state another key point; 0 if they state none better than this."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A place where the answer fits a misconception clearly better than any key point."""

    span: int
    misconception: int
    nearest_point: int
    """Indices into the question's misconceptions and key points."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer as compared with all key points."""

    matches: tuple[Match, ...]
    mistakes: tuple[Mistake, ...]
    relevance: float
    """How much of the answer is about the key points at all, 0 to 1."""
    prose: float
    """What the answer as a whole keeps as English sentences, up to 1."""
    recall: float
    """How much of the reference answer's own vocabulary the answer has, rare words first, 0 to 1."""


class Matcher:
    """Compares answers with key points; keeps what it has computed for a question."""

    def __init__(self) -> None:
        self._known: dict[Question, _Phrasings] = {}

    def warm(self) -> None:
        """Load the model and the word lists."""
        encode(["warm"])
        token_weights()

    def read(self, question: Question, answer: Answer) -> Reading:
        """Find the best match for each key point of the question."""
        phrasings = self._phrasings(question)
        windows = _windows(answer)
        heard = set(itertools.chain(*windows))
        spans = encode([span.text if span.number in heard else "" for span in answer.spans])
        said = _joined(spans)
        alike = _similarity(phrasings.whole, said)
        texts = [span.text for span in answer.spans]
        fluent = fluency(texts, windows) if phrasings.told_in_sentences else np.ones(len(windows))
        strengths = _strengths(phrasings, alike, _starts(spans), texts, windows)
        strengths = np.where(strengths > 0, strengths * fluent, strengths)
        points = np.maximum.reduceat(strengths[: phrasings.told], phrasings.first_of_point, axis=0)
        false = strengths[phrasings.told :]
        mistaken = np.zeros(len(windows))
        if len(false):
            lead = false.max(axis=0) - points.max(axis=0) + _MISTAKE_LEAD
            mistaken = np.where(false.max(axis=0) >= _MISTAKE_FROM, np.maximum(0.0, lead), 0.0)
        kept = points - _MISTAKE_COSTS * mistaken
        places = (kept - _PAIR_LEAD * np.array([len(window) - 1 for window in windows])).argmax(axis=1)
        alone = {window[0]: float(factor) for window, factor in zip(windows, fluent, strict=True) if len(window) == 1}
        return Reading(
            matches=tuple(
                Match(windows[place], float(row.max()), float(kept[:, place].max() - row[place]))
                for row, place in zip(kept, places, strict=True)
            ),
            mistakes=tuple(
                Mistake(number, int(false[:, place].argmax()), int(points[:, place].argmax()))
                for place, (number, *more) in enumerate(windows)
                if not more and mistaken[place] > _MISTAKE_LEAD + _MISTAKE_TOLD
            ),
            relevance=_relevance(alike, said.ids, [len(span.ids) for span in spans], alone),
            prose=prose(texts) if phrasings.told_in_sentences else 1.0,
            recall=recall(phrasings.vocabulary, alone, texts),
        )

    def _phrasings(self, question: Question) -> "_Phrasings":
        known = self._known.get(question)
        if known is None:
            if len(self._known) >= _KEPT_QUESTIONS:
                self._known.clear()
            known = self._known[question] = _read_phrasings(question)
        return known


@dataclass(frozen=True, slots=True)
class _Phrasings:
    """All that a question's key points may be told as, ready to be compared."""

    first_of_point: tuple[int, ...]
    """Where the phrasings of each point begin."""
    told: int
    """How many phrasings tell key points; the others are misconceptions."""
    whole: Encoded
    """The tokens of all phrasings."""
    telling: Numbers
    """The weight of each of those tokens (column) in each phrasing (row); a row adds up to 1."""
    echoed: Numbers
    """The best similarity of each token to the question."""
    trigrams: dict[str, int]
    spelling: Numbers
    """The weight of each of those trigrams (column) in each phrasing (row); a row adds up to 1."""
    vocabulary: dict[str, float]
    told_in_sentences: bool
    """Whether the reference answer is more than a name, so that a bare list of words is no answer."""


def tellings(question: Question) -> list[str]:
    """Return all that key points and then misconceptions of a question may be told as."""
    told = (text for point in question.key_points for text in (point.text, *point.paraphrases))
    return [*told, *question.misconceptions]


def _read_phrasings(question: Question) -> _Phrasings:
    told = [(point.text, *point.paraphrases) for point in question.key_points]
    flat = tellings(question)
    asked, *encoded = encode([question.question, *flat])
    whole = _joined(encoded)
    columns, weighted = spelling(flat, question.question)
    weights = token_weights()[whole.ids] * np.where(np.isin(whole.ids, asked.ids), QUESTION_WEIGHT, 1.0)
    telling = np.zeros((len(flat), len(whole.ids)), dtype=np.float32)
    telling[np.repeat(np.arange(len(flat)), [len(text.ids) for text in encoded]), np.arange(len(whole.ids))] = weights
    return _Phrasings(
        first_of_point=tuple(itertools.accumulate((len(texts) for texts in told[:-1]), initial=0)),
        told=sum(len(texts) for texts in told),
        whole=whole,
        telling=telling / telling.sum(axis=1, keepdims=True),
        echoed=_similarity(whole, asked).max(axis=1),
        trigrams=columns,
        spelling=weighted,
        vocabulary=own_vocabulary(question),
        told_in_sentences=len(words(question.reference)) > _NAME,
    )


def _strengths(
    phrasings: _Phrasings, alike: Numbers, starts: Paths, texts: Sequence[str], windows: Sequence[tuple[int, ...]]
) -> Numbers:
    """Return the strength of each phrasing (row) in each window (column)."""
    first, last = (np.array([window[end] - 1 for window in windows]) for end in (0, -1))
    by_span = np.maximum.reduceat(alike, starts, axis=1)
    best = np.maximum(by_span[:, first], by_span[:, last]) - _QUESTION_GAIN * phrasings.echoed[:, None]
    spelled = np.zeros((len(phrasings.trigrams), len(texts)), dtype=bool)
    for column, text in enumerate(texts):
        spelled[[phrasings.trigrams[trigram] for trigram in trigrams(text) if trigram in phrasings.trigrams], column] = True
    spelled_alike: Numbers = phrasings.spelling @ (spelled[:, first] | spelled[:, last]).astype(np.float32)
    told_alike: Numbers = phrasings.telling @ best
    return (told_alike + _TRIGRAMS * spelled_alike) / (1 + _TRIGRAMS)


def _relevance(alike: Numbers, ids: Paths, lengths: Sequence[int], fluent: dict[int, float]) -> float:
    best = alike.max(axis=0)
    weights = token_weights()[ids]
    numbers = range(1, len(lengths) + 1)
    factors = np.repeat([fluent.get(number, 0.0) for number in numbers], lengths)
    # Talk about the grading is neither relevant nor irrelevant: it is not there.
    weights = weights * np.repeat([number in fluent for number in numbers], lengths)
    return float((best * factors) @ weights / weights.sum())


def _similarity(texts: Encoded, others: Encoded) -> Numbers:
    """Return the similarity of each token of one side (row) to each of the other (column)."""
    cosine = texts.tokens @ others.tokens.T
    rows, columns = np.nonzero(texts.ids[:, None] == others.ids[None, :])
    same = cosine[rows, columns]
    cosine *= _OTHER
    cosine[rows, columns] = same + _SAME * (1 - same)
    return cosine


def _joined(texts: Sequence[Encoded]) -> Encoded:
    return Encoded(np.concatenate([text.ids for text in texts]), np.concatenate([text.tokens for text in texts]))


def _starts(texts: Sequence[Encoded]) -> Paths:
    return np.array(list(itertools.accumulate((len(text.ids) for text in texts[:-1]), initial=0)), dtype=np.int64)


def _windows(answer: Answer) -> list[tuple[int, ...]]:
    """Return every span, and every two that stand side by side: a point may need both. Talk about the grading is left out."""
    serious = {span.number for span in answer.spans if not is_injection(span.text)}
    numbers = [span.number for span in answer.spans]
    windows: list[tuple[int, ...]] = [*((number,) for number in numbers), *itertools.pairwise(numbers)]
    return [window for window in windows if serious.issuperset(window)] or windows
