"""What do the rules of evidence cost on honest answers, and gain on tricks? Not a test: figures for prompts/EXPERIMENTS.md.

    python tests/benchmarks/evidence.py

Honest: each span of the labelled answers that say something, claimed alone for a must-have point. Tricks: a judge that believes
everything calls each point of each question covered and points at the trick; what it can pay out is the score.
"""

from collections import Counter

from interviewer.bank.bank import load_bank
from interviewer.evaluate.behaviour_checks import cases
from interviewer.grading.scoring import score
from interviewer.grading.segment import segment
from interviewer.grading.verify import verify
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


def main() -> None:
    bank = load_bank()
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
