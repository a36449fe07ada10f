"""Agreement with people: each measure counted by hand, what `evaluate` says of it, and the baselines that judge nothing."""

import json
from math import isnan, sqrt
from pathlib import Path

import numpy as np
import pytest

from interviewer.batch.rows import Row
from interviewer.errors import InputError
from interviewer.evaluate.human_agreement import baselines, graded_by_people, measure_agreement
from interviewer.evaluate.metrics import agreement, calibrated, spearman
from interviewer.grading.segment import segment
from interviewer.models import GraderInfo
from tests.conftest import Run
from tests.fakes import question

GRADES, PEOPLE, QUESTIONS = np.array([0.2, 0.4, 0.6, 1.0]), np.array([0.4, 0.2, 0.0, 0.8]), ["a", "a", "b", "b"]


def test_each_measure_is_what_is_counted_by_hand() -> None:
    found = {one.name: one.value for one in agreement(GRADES, PEOPLE, QUESTIONS)}
    assert found == pytest.approx(
        {
            "Pearson": 0.19 / 0.35,  # of the products of -0.35 -0.15 0.05 0.45 and 0.05 -0.15 -0.35 0.45
            "Pearson within questions": 0.14 / sqrt(0.1 * 0.34),  # -0.1 0.1 -0.2 0.2 and 0.1 -0.1 -0.4 0.4
            "Spearman": 0.2,  # ranks 1 2 3 4 and 3 2 1 4
            "Quadratic weighted kappa": 1 - 12 / 21.5,  # steps 1 2 3 5 and 2 1 0 4; 12 apart in all, by chance 86 / 4
            "RMSE": sqrt(0.12),  # -0.2 0.2 0.6 0.2
            "MAE": 0.3,
            "Bias": 0.2,
        }
    )
    # Ranks 1.5 1.5 3 4 and 1 2 3 4.
    assert spearman(np.array([0.1, 0.1, 0.2, 0.3]), np.array([0.1, 0.2, 0.3, 0.4])) == pytest.approx(4.5 / sqrt(4.5 * 5))


def test_a_measure_that_there_is_not_is_no_number() -> None:
    same = np.array([0.5, 0.5, 0.5, 0.5])
    found = agreement(same, same, QUESTIONS)
    assert [one.name for one in found if isnan(one.value)] == [one.name for one in found[:4]]
    pearson = agreement(GRADES, np.array([0.5, 0.5, 0.0, 0.8]), QUESTIONS)[0]
    assert not isnan(pearson.low), "of question a alone there is none, of the other draws there is"


def test_intervals_draw_whole_questions() -> None:
    assert all(one.low == pytest.approx(one.value) == one.high for one in agreement(GRADES, PEOPLE, ["a"] * 4))
    rmse = agreement(GRADES, PEOPLE, QUESTIONS)[4]
    assert (rmse.low, rmse.high) == pytest.approx((0.2, sqrt(0.2)))  # of question a, drawn twice, and of b


def test_calibration_is_a_rising_line_that_never_saw_the_question() -> None:
    # The fit of b pools 0.3 (twice) and 0, which fall, into 0.2 at 0.3, and what is level into 0.8 at 0.7.
    grades = np.array([0.1, 0.5, 0.9, 0.2, 0.2, 0.5, 0.6, 0.8])
    people = np.array([0.5, 0.5, 0.5, 0.4, 0.2, 0.0, 0.8, 0.8])
    assert list(calibrated(grades, people, list("aaabbbbb"))) == pytest.approx([0.2, 0.5, 0.8, *[0.5] * 5])
    assert list(calibrated(GRADES, PEOPLE, ["a"] * 4)) == list(GRADES), "nothing else to learn from"


