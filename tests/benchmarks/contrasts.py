"""How the embedded grader reads contrasts in one sentence, said rightly and with the two terms exchanged.

`python tests/benchmarks/contrasts.py` prints how many of their points it touches, tells the other way round and does not find.
No question of `training/contrasts.jsonl` is one for measuring only.
"""

import asyncio
import json
from collections import Counter
from pathlib import Path

from interviewer.bank.bank import load_bank
from interviewer.grading.embedded.grader import EmbeddedGrader
from interviewer.grading.grade import grade_answer
from interviewer.grading.segment import segment

CONTRASTS = Path(__file__).parent.parent.parent / "training" / "contrasts.jsonl"


async def readings(kind: str) -> Counter[str]:
    """Return how often the points of all contrasts of a kind, "right" or "exchanged", read as what."""
    grader, bank = EmbeddedGrader(), load_bank()
    counts: Counter[str] = Counter()
    for row in map(json.loads, CONTRASTS.read_text(encoding="utf-8").splitlines()):
        score = (await grade_answer(grader, bank.find(row["question"]), segment(row[kind]))).score
        assert score is not None
        counts.update(point.reading.kind for point in score.key_points if point.reading and point.id in row["points"])
    return counts


if __name__ == "__main__":
    for kind in ("right", "exchanged"):
        print(kind, dict(asyncio.run(readings(kind))))
