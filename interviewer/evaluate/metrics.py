"""Agreement between a grader and people. All grades are fractions, 0 to 1."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
RESAMPLES = 1_000
KAPPA_LEVELS = 6
"""Quadratic weighted kappa counts grades in this many equal steps, 0 to 5."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One measure, and the interval that holds it in 95 % of the resamples of whole questions."""

    name: str
    value: float
    low: float
    high: float


def pearson(x: Floats, y: Floats) -> float:
    """Return the linear correlation; not a number where one side is constant."""
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def spearman(x: Floats, y: Floats) -> float:
    """Return the correlation of the ranks; ties share the mean of theirs."""
    return pearson(_ranks(x), _ranks(y))


def kappa(x: Floats, y: Floats) -> float:
    """Return Cohen's kappa with quadratic weights (Cohen, 1968) over `KAPPA_LEVELS` equal steps."""
    top = KAPPA_LEVELS - 1
    a, b = np.rint(x * top).astype(int), np.rint(y * top).astype(int)
    observed = np.zeros((KAPPA_LEVELS, KAPPA_LEVELS))
    np.add.at(observed, (a, b), 1)
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / len(a)
    steps = np.arange(KAPPA_LEVELS)
    weights = (steps[:, None] - steps[None, :]) ** 2
    chance = float((weights * expected).sum())
    return 1 - float((weights * observed).sum()) / chance if chance else float("nan")


def rmse(x: Floats, y: Floats) -> float:
    """Return the root of the mean squared difference."""
    return float(np.sqrt(((x - y) ** 2).mean()))


def mae(x: Floats, y: Floats) -> float:
    """Return the mean absolute difference."""
    return float(np.abs(x - y).mean())


def bias(x: Floats, y: Floats) -> float:
    """Return the mean difference: above 0 the grader is more generous than people."""
    return float((x - y).mean())


def centred(x: Floats, groups: Sequence[str]) -> Floats:
    """Return grades less the mean of their question, for agreement within questions."""
    _, index = np.unique(np.asarray(groups), return_inverse=True)
    means = np.bincount(index, weights=x) / np.bincount(index)
    result: Floats = x - means[index]
    return result


def agreement(x: Floats, y: Floats, groups: Sequence[str], seed: int = 0) -> list[Agreement]:
    """Return every measure between grades `x` and people's `y`, with intervals bootstrapped by question."""
    inside = centred(x, groups), centred(y, groups)
    measures: list[tuple[str, Callable[[Floats, Floats], float], tuple[Floats, Floats]]] = [
        ("Pearson", pearson, (x, y)),
        ("Pearson within questions", pearson, inside),
        ("Spearman", spearman, (x, y)),
        ("Quadratic weighted kappa", kappa, (x, y)),
        ("RMSE", rmse, (x, y)),
        ("MAE", mae, (x, y)),
        ("Bias", bias, (x, y)),
    ]
    draws = _resamples(groups, seed)
    return [_with_interval(name, measure, a, b, draws) for name, measure, (a, b) in measures]


def correlation(x: Floats, y: Floats, groups: Sequence[str], seed: int) -> Agreement:
    """Return Pearson's correlation alone, between values of any scale."""
    return _with_interval("Pearson", pearson, x, y, _resamples(groups, seed))


def nominal_kappa(x: Floats, y: Floats, groups: Sequence[str], seed: int) -> Agreement:
    """Return Cohen's kappa (Cohen, 1960) between two labellings of the same things; labels are 0, 1, 2 …, without an order."""
    count = int(max(x.max(), y.max())) + 1

    def kappa(x: Floats, y: Floats) -> float:
        first, second = (np.bincount(side.astype(int), minlength=count) / len(side) for side in (x, y))
        chance = float(first @ second)
        return (float((x == y).mean()) - chance) / (1 - chance) if chance < 1 else float("nan")

    return _with_interval("Kappa of verdicts", kappa, x, y, _resamples(groups, seed))


def _with_interval(
    name: str, measure: Callable[[Floats, Floats], float], x: Floats, y: Floats, draws: Sequence[npt.NDArray[np.int64]]
) -> Agreement:
    values = np.array([measure(x[draw], y[draw]) for draw in draws])
    values = values[~np.isnan(values)]
    low, high = np.quantile(values, [0.025, 0.975]) if len(values) else (np.nan, np.nan)
    return Agreement(name, measure(x, y), float(low), float(high))


def calibrated(x: Floats, y: Floats, groups: Sequence[str]) -> Floats:
    """Return grades mapped to people's scale by isotonic regression, each by a fit that never saw its question.

    A monotone fit cannot change who is better within a fold; it only stretches the scale (Barlow et al., 1972).
    """
    names = np.asarray(groups)
    result = np.zeros_like(x)
    for name in np.unique(names):
        inside = names == name
        if inside.all():
            return x.copy()
        corners, values = _isotonic(x[~inside], y[~inside])
        result[inside] = np.interp(x[inside], corners, values)
    return result


def _isotonic(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Pool adjacent violators; return the corners of a rising line."""
    levels, inverse = np.unique(x, return_inverse=True)
    counts = np.bincount(inverse).astype(float)
    means = np.bincount(inverse, weights=y) / counts
    blocks: list[tuple[float, float, float]] = []
    for level, mean, count in zip(levels, means, counts, strict=True):
        block = (float(level), float(mean), float(count))
        while blocks and blocks[-1][1] >= block[1]:
            at, value, size = blocks.pop()
            whole = size + block[2]
            block = ((at * size + block[0] * block[2]) / whole, (value * size + block[1] * block[2]) / whole, whole)
        blocks.append(block)
    return np.array([block[0] for block in blocks]), np.array([block[1] for block in blocks])


def _resamples(groups: Sequence[str], seed: int) -> Sequence[npt.NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    _, index = np.unique(np.asarray(groups), return_inverse=True)
    order = np.argsort(index, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(index))[:-1])
    return [np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))]) for _ in range(RESAMPLES)]


def _ranks(x: Floats) -> Floats:
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Floats = (last - (counts - 1) / 2)[inverse]
    return ranks
