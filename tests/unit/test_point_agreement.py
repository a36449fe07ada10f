"""`evaluate` on rows with people's verdicts: what a person reads, and what --json has."""

import json
from pathlib import Path
from typing import Any

import pytest

from interviewer.bank.bank import load_bank
from interviewer.batch.rows import Row, read_rows
from interviewer.evaluate.human_agreement import graded_by_people
from interviewer.evaluate.point_agreement import order, point_agreement
from tests.conftest import Run
from tests.fakes import Sent, StubServer, completion, reply


def row(name: str, verdicts: list[str], **more: Any) -> dict[str, Any]:
    points = ["The water boils.", "The leaves draw."]
    return {
        "id": name,
        "question": "How is tea made?",
        "key_points": points,
        "answer": "It boils.",
        "verdicts": verdicts,
    } | more


def read(folder: Path, *rows: dict[str, Any]) -> list[Row]:
    path = folder / "people.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    return list(read_rows(path, load_bank(), labelled=True))


def score(overall: int, *verdicts: str, unsure: int | None = None) -> dict[str, Any]:
    points = [{"id": f"point-{n}", "verdict": verdict, "unsure": n == unsure} for n, verdict in enumerate(verdicts, 1)]
    return {"overall": overall, "key_points": points}


def test_kappa_false_credits_and_ranges_are_counted_in_all_and_by_kind(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        row("a", ["covered", "covered"], kind="plain", low=80, high=90),
        row("b", ["missing", "contradicted"], kind="swapped", low=0, high=10),
        row("c", ["covered", "missing"], kind="plain", low=40, high=60),
    )
    graded = list(
        zip(
            rows,
            [
                score(95, "covered", "missing", unsure=2),
                score(96, "covered", "contradicted"),
                score(66, "covered", "missing", unsure=1),
            ],
            strict=True,
        )
    )
    whole, plain, swapped = point_agreement(graded, 0)
    assert (whole.answers, whole.points, plain.kind, swapped.kind) == (3, 6, "plain", "swapped")
    # Alike in 4 of 6; by chance (3·3 + 2·2 + 1·1) / 36.
    assert whole.kappa is not None
    assert whole.kappa.value == pytest.approx((4 / 6 - 14 / 36) / (1 - 14 / 36))
    assert (whole.false_credit.count, whole.false_credit.of) == (1, 3)
    assert (whole.said_but_missing.count, whole.said_but_missing.of) == (1, 3)
    assert (whole.unsure_and_wrong.count, whole.unsure_and_wrong.of) == (1, 2)
    assert (whole.in_range.count, whole.in_range.of) == (1, 3)
    assert (swapped.false_credit.share, plain.false_credit.share) == (0.5, 0.0)
    assert (order(graded).count, order(graded).of) == (1, 3)


def test_a_point_said_ranks_above_one_not_said_by_likelihood_where_there_is_one(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        row("a", ["covered", "contradicted"], kind="swapped"),
        row("b", ["missing", "covered"], kind="swapped"),
        row("c", ["covered", "partial"], kind="plain"),
    )
    both = [score(70, "covered", "covered"), score(20, "covered", "missing"), score(90, "covered", "covered")]
    for point, likelihood in zip(both[0]["key_points"], (0.9, 0.7), strict=True):
        point["reading"] = {"kind": "touched", "likelihood": likelihood}
    whole, plain, swapped = point_agreement(list(zip(rows, both, strict=True)), 0)
    assert (whole.within_answer, whole.pairs, whole.mean) == (0.5, 2, 60)
    assert (plain.within_answer, plain.pairs) == (None, 0)
    both[0]["key_points"][1].pop("reading")
    both[0]["key_points"][0].pop("reading")
    tied, *_ = point_agreement(list(zip(rows, both, strict=True)), 0)
    assert tied.within_answer == 0.25, "two points called covered are a tie, which counts half"
    both[0]["key_points"][1]["verdict"] = "contradicted"
    told, *_ = point_agreement(list(zip(rows, both, strict=True)), 0)
    assert told.within_answer == 0.5, "a point called contradicted ranks below one called covered"
    assert swapped.control is not None
    assert swapped.control.value == 0, "one guess for all points of a kind is worth nothing within it"


def test_verdicts_name_their_points_or_stand_in_the_order_of_the_questions(tmp_path: Path) -> None:
    points = load_bank().find("overfitting").key_points
    said = {"question": "overfitting", "answer": "It learns noise."}
    named, ordered, few = read(
        tmp_path,
        {
            "id": "named",
            **said,
            "points": [points[2].id, "no-longer-there", points[0].id],
            "verdicts": ["partial", "covered", "missing"],
        },
        {"id": "ordered", **said, "verdicts": ["covered"] * len(points), "low": 90, "high": 100},
        {"id": "few", **said, "verdicts": ["covered"]},
    )
    assert named.labels is not None
    assert [named.labels.by_point.get(point.id) for point in points[:3]] == ["missing", None, "partial"]
    assert ordered.labels is not None
    assert list(ordered.labels.by_point) == [point.id for point in points]
    assert ordered.score == 0.95, "without a grade, the middle of the fair range stands for it"
    assert few.remark == f"1 verdict for {len(points)} key points"
    assert [one.id for one in graded_by_people([named, ordered, few], None, 0)] == ["named", "ordered"]


