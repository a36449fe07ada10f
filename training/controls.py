"""How well true sentences are told from their twins without understanding them: python training/controls.py. Needs numpy.

Prints the AUC on questions kept back of a logistic regression on the overlap with the key point; on cue words and the length;
on the words and pairs of words of the sentence alone. All have to be near 0.5.
"""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from examples import load_points, load_split
from statements import load_statements

CUES = [
    "not",
    "no",
    "never",
    "none",
    "nothing",
    "without",
    "instead",
    "rather",
    "unlike",
    "neither",
    "nor",
    "cannot",
    "hardly",
    "only",
    "opposite",
    "same",
    "always",
    "all",
    "more",
    "less",
]
Row = tuple[str, str]
"""A sentence and the key point."""


def tokens(text: str) -> list[str]:
    """Return the words of a text."""
    return re.findall(r"[a-z0-9']+", text.lower())


def overlap(row: Row) -> list[float]:
    """Return how many words and pairs of words a sentence shares with the point."""
    said, point = (tokens(text) for text in row)
    pairs = [set(itertools.pairwise(words)) for words in (said, point)]
    shared, of_pairs = len(set(said) & set(point)), len(pairs[0] & pairs[1])
    return [shared, shared / len(set(point)), shared / len(set(said)), of_pairs, of_pairs / max(1, len(pairs[1]))]


def cues(row: Row) -> list[float]:
    """Return which cue words a sentence has, and its length."""
    words = tokens(row[0])
    return [len(words), sum(word.endswith("n't") for word in words), *(float(cue in words) for cue in CUES)]


def style(rows: Sequence[Row]) -> Callable[[Row], list[float]]:
    """Return a function to the frequent words and pairs of words of a sentence."""

    def found(row: Row) -> set[str]:
        words = tokens(row[0])
        return {*words, *map(" ".join, itertools.pairwise(words))}

    counts = Counter(item for row in rows for item in found(row))
    known = [item for item, count in counts.items() if count >= 4]
    return lambda row: [float(item in items) for items in (found(row),) for item in known]


def learned(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the weights of a logistic regression, by gradient descent with a small penalty."""
    weights = np.zeros(features.shape[1])
    for _ in range(300):
        chance = 1 / (1 + np.exp(-features @ weights))
        weights -= features.T @ (chance - labels) / len(labels) + 2 * weights / len(labels)
    return weights


def auc(high: np.ndarray, low: np.ndarray) -> float:
    """Return how often a value of the first is above one of the second."""
    return float((high[:, None] > low[None, :]).mean() + (high[:, None] == low[None, :]).mean() / 2)


Labelled = tuple[bool, bool, Row]
"""Whether the question is kept back, whether the sentence is true, and the sentence beside its point."""


def of_points() -> list[Labelled]:
    """Return the sentences of points.jsonl; the test questions are kept back."""
    split = load_split()
    return [
        (split[point.question] == "test", code[0] == "+", (sentence, point.texts[0]))
        for point in load_points()
        for code, sentence in point.said.items()
        if code[0] in "+-"
    ]


def of_statements() -> list[Labelled]:
    """Return the short statements; every fifth question is kept back."""
    return [
        (number % 5 == 0, side == "right", (statement[side], row["points"][point]))
        for number, row in enumerate(load_statements())
        for statement in row["statements"]
        for side, does in (("right", "stated"), ("wrong", "reversed"))
        for point in statement.get(does, ())
    ]


def main() -> None:
    """Print the three controls of both files."""
    for file, said in (("points.jsonl", of_points()), ("statements.jsonl", of_statements())):
        seen, held = ([row for row in said if row[0] is kept_back] for kept_back in (False, True))
        kinds = {"overlap": overlap, "cue words and length": cues, "style": style([row for *_, row in seen])}
        for name, features in kinds.items():
            x, z = (np.array([features(row) for *_, row in rows]) for rows in (seen, held))
            mean, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 0.05)
            weights = learned((x - mean) / spread, np.array([float(true) for _, true, _ in seen]))
            shown, true = (z - mean) / spread @ weights, np.array([true for _, true, _ in held])
            print(f"{file}, {name}: {auc(shown[true], shown[~true]):.3f} on {len(held)} sentences")


if __name__ == "__main__":
    main()
