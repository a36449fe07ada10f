"""What the embedded grader makes of spoken answers with a gold verdict for each key point.

    python tests/benchmarks/labelled.py answers-labelled.jsonl answers-labelled-points.jsonl [test]

The first file has an answer a line: `question` (number), `kind`, `answer`, `verdicts`, `low` and `high` (a fair range); the
second has the questions with their key points. Only questions of one part of training/split.json are used: `test` was seen
neither in training nor when thresholds were chosen. Each question also gets all good answers to the others.
"""

import asyncio
import itertools
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from interviewer.bank.bank import load_bank
from interviewer.grading.embedded.grader import EmbeddedGrader
from interviewer.grading.grade import grade_answer
from interviewer.grading.segment import segment
from interviewer.models import PointVerdict, Question, Score
from interviewer.resources import resource

TRAINING = resource("data").parent / "training"
GOOD = ("rambling_expert", "plain_expert", "list_expert", "broken_english", "true_negation")


@dataclass(frozen=True)
class Graded:
    """An answer with its gold verdicts and its score."""

    question: str
    kind: str
    verdicts: Sequence[str]
    fair: tuple[int, int]
    score: Score

    def points(self, *verdicts: str) -> list[PointVerdict]:
        """Return the key points with one of these gold verdicts."""
        return [point for point, gold in zip(self.score.key_points, self.verdicts, strict=True) if gold in verdicts]


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def question_of(row: dict[str, Any]) -> Question:
    wanted = ("number", "id", "question", "reference", "key_points", "misconceptions")
    return Question.model_validate_json(json.dumps({"topic": "none", "level": "basic", **{key: row[key] for key in wanted}}))


async def graded(questions: dict[int, Question], answers: list[dict[str, Any]]) -> list[Graded]:
    grader = EmbeddedGrader()

    async def one(question: Question, row: dict[str, Any]) -> Graded:
        score = (await grade_answer(grader, question, segment(row["answer"]))).score
        assert score is not None
        return Graded(question.id, row["kind"], row["verdicts"], (row["low"], row["high"]), score)

    own = [one(questions[row["question"]], row) for row in answers]
    other = []
    for number, question in questions.items():
        good = [row for row in answers if row["question"] != number and row["kind"] in GOOD]
        nothing = {"kind": "other", "verdicts": ["missing"] * len(question.key_points), "low": 0, "high": 10}
        other += [one(question, row | nothing) for row in good]
    return list(await asyncio.gather(*own, *other))


async def graded_typed(part: str, file: str) -> list[Graded]:
    """Grade the typed answers of a file; a point that is half said, or said and turned round, has neither verdict."""
    grader, bank = EmbeddedGrader(), load_bank()

    async def one(row: dict[str, Any]) -> Graded:
        question = bank.find(row["question"])
        text = " ".join(sentence["text"] for sentence in row["sentences"])
        said, turned, half = (
            {point for sentence in row["sentences"] for point in sentence.get(key, ())}
            for key in ("stated", "reversed", "half")
        )

        def verdict(point: str) -> str:
            if point in half or (point in said and point in turned):
                return "partial"
            return "covered" if point in said else "contradicted" if point in turned else "missing"

        score = (await grade_answer(grader, question, segment(text))).score
        assert score is not None
        return Graded(question.id, row["kind"], [verdict(point.id) for point in question.key_points], (0, 100), score)

    rows = read(TRAINING / file)
    return list(await asyncio.gather(*(one(row) for row in rows if split()[row["question"]] == part)))


def split() -> dict[str, str]:
    parts: dict[str, str] = json.loads((TRAINING / "split.json").read_text(encoding="utf-8"))
    return parts


def within(answers: Iterable[Graded]) -> str:
    """Return how often a point said rightly is likelier than one missing or turned round in the same answer."""
    held = total = 0.0
    for answer in answers:
        right, wrong = (
            [point.reading.likelihood for point in answer.points(*verdicts) if point.reading]
            for verdicts in (("covered",), ("missing", "contradicted"))
        )
        for a, b in itertools.product(right, wrong):
            held, total = held + (a > b) + (a == b) / 2, total + 1
    return f"{held / total:.2f} of {total:.0f}" if total else "none"


