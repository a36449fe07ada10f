"""From the body of a 200 to the text of a reply or a reason; and the models in a list."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.errors import GradingError
from interviewer.llm.completion import fits_request, is_cut_off, read_completion, read_models
from interviewer.llm.failures import LLMRequestError
from tests.fakes import completion


def read(content: Any, finish: Any = "stop", **message: Any) -> str:
    return read_completion(json.dumps(completion(content, finish, **message)).encode()).content


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("as it is", "as it is"),
        ([{"type": "text", "text": "one "}, {"type": "text", "text": "two"}], "one two"),
        (["plain ", "parts"], "plain parts"),
        ([{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "said"}], "said"),
        ([{"type": "reasoning", "text": "hm"}, {"type": "output_text", "text": "said"}, 7, None], "said"),
        ({"level": 3}, '{"level": 3}'),
        ("a\x1b[31mb\x00c", "abc"),
    ],
)
def test_content_may_come_in_any_form(content: Any, text: str) -> None:
    assert read(content) == text


def test_thoughts_are_no_reply_unless_they_are_nothing_else() -> None:
    assert read("", reasoning_content='{"level": 3}') == '{"level": 3}'
    assert read(None, reasoning='```json\n{"level": 3}\n```') == '```json\n{"level": 3}\n```'
    with pytest.raises(GradingError, match="only reasoning"):
        read("", reasoning_content='A draft: {"level": 3}')
    assert read("", "length", reasoning_content='{"level": 3}') == "", "which more room will mend"


@pytest.mark.parametrize("finish", ["length", "max_tokens", "model_length", "MAX_TOKENS"])
def test_a_reply_that_was_cut_off_is_known_by_any_word_for_it(finish: str) -> None:
    assert is_cut_off(finish)
    assert read_completion(json.dumps(completion("half", finish)).encode()).finish == "length"


@pytest.mark.parametrize("finish", ["stop", "STOP", "eos", None, "", 7])
def test_any_other_end_is_none(finish: Any) -> None:
    assert not is_cut_off(finish)
    assert read("whole", finish) == "whole"


@pytest.mark.parametrize(
    ("message", "usage", "reasoned"),
    [
        ({"content": "x"}, {}, False),
        ({"content": "", "reasoning_content": "hm"}, {}, True),
        ({"content": "", "reasoning": "hm"}, {}, True),
        ({"content": [{"type": "thinking", "thinking": "hm"}]}, {}, True),
        ({"content": " <think>hm"}, {}, True),
        ({"content": "[THINK]hm"}, {}, True),
        ({"content": ""}, {"completion_tokens_details": {"reasoning_tokens": 1200}}, True),
        ({"content": ""}, {"completion_tokens_details": {"reasoning_tokens": 0}}, False),
        ({"content": ""}, {"completion_tokens_details": None}, False),
    ],
)
def test_a_model_that_reasons_is_known_by_what_comes_back(message: Any, usage: Any, reasoned: bool) -> None:
    body = {"choices": [{"message": message, "finish_reason": "length"}], "usage": usage}
    assert read_completion(json.dumps(body).encode()).reasoned is reasoned


@pytest.mark.parametrize(
    ("body", "said", "transient"),
    [
        ({"error": {"message": "slow down", "code": 429}}, "limits the rate of requests: slow down", True),
        (
            {"choices": [{"error": {"code": 502, "message": "idle"}, "message": {"content": ""}}]},
            "failed with status 502: idle",
            True,
        ),
        (completion("", "error"), "broke off", True),
        (completion("half", "network_error"), "broke off", True),
        ({"choices": completion("x")["choices"] * 2}, "2 replies to one request", True),
        (
            {"choices": None, "base_resp": {"status_code": 1004, "status_msg": "login fail"}},
            "rejected the key: login fail",
            False,
        ),
        ({"object": "error", "message": "odd", "code": 400}, "refuses the request: odd", False),
        ({"detail": "Invalid API key"}, "rejected the key", False),
        ({"errors": [{"message": "no idea"}]}, "reports: no idea", False),
        ({"type": "error", "error": {"type": "overloaded_error"}}, "is overloaded", True),
        ({"code": 429, "msg": "Too many requests", "data": None}, "limits the rate of requests: Too many", True),
        ({"code": "rate_limit", "message": "slow down"}, "limits the rate of requests: slow down", True),
        ({"status": "449", "msg": "Slow down", "body": None}, "limits the rate of requests: Slow down", True),
        ({"error_code": 18, "error_msg": "Open api qps request limit reached"}, "limits the rate of requests: Open", True),
        ({"error_code": 110, "error_msg": "Access token invalid or no longer valid"}, "rejected the key: Access", False),
        ({"status": "error", "message": "upstream overloaded"}, "is overloaded: upstream", True),
    ],
)
def test_what_is_no_reply_says_so_and_is_asked_again_where_that_may_help(body: Any, said: str, transient: bool) -> None:
    with pytest.raises(LLMRequestError) as caught:
        read_completion(json.dumps(body).encode(), "tea.example")
    assert said in caught.value.message
    assert caught.value.failure.transient is transient
    assert "tea.example" in caught.value.message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (completion(""), "reply was empty"),
        (completion(None, tool_calls=[{"id": "x"}]), "a tool call"),
        ({"choices": []}, "without an answer"),
        ([], "tea.example sent a malformed reply"),
    ],
)
def test_what_says_nothing_at_all_says_so(body: Any, said: str) -> None:
    with pytest.raises(GradingError, match=said):
        read_completion(json.dumps(body).encode(), "tea.example")


@pytest.mark.parametrize("finish", ["content_filter", "SAFETY", "sensitive"])
def test_a_filter_is_told(finish: str) -> None:
    with pytest.raises(GradingError, match="content filter"):
        read("half", finish)


def test_a_reply_with_a_status_of_zero_is_one() -> None:
    body = completion("fine") | {"base_resp": {"status_code": 0, "status_msg": ""}, "error": None, "detail": "x"}
    assert read_completion(json.dumps(body).encode()).content == "fine"


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"choices": ' + b"9" * 5_000 + b"}", b"\xff\xfe", b"nul", b'{"a": "\\ud800"}']
)
def test_bytes_of_any_kind_are_an_error_of_ours(body: bytes) -> None:
    with pytest.raises(GradingError):
        read_completion(body)
    with pytest.raises(GradingError):
        read_models(body)


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_no_bytes_break_it(body: bytes) -> None:
    for reader in (read_completion, read_models):
        try:
            reader(body)
        except GradingError:
            continue


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"object": "list", "data": [{"id": "tea"}, {"id": "coffee"}]}, ("tea", "coffee")),
        ({"data": None}, ()),
        ({"data": []}, ()),
        ([{"id": "tea"}], ("tea",)),
        (["tea", "tea", "", 7, None], ("tea",)),
        ({"models": [{"name": "tea:7b"}, {"model": "coffee"}]}, ("tea:7b", "coffee")),
        (
            {"data": [{"id": "text-embedding-9"}, {"id": "nomic_embed"}, {"id": "tea"}]},
            ("tea", "text-embedding-9", "nomic_embed"),
        ),
        (
            {"data": [{"id": "bge-m3"}, {"id": "x", "type": "embeddings"}, {"id": "whisper-1"}, {"id": "tea"}]},
            ("tea", "bge-m3", "x", "whisper-1"),
        ),
        ({"data": [{"id": "clipper-chat"}, {"id": "imagine"}]}, ("clipper-chat", "imagine")),
        ({"data": [{"id": "a\x1b[1mb"}]}, ("ab",)),
    ],
)
def test_models_are_listed_in_any_form_and_those_that_chat_come_first(body: Any, names: tuple[str, ...]) -> None:
    assert read_models(json.dumps(body).encode()) == names


@pytest.mark.parametrize("body", [{}, 7, "x", {"data": "x"}, {"error": {"message": "who?", "code": 401}}])
def test_what_lists_no_models_says_so(body: Any) -> None:
    with pytest.raises(GradingError, match=r"no list of models|rejected the key"):
        read_models(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("said", "asked", "before", "fits"),
    [
        ("tea-7b", "tea-7b", "", True),
        ("tea-7b-2031-05-06", "tea-7b", "tea-7b-2031-05-06", True),
        ("/models/Tea_7B.gguf", "tea-7b", "tea-7b", True),
        ("org/tea-7b", "tea-7b:free", "tea-7b", True),
        ("", "tea-7b", "tea-7b", True),
        ("coffee", "tea-7b", "", True),
        ("coffee", "tea-7b", "coffee", True),
        ("coffee", "tea-7b", "tea-7b", False),
        ("coffee", "router/auto", "tea-7b", True),
    ],
)
def test_a_reply_of_another_model_than_before_answers_another_request(said: str, asked: str, before: str, fits: bool) -> None:
    assert fits_request(said, asked, before) is fits
