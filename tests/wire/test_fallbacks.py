"""From a request that a server refuses, or a reply that it has no room for, to a grade, and what is remembered of it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from interviewer.errors import GradingError
from interviewer.grading.grade import grade_answer
from interviewer.grading.llm import LLMGrader
from interviewer.grading.segment import segment
from interviewer.llm.client import LLMClient
from interviewer.models import Grading, Usage
from interviewer.settings import load_settings
from tests.fakes import completion, fake_context, question, reply

URL = "http://127.0.0.1:9/v1"
GOOD = reply({1: ([1], "covered"), 2: ([2], "covered")})
Body = dict[str, Any]
Server = Callable[[Body], httpx.Response]

pytestmark = pytest.mark.httpx2(base_url=URL, assert_all_called=False)


def said(content: str, finish: str = "stop", **more: Any) -> httpx.Response:
    return httpx.Response(200, json=completion(content, finish) | more)


def failed(status: int, message: str, **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"error": {"message": message, **more}})


class Talk:
    """Gradings by a server that a test describes, in one process or several."""

    def __init__(self, router: respx.Router, home: Path, server: Server, **environ: str) -> None:
        self.sent: list[Body] = []
        self.environ = {"OPENAI_BASE_URL": URL, "INTERVIEWER_MODEL": "stub", **environ}
        self.home = home

        def answer(request: httpx.Request) -> httpx.Response:
            self.sent.append(json.loads(request.content))
            return server(self.sent[-1])

        router.post("/chat/completions").mock(side_effect=answer)

    def grade(self, times: int = 1) -> list[Grading]:
        context = fake_context(self.home, None, b"", **self.environ)
        grader = LLMGrader(load_settings(context.environ, context.paths), context)

        async def go() -> list[Grading]:
            try:
                return [await grade_answer(grader, question(), segment("First I boil. It draws.")) for _ in range(times)]
            finally:
                await grader.close()

        return asyncio.run(go())

    @property
    def limits(self) -> list[int]:
        return [body["max_tokens"] for body in self.sent]


def test_a_model_that_reasons_gets_room_wherever_it_runs_and_keeps_it(httpx2_mock: respx.Router, home: Path) -> None:
    def server(body: Body) -> httpx.Response:
        enough = body["max_tokens"] >= 4_000
        thoughts = completion(GOOD if enough else "", "stop" if enough else "max_tokens", reasoning="Let me see …")
        return httpx.Response(200, json=thoughts)

    talk = Talk(httpx2_mock, home, server)
    assert [result.status for result in talk.grade(2) + talk.grade()] == ["graded"] * 3
    assert talk.limits == [1_200, 4_800, 4_800, 4_800]


def test_room_ends_at_the_setting_and_the_reason_names_it(httpx2_mock: respx.Router, home: Path) -> None:
    thoughts = completion("", "length", reasoning="Let me see …")
    talk = Talk(httpx2_mock, home, lambda _: httpx.Response(200, json=thoughts), INTERVIEWER_MAX_TOKENS="3000")
    (result,) = talk.grade()
    assert "output limit; set INTERVIEWER_MAX_TOKENS higher" in (result.reason or "")
    assert talk.limits == [1_200, 3_000]
    assert not (home / "servers.json").exists()


def test_a_reply_without_thoughts_that_repeats_itself_gets_twice_the_room_and_no_more(
    httpx2_mock: respx.Router, home: Path
) -> None:
    talk = Talk(httpx2_mock, home, lambda _: said("{", "length"))
    (result,) = talk.grade()
    assert "output limit" in (result.reason or "")
    assert talk.limits == [1_200, 2_400]


@pytest.mark.parametrize(("named", "limits"), [("at most 2000", [1_200, 2_400, 2_000]), ("less", [1_200, 2_400])])
def test_a_limit_that_the_server_refuses_is_not_asked_for_again(
    httpx2_mock: respx.Router, home: Path, named: str, limits: list[int]
) -> None:
    def server(body: Body) -> httpx.Response:
        if body["max_tokens"] > 2_000:
            return failed(400, f"max_tokens is too large: {body['max_tokens']}, it must be {named}")
        return said(GOOD, "stop" if body["max_tokens"] == 2_000 else "length")

    talk = Talk(httpx2_mock, home, server)
    (result,) = talk.grade()
    assert talk.limits == limits
    assert result.status == ("graded" if 2_000 in limits else "ungraded")
    assert result.reason is None or "output limit: 127.0.0.1:9 refuses a reply of that length" in result.reason


def test_a_model_of_few_tokens_gets_the_limit_that_it_names_at_once(httpx2_mock: respx.Router, home: Path) -> None:
    talk = Talk(
        httpx2_mock,
        home,
        lambda body: failed(422, "max_new_tokens must be at most 1024") if body["max_tokens"] > 1_024 else said(GOOD),
    )
    assert [result.status for result in talk.grade(2)] == ["graded"] * 2
    assert talk.limits == [1_200, 1_024, 1_024]


def test_without_a_system_role_all_is_said_by_the_user(httpx2_mock: respx.Router, home: Path) -> None:
    def server(body: Body) -> httpx.Response:
        roles = [message["role"] for message in body["messages"]]
        return failed(500, "Jinja: only user and assistant roles are supported!") if "system" in roles else said(GOOD)

    talk = Talk(httpx2_mock, home, server)
    assert talk.grade()[0].status == "graded"
    first, second = talk.sent
    assert [message["role"] for message in second["messages"]] == ["user"]
    assert all(message["content"] in second["messages"][0]["content"] for message in first["messages"])
    assert second == first | {"messages": second["messages"]}, "nothing else is left out"


def test_a_schema_that_a_model_cannot_keep_to_is_tried_twice_and_then_left_out(httpx2_mock: respx.Router, home: Path) -> None:
    talk = Talk(
        httpx2_mock,
        home,
        lambda body: failed(400, "see it", code="json_validate_failed") if "response_format" in body else said(GOOD),
    )
    assert talk.grade()[0].status == "graded"
    assert ["response_format" in body for body in talk.sent] == [True, True, False]


def test_a_reply_of_another_model_is_asked_for_again(httpx2_mock: respx.Router, home: Path) -> None:
    models = iter(["stub-2031-01", "coffee", "stub-2031-01"])
    talk = Talk(httpx2_mock, home, lambda _: said(GOOD, model=next(models)))
    assert [result.status for result in talk.grade(2)] == ["graded"] * 2
    assert len(talk.sent) == 3
    foreign = Talk(httpx2_mock, home / "other", lambda _: said(GOOD, model="stub" if len(foreign.sent) == 1 else "coffee"))
    assert "sent a reply of another model (coffee)" in (foreign.grade(2)[1].reason or "")


def test_an_ungraded_answer_tells_what_its_replies_cost(httpx2_mock: respx.Router, home: Path) -> None:
    cut_off = completion("{", "length")
    replies = iter([completion(""), completion("no JSON"), {"error": "no idea"}, cut_off, cut_off])
    Talk(httpx2_mock, home, lambda _: httpx.Response(200, json=next(replies)))

    def cost() -> Usage | None:
        context = fake_context(home, None, b"", OPENAI_BASE_URL=URL, INTERVIEWER_MODEL="stub", INTERVIEWER_MAX_TOKENS="2400")
        client = LLMClient(load_settings(context.environ, context.paths), context)

        async def go() -> Usage | None:
            try:
                await client.complete_json([{"role": "user", "content": "x"}], "thing", {}, lambda reply: reply.content)
            except GradingError as error:
                usage: Usage | None = error.usage
                return usage
            finally:
                await client.close()
            return None

        return asyncio.run(go())

    assert cost() == Usage(prompt_tokens=700, completion_tokens=90, requests=1), "an empty reply"
    assert cost() is None, "usable for this reader"
    assert cost() is None, "no reply at all"
    assert cost() == Usage(prompt_tokens=1_400, completion_tokens=180, requests=2)


def test_the_first_model_that_can_chat_is_taken_from_a_long_list(httpx2_mock: respx.Router, home: Path) -> None:
    listed = [{"id": "text-embedding-3", "about": "x" * 3_000_000}, {"id": "tea"}]
    httpx2_mock.get("/models").respond(json=listed)
    talk = Talk(httpx2_mock, home, lambda _: said(GOOD), INTERVIEWER_MODEL="")
    assert talk.grade()[0].grader.model == "tea"


def test_a_server_without_a_model_says_so(httpx2_mock: respx.Router, home: Path) -> None:
    httpx2_mock.get("/models").respond(json={"data": None})
    talk = Talk(httpx2_mock, home, lambda _: said(GOOD), INTERVIEWER_MODEL="")
    assert "has no model loaded; load one" in (talk.grade()[0].reason or "")
    assert talk.sent == []
