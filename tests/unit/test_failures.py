"""What each failure of a server means: a row for each rule, and forms of servers that nobody here has heard of."""

import json
from math import inf
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.llm.error_report import read_report
from interviewer.llm.failures import Failure, LLMRequestError, explain, failure_table, recorded_failure, reported_failure
from interviewer.llm.redaction import redact
from interviewer.llm.transport import map_error
from interviewer.settings import Settings, load_settings
from tests.fakes import HONEST, LOOK_LIKE_KEYS, fake_context

KEY = "sk-canary-4711-abcdef"


def settings(home: Path) -> Settings:
    context = fake_context(home, OPENAI_BASE_URL="https://llm.example/v1", OPENAI_API_KEY=KEY)
    return load_settings(context.environ, context.paths)


def failed(home: Path, status: int, body: Any, path: str = "/v1/chat/completions", **headers: str) -> Failure:
    """What a request to the model `tea-7b` that got this response means."""
    request = httpx2.Request("POST", f"https://llm.example{path}")
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    response = httpx2.Response(status, content=content, headers=headers, request=request)
    error = httpx2.HTTPStatusError("", request=request, response=response)
    return map_error(error, settings(home), "tea-7b")


def error(message: str = "", **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


ROWS: list[tuple[int, Any, str]] = [
    (400, error("max_tokens is too large: 9000. At most 4096 are possible."), "limit"),
    (400, error("Input tokens: 9001", code="context_length_exceeded"), "size"),
    (400, error("prompt is too long: 200001 tokens"), "size"),
    (400, error("max_tokens is too large: the maximum context length is 2048 tokens"), "size"),
    (413, error("Request too large on tokens per minute", code="rate_limit_exceeded"), "size"),
    (429, error("You exceeded your current quota", code="insufficient_quota"), "credit"),
    (402, error("This takes more credits"), "credit"),
    (400, error("Your credit balance is too low", type="invalid_request_error"), "credit"),
    (429, error("账户余额不足", code="1113"), "credit"),
    (403, error("Your input was flagged"), "answer"),
    (400, error("", code="content_filter"), "answer"),
    (403, error("Country not supported"), "region"),
    (400, [error("User location is not supported", status="FAILED_PRECONDITION")], "region"),
    (400, [error("API key expired. Please renew it.", status="INVALID_ARGUMENT")], "key"),
    (401, error("No auth credentials found"), "key"),
    (401, {"detail": "User not found"}, "key"),
    (400, error("", details=[{"reason": "API_KEY_INVALID"}]), "key"),
    (404, error("No models loaded. Load one first."), "unloaded"),
    (403, error("The project has no access to tea-7b", code="model_not_found"), "model"),
    (404, {"error": 'model "tea-7b" not found, try pulling it first'}, "model"),
    (404, error("No endpoints found for tea-7b"), "model"),
    (400, error("tea-7b is not a valid model ID"), "model"),
    (404, error("Gone", code="model_decommissioned"), "model"),
    (401, error("Missing scopes: model.request"), "account"),
    (403, error("Your organization must be verified"), "account"),
    (404, error("No endpoints matching your data policy"), "account"),
    (403, "", "access"),
    (404, error("No endpoints support the requested parameters"), "request"),
    (403, error("You may not ask for logprobs here"), "request"),
    (404, "404 page not found", "address"),
    (405, {"detail": "Method Not Allowed"}, "address"),
    (500, error("model requires more system memory (9 GiB) than is available"), "memory"),
    (500, {"error": "cudaMalloc failed: out of memory"}, "memory"),
    (503, error("Our engines are overloaded at the moment"), "busy"),
    (503, {"message": "no slot available: all are busy"}, "busy"),
    (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "busy"),
    (429, error("slow down"), "rate"),
    (429, error("See settings/billing for more", code="rate_limit_exceeded"), "rate"),
    (503, error("Slow down", code="slow_down"), "rate"),
    (502, error("upstream", code=429), "rate"),
    (429, error("Rate limit reached on requests per day (RPD): Limit 200, Used 200", code="rate_limit_exceeded"), "quota"),
    (429, error("Rate limit exceeded: free-models-per-day. Add 10 credits"), "quota"),
    (429, error("Rate limit of 50 per 86400s exceeded for UserByModelByDay", code="RateLimitReached"), "quota"),
    (429, error("x" * 400, details=[{"violations": [{"quotaId": "GenerateRequestsPerDayPerProject"}]}]), "quota"),
    (429, error("20 requests per minute and 200 per day are allowed"), "rate"),
    (403, {"message": "You have exceeded a secondary rate limit"}, "rate"),
    (503, error("Loading model", type="unavailable_error", code=503), "loading"),
    (503, {"error": "Model tea is currently loading", "estimated_time": 20.5}, "loading"),
    (503, error("Waiting for the model to load"), "loading"),
    (503, error("Server is under heavy load, try again"), "busy"),
    (503, error("The current load is too high"), "busy"),
    (503, error("The load balancer has no healthy backend"), "server"),
    (503, error("Error loading shared library libcuda.so"), "server"),
    (503, error("Could not load the adapter 'x'"), "broken"),
    (498, error("Flex tier capacity exceeded"), "busy"),
    (500, error("the requested model requires 12 GB VRAM"), "memory"),
    (500, {"error": "unable to load model: /models/blobs/sha256-abc"}, "broken"),
    (500, {"detail": "Model weights file not found: /models/x.gguf"}, "broken"),
    (400, error("Failed to generate JSON", code="json_validate_failed"), "schema"),
    (400, error("something odd"), "request"),
    (422, {"detail": [{"loc": ["body", "top_logprobs"], "msg": "Extra inputs are not permitted", "input": "x"}]}, "request"),
    (501, error("not done yet"), "request"),
    (500, error("failed to parse grammar"), "request"),
    (500, error("boom"), "server"),
    (500, error("streaming with response_format is not supported"), "request"),
    (500, error("Only user, assistant and tool roles are supported, got system."), "request"),
    (500, error("stream error: the peer went away, ask our support"), "server"),
    (500, {"error": "error loading model: bad file"}, "broken"),
    (500, {"error": "llama runner process has terminated: exit status 2"}, "broken"),
    (500, {"error": "llama runner process has terminated: signal: killed"}, "memory"),
    (500, {"error": "llama runner process has terminated: %!w(<nil>)"}, "server"),
    (500, {"error": "model runner has unexpectedly stopped, this may be due to resource limitations"}, "server"),
    (408, "", "server"),
    (502, "<html><title>502 Bad Gateway</title><p>nginx", "server"),
    (418, error("a teapot"), "other"),
]
IN_200: list[tuple[Any, str]] = [
    (error("Provider returned error", code=429, metadata={"raw": "limited upstream"}), "rate"),
    (error("Upstream idle timeout", code=502), "server"),
    (error("Provider disconnected", code="server_error"), "server"),
    ({"base_resp": {"status_code": 1004, "status_msg": "login fail"}}, "key"),
    ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "busy"),
    ({"error": "upstream connect error"}, "upstream"),
    ({"error": "no idea"}, "unspecified"),
    ({"error": {"type": "authentication_error", "message": "who?"}}, "key"),
]


