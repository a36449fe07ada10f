"""A grader against people: a human-graded set is graded anew, and the grades are compared."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from interviewer.batch.rows import Row
from interviewer.batch.writer import read_results
from interviewer.errors import InputError
from interviewer.models import GraderInfo

if TYPE_CHECKING:
    from interviewer.evaluate.metrics import Agreement

_WORST = 5


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An answer that grader and people see differently."""

    id: str
    question: str
    answer: str
    reference: str
    human: float
    grader: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `evaluate DATASET` reports."""

    grader: GraderInfo
    rows: int
    graded: int
    questions: int
    agreement: "list[Agreement]"
    calibrated: "list[Agreement]"
    """The same after a monotone calibration that never saw the question at hand."""
    annotators: "list[tuple[str, Agreement]]"
    """Pearson with each annotator, and between them."""
    baselines: "list[tuple[str, Agreement]]"
    """Pearson of what needs no judgement at all."""
    worst: list[Disagreement]
    reasons: dict[str, int]
    prompt_tokens: int
    completion_tokens: int


def graded_by_people(rows: Sequence[Row], sample: int | None, seed: int) -> list[Row]:
    """Return the rows that have a human grade, or so many of them chosen by chance, numbered anew.

    Raises:
        InputError: there is none.
    """
    usable = [row for row in rows if row.score is not None and row.question is not None]
    if not usable:
        raise InputError("no row has a human grade", next_step='each row needs a "score" between 0 and 1, and a reference')
    if sample is not None and sample < len(usable):
        usable = sorted(random.Random(seed).sample(usable, sample), key=lambda row: row.index)  # noqa: S311
    return [
        Row(index, row.id, row.question, row.answer, row.reason, row.score, row.annotators, row.group)
        for index, row in enumerate(usable)
    ]


def cache_file(folder: Path, rows: Sequence[Row], grader: GraderInfo, variant: str) -> Path:
    """Return where the results for exactly these rows by exactly this grader are kept, so that a stopped run goes on."""
    import interviewer

    digest = hashlib.sha256(f"{interviewer.__version__}\n{grader.model_dump_json()}\n{variant}\n".encode())
    for row in rows:
        digest.update(f"{row.id}\n{row.answer.text if row.answer else ''}\n".encode())
        digest.update((row.question.model_dump_json() if row.question else "").encode())
    return folder / f"{digest.hexdigest()[:16]}.jsonl"


def compare(rows: Sequence[Row], results: Path, grader: GraderInfo, seed: int) -> Comparison:
    """Compare the results in a writer with what people gave.

    Raises:
        InputError: not one row was graded.
    """
    import numpy as np

    from interviewer.evaluate.baselines import baselines
    from interviewer.evaluate.metrics import Agreement, agreement, calibrated

    reasons: dict[str, int] = {}
    tokens = [0, 0]
    pairs: list[tuple[Row, float]] = []
    for row, result in zip(rows, read_results(results), strict=False):
        usage = result.get("usage")
        if isinstance(usage, dict):
            tokens[0] += int(usage["prompt_tokens"])
            tokens[1] += int(usage["completion_tokens"])
        score = result.get("score")
        if isinstance(score, dict):
            pairs.append((row, int(score["overall"]) / 100))
        else:
            reason = str(result.get("reason"))
            reasons[reason] = reasons.get(reason, 0) + 1
    if not pairs:
        first = next(iter(reasons), "nothing was graded")
        raise InputError(f"no row could be graded: {first}", next_step="interviewer doctor")
    ours = np.array([score for _, score in pairs])
    people = np.array([row.score or 0.0 for row, _ in pairs])
    groups = [row.group for row, _ in pairs]
    both = [(row, score) for row, score in pairs if len(row.annotators) == 2]
    by_annotator: list[tuple[str, Agreement]] = []
    if both:
        sides = [np.array([row.annotators[side] for row, _ in both]) for side in (0, 1)]
        own, inside = np.array([score for _, score in both]), [row.group for row, _ in both]
        named = {
            "grader and first": (own, sides[0]),
            "grader and second": (own, sides[1]),
            "first and second": (sides[0], sides[1]),
        }
        by_annotator = [(name, agreement(a, b, inside, seed)[0]) for name, (a, b) in named.items()]
    gaps = sorted(pairs, key=lambda pair: abs(pair[1] - (pair[0].score or 0.0)), reverse=True)
    return Comparison(
        grader=grader,
        rows=len(rows),
        graded=len(pairs),
        questions=len(set(groups)),
        agreement=agreement(ours, people, groups, seed),
        calibrated=agreement(calibrated(ours, people, groups), people, groups, seed),
        annotators=by_annotator,
        baselines=baselines([row for row, _ in pairs], people, groups, seed),
        worst=[_disagreement(row, score) for row, score in gaps[:_WORST]],
        reasons=reasons,
        prompt_tokens=tokens[0],
        completion_tokens=tokens[1],
    )


def _disagreement(row: Row, score: float) -> Disagreement:
    assert row.question is not None  # noqa: S101  # such rows were left out at the start
    assert row.answer is not None  # noqa: S101
    return Disagreement(
        str(row.id), row.question.question, row.answer.text, row.question.reference, round(row.score or 0.0, 2), round(score, 2)
    )
