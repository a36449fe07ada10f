"""What do the rules of evidence cost on honest answers, and gain on tricks? Not a test: figures for prompts/EXPERIMENTS.md.

    python -m tests.benchmarks.evidence [ANSWERS.jsonl] [SET.jsonl…]

Honest: each span of the labelled answers that say something, claimed alone for a must-have point. Tricks: a judge that believes
everything calls each point of each question covered and points at the trick; what it can pay out is the score. ANSWERS.jsonl
has a person's `verdicts` on the `points` of the bank's questions, and the `quotes` that bear them out: a perfect judge. Of a
SET with a reference and people's `score`, each answer with full marks is claimed as a whole for the first derived point.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path

from interviewer.bank.bank import Bank, load_bank
from interviewer.bank.points import with_key_points
from interviewer.batch.rows import read_rows
from interviewer.evaluate.behaviour_checks import cases
from interviewer.grading.scoring import score
from interviewer.grading.segment import segment
from interviewer.grading.verify import verify, verify_points
from interviewer.models import Judgement, PointClaim, Question
from tests.attacks import load_attacks

HONEST = ("expert", "paraphrase", "terse", "half", "mixed")
THIN = "Well, one looks at it, and then one sees."
EVERY = 5
"""Tricks are played on every so many of the bank's questions."""
LITTLE = 10


def claimed(question: Question, points: int, spans: tuple[int, ...]) -> Judgement:
    chosen = question.key_points[:points]
    claims = tuple(PointClaim(key_point=point.id, spans=spans, verdict="covered") for point in chosen)
    return Judgement(points=claims, depth=1.0, clarity=1.0, level=5.0)


def true_verdicts(bank: Bank, path: Path) -> None:
    """Print how many of a person's verdicts are refused, and what share of the quotes the evidence holds."""
    made, refused, held = 0, Counter[str](), 0.0
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        question, answer, quoted = bank.find(str(row["question"])), segment(row["answer"]), {}
        for name, verdict, quote in zip(row["points"], row["verdicts"], row["quotes"], strict=True):
            start = answer.text.find(quote or "\0")
            spans = tuple(span.number for span in answer.spans if span.start < start + len(quote or "") and start < span.end)
            if start >= 0 and verdict != "missing":
                quoted[name] = (start, start + len(quote), PointClaim(key_point=name, spans=spans, verdict=verdict))
        for point in verify_points([claim for *_, claim in quoted.values()], question, answer):
            if point.id in quoted:
                start, end, _ = quoted[point.id]
                made += 1
                refused.update([re.sub(r"[\d, ]+", " ", point.rejected.reason)] if point.rejected else [])
                held += max(0, min(end, point.span[1]) - max(start, point.span[0])) / (end - start) if point.span else 0
    print(f"{made} true verdicts; refused: {dict(refused)}; evidence holds {held / (made - refused.total()):.1%} of the quotes")


def full_marks(bank: Bank, path: Path) -> None:
    """Print how many answers that people gave full marks are refused."""
    refused, full = Counter[str](), 0
    for row in read_rows(path, bank):
        if row.question and row.answer and row.score == 1:
            question = with_key_points(row.question)
            everything = tuple(span.number for span in row.answer.spans)
            points, _ = verify(claimed(question, 1, everything), question, row.answer)
            full += 1
            refused.update(point.rejected.reason for point in points if point.rejected)
    print(f"{path.stem}: {full} answers with full marks; refused: {dict(refused)}")


def main() -> None:
    bank = load_bank()
    for path in map(Path, sys.argv[1:]):
        (true_verdicts if '"quotes"' in path.read_text(encoding="utf-8") else full_marks)(bank, path)
    spans, refused = 0, Counter[str]()
    for case in cases(bank):
        if case.style in HONEST:
            question, answer = bank.find(case.question), segment(case.answer)
            for span in answer.spans:
                spans += 1
                points, _ = verify(claimed(question, 1, (span.number,)), question, answer)
                refused.update(point.rejected.reason for point in points if point.rejected)
    print(f"{spans} spans of honest answers; refused as evidence: {dict(refused)}")
    played, paid, why = Counter[str](), Counter[str](), Counter[str]()
    for attack in load_attacks():
        for question in bank.questions[::EVERY]:
            if attack.bare:
                continue
            answer = segment(attack.on(THIN))
            tricks = tuple(span.number for span in answer.spans if span.text not in THIN)[:3]
            judgement = claimed(question, len(question.key_points), tricks)
            points, errors = verify(judgement, question, answer)
            played[attack.style] += 1
            paid[attack.style] += score(judgement, points, errors, question, "llm").overall > LITTLE
            why.update({point.rejected.reason for point in points if point.rejected})
    for style, number in played.items():
        print(f"{style:<10} {number:>5} tricks on a judge that believes everything; over {LITTLE} points: {paid[style]}")
    print(f"all: {paid.total()} of {played.total()}; refused at least once because: {dict(why)}")


if __name__ == "__main__":
    main()