def share(points: Iterable[PointVerdict], *kinds: str) -> str:
    kept = [point.reading.kind for point in points if point.reading]
    return f"{sum(kind in kinds for kind in kept) / len(kept):.1%} of {len(kept)}"


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float:
    agreed = fmean(a == b for a, b in pairs)
    (x, y) = (fmean(pair[side] for pair in pairs) for side in (0, 1))
    chance = x * y + (1 - x) * (1 - y)
    return (agreed - chance) / (1 - chance)


def by_kinds(answers: list[Graded]) -> dict[str, list[Graded]]:
    found: dict[str, list[Graded]] = defaultdict(list)
    for answer in answers:
        found[answer.kind].append(answer)
    print("mean:", ", ".join(f"{kind} {fmean(a.score.overall for a in group):.0f}" for kind, group in found.items()))
    return found


def of_points(own: list[Graded]) -> None:
    print("false credit:", share((p for a in own for p in a.points("missing", "contradicted")), "touched"))
    print("  of turned points:", share((p for a in own for p in a.points("contradicted")), "touched"))
    print("said but not found:", share((p for a in own for p in a.points("covered")), "not_found", "turned"))
    print("turned and flagged:", share((p for a in own for p in a.points("contradicted")), "turned"))
    print("false accusation of what was said rightly:", share((p for a in own for p in a.points("covered")), "turned"))


def report(answers: list[Graded]) -> None:
    own = [answer for answer in answers if answer.kind != "other"]
    by_kind = by_kinds(answers)
    for kinds in (("half_wrong",), ("half_clear",), ("swapped", "negated"), GOOD):
        print("within-answer AUC,", "/".join(kinds), within(a for a in own if a.kind in kinds))
    of_points(own)
    pairs = [
        (a.score.overall, b.score.overall)
        for a, b in itertools.permutations(own, 2)
        if a.question == b.question and a.fair[0] > b.fair[1]
    ]
    print(f"order: {fmean(a > b for a, b in pairs):.3f} of {len(pairs)} pairs whose fair ranges lie apart")
    inside = fmean((a.score.low or 0) <= sum(a.fair) / 2 <= (a.score.high or 0) for a in own)
    print(f"the middle of the fair range lies in the shown range: {inside:.0%}")
    usual = Counter((a.kind, gold == "covered") for a in own for gold in a.verdicts)
    said = [
        (gold == "covered", p.reading.kind == "touched", usual[a.kind, True] > usual[a.kind, False])
        for a in own
        for p, gold in zip(a.score.key_points, a.verdicts, strict=True)
        if p.reading
    ]
    grader, control = kappa([(a, b) for a, b, _ in said]), kappa([(a, c) for a, _, c in said])
    print(f"kappa {grader:.2f}; of a control that knows only the kind of an answer {control:.2f}")
    must = [
        any(p.weight == 3 and p.reading and p.reading.kind == "touched" for p in a.score.key_points) for a in by_kind["other"]
    ]
    print(f"an answer to another question touches a must-have: {fmean(must):.1%} of {len(must)}")


async def references() -> None:
    """Print what is not found in the bank's reference answers, and what they are accused of."""
    grader, accused, missed = EmbeddedGrader(), [], 0
    for question in load_bank().questions:
        score = (await grade_answer(grader, question, segment(question.reference))).score
        assert score is not None
        accused += [(question.id, p.id) for p in score.key_points if p.reading and p.reading.kind == "turned"]
        missed += sum(point.reading.kind == "not_found" for point in score.key_points if point.reading)
        accused += [(question.id, error.evidence) for error in score.errors]
    print(f"in the bank's references: not found {missed}, accused {len(accused)}", accused)


def main() -> None:
    file, points, *rest = sys.argv[1:]
    part = (rest or ["test"])[0]
    questions = {row["number"]: question_of(row) for row in read(Path(points)) if split()[row["id"]] == part}
    report(asyncio.run(graded(questions, [row for row in read(Path(file)) if row["question"] in questions])))
    for file in ("short.jsonl", "typed.jsonl"):
        print(f"short typed answers, {file}:")
        typed = asyncio.run(graded_typed(part, file))
        by_kinds(typed)
        of_points(typed)
    asyncio.run(references())


if __name__ == "__main__":
    main()