def test_what_differs_most_comes_first_and_what_was_not_graded_is_told(tmp_path: Path) -> None:
    people = [(0.5, (0.2, 0.4)), (0.9, (0.8, 0.9)), (0.1, (0.3, 0.1)), (0.0, ())]
    rows = [
        Row(n, f"row {n}", question(), segment("Tea."), "", score, both, "ab"[n % 2]) for n, (score, both) in enumerate(people)
    ]
    usage = {"prompt_tokens": 100, "completion_tokens": 10}
    results = [
        *({"score": {"overall": overall, "key_points": []}, "usage": usage} for overall in (40, 20, 70)),
        {"score": None, "usage": None, "reason": "it is busy"},
    ]
    (tmp_path / "results.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in results))
    grader = GraderInfo(kind="llm", model="m", prompt_version="1", estimate=False)
    found = measure_agreement(rows, tmp_path / "results.jsonl", grader, 0, [])
    assert (found.rows, found.graded, found.questions, found.reasons) == (4, 3, 2, {"it is busy": 1})
    assert (found.prompt_tokens, found.completion_tokens) == (300, 30)
    assert [(one.id, one.human, one.grader) for one in found.worst] == [
        ("row 1", 0.9, 0.2),
        ("row 2", 0.1, 0.7),
        ("row 0", 0.5, 0.4),
    ]
    ours, first, second = [0.4, 0.2, 0.7], [0.2, 0.8, 0.3], [0.4, 0.9, 0.1]
    assert {name: one.value for name, one in found.annotators} == pytest.approx(
        {
            "grader and first": np.corrcoef(ours, first)[0, 1],
            "grader and second": np.corrcoef(ours, second)[0, 1],
            "first and second": np.corrcoef(first, second)[0, 1],
        }
    )


def test_evaluate_shows_the_totals_beside_peoples(run: Run, tmp_path: Path) -> None:
    said = ["It memorises noise of the training data, and does worse on unseen data.", "I like tea.", "It is bad."]
    rows = [
        {"id": f"{asked} {n}", "question": asked, "answer": text, "score": n / 4, "annotators": [n, 2], "max_score": 4}
        for asked in ("overfitting", "data-leakage")
        for n, text in enumerate(said)
    ]
    (tmp_path / "people.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    done = run("evaluate", "people.jsonl", "--grader", "embedded")
    assert done.code == 0, done.err
    assert "6 of 6 answers to 2 questions graded" in done.out
    for line in ("Pearson within ", "  grader and second: ", "  length in words: ", "  overfitting 2: people 0.50, grader 0.0"):
        assert f"\n{line}" in done.out
    assert done.out.count(" said: ") == 5
    assert max(map(len, done.out.splitlines())) <= 80


def test_a_sample_keeps_the_order_of_the_file() -> None:
    rows = [Row(n, n, question(), segment("Tea."), "", 0.5) for n in range(20)]
    some = graded_by_people(rows, 5, 1)
    assert [row.index for row in some] == list(range(5))
    assert [row.id for row in some] == sorted({int(row.id) for row in some})
    assert some != graded_by_people(rows, 5, 2)
    assert graded_by_people(rows, 21, 1) == rows
    with pytest.raises(InputError, match=r"no row has a human grade \(row 1: it is not JSON\)"):
        graded_by_people([Row(0, 0, reason="it is not JSON")], None, 0)


def test_a_reference_word_for_word_is_as_near_as_can_be_whatever_its_length() -> None:
    asked, short = question(), question(id="mate", reference="Pour hot water.")
    said = ((asked.reference, asked), ("Elephants are grey.", asked), (short.reference, short))
    rows = [Row(n, n, one, segment(text)) for n, (text, one) in enumerate(said)]
    cosine, recall, _ = baselines(rows, np.array([1.0, 0.0, 1.0]), list("aab"), 0)
    assert (cosine[1].value, recall[1].value) == pytest.approx((1, 1))


def test_length_recall_and_cosine_stand_beside_a_grader() -> None:
    texts = ["Boil fresh water and let the leaves draw.", "I like tea. " * 40, "Water.", "Leaves have to draw for a while."]
    rows = [Row(number, str(number), question(), segment(text)) for number, text in enumerate(texts)]
    found = dict(baselines(rows, np.array([1.0, 0.0, 0.2, 0.6]), ["a", "a", "b", "b"], 0))
    assert set(found) == {"cosine of averaged token vectors", "recall of the reference's content words", "length in words"}
    lengths = np.array([len(text.replace(".", "").split()) for text in texts])
    assert found["length in words"].value == pytest.approx(np.corrcoef(lengths, [1.0, 0.0, 0.2, 0.6])[0, 1])
