"""Several gradings at once, and what a server may refuse of them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from interviewer.grading.grade import grade_answer
from interviewer.grading.llm import LLMGrader
from interviewer.grading.segment import segment
from interviewer.llm.capabilities import default_capabilities
from interviewer.models import Grading
from interviewer.settings import load_settings
from tests.fakes import Sent, StubServer, completion, fake_context, question, reply

ANSWER = "First I boil the water. Then it draws for three minutes."
COVERED = reply({1: ([1], "covered"), 2: ([2], "covered")}, level=4)
DOUBTED = reply({1: ([1], "partial"), 2: ([2], "covered")}, level=2)
REFUSED = Sent({"error": {"message": "this model does not support logprobs"}}, status=400)


def graded(home: Path, server: StubServer, samples: int, times: int = 1) -> list[Grading]:
    context = fake_context(home, OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")

    async def go() -> list[Grading]:
        grader = LLMGrader(load_settings(context.environ, context.paths, samples=samples), context)
        try:
            return [await grade_answer(grader, question(), segment(ANSWER)) for _ in range(times)]
        finally:
            await grader.close()

    return asyncio.run(go())


def in_turn(*answers: Sent | str) -> StubServer:
    script = [answer if isinstance(answer, Sent) else Sent(completion(answer)) for answer in answers]
    return StubServer(lambda _, number: script[min(number, len(script)) - 1])


def test_the_majority_of_three_decides_and_all_are_paid_for(home: Path) -> None:
    with in_turn(COVERED, DOUBTED, COVERED) as server:
        (result,) = graded(home, server, 3)
    assert result.score is not None
    assert [point.uncertainty for point in result.score.key_points] == ["not sure (2 of 3): read this yourself", "", ""]
    assert result.score.key_points[0].verdict == "covered"
    assert result.score.level == 4
    assert result.usage is not None
    assert result.usage.requests == 3
    assert {request["temperature"] for request in server.requests} == {0.7}, "at 0 the samples would be one and the same"


def test_one_sample_that_fails_is_outvoted_and_most_of_them_are_a_reason(home: Path) -> None:
    broken = Sent({"error": {"message": "the key is wrong"}}, status=401)
    with in_turn(COVERED, broken, COVERED) as server:
        assert graded(home, server, 3)[0].score is not None
    with in_turn(COVERED, broken) as server:
        (result,) = graded(home, server, 3)
    assert result.score is None
    assert "2 of 3 gradings failed" in (result.reason or "")
    assert "rejected the key" in (result.reason or "")


@pytest.mark.parametrize("samples", [1, 4])
def test_a_server_without_probabilities_is_asked_for_them_once(home: Path, samples: int) -> None:
    def behave(request: dict[str, Any], _: int) -> Sent:
        return REFUSED if "logprobs" in request else Sent(completion(COVERED))

    with StubServer(behave) as server:
        first, second = graded(home, server, samples, times=2)
        again = len(server.requests)
        (later,) = graded(home, server, samples)
    assert first.score == second.score == later.score != None  # noqa: E711  # all three of them
    assert sum("logprobs" in request for request in server.requests) <= samples
    assert len(server.requests) - again == samples, "it is remembered for the next run"


def test_reasoning_models_are_not_asked_for_what_they_refuse() -> None:
    reasons = default_capabilities("https://api.openai.com/v1", "gpt-5.6-luna")
    assert (reasons.temperature, reasons.logprobs, reasons.reasoning_effort) == (False, False, True)
    plain = default_capabilities("https://api.openai.com/v1", "gpt-4.1")
    assert (plain.temperature, plain.logprobs, plain.reasoning_effort) == (True, True, False)


def test_probabilities_make_the_level_finer_and_the_verdict_doubtful(home: Path) -> None:
    before, after = COVERED.split('"level": 4')
    start, rest = before.split("covered", 1)

    def entry(token: str, *likely: tuple[str, float]) -> dict[str, Any]:
        return {"token": token, "logprob": 0.0, "top_logprobs": [{"token": t, "logprob": p} for t, p in likely]}

    half, quarter = -0.6931, -1.3863
    body = completion(COVERED)
    body["choices"][0]["logprobs"] = {
        "content": [
            entry(start),
            entry("covered", ("covered", half), ("partial", half)),
            entry(rest + '"level": '),
            entry("4", ("4", half), ("3", quarter), ("2", quarter)),
            entry(after),
        ]
    }
    with in_turn(Sent(body)) as server:
        (result,) = graded(home, server, 1)
    assert result.score is not None
    assert result.score.level == pytest.approx(3.25, abs=0.01)
    assert result.score.key_points[0].confidence == pytest.approx(0.5, abs=0.01)
