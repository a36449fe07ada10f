"""What any grader has to beat: three numbers that need no judgement at all."""

from collections.abc import Sequence

import numpy as np

from interviewer.batch.rows import Row
from interviewer.evaluate.metrics import Agreement, Floats, agreement
from interviewer.grading.embedded.encoder import encode
from interviewer.text.words import content, words


def baselines(rows: Sequence[Row], people: Floats, groups: Sequence[str], seed: int) -> list[tuple[str, Agreement]]:
    """Return how well each of them agrees with people (Pearson) on the same answers."""
    pairs = [(row.answer.text, row.question.reference) for row in rows if row.answer and row.question]
    found = {
        "cosine of averaged token vectors": _cosine(pairs),
        "recall of the reference's content words": np.array([_recall(answer, reference) for answer, reference in pairs]),
        "length in words": np.array([float(len(words(answer))) for answer, _ in pairs]),
    }
    return [(name, agreement(_fraction(values), people, groups, seed)[0]) for name, values in found.items()]


def _fraction(values: Floats) -> Floats:
    """Return values stretched to the scale of grades, 0 to 1, which leaves their correlation as it is."""
    stretched: Floats = (values - values.min()) / (np.ptp(values) or 1.0)
    return stretched


def _cosine(pairs: Sequence[tuple[str, str]]) -> Floats:
    texts = list(dict.fromkeys(text for pair in pairs for text in pair))
    means = {text: encoded.tokens.mean(axis=0) for text, encoded in zip(texts, encode(texts), strict=True)}
    unit = {text: mean / np.linalg.norm(mean) for text, mean in means.items()}
    return np.array([float(unit[answer] @ unit[reference]) for answer, reference in pairs])


def _recall(answer: str, reference: str) -> float:
    wanted = set(content(reference))
    return len(wanted & set(content(answer))) / len(wanted) if wanted else 0.0
