"""A grader against people, key point by key point, for rows that carry a person's verdicts or a fair range of the total."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, NamedTuple

import numpy as np

from interviewer.batch.rows import Row
from interviewer.evaluate.metrics import Agreement, nominal_kappa
from interviewer.models import VERDICT_ORDER, Verdict

Graded = tuple[Row, dict[str, Any]]
"""A row and the score in its result."""
_NOT_SAID: frozenset[Verdict] = frozenset({"missing", "contradicted"})
_TOLERANCE = 5
"""Points by which a total may lie outside a fair range and still count as within it."""
_STRENGTH: dict[Verdict, float] = {"covered": 1.0, "partial": 0.5, "missing": 0.0, "contradicted": 0.0}
"""How strongly a verdict says that a point was said, where the grader gives no likelihood."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something was so."""

    count: int
    of: int
    share: float | None
    """None if nothing was counted."""


@dataclass(frozen=True, slots=True)
class PointAgreement:
    """How verdicts agree with people's, on all answers or on those of one kind."""

    kind: str
    """Empty for all."""
    answers: int
    points: int
    kappa: Agreement | None
    """Cohen's kappa over the four verdicts; None where grader and people give all points the same one."""
    false_credit: Rate
    """Covered, of what people call missing or contradicted."""
    said_but_missing: Rate
    """Missing, of what people call covered."""
    unsure_and_wrong: Rate
    """The share of wrong verdicts among those that the grader called unsure."""
    in_range: Rate
    """The share of totals within `_TOLERANCE` points of the range that people call fair."""
    mean: float
    """The mean of the totals, 0 to 100."""
    within_answer: float | None
    """The area under the ROC curve within answers: how often, of two points of one answer, one that people call covered ranks
    above one that they call missing or contradicted; a tie counts half. None where no answer has both."""
    pairs: int
    """The pairs that it rests on."""
    control: Agreement | None
    """Kappa of the verdicts that are the most frequent for the kind of the answer: what knowing the kind alone is worth."""


class _Point(NamedTuple):
    """A key point of one answer as the grader and as people see it."""

    ours: Verdict
    people: Verdict
    unsure: bool
    strength: float
    kind: str
    group: str


def point_agreement(graded: Sequence[Graded], seed: int) -> list[PointAgreement]:
    """Return the agreement on all answers, then by kind; empty if no row has verdicts or a range."""
    labelled = [(row, score) for row, score in graded if row.labels and (row.labels.verdicts or row.labels.fair)]
    if not labelled:
        return []
    kinds = sorted({row.labels.kind for row, _ in labelled if row.labels and row.labels.kind})
    found = [_agreement("", labelled, seed)]
    return found + [
        _agreement(kind, [one for one in labelled if one[0].labels and one[0].labels.kind == kind], seed) for kind in kinds
    ]


def _agreement(kind: str, graded: Sequence[Graded], seed: int) -> PointAgreement:
    answers = [list(_points(row, score)) for row, score in graded]
    compared = list(itertools.chain.from_iterable(answers))
    ranked = list(itertools.chain.from_iterable(map(_ranked, answers)))
    inside: list[bool] = []
    for row, score in graded:
        if row.labels and row.labels.fair:
            low, high = row.labels.fair
            inside.append(low - _TOLERANCE <= score["overall"] <= high + _TOLERANCE)

    def rate(among: Callable[[_Point], bool], so: Callable[[_Point], bool]) -> Rate:
        return _rate([so(one) for one in compared if among(one)])

    return PointAgreement(
        kind=kind,
        answers=len(graded),
        points=len(compared),
        kappa=_kappa([one.ours for one in compared], compared, seed),
        false_credit=rate(lambda one: one.people in _NOT_SAID, lambda one: one.ours == "covered"),
        said_but_missing=rate(lambda one: one.people == "covered", lambda one: one.ours == "missing"),
        unsure_and_wrong=rate(lambda one: one.unsure, lambda one: one.ours != one.people),
        in_range=_rate(inside),
        mean=sum(score["overall"] for _, score in graded) / len(graded),
        within_answer=sum(ranked) / len(ranked) if ranked else None,
        pairs=len(ranked),
        control=_kappa(_most_frequent(compared), compared, seed),
    )


def _points(row: Row, score: dict[str, Any]) -> Iterator[_Point]:
    people = row.labels.by_point if row.labels else {}
    for point in score["key_points"]:
        if verdict := people.get(point["id"]):
            ours: Verdict = point["verdict"]
            strength = point["reading"]["likelihood"] if point.get("reading") else _STRENGTH[ours]
            kind = row.labels.kind if row.labels else ""
            yield _Point(ours, verdict, bool(point.get("unsure")), strength, kind, row.group)


def _ranked(answer: Iterable[_Point]) -> list[float]:
    """Return 1 for each point said and point not said of one answer that are ranked right, 0.5 for a tie, else 0."""
    strengths = [(one.people, one.strength) for one in answer]
    said = [strength for people, strength in strengths if people == "covered"]
    unsaid = [strength for people, strength in strengths if people in _NOT_SAID]
    return [(high > low) + (high == low) / 2 for high, low in itertools.product(said, unsaid)]


def _most_frequent(points: Sequence[_Point]) -> list[Verdict]:
    """Return for each point the verdict that people give most often in answers of its kind."""
    counts: dict[str, Counter[Verdict]] = {}
    for one in points:
        counts.setdefault(one.kind, Counter())[one.people] += 1
    return [counts[one.kind].most_common(1)[0][0] for one in points]


def _kappa(ours: Sequence[Verdict], points: Sequence[_Point], seed: int) -> Agreement | None:
    """Return Cohen's kappa between these verdicts and people's; None without points, or where all have one verdict."""
    if not points:
        return None
    people, groups = [one.people for one in points], [one.group for one in points]
    x, y = (np.array([float(VERDICT_ORDER.index(one)) for one in verdicts]) for verdicts in (ours, people))
    found = nominal_kappa(x, y, groups, seed)
    return None if isnan(found.value) else found


def order(graded: Sequence[Graded]) -> Rate:
    """Return how often, of two answers to a question whose fair ranges lie apart, the better one got the higher score."""
    by_question: dict[str, list[tuple[float, float, int]]] = {}
    for row, score in graded:
        if row.labels and row.labels.fair:
            by_question.setdefault(row.group, []).append((*row.labels.fair, score["overall"]))
    return _rate(
        [
            better > worse
            for totals in by_question.values()
            for (low, _, better), (_, high, worse) in itertools.permutations(totals, 2)
            if low > high
        ]
    )


def _rate(held: Sequence[bool]) -> Rate:
    return Rate(sum(held), len(held), sum(held) / len(held) if held else None)
