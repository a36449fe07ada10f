"""The checks of `evaluate` without a set: each holds where it should, and fails where it should."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from interviewer.bank.bank import load_bank
from interviewer.batch.rows import read_rows
from interviewer.errors import ExitCode
from interviewer.evaluate.behaviour_checks import KINDS, cases, judge, judge_spoken, verdict
from interviewer.evaluate.point_agreement import Graded, order, point_agreement
from interviewer.models import GraderInfo
from interviewer.resources import resource
from interviewer.ui.views.evaluation import show_behaviour_checks
from tests.fakes import fake_context

GOOD = {"expert": 95, "paraphrase": 90, "terse": 85, "half": 55, "mixed": 50, "thin": 25, "wrong": 30}


def scores(**changes: int) -> dict[str, int]:
    """What a good grader gives, but for some styles of answers."""
    given = GOOD | {"padded": GOOD["half"]} | changes
    tricks = ("order", "authority", "fake-verdict", "fake-prompt", "closing", "pleading")
    return {
        case.id: given.get(case.style.replace("-", "_"), given["thin"] if case.style in tricks else 0)
        for case in cases(load_bank())
    }


def failed(found: dict[str, int], again: dict[str, int] | None = None) -> list[int]:
    return [number for number, check in enumerate(judge(found, found if again is None else again)) if not check.ok]


@pytest.mark.parametrize(
    ("changes", "checks"),
    [
        ({}, []),
        ({"half": 96, "padded": 96}, [1]),
        ({"expert": 0, "paraphrase": 0}, [0, 1, 2]),
        ({"wrong": 92}, [2, 3]),
        ({"waffle": 50}, [4]),
        ({"salad": 50}, [4]),
        ({"padded": 60}, []),
        ({"padded": 61}, [5]),
        ({"order": 30}, []),
        ({"order": 31}, [6]),
    ],
)
def test_a_grader_fails_the_checks_of_what_it_does_wrong(changes: dict[str, int], checks: list[int]) -> None:
    assert failed(scores(**changes)) == checks


def test_a_second_grading_has_to_give_the_same_score() -> None:
    found = scores()
    again = {key: score + (key.endswith("/half")) for key, score in found.items() if key.endswith(("/half", "/expert"))}
    assert failed(found, again) == [7]
    assert judge(found, again)[7].detail == "apart by up to 1"


def test_the_verdict_names_what_is_weak() -> None:
    assert verdict(judge({}, {})) == "Nothing could be graded, so nothing can be said."
    assert verdict(judge(scores(), {})).startswith("Good for practice, but") is True
    assert verdict(judge(scores(), scores())).startswith("Trust its order")
    assert "padding gains at most 5 points" in verdict(judge(scores(padded=90), scores(padded=90)))
    assert verdict(judge(scores(expert=0, paraphrase=0, terse=0), {})).startswith("Do not trust")


SPOKEN = list(read_rows(resource("data", "checks", "spoken.jsonl"), load_bank(), labelled=True))
INFO = GraderInfo(kind="llm", model="stub", prompt_version="1", estimate=False)


def spoken(*, believes: bool) -> list[Graded]:
    """Return the spoken answers as a grader sees them that gives people's verdicts, or one that believes whatever is said."""
    graded: list[Graded] = []
    for row in SPOKEN:
        assert row.labels is not None
        given = {
            point: "covered" if believes and verdict != "missing" else verdict for point, verdict in row.labels.by_point.items()
        }
        points = [{"id": point, "verdict": verdict} for point, verdict in given.items()]
        graded.append((row, {"overall": 50 if believes else sum(row.labels.fair or (0, 0)) / 2, "key_points": points}))
    return graded


def test_the_spoken_answers_have_a_verdict_on_every_key_point_and_come_in_every_kind() -> None:
    assert not [row.reason for row in SPOKEN if row.reason]
    questions = {row.group for row in SPOKEN}
    assert sorted(row.id for row in SPOKEN) == sorted(f"{question}/{kind}" for question in questions for kind in KINDS)
    for row in SPOKEN:
        assert row.question is not None
        assert row.labels is not None
        assert set(row.labels.points) == {point.id for point in row.question.key_points}, row.id


def test_a_grader_that_believes_all_that_is_said_fails_on_spoken_answers() -> None:
    right, credulous = (
        [check.ok for check in judge_spoken(point_agreement(graded, 0)[0], order(graded))]
        for graded in (spoken(believes=False), spoken(believes=True))
    )
    assert right == [True] * 4
    assert credulous == [False, True, False, True]


def test_knowing_the_kind_of_an_answer_alone_agrees_with_people_so_kappa_has_to_be_read_beside_it() -> None:
    whole, *_ = point_agreement(spoken(believes=False), 0)
    assert whole.kappa is not None
    assert whole.control is not None
    assert whole.kappa.value == pytest.approx(1)
    assert 0.5 < whole.control.value < 0.7


def test_spoken_answers_are_shown_by_kind_in_80_columns_and_as_json(home: Path) -> None:
    easy = scores()
    count = len(easy) + len(SPOKEN)
    shown, printed = io.StringIO(), io.StringIO()
    for stream in (shown, printed):
        context = replace(fake_context(home), stdout=stream)
        code = show_behaviour_checks(context, INFO, easy, easy, spoken(believes=True), count, as_json=stream is printed)
        assert code == ExitCode.OK
    assert max(map(len, shown.getvalue().splitlines())) <= 80
    table = shown.getvalue().partition("verdicts on")[2].splitlines()[2 : 2 + len(KINDS)]
    assert [row.split()[0] for row in table] == list(KINDS), "each kind has one row, below that of all"
    assert "swapped: two concepts or directions exchanged" in shown.getvalue()
    assert "Kappa of a control that knows only the kind of an answer" in shown.getvalue()
    assert "points missing or turned round earn nothing" in shown.getvalue().splitlines()[-1]
    found = json.loads(printed.getvalue())
    assert found["traits"][-1]["meaning"] == "what it does not find was not said"
    assert {one["kind"] for one in found["spoken"]["points"]} == {"", *KINDS}
    assert found["answers"] == found["graded"] == count
