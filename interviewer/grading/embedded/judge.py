"""Whether words state a key point, turn it round, or speak of something near by: a small cross-encoder that hears a "not".

It is all-MiniLM-L6-v2, trained further on the project's own sentences (training/README.md says how and on what).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interviewer.grading.embedded.encoder import session
from interviewer.grading.embedded.wordpiece import SEP, token_ids

_WINDOW, _POINT = 106, 34
"""Tokens that are read of the words and of the key point, with two markers each: no more than in training."""
FEW_WORDS, MANY_WORDS = 25, 80
"""Words of an answer to read at once: whether something is turned round is heard best in few, whether it is said at all in
about as many as it can read, since one thing is often said in several sentences. Chosen on the `dev` questions."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """The probabilities of what some words do with a key point; they sum to 1, and are less sure than they look."""

    stated: float
    reversed: float
    neighbour: float


NOTHING = Opinion(stated=0.0, reversed=0.0, neighbour=1.0)
"""On words that have nothing to do with a point."""
SAID = Opinion(stated=1.0, reversed=0.0, neighbour=0.0)
"""On words that are known to state a point."""


def opinion(window: str, point: str) -> Opinion:
    """Return what some words of an answer do with a key point.

    One pair a run: padding would be work for nothing, and a pair is large enough to keep a core busy.
    """
    said, wanted = token_ids(window, _WINDOW), token_ids(point, _POINT)[1:]
    ids = np.array([[*said[:-1], SEP, *wanted]])
    types = np.array([[0] * len(said) + [1] * len(wanted)])
    logits = session("judge.onnx").run(None, {"ids": ids, "types": types})[0][0]
    stated, turned, neighbour = np.exp(logits - np.logaddexp.reduce(logits)).tolist()
    return Opinion(stated, turned, neighbour)


def around(texts: Sequence[str], places: Sequence[int], most: int) -> slice:
    """Return these spans of an answer, which follow each other, with those before and after, in `most` words; 0 adds none."""
    lengths = [len(text.split()) for text in texts]
    first, last, grown = places[0], places[-1], True
    while grown:
        grown = False
        for side in (last + 1, first - 1):
            if 0 <= side < len(texts) and sum(lengths[min(first, side) : max(last, side) + 1]) <= most:
                first, last, grown = min(first, side), max(last, side), True
    return slice(first, last + 1)
