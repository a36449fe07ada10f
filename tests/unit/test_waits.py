"""How long a server asks to wait, in every form in which servers say so, and in forms that are nonsense."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from interviewer.llm.error_report import LONGEST_WAIT, read_report, seconds_to_wait

DATE = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
"""What the server thinks the time is; its clock need not be ours."""


def wait(body: Any = None, **headers: str) -> float | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return seconds_to_wait({"Date": format_datetime(DATE, usegmt=True), **named}, read_report(body))


LATER = DATE + timedelta(seconds=40)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "3"}, 3),
        ({"retry_after": "0.25"}, 0.25),
        ({"Retry_After": format_datetime(LATER, usegmt=True)}, 40),
        ({"retry_after_ms": "1500", "Retry_After": "9"}, 1.5),
        ({"X_RateLimit_Reset": str(int(LATER.timestamp()))}, 40),
        ({"X_RateLimit_Reset": str(int(LATER.timestamp() * 1000))}, 40),
        ({"X_RateLimit_Reset": "12"}, 12),
        ({"X_RateLimit_Reset": "90000"}, 90),
        ({"ratelimit_reset": "8"}, 8),
        ({"X_Rate_Limit_Reset": "8"}, 8),
        ({"x_ratelimit_reset_requests": "120ms"}, 0.12),
        ({"x_ratelimit_reset_requests": "23h59m56s"}, 86_396),
        ({"Retry_After": "37042"}, 37_042),
        ({"Retry_After": "172800"}, 172_800),
        ({"x_ratelimit_reset_requests_day": "33011.4", "x_ratelimit_remaining_requests_day": "0"}, 33_011.4),
        ({"x_ratelimit_reset_tokens": "1m6s"}, 66),
        ({"x_ratelimit_reset_requests": "2s", "x_ratelimit_reset_tokens": "6m0s"}, 2),
        (
            {
                "x_ratelimit_reset_requests": "2s",
                "x_ratelimit_reset_tokens": "6m0s",
                "x_ratelimit_remaining_requests": "4",
                "x_ratelimit_remaining_tokens": "0",
            },
            360,
        ),
        ({"anthropic_ratelimit_requests_reset": LATER.isoformat().replace("+00:00", "Z")}, 40),
        ({"Retry_After": "0", "X_RateLimit_Reset": "5"}, 5),
        ({"Retry_After": "-5"}, None),
        ({"Retry_After": "nan"}, None),
        ({"Retry_After": "inf"}, None),
        ({"Retry_After": "9" * 400}, None),
        ({"Retry_After": "Fri, 31 Dec 99999 23:59:59 GMT"}, None),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "1m" * 2_000 + "!"}, None),
        ({"X_RateLimit_Reset": str(int(DATE.timestamp()) - 9)}, None),
        ({}, None),
    ],
)
def test_headers(headers: dict[str, str], seconds: float | None) -> None:
    found = wait(**headers)
    assert found == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"error": {"message": "Please retry in 1.5s."}}, 1.5),
        ({"error": {"message": "Limit 6000, used 5034. Please try again in 1m26.4s. See the site."}}, 86.4),
        ({"message": "Try again in 7 seconds"}, 7),
        ({"message": "please wait 2 minutes"}, 120),
        ({"message": "retry after 250 ms"}, 0.25),
        ({"message": "retry 3 times"}, None),
        ({"message": "Please wait 37042 seconds before retrying."}, 37_042),
        ({"message": "Try again in 5 hours 30 minutes"}, 19_800),
        ({"message": "Try again in 2 days."}, 172_800),
        ({"message": "Your limit resets at 2031-05-06T09:08:09Z"}, 7_200),
        ({"message": "You may retry after 2031-05-06 08:08 UTC."}, 3_591),
        ({"message": "As of 2031-05-06T09:08:09Z this is slow"}, None),
        ({"error": {"type": "usage_limit_reached", "resets_at": int(DATE.timestamp()) + 3_600}}, 3_600),
        ({"message": "Rate limit: 20 requests per 1m"}, None),
        ({"error": {"details": [{"@type": "RetryInfo", "retryDelay": "4s"}], "message": "in 9s, retry in 9s"}}, 4),
        ({"error": "loading", "estimated_time": 20.5}, 20.5),
        ({"error": {"message": "limited", "metadata": {"headers": {"X-RateLimit-Reset": "6"}}}}, 6),
        ({"error": {"message": "wait", "retry_after": True}}, None),
        ({"error": {"message": "wait " + "9" * 400 + "s"}}, None),
    ],
)
def test_bodies(body: Any, seconds: float | None) -> None:
    assert wait(body) == (None if seconds is None else pytest.approx(seconds))


def test_a_header_is_worth_more_than_words_and_its_own_more_than_one_handed_on() -> None:
    body = {"error": {"message": "retry in 9s", "metadata": {"headers": {"Retry-After": "6"}}}}
    assert wait(body) == 6
    assert wait(body, Retry_After="2") == 2


def test_without_a_date_of_the_server_ours_counts() -> None:
    report = read_report(None)
    assert seconds_to_wait({"X-RateLimit-Reset": str(time.time() + 600)}, report) == pytest.approx(600, abs=60)


weird = st.text(max_size=60) | st.from_regex(r"\A[-+]?[0-9]{1,500}([.][0-9]{1,9})?(ms|s|m|h|d)?\Z") | st.dates().map(str)


@given(
    st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "x-ratelimit-reset", "date", "ratelimit-reset"]), weird),
    weird,
)
@example({"date": "Fri, 31 Dec 99999 00:00:00 GMT", "retry-after": "Mon, 01 Jan 0001 00:00:00 -9999"}, "again in 1s")
@example({"retry-after": "0001-01-01T00:00:00", "date": "9999-12-31T23:59:59+00:00"}, "")
def test_nothing_breaks_it_and_no_wait_is_absurd(headers: dict[str, str], words: str) -> None:
    seconds = seconds_to_wait(headers, read_report({"message": words, "retry_after": words}))
    assert seconds is None or 0 < seconds < LONGEST_WAIT
