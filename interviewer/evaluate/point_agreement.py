"""A grader against people, key point by key point, for rows that carry a person's verdicts or a fair range of the total."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interviewer.batch.rows import Row
from interviewer.evaluate.metrics import Agreement, nominal_kappa
from interviewer.models import VERDICT_ORDER, Verdict

Graded = tuple[Row, dict[str, Any]]
"""A row and the score in its result."""
_TOLERANCE = 5
"""Points by which a total may lie outside a fair range and still count as within it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something was so."""

    count: int
    of: int
    share: float | None
    """None where nothing was counted."""


@dataclass(frozen=True, slots=True)
class PointAgreement:
    """How verdicts agree with people's, on all answers or on those of one kind."""

    kind: str
    """Empty for all."""
    answers: int
    points: int
    kappa: Agreement | None
    """Cohen's kappa over the four verdicts."""
    false_credit: Rate
    """Covered, of what people call missing or contradicted."""
    said_but_missing: Rate
    """Missing, of what people call covered."""
    unsure_and_wrong: Rate
    """Wrong, of the verdicts that the grader called unsure."""
    in_range: Rate
    """Totals within `_TOLERANCE` points of the range that people call fair."""


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
    compared: list[tuple[Verdict, Verdict, bool, str]] = []
    inside: list[bool] = []
    for row, score in graded:
        people = row.labels.by_point if row.labels else {}
        points = [point for point in score["key_points"] if point["id"] in people]
        compared += [(point["verdict"], people[point["id"]], bool(point.get("unsure")), row.group) for point in points]
        if row.labels and row.labels.fair:
            low, high = row.labels.fair
            inside.append(low - _TOLERANCE <= score["overall"] <= high + _TOLERANCE)

    def rate(among: Callable[[Verdict, Verdict, bool], bool], so: Callable[[Verdict, Verdict], bool]) -> Rate:
        return _rate([so(ours, people) for ours, people, unsure, _ in compared if among(ours, people, unsure)])

    return PointAgreement(
        kind=kind,
        answers=len(graded),
        points=len(compared),
        kappa=nominal_kappa(
            np.array([float(VERDICT_ORDER.index(ours)) for ours, *_ in compared]),
            np.array([float(VERDICT_ORDER.index(people)) for _, people, *_ in compared]),
            [group for *_, group in compared],
            seed,
        )
        if compared
        else None,
        false_credit=rate(lambda _, people, __: people in {"missing", "contradicted"}, lambda ours, _: ours == "covered"),
        said_but_missing=rate(lambda _, people, __: people == "covered", lambda ours, _: ours == "missing"),
        unsure_and_wrong=rate(lambda _, __, unsure: unsure, lambda ours, people: ours != people),
        in_range=_rate(inside),
    )


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
