"""Many answers at once: what ends a run and what does not, and that each answer ends in a grade or a reason."""

import asyncio
import io
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from math import inf
from pathlib import Path

import pytest

from interviewer.batch.budget import Budget
from interviewer.batch.limiter import AdaptiveLimiter
from interviewer.batch.rows import Row, read_results
from interviewer.batch.runner import GIVE_UP, Totals, Work, grade_rows, run_concurrently
from interviewer.batch.writer import ResultWriter
from interviewer.errors import GradingError
from interviewer.grading.embedded.grader import EmbeddedGrader
from interviewer.grading.grade import grade_answer
from interviewer.grading.grader import ClaimsCallback
from interviewer.grading.segment import segment
from interviewer.llm.retry import Backpressure
from interviewer.models import Answer, GraderInfo, Grading, Judgement, Question, Usage
from interviewer.ui.views.progress_bar import progress_bar
from tests.conftest import Run
from tests.fakes import Clock, Sent, completion, fake_context, question, reply, serving

INFO = GraderInfo(kind="llm", model="stub", prompt_version="1", estimate=False)


class Judge(EmbeddedGrader):
    """Judges as it is told to, by the number in an answer."""

    def __init__(self, behave: Callable[[int], None]) -> None:
        self.behave = behave
        self.asked: list[int] = []

    @property
    def info(self) -> GraderInfo:
        return INFO

    async def judge(self, question: Question, answer: Answer, on_claims: ClaimsCallback | None = None) -> Judgement:
        number = int(answer.text.split()[-1].rstrip("."))
        self.asked.append(number)
        await asyncio.sleep(0)
        self.behave(number)
        return Judgement(points=(), depth=0.5, clarity=0.5, level=1.0)


def rows(count: int) -> list[Row]:
    return [Row(n, f"r{n}", question(), segment(f"The water boils, case {n}.")) for n in range(count)]


def graded(judge: Judge, answers: list[Row], output: Path, concurrency: int = 4) -> Totals:
    async def work() -> Totals:
        writer = ResultWriter(output)
        try:
            async with asyncio.timeout(30):
                return await grade_rows(answers, judge, writer, fake_context(output.parent), concurrency=concurrency)
        finally:
            writer.close()

    return asyncio.run(work())


def failing(*, rate_limited: bool = False, which: Callable[[int], bool] = lambda _: True) -> Callable[[int], None]:
    def behave(number: int) -> None:
        if which(number):
            error = GradingError("not now")
            error.rate_limited = rate_limited
            raise error

    return behave


def test_twenty_in_a_row_end_a_run_and_are_not_saved(tmp_path: Path) -> None:
    judge = Judge(failing(which=lambda number: number >= 10))
    totals = graded(judge, rows(80), tmp_path / "out.jsonl")
    assert f"{GIVE_UP} answers in a row could not be graded (not now)" in totals.stopped
    assert GIVE_UP + 10 <= len(judge.asked) <= GIVE_UP + 10 + 4
    assert [row["id"] for row in read_results(tmp_path / "out.jsonl")] == [f"r{n}" for n in range(10)]


def test_rate_limits_do_not_count_towards_them(tmp_path: Path) -> None:
    totals = graded(Judge(failing(rate_limited=True, which=lambda number: number < 60)), rows(62), tmp_path / "out.jsonl")
    assert totals.stopped == ""
    assert (totals.graded, totals.ungraded.total()) == (2, 60)


def asking(seconds: float, which: Callable[[int], bool]) -> Callable[[int], None]:
    """The server refuses some answers and asks to wait."""

    def behave(number: int) -> None:
        if which(number):
            error = GradingError("too many")
            error.rate_limited, error.retry_after = True, seconds
            raise error

    return behave


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (3 * 3_600, "asks to wait until {:%H:%M} (too many)"),
        (3 * 86_400, "asks to wait until {0:%H:%M} on {0.day} {0:%B} (too many)"),
        (inf, "does not say until when to wait (too many)"),
    ],
)
def test_a_wait_of_hours_ends_a_run_at_once_and_its_rows_stay_to_be_done(tmp_path: Path, seconds: float, said: str) -> None:
    judge = Judge(asking(seconds, lambda number: number >= 10))
    totals = graded(judge, rows(80), tmp_path / "out.jsonl")
    until = (Clock().moment + timedelta(seconds=min(seconds, 1e6))).astimezone()
    assert said.format(until) in totals.stopped
    assert len(judge.asked) <= 10 + 4
    assert [row["id"] for row in read_results(tmp_path / "out.jsonl")] == [f"r{n}" for n in range(10)]


