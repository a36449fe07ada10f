"""How likely is it that an answer states a key point, and with which words?"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interviewer.grading.encoder import Vectors, embed
from interviewer.grading.words import content
from interviewer.models import Answer, KeyPoint, Question

_SEMANTIC, _LEXICAL, _OFFSET = 9.0, 3.0, -5.6


@dataclass(frozen=True, slots=True)
class Match:
    """The best place of an answer for one key point."""

    spans: tuple[int, ...]
    probability: float


class Matcher:
    """Compares answers with key points; keeps the vectors of key points that it has seen."""

    def __init__(self) -> None:
        self._known: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        return embed(texts)

    def match(self, question: Question, answer: Answer) -> list[Match]:
        """Return the best match for each key point of the question."""
        windows = _windows(answer)
        texts = [" ".join(answer.spans[number - 1].text for number in window) for window in windows]
        vectors = embed(texts)
        stems = [set(content(text)) for text in texts]
        return [self._best(point, windows, vectors, stems) for point in question.key_points]

    def _best(self, point: KeyPoint, windows: Sequence[tuple[int, ...]], vectors: Vectors, stems: Sequence[set[str]]) -> Match:
        phrasings = (point.text, *point.paraphrases)
        semantic = (vectors @ self._vectors(phrasings).T).max(axis=1)
        wanted = [set(content(phrasing)) for phrasing in phrasings]
        lexical = np.array([max(len(said & need) / max(1, len(need)) for need in wanted) for said in stems])
        logits = _SEMANTIC * semantic + _LEXICAL * lexical + _OFFSET
        best = int(logits.argmax())
        return Match(spans=windows[best], probability=1 / (1 + math.exp(-float(logits[best]))))

    def _vectors(self, phrasings: Sequence[str]) -> Vectors:
        missing = [phrasing for phrasing in phrasings if phrasing not in self._known]
        if missing:
            self._known.update(zip(missing, embed(missing), strict=True))
        return np.stack([self._known[phrasing] for phrasing in phrasings])


def _windows(answer: Answer) -> list[tuple[int, ...]]:
    """Return every span, and every two that stand side by side: a point may need both."""
    numbers = [span.number for span in answer.spans]
    return [(number,) for number in numbers] + list(itertools.pairwise(numbers))
