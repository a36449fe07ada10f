"""A grader against people: a human-graded set is graded anew, and the grades are compared.

Beside the grader stand baselines that judge nothing: any grader has to agree with people better than these.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

import interviewer
from interviewer.batch.rows import Row, read_results
from interviewer.errors import InputError
from interviewer.evaluate.metrics import Agreement, Floats, agreement, calibrated, correlation
from interviewer.evaluate.point_agreement import Graded, PointAgreement, Rate, order, point_agreement
from interviewer.grading.embedded.encoder import encode
from interviewer.models import GraderInfo
from interviewer.text.words import content, words

UNGRADED_BY_PEOPLE = "no grade or verdicts by people"
_WORST = 5
"""Answers shown on which grader and people differ most."""


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
class Problem:
    """A row of the set that is not compared, or without a part of what people say about it."""

    id: str
    reason: str
    left_out: bool


@dataclass(frozen=True, slots=True)
class HumanAgreement:
    """The agreement of a grader with people, as `evaluate DATASET` reports it."""

    grader: GraderInfo
    rows: int
    graded: int
    questions: int
    agreement: list[Agreement]
    calibrated: list[Agreement]
    """The same after a monotone calibration that never saw the question at hand."""
    annotators: list[tuple[str, Agreement]]
    """Pearson with each annotator, and between them."""
    baselines: list[tuple[str, Agreement]]
    """Pearson of what needs no judgement at all."""
    points: list[PointAgreement]
    """Verdicts against people's: on all answers, then by kind."""
    order: Rate
    worst: list[Disagreement]
    reasons: dict[str, int]
    problems: list[Problem]
    prompt_tokens: int
    completion_tokens: int


def problems(rows: Sequence[Row]) -> list[Problem]:
    """Return the rows that `graded_by_people` leaves out, and those whose labels cannot all be used."""
    return [
        Problem(str(row.id), row.reason or row.remark or UNGRADED_BY_PEOPLE, left_out=not _is_usable(row))
        for row in rows
        if row.remark or not _is_usable(row)
    ]


def _is_usable(row: Row) -> bool:
    return row.score is not None or bool(row.labels and row.labels.verdicts)


def graded_by_people(rows: Sequence[Row], sample: int | None, seed: int) -> list[Row]:
    """Return the rows that have a human grade or verdicts, or `sample` of them chosen at random, numbered anew.

    Raises:
        InputError: there is none.
    """
    usable = [row for row in rows if _is_usable(row)]
    if not usable:
        reason = next((f" (row {row.index + 1}: {why})" for row in rows if (why := row.reason or row.remark)), "")
        raise InputError(
            f"no row has a human grade{reason}",
            next_step='each row needs a "score" between 0 and 1, or "verdicts", and a question with its reference',
        )
    if sample is not None and sample < len(usable):
        usable = sorted(random.Random(seed).sample(usable, sample), key=lambda row: row.index)  # noqa: S311
    return [replace(row, index=index) for index, row in enumerate(usable)]


def cache_file(folder: Path, rows: Sequence[Row], grader: GraderInfo, variant: str) -> Path:
    """Return where the results for exactly these rows by exactly this grader are kept, so that a stopped run goes on."""
    digest = hashlib.sha256(f"{interviewer.__version__}\n{grader.model_dump_json()}\n{variant}\n".encode())
    for row in rows:
        digest.update(f"{row.id}\n{row.answer.text if row.answer else ''}\n".encode())
        digest.update((row.question.model_dump_json() if row.question else "").encode())
    return folder / f"{digest.hexdigest()[:16]}.jsonl"


