"""What a grader is compared with has to be there for any set of answers, long ones included."""

import numpy as np
import pytest

from interviewer.batch.rows import Row
from interviewer.evaluate.human_agreement import baselines
from interviewer.grading.segment import segment
from tests.fakes import question


def test_length_recall_and_cosine_stand_beside_a_grader() -> None:
    texts = ["Boil fresh water and let the leaves draw.", "I like tea. " * 40, "Water.", "Leaves have to draw for a while."]
    rows = [Row(number, str(number), question(), segment(text)) for number, text in enumerate(texts)]
    found = dict(baselines(rows, np.array([1.0, 0.0, 0.2, 0.6]), ["a", "a", "b", "b"], 0))
    assert set(found) == {"cosine of averaged token vectors", "recall of the reference's content words", "length in words"}
    lengths = np.array([len(text.replace(".", "").split()) for text in texts])
    assert found["length in words"].value == pytest.approx(np.corrcoef(lengths, [1.0, 0.0, 0.2, 0.6])[0, 1])