def test_a_wait_of_minutes_is_waited_for_as_long_as_answers_get_through(tmp_path: Path) -> None:
    judge = Judge(lambda _: None)
    judge.behave = asking(90.0, lambda number: number % 5 == 4 and judge.asked.count(number) < 2)
    totals = graded(judge, rows(40), tmp_path / "out.jsonl")
    assert (totals.graded, totals.stopped) == (40, "")
    assert len(judge.asked) == 48
    stuck = Judge(asking(90.0, lambda number: number >= 10))
    totals = graded(stuck, rows(40), tmp_path / "stuck.jsonl")
    assert "asks to wait until" in totals.stopped
    assert len(stuck.asked) <= 10 + 2 * 5
    assert totals.ungraded.total() == 0


DAILY = [
    ({"Retry-After": "18000"}, "slow down"),
    ({"X-RateLimit-Reset": str(int(time.time() * 1000) + 18_000_000)}, "slow down"),
    ({"x-ratelimit-reset-requests": "5h0m0s", "x-ratelimit-remaining-requests": "0"}, "slow down"),
    ({}, "Rate limit reached on requests per day (RPD): Limit 200, Used 200. Please try again in 5h0m0s."),
    ({}, "Rate limit exceeded: free-models-per-day."),
]


@pytest.mark.parametrize(("headers", "message"), DAILY)
def test_a_daily_limit_keeps_what_was_graded_and_says_how_to_go_on(
    run: Run, tmp_path: Path, headers: dict[str, str], message: str
) -> None:
    lines = [{"id": n, "question": 3, "answer": f"It memorises noise, case {n}."} for n in range(60)]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)))
    good = Sent(completion(reply({1: ([1], "covered")}, points=7)))
    limited = Sent({"error": {"message": message, "code": "rate_limit_exceeded"}}, 429, headers)
    command = ("batch", "in.jsonl", "--output", "out.jsonl")
    with serving(*[good] * 12, limited) as server:
        environ = {"OPENAI_BASE_URL": server.url, "INTERVIEWER_MODEL": "stub"}
        done = run(*command, **environ)
        assert done.code == 3
        assert "12 graded, 0 ungraded; written to out.jsonl" in done.err
        assert "Stopped: the server " + ("does not say" if "free-models" in message else "asks to wait until ") in done.err
        assert message.rstrip(".") in done.err
        assert "The same command goes on from here." in done.err
        assert len(server.requests) < 30
    with serving(good) as server:
        again = run(*command, **environ | {"OPENAI_BASE_URL": server.url})
    assert again.code == 0
    assert "48 graded, 12 in earlier runs, 0 ungraded" in again.err


