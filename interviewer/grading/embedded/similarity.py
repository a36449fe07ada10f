"""The similarity of tokens: the cosine of their contextual vectors, adjusted where they are the same token or not."""

from collections.abc import Sequence

import numpy as np

from interviewer.grading.embedded.encoder import Encoded
from interviewer.grading.embedded.lexical import Numbers

_SAME, _OTHER = 0.7, 0.9
"""The same token closes this share of the gap to 1; a different one, say an antonym, keeps this share of its similarity."""


def joined(texts: Sequence[Encoded]) -> Encoded:
    """Return the tokens of several texts one after the other."""
    return Encoded(np.concatenate([text.ids for text in texts]), np.concatenate([text.tokens for text in texts]))


def similarity(texts: Encoded, others: Encoded) -> Numbers:
    """Return the similarity of each token of some texts (row) to each of others (column)."""
    cosine = texts.tokens @ others.tokens.T
    rows, columns = np.nonzero(texts.ids[:, None] == others.ids[None, :])
    same = cosine[rows, columns]
    cosine *= _OTHER
    cosine[rows, columns] = same + _SAME * (1 - same)
    return cosine