@pytest.mark.parametrize(("status", "body", "kind"), ROWS)
def test_a_response_means(home: Path, status: int, body: Any, kind: str) -> None:
    assert failed(home, status, body).kind == kind


@pytest.mark.parametrize(("body", "kind"), IN_200)
def test_an_error_inside_a_200_means(body: Any, kind: str) -> None:
    assert reported_failure(body, "the server").kind == kind


def test_each_kind_has_a_row_and_each_code_means_its_kind() -> None:
    seen = {kind for *_, kind in ROWS} | {kind for *_, kind in IN_200}
    rules = failure_table().rules
    assert seen == {rule.kind for rule in rules} == set(failure_table().policies)
    for rule in rules:
        for code in rule.codes:
            earlier = next(other.kind for other in rules if code in other.codes)
            assert explain(read_report({"code": code.upper()}), 418, "h", "m").kind == earlier


@pytest.mark.parametrize(("status", "body", "kind"), ROWS)
def test_what_may_pass_is_tried_again_and_what_is_busy_is_not_held_against_the_server(
    home: Path, status: int, body: Any, kind: str
) -> None:
    failure = failed(home, status, body, **{"Retry-After": "4"})
    assert failure.transient == (kind in {"busy", "rate", "quota", "loading", "schema", "server"})
    assert failure.limited == (kind in {"busy", "rate", "quota"})
    assert failure.until_deadline == (kind in {"loading", "rate", "quota"})
    assert LLMRequestError(failure).rate_limited == (kind in {"rate", "quota"})
    assert failure.retry_after == (4 if failure.transient else None)


@pytest.mark.parametrize(("status", "body", "kind"), ROWS)
def test_the_servers_own_words_stand_behind_ours(home: Path, status: int, body: Any, kind: str) -> None:
    failure = failed(home, status, body)
    if failure.server_message:
        assert failure.message.endswith(f": {failure.server_message}")
    assert failure.cause
    assert "{" not in failure.cause
    assert "\n" not in failure.message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"detail": [{"msg": "one"}, {"msg": "two"}]}, "one: two"),
        ({"errors": [{"message": "first", "code": 7}]}, "first"),
        ({"error": "in short"}, "in short"),
        ("in plain words\nover\x1b[31m two lines", "in plain words over two lines"),
        ("<!DOCTYPE html><html><head><title>Just a moment...</title>", "Just a moment..."),
        ("<html>", ""),
        ([error("in a list")], "in a list"),
        (error("outer", metadata={"raw": '{"error": {"message": "inner"}}'}), "outer: inner"),
        ({"object": "error", "message": {"detail": [{"msg": "deep"}]}, "code": None}, "deep"),
        (error("", type="odd_type"), "odd_type"),
        ({"detail": [{"loc": ["body", "stop"], "msg": "wrong"}]}, "body.stop: wrong"),
        ({"title": "Not today", "status": 418, "input": "the prompt"}, "Not today"),
        (error("x" * 1_000), "x" * 299 + "…"),
        ("", ""),
    ],
)
def test_words_are_found_in_any_form(home: Path, body: Any, said: str) -> None:
    assert failed(home, 418, body).server_message == said


