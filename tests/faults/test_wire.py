"""Every way in which a server can fail, and what the person sees: one line with the cause, the answer kept, no number.

The rows carry the numbers of the fault list that they come from.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from interviewer.bank.bank import load_bank
from interviewer.llm.fallbacks import FAILURES_BEFORE_FALLBACK
from interviewer.llm.retry import MAX_ATTEMPTS
from tests.conftest import Ran
from tests.fakes import completion, reply
from tests.faults.conftest import ANSWER, CANARY, MEMORY_LIMIT, Seen, kept, observe, secrets_in
from tests.faults.server import Asked, Misbehaving, Pause, Repeat, Reset, Script, bomb, fails, http, says

POINTS = len(load_bank().find("3").key_points)
GOOD = reply({1: ([1], "covered")}, points=POINTS)
GRADE = ("grade", "--question", "3", "--grader", "llm")
PARTS_SENT = 6
"""Optional parts of a request: stream, its usage, logprobs, schema, temperature, system role."""
LIMIT = 3.0
"""Seconds for one grading in all, where the program waits until they are over."""
AMPLE = 12.0
"""The same where it does not, so that a slow machine does not run into it."""
FOREVER = 600
"""Seconds for which a server that hangs would hang: far more than all of it may take."""


def refuses(message: str = "no") -> Script:
    return fails(400, message)


@dataclass(frozen=True, eq=False)
class Row:
    """One fault: what the server does, and what the person may expect."""

    number: int
    name: str
    scripts: Sequence[Script]
    says: str | None
    """Words of the reason; None when the answer is graded in spite of it all."""
    requests: int = 1
    """At most so many, and exactly so many when graded."""
    alone: bool = False
    """It makes the program wait, or remember something about the server; so it gets a process of its own."""
    waits: bool = False
    """Alone, the program waits until its time is over."""

    @property
    def limit(self) -> float:
        return LIMIT if self.waits else AMPLE

    def __str__(self) -> str:
        return f"{self.number}-{self.name}"


def cut(body: str, **changes: object) -> Script:
    return says(json.dumps(json.loads(body) | changes))


NO_SCHEMA = "response_format type json_schema is not supported"
NOT_JSON = "malformed reply"
TWICE = 2  # the first reply, and one repair
HTML = "<html><body><h1>It works!</h1></body></html>"

ROWS = [
    Row(6, "key rejected", [fails(401, f"Incorrect API key provided: {CANARY}")], "rejected the key", alone=True),
    Row(6, "key rejected in part", [fails(401, f"bad key {CANARY[:10]}****{CANARY[-4:]}")], "rejected the key"),
    Row(
        7,
        "no such model",
        [fails(404, "The model `stub` does not exist", code="model_not_found")],
        "available: other",
        alone=True,
    ),
    Row(8, "schema refused", [fails(400, NO_SCHEMA), says(GOOD)], None, 2, alone=True),
    Row(8, "schema refused with 422", [fails(422, NO_SCHEMA), says(GOOD)], None, 2, alone=True),
    Row(8, "everything refused", [fails(400, NO_SCHEMA)], "refuses the request", 1 + PARTS_SENT, alone=True),
    Row(9, "context too long", [fails(400, "maximum context length is 2048 tokens")], "too long for this model"),
    Row(11, "hang", [[Pause(FOREVER)]], "did not finish within 3 seconds", alone=True, waits=True),
    Row(11, "hang after the head", [[b"HTTP/1.1 200 OK\r\n", Pause(FOREVER)]], "did not finish within 12 seconds"),
    Row(
        12,
        "drip",
        [[http(200, b"", length=10 * FOREVER), Repeat(b" ", 10 * FOREVER, 0.1)]],
        "did not finish within 3 seconds",
        alone=True,
        waits=True,
    ),
    Row(
        12,
        "endless head",
        [[b"HTTP/1.1 200 OK\r\n", Repeat(b"X-A: b\r\n", 10 * FOREVER, 0.1)]],
        "did not finish within 12 seconds",
    ),
    Row(13, "reset", [[Reset()]], "broke off", MAX_ATTEMPTS, alone=True),
    Row(13, "reset in the body", [[http(200, b'{"cho', length=500), Reset()]], "broke off", MAX_ATTEMPTS),
    Row(13, "reset once", [[Reset()], says(GOOD)], None, 2, alone=True),
    Row(13, "not HTTP", [[b"\x00\x01\x02 SSH-2.0-hello\r\n\r\n", Reset()]], "broke off", MAX_ATTEMPTS, alone=True),
    Row(14, "gzip bomb", [bomb(300_000_000)], "larger than 1 MB", alone=True),
    Row(14, "endless body", [[http(200, b"", length=10**12), Repeat(b" " * 65536, 10_000)]], "larger than 1 MB", alone=True),
    Row(
        14,
        "endless head line",
        [[b"HTTP/1.1 200 OK\r\nX-A: ", Repeat(b"a" * 65536, 10_000)]],
        "broke off",
        MAX_ATTEMPTS,
        alone=True,
    ),
    Row(15, "redirect", [[http(307, "", Location="https://elsewhere.example/v1")]], "redirects to elsewhere.example"),
    Row(15, "redirect without a target", [[http(302, "")]], "redirects"),
    Row(16, "redirect loop", [[http(308, "", Location="/v1/chat/completions")]], "redirects", alone=True),
    Row(15, "redirect to no address", [[http(308, "", Location="http://[/")]], "redirects; redirects are not followed"),
    Row(17, "rate limit", [fails(429, "slow down")], "limits the rate of requests", MAX_ATTEMPTS, alone=True, waits=True),
    Row(17, "rate limit once", [fails(429, "slow down"), says(GOOD)], None, 2, alone=True),
    Row(18, "retry after 1", [fails(429, "slow", Retry_After="1"), says(GOOD)], None, 2, alone=True),
    Row(18, "retry after 0", [fails(429, "slow", Retry_After="0"), says(GOOD)], None, 2, alone=True),
    Row(18, "retry after -5", [fails(429, "slow", Retry_After="-5"), says(GOOD)], None, 2, alone=True),
    Row(18, "retry after nonsense", [fails(429, "slow", Retry_After="NaN"), says(GOOD)], None, 2, alone=True),
    Row(18, "retry after 300", [fails(429, "slow", Retry_After="300")], "asks to wait 5 minutes", alone=True),
    Row(19, "no credit", [fails(429, "You exceeded your quota", code="insufficient_quota")], "out of credit"),
    Row(19, "payment required", [fails(402, "pay")], "out of credit"),
    Row(20, "500", [fails(500, "oops")], "failed with status 500", FAILURES_BEFORE_FALLBACK + PARTS_SENT, alone=True),
    Row(
        20,
        "502 with a page",
        [[http(502, HTML, Content_Type="text/html")]],
        "failed with status 502",
        FAILURES_BEFORE_FALLBACK + PARTS_SENT,
        alone=True,
    ),
    Row(20, "loading", [fails(503, "Loading model")], "is loading the model", 20, alone=True, waits=True),
    Row(20, "loading, then ready", [fails(503, "Loading model"), fails(503, "Loading model"), says(GOOD)], None, 3, alone=True),
    Row(
        21,
        "told to retry",
        [fails(500, "oops", x_should_retry="true")],
        "failed with status 500",
        FAILURES_BEFORE_FALLBACK + PARTS_SENT,
        alone=True,
    ),
    Row(21, "told to retry a refusal", [fails(401, "no", x_should_retry="true")], "rejected the key"),
    Row(22, "a page", [[http(200, HTML, Content_Type="text/html")]], "is /v1 missing"),
    Row(23, "empty body", [[http(200, "")]], "empty reply"),
    Row(23, "a list", [[http(200, [])]], NOT_JSON),
    Row(23, "null", [[http(200, "null")]], NOT_JSON),
    Row(23, "bad UTF-8", [[http(200, b'{"choices": "\xff\xfe"}')]], NOT_JSON),
    Row(23, "byte order mark", [[http(200, b"\xef\xbb\xbf" + json.dumps(completion(GOOD)).encode())]], None),
    Row(23, "half a body", [[http(200, b'{"choices": [{"mess')]], NOT_JSON),
    Row(23, "deep nesting", [[http(200, "[" * 200_000)]], NOT_JSON),
    Row(23, "a number of 900,000 digits", [[http(200, "9" * 900_000)]], NOT_JSON),
    Row(24, "error in a 200", [[http(200, {"error": {"message": "no \x1b[31mluck"}})]], "reports: no luck"),
    Row(24, "error of another shape", [[http(200, {"error": "boom"})]], "reports: boom"),
    Row(24, "choices null", [[http(200, {"choices": None})]], "without an answer"),
    Row(24, "choices missing", [[http(200, {"id": "x"})]], "without an answer"),
    Row(25, "no choices", [[http(200, {"choices": []})]], "without an answer"),
    Row(26, "content null", [says(None)], "empty"),
    Row(26, "content empty", [says("")], "empty"),
    Row(26, "content a list", [[http(200, completion(None) | {"choices": [{"message": {"content": [1]}}]})]], "empty"),
    Row(26, "reasoning only", [says(None, reasoning_content="Let me think.")], "only reasoning"),
    Row(26, "tool call", [says(None, tool_calls=[{"id": "1"}])], "a tool call"),
    Row(27, "refusal", [says(None, refusal="I must not.\x1b[2J")], "the model declined: I must not."),
    Row(28, "cut off", [says(GOOD[:60], "length")], "at its output limit", 5),
    Row(28, "cut off once", [says(GOOD[:60], "length"), says(GOOD)], None, 2),
    Row(29, "content filter", [says("", "content_filter")], "content filter"),
    Row(30, "code fence", [says(f"```json\n{GOOD}\n```")], None),
    Row(30, "thinking aloud", [says(f"<think>It says {{1}}. Hm.</think>{GOOD}")], None),
    Row(30, "prose around", [says(f"Here you are: {GOOD} I hope that helps {{smile}}!")], None),
    Row(30, "prose alone, then mended", [says("Well done!"), says(GOOD)], None, TWICE),
    Row(30, "prose alone", [says("Well done, 10/10!")], "did not give a usable judgement", TWICE),
    Row(31, "wrong type", [cut(GOOD, level="high")], "did not give a usable judgement", TWICE),
    Row(31, "half a level", [cut(GOOD, level=7.5)], "did not give a usable judgement", TWICE),
    Row(31, "out of range", [cut(GOOD, level=99)], "did not give a usable judgement", TWICE),
    Row(31, "NaN", [says(GOOD.replace('"level": 3', '"level": NaN'))], "did not give a usable judgement", TWICE),
    Row(31, "infinite", [says(GOOD.replace('"level": 3', '"level": 1e999'))], "did not give a usable judgement", TWICE),
    Row(31, "a field missing", [says(json.dumps({"level": 5}))], "did not give a usable judgement", TWICE),
    Row(31, "mended", [cut(GOOD, level=99), says(GOOD)], None, TWICE),
    Row(32, "a number as text", [cut(GOOD, level="3")], None),
    Row(32, "an extra key", [cut(GOOD, total=100)], None),
    Row(32, "a key twice", [says(GOOD[:-1] + ', "level": 5}')], "did not give a usable judgement", TWICE),
    Row(33, "schema ignored", [says('{"score": 100}')], "did not give a usable judgement", TWICE),
    Row(35, "escapes", [cut(GOOD, strengths=["\x1b]52;c;aGk=\x07Good\x1b[2J\x00 \x9b31m\u202eok", "\ud800"])], None),
]


@dataclass(frozen=True)
class Outcome:
    """What became of one answer, and the whole run that it was part of."""

    seen: Seen
    home: Path
    asked: list[Asked]
    reason: str | None
    """Why it was not graded."""


def grade_alone(row: Row, home: Path) -> Outcome:
    with Misbehaving({"": row.scripts}) as server:
        seen = observe(home, *GRADE, OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub", INTERVIEWER_TIMEOUT=f"{row.limit:g}")
        assert kept(home) == [ANSWER]
        assert ("/100" in seen.out) == (seen.code == 0)
        assert seen.code in {0, 3}, seen.all
        assert seen.code == 0 or "interviewer regrade 1" in seen.err
        return Outcome(seen, home, server.completions(), seen.err if seen.code else None)


def grade_together(rows: list[Row], home: Path) -> dict[Row, Outcome]:
    """All rows in one batch, in which none may disturb another."""
    home.mkdir(parents=True)
    answers, output = home.parent / "answers.jsonl", home.parent / "graded.jsonl"
    marked = {f"Case {position:03}.": row for position, row in enumerate(rows)}
    lines = [{"id": marker, "question": 3, "answer": f"{ANSWER} {marker}"} for marker in marked]
    answers.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with Misbehaving({marker: row.scripts for marker, row in marked.items()}) as server:
        environ = {"OPENAI_BASE_URL": server.url, "INTERVIEWER_MODEL": "stub", "INTERVIEWER_TIMEOUT": f"{AMPLE:g}"}
        seen = observe(home, "batch", str(answers), "--output", str(output), **environ)
        results = [json.loads(line) for line in output.read_text().splitlines()]
        assert [result["id"] for result in results] == list(marked)
        assert CANARY not in output.read_text()
        for result in results:
            assert (result["status"] == "graded") == (result["score"] is not None) == (result["reason"] is None)
        return {
            row: Outcome(seen, home, server.completions(marker), result["reason"])
            for (marker, row), result in zip(marked.items(), results, strict=True)
        }


Runs = Mapping[Row, Callable[[], Outcome]]


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """The rows that were asked for, run side by side: most of the time they wait."""
    functions = [item for item in request.session.items if isinstance(item, pytest.Function) and hasattr(item, "callspec")]
    wanted = [row for item in functions if isinstance(row := item.callspec.params.get("row"), Row)]
    with ThreadPoolExecutor(4) as pool:
        others = [row for row in wanted if not row.alone]
        together = pool.submit(grade_together, others, tmp_path_factory.mktemp("together") / "home")  # which takes longest
        alone = {row: pool.submit(grade_alone, row, tmp_path_factory.mktemp("alone") / "home") for row in wanted if row.alone}
        yield {row: future.result for row, future in alone.items()} | {
            row: lambda row=row: together.result()[row] for row in others
        }


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_failing_server_costs_a_line_and_nothing_else(row: Row, runs: Runs) -> None:
    outcome = runs[row]()
    check(outcome.seen, outcome.home)
    assert outcome.seen.memory < MEMORY_LIMIT
    assert outcome.seen.ended - outcome.seen.began < FOREVER / 4  # the reason says after how long; this holds on any machine
    if row.says is None:
        assert outcome.reason is None
        assert len(outcome.asked) == row.requests
    else:
        assert row.says in " ".join((outcome.reason or "").split())
        assert 1 <= len(outcome.asked) <= row.requests


def check(seen: Ran, home: Path) -> None:
    """What holds whatever happens."""
    assert "Traceback" not in seen.all
    assert "unexpected" not in seen.err
    assert CANARY[:10] not in seen.all
    assert secrets_in(home) == []
    assert not {"\x1b", "\x9b", "\x00", "\x07", "\u202e"} & set(seen.all)
