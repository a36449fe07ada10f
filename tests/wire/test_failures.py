"""What failing servers say, from the request to the reason of an ungraded answer, and what passes is waited for."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from interviewer.grading.grade import grade_answer
from interviewer.grading.llm import LLMGrader
from interviewer.grading.segment import segment
from interviewer.llm.fallbacks import FAILURES_BEFORE_FALLBACK
from interviewer.llm.retry import MAX_ATTEMPTS
from interviewer.models import Grading
from interviewer.settings import load_settings
from tests.fakes import Clock, completion, fake_context, question, reply

URL = "http://127.0.0.1:9/v1"
ANSWER = "First I boil the water. Then it draws for three minutes."
GOOD = reply({1: ([1], "covered"), 2: ([2], "covered")})
PARTS_SENT = 4
"""Optional parts of a request: logprobs, schema, temperature, system role."""

pytestmark = pytest.mark.httpx2(base_url=URL, assert_all_called=False)


def graded(home: Path, clock: Clock | None = None) -> Grading:
    context = fake_context(home, clock, OPENAI_BASE_URL=URL, INTERVIEWER_MODEL="stub", OPENAI_API_KEY="sk-canary-12345")
    grader = LLMGrader(load_settings(context.environ, context.paths), context)

    async def go() -> Grading:
        try:
            return await grade_answer(grader, question(), segment(ANSWER))
        finally:
            await grader.close()

    return asyncio.run(go())


def answers(*bodies: Any) -> list[httpx.Response]:
    return [body if isinstance(body, httpx.Response) else httpx.Response(200, json=body) for body in bodies]


@pytest.mark.parametrize(
    ("first", "slept"),
    [
        (httpx.Response(429, json=[{"error": {"code": 429, "message": "Quota exceeded; see billing. Retry in 2.5s."}}]), 2.5),
        (httpx.Response(429, headers={"x-ratelimit-reset-requests": "3s"}, json={"error": {"message": "limited"}}), 3),
        (httpx.Response(429, headers={"Retry-After": "9" * 400}, json={"error": {"message": "limited"}}), None),
        (httpx.Response(503, headers={"Retry-After": "Fri, 31 Dec 99999 0:0:0 GMT"}, json={"error": "overloaded"}), None),
        (httpx.Response(503, json={"error": "Model is loading", "estimated_time": 6.0}), 6),
        ({"error": {"message": "Provider returned error", "code": 429, "metadata": {"raw": "retry in 2s"}}}, 2),
        ({"choices": [{"error": {"code": 502, "message": "Idle"}, "message": {"content": ""}}]}, None),
        (completion("", "error"), None),
    ],
)
def test_what_may_pass_is_waited_for_as_long_as_the_server_says(
    httpx2_mock: respx.Router, home: Path, first: Any, slept: float | None
) -> None:
    httpx2_mock.post("/chat/completions").side_effect = answers(first, completion(GOOD))
    clock = Clock()
    assert graded(home, clock).status == "graded"
    assert len(clock.slept) == 1
    assert clock.slept[0] == slept if slept else 0 < clock.slept[0] < 10


@pytest.mark.parametrize(
    ("response", "said", "tries"),
    [
        (
            httpx.Response(403, json={"error": {"message": "Not in your country, sk-canary-12345"}}),
            "ask from: Not in your country, …",
            1,
        ),
        (httpx.Response(401, json={"error": {"message": "Missing scopes: write"}}), "does not allow this: Missing scopes", 1),
        (httpx.Response(403, json={"error": {"message": "Input flagged"}}), "declines this answer: Input flagged", 1),
        (httpx.Response(400, json=[{"error": {"message": "API key not valid."}}]), "rejected the key: API key not valid", 1),
        (httpx.Response(500, json={"error": "needs more system memory"}), "too little memory for this model: needs more", 1),
        (httpx.Response(503, json={"error": "we are overloaded"}), "is overloaded: we are overloaded", MAX_ATTEMPTS),
        (
            httpx.Response(502, text="<title>Bad Gateway</title>"),
            "failed with status 502: Bad Gateway",
            FAILURES_BEFORE_FALLBACK + PARTS_SENT,
        ),
        (httpx.Response(404, json={"error": "No models loaded"}), "has no model loaded: No models loaded", 1),
        (
            httpx.Response(200, json={"base_resp": {"status_code": 1004, "status_msg": "login fail"}}),
            "rejected the key: login",
            1,
        ),
        (
            httpx.Response(400, json={"detail": [{"loc": ["body", "n"], "msg": "too\x00 many"}]}),
            "refuses the request: body.n: too many",
            1 + PARTS_SENT,
        ),
    ],
)
def test_what_does_not_pass_is_told_in_the_servers_words(
    httpx2_mock: respx.Router, home: Path, response: httpx.Response, said: str, tries: int
) -> None:
    httpx2_mock.post("/chat/completions").mock(return_value=response)
    result = graded(home)
    assert (result.status, result.score) == ("ungraded", None)
    assert said in (result.reason or "")
    assert "canary" not in result.model_dump_json()
    assert len(httpx2_mock.calls) == tries


@pytest.mark.parametrize(
    ("listed", "offered"),
    [
        (["stub", "other"], "; available: other; choose one: "),
        (["stub"], "; choose another: "),
        (["stub", *"abcdefgh"], "; available: a, b, c, d, e, f, g, h; choose one: "),
        (["stub", *"abcdefghi"], "; available: a, b, c, d, e, f, g, h, …; choose one: "),
    ],
)
def test_a_model_that_was_refused_is_not_offered(
    httpx2_mock: respx.Router, home: Path, listed: list[str], offered: str
) -> None:
    refusal = {"message": "Project p has no access to model stub", "code": "model_not_found"}
    httpx2_mock.post("/chat/completions").respond(403, json={"error": refusal})
    httpx2_mock.get("/models").respond(json={"data": [{"id": name} for name in listed]})
    reason = graded(home).reason or ""
    assert "no access to model stub" in reason
    assert offered in reason
    assert "available: stub" not in reason


def test_models_are_named_only_where_one_was_refused(httpx2_mock: respx.Router, home: Path) -> None:
    httpx2_mock.post("/chat/completions").respond(401, json={"error": {"message": "Incorrect API key"}})
    listing = httpx2_mock.get("/models").respond(json={"data": [{"id": "other"}]})
    assert "available" not in (graded(home).reason or "")
    assert not listing.called


def test_a_refusal_of_a_part_in_any_status_is_asked_without_it(httpx2_mock: respx.Router, home: Path) -> None:
    for status, complaint, part in (
        (403, "no logprobs for you", "logprobs"),
        (500, "cannot parse the grammar", "response_format"),
    ):
        httpx2_mock.post("/chat/completions").side_effect = answers(
            httpx.Response(status, json={"error": {"message": complaint}}), completion(GOOD)
        )
        assert graded(home / part).status == "graded"
        assert part not in json.loads(httpx2_mock.calls[-1].request.content)


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": GOOD}],
        f"Nothing is covered: {reply({})}\nNo, wait.\n</think>\n{GOOD}",
        GOOD.replace("Clear.", "Says <think> aloud, then </think>."),
        GOOD.replace("Clear.", r"Clear: \( x \)."),
        GOOD[:-1] + ",}",
        f"[{GOOD}]",
        json.dumps({"judgement": json.loads(GOOD)}),
    ],
)
def test_a_reply_in_another_form_is_read_at_once(httpx2_mock: respx.Router, home: Path, content: Any) -> None:
    httpx2_mock.post("/chat/completions").respond(json=completion(content))
    result = graded(home)
    assert result.score is not None
    assert [point.verdict for point in result.score.key_points] == ["covered", "covered", "missing"]
    assert len(httpx2_mock.calls) == 1


@pytest.mark.parametrize("level", ["9" * 5_000, "NaN", "1e999", '"\\ud800"', "[" * 960 + "]" * 960])
def test_a_value_beyond_reason_costs_its_row_only(httpx2_mock: respx.Router, home: Path, level: str) -> None:
    httpx2_mock.post("/chat/completions").respond(json=completion(GOOD.replace('"level": 3', f'"level": {level}')))
    result = graded(home)
    assert result.status == "ungraded"
    assert "did not give a usable judgement" in (result.reason or "")
    assert len(httpx2_mock.calls) == 2
