"""Reads a server's report of a failure: its words, its codes and how long to wait, in whatever form it writes them."""

import email.utils
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from interviewer.text.clean import clean, clean_line

LONGEST_WAIT = 31 * 86_400.0
"""Seconds. Quotas are for a day or a month; what names a longer wait is mostly a mistake."""
_MILLISECONDS = 86_400.0
"""A reset in a larger number is in milliseconds; Retry-After never is (RFC 9110, section 10.2.3)."""
# Names of fields at OpenAI, Anthropic, Google, FastAPI, LiteLLM, OpenRouter, MiniMax, Baidu and in RFC 9457 (problem details).
_MESSAGE_FIELDS = (
    "message",
    "msg",
    "error_msg",
    "status_msg",
    "error",
    "errors",
    "detail",
    "details",
    "description",
    "error_description",
    "title",
)
_NESTED_FIELDS = ("base_resp", "metadata", "raw", "violations", "quotaId")
_CODE_FIELDS = ("code", "type", "status", "error_type", "error_code", "status_code", "statusCode", "reason", "__type")
_WAIT_FIELDS = (
    "retryDelay", "retry_after", "retryAfter", "retry_after_seconds", "estimated_time", "resets_in_seconds", "resets_at",
    "reset_at",
)  # fmt: skip
_MAX_DEPTH, _MAX_ITEMS = 8, 5
_MAX_MESSAGE = 2_000
"""Characters of a message that are read; how long to wait often stands at its end."""
_UNITS = {"ms": 0.001, "mil": 0.001, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "hou": 3600.0}
_UNITS |= {"hr": 3600.0, "hrs": 3600.0, "d": 86_400.0, "day": 86_400.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?\s*[a-z]+\s*)+", re.IGNORECASE)
_WAIT_WORDS = re.compile(rf"\b(?:again|retry\w*|wait|resets?)\b[^.\d]{{0,40}}({_DURATION.pattern})", re.IGNORECASE)
_MOMENT_WORDS = re.compile(
    r"\b(?:again|retry\w*|wait|resets?|until)\b\D{0,40}"
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?:[:.]\d+)*(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)",
    re.IGNORECASE,
)
_RESET = re.compile(r"(?:[a-z]+-)?rate-?limit-(?:[a-z]+-){0,3}reset(?:-[a-z]+)*")


@dataclass(slots=True)
class ErrorReport:
    """The contents of the body of an error response."""

    message: str = ""
    """The server's own words, on one line."""
    codes: set[str] = field(default_factory=set)
    """Its codes, types and statuses in lower case; numbers as text."""
    param: str = ""
    """The part of the request that it is about."""
    wait: object = None
    headers: dict[str, str] = field(default_factory=dict)
    """Headers of an upstream server that a gateway hands on in the body."""


def read_report(data: object, redact: Callable[[str], str] = clean) -> ErrorReport:
    """Read an error in any form: an object, a list of them, a text, a web page. Never raises."""
    report, texts = ErrorReport(), list[str]()

    def walk(value: object, depth: int) -> None:
        if depth > _MAX_DEPTH:
            return
        if isinstance(value, str):
            inner = _parsed(value)
            if inner is not None:
                walk(inner, depth + 1)
            elif text := clean_line(redact(_without_tags(value)), _MAX_MESSAGE):
                texts.append(text)
        elif isinstance(value, list):
            for item in value[:_MAX_ITEMS]:
                walk(item, depth + 1)
        elif isinstance(value, dict):
            codes = {str(code).casefold()[:80] for name in _CODE_FIELDS if isinstance(code := value.get(name), str | int)}
            report.codes |= codes
            where = value.get("param") or value.get("loc")
            if isinstance(where, str | list) and where and not report.param:
                report.param = clean_line(redact(".".join(map(str, where)) if isinstance(where, list) else where), 80)
                if isinstance(where, list):
                    texts.append(report.param)
            report.wait = next((value[name] for name in _WAIT_FIELDS if name in value), report.wait)
            if isinstance(headers := value.get("headers"), dict):
                report.headers |= {str(name).lower(): str(header) for name, header in headers.items()}
            for name in (*_MESSAGE_FIELDS, *_NESTED_FIELDS):
                walk(value.get(name), depth + 1)

    walk(data, 0)
    report.message = clean_line(": ".join(dict.fromkeys(texts)) or redact(", ".join(sorted(report.codes))), _MAX_MESSAGE)
    return report


def seconds_to_wait(headers: Mapping[str, str], report: ErrorReport, *, limited: bool = True) -> float | None:
    """Return how long a server asks to wait: by its headers, else by a field of the body, else by its words.

    Every form in use is read: seconds, milliseconds, durations such as `1m26.4s`, moments as an HTTP date, in ISO 8601 or in
    seconds or milliseconds since 1970. None when there is nothing that makes sense. Never raises.

    When a limit is reset counts only for a request that was refused for one (`limited`): OpenAI says it with every response.
    """
    headers = report.headers | {name.lower(): value for name, value in headers.items()}
    now = _moment(headers.get("date", "")) or time.time()  # the server's clock, which its moments belong to
    asked = [
        _within(_number(headers.get("retry-after-ms", "")) / 1000),
        _seconds(headers.get("retry-after", ""), now),
        _reset(headers, now) if limited else None,
        _seconds(str(report.wait), now) if report.wait is not None else None,
        _within(_duration(words[1])) if (words := _WAIT_WORDS.search(report.message)) else None,
        _seconds(words[1], now) if (words := _MOMENT_WORDS.search(report.message)) else None,
    ]
    return next((seconds for seconds in asked if seconds is not None), None)


def _reset(headers: Mapping[str, str], now: float) -> float | None:
    """Return when the limit that is used up is reset; where no header says which one that is, the first reset."""
    resets: dict[bool, list[float]] = {True: [], False: []}
    for name, value in headers.items():
        if _RESET.fullmatch(name) and (seconds := _seconds(value, now, milliseconds_from=_MILLISECONDS)) is not None:
            used_up = headers.get(name.replace("reset", "remaining"), "").strip() == "0"
            resets[used_up].append(seconds)
    return max(resets[True], default=None) or min(resets[False], default=None)


def _seconds(text: str, now: float, *, milliseconds_from: float = LONGEST_WAIT) -> float | None:
    text = text.strip()
    number = _number(text)
    if number > 1e11:
        return _within(number / 1000 - now)
    if number > 1e8:
        return _within(number - now)
    if number > milliseconds_from:
        return _within(number / 1000)
    if number == number:  # noqa: PLR0124  # no NaN
        return _within(number)
    if len(text) <= 80 and _DURATION.fullmatch(text):
        return _within(_duration(text))
    moment = _moment(text[:80])
    return None if moment is None else _within(moment - now)


def _within(seconds: float) -> float | None:
    return seconds if 0 < seconds < LONGEST_WAIT else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _duration(text: str) -> float:
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([a-z]+)", text.lower())
    return sum(float(number) * _UNITS.get(unit[:3], 0.0) for number, unit in parts)


def _moment(text: str) -> float | None:
    text = re.sub(r" ?UTC$", "Z", text, flags=re.IGNORECASE)
    for read in (email.utils.parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, OverflowError, OSError, IndexError):
            continue
    return None


def _parsed(text: str) -> object:
    """Return the JSON that a text holds, as gateways hand on what another server said; None for any other text."""
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _without_tags(text: str) -> str:
    """Return the title of a web page, and any other text as it is."""
    if not text.lstrip().startswith("<"):
        return text
    title = re.search(r"<title[^>]*>([^<]{1,200})", text[:20_000], re.IGNORECASE)
    return title[1] if title else ""