@pytest.mark.parametrize("inside", ["", "\x00", "\x1b[1m", "\u202e", "\ufeff", "\u200b", "\u00ad"])
def test_no_key_is_in_a_failure(home: Path, inside: str) -> None:
    key = KEY[:9] + inside + KEY[9:]
    for body in (
        error(f"Incorrect API key provided: {key}"),
        f"no {key}",
        {"code": key},
        [{"detail": [{"loc": [key], "msg": key}]}],
    ):
        for status in (400, 401, 404, 418, 500):
            failure = failed(home, status, body)
            assert "canary" not in str(failure)
            assert "4711" not in str(failure)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Incorrect API key provided: sk-other1234567", "Incorrect API key provided: …"),
        ("Bearer abcdef123456 is wrong", "… is wrong"),
        ("not the key-value-store", "not the key-value-store"),
        ("AIzaSyA1234567 expired", "… expired"),
        *((f"before {secret} after", f"before {blotted} after") for secret, blotted in LOOK_LIKE_KEYS.items()),
        *((text, text) for text in HONEST),
    ],
)
def test_what_looks_like_a_key_is_not_shown_and_other_words_are(home: Path, text: str, shown: str) -> None:
    assert redact(text, settings(home)) == shown


def test_the_part_that_is_refused_is_named_by_the_parameter_before_the_words(home: Path) -> None:
    assert failed(home, 400, error("'logprobs' is fine, this is not", param="response_format.type")).part == "json_schema"
    assert failed(home, 400, error("Unsupported value: 'temperature'")).part == "temperature"
    assert failed(home, 500, error("failed to parse grammar")).part == "json_schema"
    assert failed(home, 500, error("failed to parse grammar")).transient is False
    assert failed(home, 400, error("something odd")).part == ""


@pytest.mark.parametrize(("path", "said"), [("/v1/audio/transcriptions", "transcribe"), ("/v1/batches/b1", "no batches")])
def test_an_address_without_what_was_asked_there(home: Path, path: str, said: str) -> None:
    assert said in failed(home, 404, "404 page not found", path).message


def test_how_long_to_wait_is_told_for_limits_only(home: Path) -> None:
    assert failed(home, 429, error("slow"), **{"Retry-After": "7"}).message == (
        "llm.example limits the rate of requests and asks to wait 7 seconds: slow"
    )
    assert "wait" not in failed(home, 500, error("boom"), **{"Retry-After": "7"}).message


def test_when_a_limit_is_reset_counts_for_what_the_limit_refused_only(home: Path) -> None:
    routine = {"x-ratelimit-reset-requests": "6m0s"}
    assert failed(home, 500, error("boom"), **routine).retry_after is None
    assert failed(home, 503, error("overloaded"), **routine).retry_after is None
    assert failed(home, 429, error("slow"), **routine).retry_after == 360


def test_a_quota_that_is_used_up_is_waited_for_only_where_a_time_is_told(home: Path) -> None:
    used_up = failed(home, 429, error("limit of requests per day"))
    assert not used_up.transient
    assert LLMRequestError(used_up).retry_after == inf
    told = failed(home, 429, error("limit of requests per day, try again in 5h12m"))
    assert told.message == (
        "llm.example has no quota left and asks to wait 5 hours: limit of requests per day, try again in 5h12m"
    )
    assert failed(home, 429, error("requests per day (RPD). Please try again in 8.6s.")).retry_after == 8.6


def test_an_error_that_came_in_a_file_is_read_like_any_other(home: Path) -> None:
    failure = recorded_failure(429, error("slow down"), settings(home), "tea-7b")
    assert (failure.kind, failure.server_message) == ("rate", "slow down")
    assert recorded_failure(400, None, settings(home), "tea-7b").kind == "request"


anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "message", "code", "type", "detail", "metadata", "raw", "param", "loc", "retryDelay", "headers"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(anything, st.integers(0, 999))
def test_no_body_and_no_status_breaks_it(body: Any, status: int) -> None:
    failure = explain(read_report(body), status, "h", None)
    assert failure.cause
    assert failure.message.isprintable() or "\u00ad" in failure.message or not failure.server_message.isprintable()
