"""How well the embedded grader agrees with people, and the corner of its calibration, on human-graded sets.

    python tests/benchmarks/agreement.py mohler.jsonl beetle.jsonl

Prints for each set Pearson as graded; with the corner chosen on the other questions of the set (leave one question out);
with the corner chosen on the other sets; and the share of people's full marks that a list of half the reference's keywords
outscores. The last line is the corner with the highest mean over all sets; recall.py has a gentler one, since people's
generosity differs from set to set.
"""

import asyncio
import itertools
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from interviewer.bank.bank import load_bank
from interviewer.batch.rows import read_rows
from interviewer.evaluate.metrics import pearson
from interviewer.grading.embedded.grader import EmbeddedGrader
from interviewer.grading.embedded.recall import CORNER
from interviewer.grading.grade import grade_answer
from interviewer.grading.segment import segment
from interviewer.models import Question
from interviewer.text.words import word_list, words

Floats = npt.NDArray[np.float64]
CORNERS = [(x / 20, y / 50) for x, y in itertools.product(range(4, 17), range(10, 48)) if y / 50 >= x / 20]


@dataclass(frozen=True)
class Graded:
    """A set as graded: raw levels, people's grades, and which question each belongs to."""

    name: str
    raw: Floats
    people: Floats
    groups: npt.NDArray[np.str_]
    attacked: float


def curve(raw: Floats, corner: tuple[float, float]) -> Floats:
    return np.interp(raw, [0.0, corner[0], 1.0], [0.0, corner[1], 1.0])


def best(parts: Sequence[tuple[Floats, Floats]]) -> tuple[float, float]:
    """Return the corner with the highest mean Pearson."""
    return max(CORNERS, key=lambda corner: sum(pearson(curve(raw, corner), people) for raw, people in parts))


async def read(path: Path) -> Graded:
    grader = EmbeddedGrader()
    corners = ((0.0, 0.0), CORNER, (1.0, 1.0))
    xs, ys = zip(*corners, strict=True)

    async def raw(question: Question, text: str) -> float:
        result = await grade_answer(grader, question, segment(text))
        assert result.score, result
        return float(np.interp(result.score.overall / 100, ys, xs))

    rows = [row for row in read_rows(path, load_bank()) if row.question and row.answer and row.score is not None]
    questions = {row.question for row in rows if row.question}
    lists = {question: await raw(question, keywords(question)) for question in questions if keywords(question)}
    levels = [await raw(row.question, row.answer.text) for row in rows if row.question and row.answer]
    full = [
        lists[row.question] > level for row, level in zip(rows, levels, strict=True) if row.score == 1 and row.question in lists
    ]
    people, groups = np.array([row.score for row in rows]), np.array([row.group for row in rows])
    return Graded(path.stem, np.array(levels), people, groups, float(np.mean(full)))


def keywords(question: Question) -> str:
    """Return half of the reference's content words, in an order of chance."""
    found = list(dict.fromkeys(word for word in words(question.reference) if word not in word_list("stopwords")))
    random.Random(question.question).shuffle(found)
    return " ".join(found[: (len(found) + 1) // 2])


def left_out(graded: Graded) -> float:
    shown = np.zeros_like(graded.raw)
    for group in np.unique(graded.groups):
        inside = graded.groups == group
        shown[inside] = curve(graded.raw[inside], best([(graded.raw[~inside], graded.people[~inside])]))
    return pearson(shown, graded.people)


def main() -> None:
    sets = [asyncio.run(read(Path(name))) for name in sys.argv[1:]]
    for one in sets:
        others = [(other.raw, other.people) for other in sets if other is not one]
        across = f"{pearson(curve(one.raw, best(others)), one.people):.3f}" if others else "-"
        print(
            f"{one.name}: raw {pearson(one.raw, one.people):.3f}, "
            f"as shipped {pearson(curve(one.raw, CORNER), one.people):.3f}, "
            f"leave one question out {left_out(one):.3f}, corner from the other sets {across}, "
            f"keyword lists outscore {one.attacked:.1%} of full marks"
        )
    print("corner for all:", best([(one.raw, one.people) for one in sets]))


if __name__ == "__main__":
    main()