def test_what_a_reply_raises_costs_its_own_row(tmp_path: Path) -> None:
    errors = ValueError, RecursionError, UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no"), KeyError, OverflowError

    def behave(number: int) -> None:
        if number % 5 == 1:
            raise errors[number // 5]

    totals = graded(Judge(behave), rows(25), tmp_path / "out.jsonl")
    found = list(read_results(tmp_path / "out.jsonl"))
    assert [row["status"] for row in found] == ["ungraded" if n % 5 == 1 else "graded" for n in range(25)]
    assert "RecursionError" in found[6]["reason"]
    assert totals.graded == 20


def test_a_row_that_began_later_and_was_graded_shows_that_grading_works(tmp_path: Path) -> None:
    """Thirty rows fail long after others that began later are graded."""

    async def work() -> tuple[Totals, list[int]]:
        saved: list[int] = []
        later = asyncio.Event()

        async def grade(number: int) -> Grading:
            if number < 30:
                await later.wait()
            elif number == 59:
                later.set()
            answer = segment("The water boils, case 1.")
            return ungraded() if number < 30 else await grade_answer(Judge(lambda _: None), question(), answer)

        async def save(number: int, _: Grading) -> None:
            saved.append(number)

        limiter = AdaptiveLimiter(64, Backpressure())
        limiter.limit = 64
        return await run_concurrently(range(60), Work(grade, save), limiter, fake_context(tmp_path)), saved

    totals, saved = asyncio.run(work())
    assert totals.stopped == ""
    assert sorted(saved) == list(range(60))


def ungraded() -> Grading:
    return Grading(question_id="tea", status="ungraded", score=None, grader=INFO, usage=None, reason="no")


def test_bad_rows_take_no_place_and_do_not_stop_a_run(tmp_path: Path) -> None:
    answers = [Row(n, f"r{n}", reason="the row is not JSON") if n < 100 else row for n, row in enumerate(rows(102))]
    totals = graded(Judge(lambda _: None), answers, tmp_path / "out.jsonl", concurrency=1)
    assert (totals.graded, totals.ungraded["the row is not JSON"], totals.stopped) == (2, 100, "")


def test_a_first_error_of_saving_ends_the_run(tmp_path: Path) -> None:
    async def work() -> None:
        async def grade(_: int) -> Grading:
            return ungraded()

        async def save(_: int, __: Grading) -> None:
            raise GradingError("the disk is full")

        await run_concurrently(range(5), Work(grade, save), AdaptiveLimiter(2, Backpressure()), fake_context(tmp_path))

    with pytest.raises(GradingError, match="the disk is full"):
        asyncio.run(work())


def test_a_budget_counts_what_failed_gradings_cost_and_what_is_under_way() -> None:
    totals = Totals()
    usage = Usage(prompt_tokens=600, completion_tokens=50, requests=2)
    totals.spend(usage)
    budget = Budget(None, 0.002, (1.0, 2.0))
    assert budget.cost(totals) == pytest.approx(0.0007)
    assert budget.stop_reason(totals) == ""
    totals.running = 2
    assert budget.stop_reason(totals) == "the limit of $0.00 is reached"
    assert Budget(651, None, None).stop_reason(totals.__class__(prompt_tokens=650)) == ""
    assert Budget(650, None, None).stop_reason(totals.__class__(prompt_tokens=650)) == "the limit of 650 tokens is reached"


def test_the_cost_of_replies_that_could_not_be_used_is_told_and_limited(run: Run, tmp_path: Path) -> None:
    lines = [{"id": n, "question": 3, "answer": f"It memorises noise, case {n}."} for n in range(12)]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)))
    command = ("batch", "in.jsonl", "--output", "out.jsonl", "--concurrency", "1", "--price", "1000,1000", "--max-cost", "3")
    useless = Sent(completion("I would rather not say."))
    with serving(useless) as server:
        done = run(*command, OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
        cost = len(server.requests) * 0.79
    assert f"${cost:.2f}" in done.err
    assert "Stopped: the limit of $3.00 is reached" in done.err
    assert 3 <= cost < 4.7
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert all("I would rather not say." in row["reason"] for row in rows)
    assert len(rows) == len(server.requests) // 2


def test_a_pipe_gets_a_line_of_progress_every_15_seconds(home: Path) -> None:
    clock = Clock()
    context = fake_context(home, clock)
    with progress_bar(context, "Grading", 100, 40) as progress:
        for second in range(1, 33):
            clock.moment += timedelta(seconds=1)
            progress(Totals(graded=second))
    assert context.stderr.getvalue().splitlines() == [  # type: ignore[attr-defined]
        "40 of 100 graded in an earlier run",
        "Grading: 55 of 100, 1.0 a second",
        "Grading: 70 of 100, 1.0 a second",
    ]


def test_a_terminal_gets_a_bar_instead(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    clock, terminal = Clock(), Terminal()
    with progress_bar(replace(fake_context(home, clock), stderr=terminal), "Grading", 100, 40) as progress:
        clock.moment += timedelta(seconds=30)
        progress(Totals(graded=15))
    assert "55/100" in terminal.getvalue()
    assert "Grading: " not in terminal.getvalue()
