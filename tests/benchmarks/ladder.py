"""The built-in answers of known rank, graded by the embedded grader against short references in place of our key points.

    python -m tests.benchmarks.ladder REFERENCES.jsonl

A row is {"number": of a question of the bank, "question", "reference"}. Prints each check of `interviewer evaluate`, and the
mean score of each style of answer.
"""

import asyncio
import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import fmean

from interviewer.bank.bank import load_bank
from interviewer.evaluate.behaviour_checks import cases, judge
from interviewer.grading.embedded.grader import EmbeddedGrader
from interviewer.grading.grade import grade_answer
from interviewer.grading.segment import segment

BARE = {"key_points": (), "misconceptions": (), "follow_ups": ()}


def main() -> None:
    rows = map(json.loads, Path(sys.argv[1]).read_text(encoding="utf-8").splitlines())
    fields = {row["number"]: {"question": row["question"], "reference": row["reference"]} for row in rows if row["reference"]}
    asyncio.run(grade(fields))


async def grade(texts: dict[int, dict[str, str]]) -> None:
    bank, grader = load_bank(), EmbeddedGrader()
    scores: dict[str, int] = {}
    styles: dict[str, list[int]] = defaultdict(list)
    for case in cases(bank):
        question = bank.find(case.question)
        if question.number in texts:
            bare = question.model_copy(update=BARE | texts[question.number])
            result = await grade_answer(grader, bare, segment(case.answer))
            assert result.score, result
            scores[case.id] = result.score.overall
            styles[case.style].append(result.score.overall)
    for check in judge(scores, {}):
        print(f"{check.name:<60}{check.held:>5} of {check.of:<5}{check.share:6.1%}")
    for style, found in styles.items():
        print(f"  {style:<12}{fmean(found):4.0f}")


if __name__ == "__main__":
    main()
