"""The checks of `evaluate` without a set: each holds where it should, and fails where it should."""

import pytest

from interviewer.bank.bank import load_bank
from interviewer.evaluate.behaviour_checks import cases, judge, verdict

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
