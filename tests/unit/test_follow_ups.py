"""Follow-ups of a strong model to answers of many kinds: what the checks let pass, and what is offered to ask about."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from interviewer.bank.bank import load_bank
from interviewer.grading.follow_up_checks import read_follow_up
from interviewer.models import Attempt, Exchange, FollowUp, Probe
from interviewer.practice.follow_up_choice import Patience, find_follow_up
from tests.fakes import Clock

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "follow_ups.yaml").read_text(encoding="utf-8"))


def attempt_of(case: dict[str, Any]) -> Attempt:
    """The answer of a case, with the follow-up so far if there was one."""
    asked = case.get("asked")
    exchange = asked and Exchange(
        follow_up=asked["text"], key_point=asked["key_point"], answer=case["said"], created=Clock().now(), depth=asked["depth"]
    )
    return Attempt(
        id=1,
        session=1,
        question=load_bank().find(case["question"]),
        answer=case["answer"],
        created=datetime(2026, 11, 2, tzinfo=UTC),
        exchanges=(exchange,) if exchange else (),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["kind"] for case in CASES])
def test_a_follow_up_that_listens_passes_and_goes_deeper(case: dict[str, Any]) -> None:
    attempt, wanted = attempt_of(case), case["reply"]

    class Replies:
        """A grader whose model says what the case has."""

        async def follow_up(self, _: Attempt, points: Any, depths: Any) -> FollowUp | None:
            numbers = {point.id: number for number, point in enumerate(points, 1)}
            reply = wanted or {"key_point": "", "question": ""}
            return read_follow_up(
                json.dumps({**reply, "key_point": numbers.get(reply["key_point"], 0)}), attempt, points, depths
            )

    found = asyncio.run(find_follow_up(Replies(), attempt, attempt.question, Patience()))  # type: ignore[arg-type]
    if wanted is None:
        assert found is None
        return
    assert found == Probe(text=wanted["question"], key_point=wanted["key_point"], depth=wanted["depth"])
    assert wanted["said"].lower() in found.text.lower()
    assert wanted["said"].lower() in attempt.graded_text.lower()


def test_words_with_which_a_follow_up_takes_up_an_answer_do_not_make_it_a_repetition() -> None:
    attempt = attempt_of(next(case for case in CASES if case["kind"] == "then did not know"))
    asked = attempt.exchanges[0].model_copy(update={"follow_up": "So you said the elbow plot, then; why?"})
    attempt = attempt.model_copy(update={"exchanges": (asked,)})
    text = "So you said the nearest centre, then; why?"
    reply = {"said": "the nearest centre", "key_point": 1, "depth": "why", "question": text}
    found = read_follow_up(json.dumps(reply), attempt, attempt.question.key_points, ["why"])
    assert found is not None
    assert found.text == text
