"""How well the embedded grader agrees with people on human-graded sets, where questions have a reference only.

    python tests/benchmarks/agreement.py mohler.jsonl beetle.jsonl

Prints for each set Pearson, by the length of answers as well, the share of people's marks that the shown range holds, and the
share of their full marks that a list of half the reference's keywords outscores.
"""

import asyncio
import random
import sys
from pathlib import Path

import numpy as np

from interviewer.bank.bank import load_bank
from interviewer.batch.rows import read_rows
from interviewer.evaluate.metrics import pearson
from interviewer.grading.embedded.grader import EmbeddedGrader
from interviewer.grading.grade import grade_answer
from interviewer.grading.segment import segment
from interviewer.models import Question, Score
from interviewer.text.words import word_list, words

LONG = 30
"""Words from which on an answer is reported as long."""


async def agreement(path: Path) -> str:
    grader = EmbeddedGrader()

    async def graded(question: Question, text: str) -> Score:
        result = await grade_answer(grader, question, segment(text))
        assert result.score, result
        return result.score

    rows = [row for row in read_rows(path, load_bank()) if row.question and row.answer and row.score is not None]
    questions = {row.question for row in rows if row.question}
    lists = {question: (await graded(question, keywords(question))).overall for question in questions if keywords(question)}
    scores = [await graded(row.question, row.answer.text) for row in rows if row.question and row.answer]
    shown = np.array([score.overall for score in scores])
    people = np.array([row.score for row in rows], float)
    held = [low <= 100 * own <= high for (low, high), own in zip((score.range for score in scores), people, strict=True)]
    long = np.array([len(row.answer.text.split()) >= LONG for row in rows if row.answer])
    full = [lists[row.question] > own for row, own in zip(rows, shown, strict=True) if row.score == 1 and row.question in lists]
    return (
        f"{path.stem}: {pearson(shown, people):.3f} of {len(rows)} answers, {pearson(shown[long], people[long]):.3f} of the "
        f"{long.sum()} with {LONG} words or more, mean {(shown / 100 - people).mean():+.2f} from people's, "
        f"its range holds {np.mean(held):.1%}, keyword lists outscore {np.mean(full):.1%} of full marks"
    )


def keywords(question: Question) -> str:
    """Return half of the reference's content words, in an order of chance."""
    found = list(dict.fromkeys(word for word in words(question.reference) if word not in word_list("stopwords")))
    random.Random(question.question).shuffle(found)
    return " ".join(found[: (len(found) + 1) // 2])


def main() -> None:
    for name in sys.argv[1:]:
        print(asyncio.run(agreement(Path(name))), flush=True)


if __name__ == "__main__":
    main()