def test_verdicts_on_a_reference_alone_or_on_one_point_of_the_row_count(tmp_path: Path) -> None:
    reference = "A stack returns the last element first. It has push and pop. Calls are kept on one. It may overflow."
    alone, one = read(
        tmp_path,
        row("alone", ["covered", "covered", "missing", "missing"], key_points=None, reference=reference),
        row("one", ["covered"], points=["The leaves draw."]),
    )
    assert alone.labels is not None
    assert list(alone.labels.by_point) == ["derived-1", "derived-2", "derived-3", "derived-4"]
    assert one.labels is not None
    assert one.labels.by_point == {"point-2": "covered"}


def test_what_is_left_out_of_an_evaluation_is_said(run: Run, tmp_path: Path) -> None:
    rows = [
        row("fine", ["covered", "covered"]),
        row("misspelt", ["coverd", "missing"]),
        row("object", []) | {"verdicts": {"point-1": "covered"}},
        row("few", ["covered"], score=0.5),
        row("typo", ["covered", "missing"], points=["point-1", "point-7"]),
        {"id": "ungraded", "question": "overfitting", "answer": "It learns noise."},
        {"id": "bad", "question": "Nowhere?", "answer": "It learns noise.", "score": 1},
    ]
    (tmp_path / "people.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    done = run("evaluate", "people.jsonl", "--grader", "embedded")
    assert done.code == 3, done.err
    shown = " ".join(done.out.split())
    assert "3 of 3 answers" in shown
    assert "1 row left out (misspelt): verdicts.1: should be" in shown
    assert "1 row left out (object): verdicts: should be a list" in shown
    assert "1 row left out (ungraded): no grade or verdicts by people" in shown
    assert "1 row left out (bad): there is no question 'Nowhere?'" in shown
    assert "labels that cannot all be used (few): 1 verdict for 2 key points" in shown
    assert "labels that cannot all be used (typo): the question has no key point point-7" in shown
    assert "nan" not in shown
    found = json.loads(run("evaluate", "people.jsonl", "--grader", "embedded", "--json").out)
    assert [one["id"] for one in found["problems"] if one["left_out"]] == ["misspelt", "object", "ungraded", "bad"]


def test_names_are_short_and_what_people_gave_stays_within_its_scale(tmp_path: Path) -> None:
    said = {"question": "overfitting", "answer": "It learns noise."}
    odd, long, own, graded = read(
        tmp_path,
        {"id": True, **said},
        {"id": "x" * 300, **said},
        {"id": 1, "question": "How is tea made?", "reference": "It boils.", "answer": "It boils.", "question_id": "teas"},
        {"id": 2, **said, "annotators": [6, -1], "max_score": 5, "score": 0.3, "low": 10, "high": 20},
    )
    assert (odd.id, len(str(long.id)), own.group) == ("row-1", 200, "teas")
    assert (graded.annotators, graded.score) == ((1, 0), 0.3)


def test_a_row_for_batch_may_have_fields_of_these_names(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps(row("a", ["fine"], points=3, kind=7, low="x")))
    (one,) = read_rows(tmp_path / "rows.jsonl", load_bank())
    assert one.reason == ""


def test_evaluate_shows_verdicts_by_kind_and_prints_them_as_json(run: Run, tmp_path: Path) -> None:
    rows = [row("a", ["covered", "missing"], kind="plain"), row("b", ["missing", "missing"], kind="fog")]
    (tmp_path / "people.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    shown = run("evaluate", "people.jsonl", "--grader", "embedded")
    assert shown.code == 0, shown.err
    assert "all 2 answers" in shown.out
    assert "said but missing" in shown.out
    assert "plain" in shown.out
    found = json.loads(run("evaluate", "people.jsonl", "--grader", "embedded", "--json").out)
    assert [one["kind"] for one in found["points"]] == ["", "fog", "plain"]
    assert found["points"][0]["points"] == 4
    assert found["agreement"] == []


def test_a_batch_grades_each_row_several_times(run: Run, tmp_path: Path) -> None:
    (tmp_path / "answers.jsonl").write_text(json.dumps({"id": 1, "question": "overfitting", "answer": "It learns noise."}))
    points = len(load_bank().find("overfitting").key_points)
    command = ("batch", "answers.jsonl", "--output", "out.jsonl", "--samples", "3")
    with StubServer(lambda *_: Sent(completion(reply({1: ([1], "covered")}, points=points)))) as server:
        environ = {"OPENAI_BASE_URL": server.url, "INTERVIEWER_MODEL": "stub"}
        plan = run(*command, "--dry-run", **environ)
        done = run(*command, **environ)
        refused = run(*command, "--openai-batch", **environ)
    assert done.code == 0, done.err
    assert len(server.requests) == 3
    result = json.loads((tmp_path / "out.jsonl").read_text())
    assert result["score"]["key_points"][0]["votes"] == [3, 3]
    single = run(*command[:-2], "--dry-run", **environ)
    tokens = [int(one.out.split("about ")[1].split(" ")[0].replace(",", "")) for one in (plan, single)]
    assert tokens[0] == 3 * tokens[1]
    assert refused.code == 2
    assert "leave out --openai-batch" in refused.err