def measure_agreement(
    rows: Sequence[Row], results: Path, grader: GraderInfo, seed: int, problems: list[Problem]
) -> HumanAgreement:
    """Compare the results in an output with what people gave.

    Raises:
        InputError: not one row was graded.
    """
    reasons: Counter[str] = Counter()
    prompt_tokens = completion_tokens = 0
    graded: list[Graded] = []
    for row, result in zip(rows, read_results(results), strict=False):
        if usage := result["usage"]:
            prompt_tokens += usage["prompt_tokens"]
            completion_tokens += usage["completion_tokens"]
        if score := result["score"]:
            graded.append((row, score))
        else:
            reasons[result["reason"]] += 1
    if not graded:
        first = next(iter(reasons), "nothing was graded")
        raise InputError(f"no row could be graded: {first}", next_step="interviewer doctor")
    pairs = [(row, score["overall"] / 100) for row, score in graded if row.score is not None]
    scored = [row for row, _ in pairs]
    ours = np.array([score for _, score in pairs])
    people = np.array([row.score or 0.0 for row in scored])
    groups = [row.group for row in scored]
    return HumanAgreement(
        grader=grader,
        rows=len(rows),
        graded=len(graded),
        questions=len({row.group for row, _ in graded}),
        agreement=agreement(ours, people, groups, seed) if pairs else [],
        calibrated=agreement(calibrated(ours, people, groups), people, groups, seed) if pairs else [],
        annotators=_by_annotator(pairs, seed),
        baselines=baselines(scored, people, groups, seed) if pairs else [],
        points=point_agreement(graded, seed),
        order=order(graded),
        worst=list(islice(_disagreements(pairs), _WORST)),
        reasons=dict(reasons),
        problems=problems,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
    )


def _by_annotator(pairs: Sequence[tuple[Row, float]], seed: int) -> list[tuple[str, Agreement]]:
    """Return Pearson between the grader and each of two annotators, and between these, on answers that both graded."""
    both = [(row, score) for row, score in pairs if len(row.annotators) == 2]
    if not both:
        return []
    first, second = (np.array([row.annotators[side] for row, _ in both]) for side in (0, 1))
    ours, groups = np.array([score for _, score in both]), [row.group for row, _ in both]
    compared = {
        "grader and first": (ours, first),
        "grader and second": (ours, second),
        "first and second": (first, second),
    }
    return [(name, correlation(a, b, groups, seed)) for name, (a, b) in compared.items()]


def _disagreements(pairs: Sequence[tuple[Row, float]]) -> Iterator[Disagreement]:
    """Yield the answers, those first whose two grades differ most."""
    for row, score in sorted(pairs, key=lambda pair: abs(pair[1] - (pair[0].score or 0.0)), reverse=True):
        if row.question and row.answer:
            people = round(row.score or 0.0, 2)
            yield Disagreement(
                str(row.id), row.question.question, row.answer.text, row.question.reference, people, round(score, 2)
            )


def baselines(rows: Sequence[Row], people: Floats, groups: Sequence[str], seed: int) -> list[tuple[str, Agreement]]:
    """Return how well each baseline agrees with people (Pearson) on the same answers."""
    pairs = [(row.answer.text, row.question.reference) for row in rows if row.answer and row.question]
    found = {
        "cosine of averaged token vectors": _cosine(pairs),
        "recall of the reference's content words": np.array([_recall(answer, reference) for answer, reference in pairs]),
        "length in words": np.array([float(len(words(answer))) for answer, _ in pairs]),
    }
    return [(name, correlation(values, people, groups, seed)) for name, values in found.items()]


def _cosine(pairs: Sequence[tuple[str, str]]) -> Floats:
    texts = list(dict.fromkeys(text for pair in pairs for text in pair))
    means = {text: encoded.tokens.mean(axis=0) for text, encoded in zip(texts, encode(texts), strict=True)}
    unit = {text: mean / np.linalg.norm(mean) for text, mean in means.items()}
    return np.array([float(unit[answer] @ unit[reference]) for answer, reference in pairs])


def _recall(answer: str, reference: str) -> float:
    wanted = set(content(reference))
    return len(wanted & set(content(answer))) / len(wanted) if wanted else 0.0
