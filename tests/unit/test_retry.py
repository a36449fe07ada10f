"""What is sent again, after which pause, with which parts left out, and what is remembered of it. No network, no real time."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from interviewer.errors import GradingError
from interviewer.llm.capabilities import Capabilities, load_capabilities, part_named
from interviewer.llm.failures import Failure, LLMRequestError, reported_failure
from interviewer.llm.fallbacks import FAILURES_BEFORE_FALLBACK, Body, Fallbacks
from interviewer.llm.retry import MAX_ATTEMPTS, MAX_BACKOFF, RetryPolicy
from tests.fakes import Clock, fake_context

RATE = Failure("too fast", transient=True, until_deadline=True, kind="rate")
BUSY = Failure("overloaded", transient=True, kind="busy")
BROKEN = Failure("failed", transient=True, kind="server")


class Bench:
    """A policy with a clock that stands still but for its pauses, and what it told the person."""

    def __init__(self, home: Path) -> None:
        self.clock = Clock()
        self.told: list[str] = []
        self.policy = RetryPolicy("tea.example", fake_context(home, self.clock), self.told.append)

    @property
    def time(self) -> float:
        return self.clock.monotonic()

    async def run(self, *outcomes: Failure | str, seconds: float = 1_000) -> str:
        """Send a request with these outcomes; the last one comes again and again."""
        left = list(outcomes)

        async def send() -> str:
            outcome = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(outcome, Failure):
                raise LLMRequestError(outcome)
            return outcome

        return await self.policy.run(send, self.time + seconds)


def test_pauses_grow_as_long_as_a_server_wants_fewer_requests_and_says_not_when(home: Path) -> None:
    bench = Bench(home)
    assert asyncio.run(bench.run(*[RATE] * 8, "done")) == "done"
    slept = bench.clock.slept
    assert all(0.9 * 2**n <= pause <= 1.35 * 2**n for n, pause in enumerate(slept[:5]))
    assert max(slept) <= 1.35 * MAX_BACKOFF
    asyncio.run(bench.run(RATE, "done"))
    assert bench.clock.slept[-1] < 2, "a success begins anew"


def test_a_rate_limit_is_waited_for_until_the_deadline_and_an_overload_a_few_times(home: Path) -> None:
    bench = Bench(home)
    began = bench.time
    with pytest.raises(LLMRequestError, match="too fast") as caught:
        asyncio.run(bench.run(RATE, seconds=60))
    assert 15 < bench.time - began <= 60
    assert caught.value.rate_limited
    assert caught.value.retry_after is None, "the server did not say when"
    assert bench.policy.backpressure.rate_limited == len(bench.clock.slept) + 1
    busy = Bench(home)
    with pytest.raises(LLMRequestError, match="overloaded") as caught:
        asyncio.run(busy.run(BUSY))
    assert not caught.value.rate_limited
    assert busy.policy.backpressure.rate_limited == MAX_ATTEMPTS


def test_a_pause_is_that_of_all_requests_and_grows_once_for_those_that_were_on_their_way(home: Path) -> None:
    bench = Bench(home)

    async def go() -> list[str]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(bench.run(RATE, "done")) for _ in range(20)]
        return [task.result() for task in tasks]

    assert asyncio.run(go()) == ["done"] * 20
    assert bench.clock.slept[0] < 2
    assert sum(bench.clock.slept) < 20 * 2, "not 1 + 2 + 4 …"


def test_a_request_that_would_have_to_wait_too_long_says_so_at_once(home: Path) -> None:
    bench = Bench(home)

    async def go() -> None:
        with pytest.raises(LLMRequestError):
            await bench.run(Failure("too fast", transient=True, until_deadline=True, kind="rate", retry_after=90.0), seconds=60)
        await bench.run("done", seconds=60)

    with pytest.raises(GradingError, match=r"tea\.example asked to wait 90 seconds more") as caught:
        asyncio.run(go())
    assert caught.value.rate_limited
    assert caught.value.retry_after == 90
    assert bench.clock.slept == []
    assert bench.told == [], "the error says it"


def test_a_notice_is_given_once_for_a_cause_whatever_the_server_says_besides(home: Path) -> None:
    bench = Bench(home)
    failures = [
        Failure(cause, transient=True, until_deadline=True, kind="rate", retry_after=1.0, server_message=said)
        for cause, said in [("too fast", "request 1"), ("busy", "b"), ("too fast", "request 2"), ("busy", "c")]
    ]
    asyncio.run(bench.run(*failures, "done"))
    assert len(bench.told) == 2
    asyncio.run(bench.run(BROKEN, "done"))
    assert len(bench.told) == 2, "what another try mends is not worth a word"


def test_what_gives_the_same_reply_each_time_is_asked_once(home: Path) -> None:
    bench = Bench(home)
    bench.policy.max_attempts = 1
    with pytest.raises(LLMRequestError):
        asyncio.run(bench.run(RATE, "done"))
    assert bench.clock.slept == []


def test_a_failure_that_nobody_can_wait_out_is_final(home: Path) -> None:
    with pytest.raises(LLMRequestError):
        asyncio.run(Bench(home).run(Failure("no"), "done"))


Server = Callable[[Body], Failure | None]


def build(known: Capabilities) -> Body:
    """A request with every part that is known to be accepted."""
    body: Body = {"messages": [{"role": "system", "content": "x"}] if known.system_role else []}
    body |= {"temperature": 0} if known.temperature else {}
    body |= {"logprobs": True} if known.logprobs else {}
    return body | ({"response_format": {"type": "json_schema"}} if known.json_schema else {})


ENDPOINT = "https://tea.example/v1"


class Asking:
    """Requests to a server that refuses some of them: what was sent, and what is known afterwards."""

    def __init__(self, home: Path, server: Server) -> None:
        self.bench = Bench(home)
        self.memory = home / "servers.json"
        self.server = server
        self.sent: list[Body] = []
        self.fallbacks = Fallbacks(self.bench.policy, self.memory, ENDPOINT)

    async def send(self, body: Body) -> str:
        self.sent.append(body)
        if failure := self.server(body):
            raise LLMRequestError(failure)
        await asyncio.sleep(0)
        return "done"

    def ask(self, times: int = 1) -> list[str | LLMRequestError]:
        async def one() -> str | LLMRequestError:
            try:
                return await self.fallbacks.run("assam", build, self.send, self.bench.time + 1_000)
            except LLMRequestError as failed:
                return failed

        async def go() -> list[str | LLMRequestError]:
            return await asyncio.gather(*(one() for _ in range(times)))

        return asyncio.run(go())

    @property
    def left_out(self) -> tuple[str, ...]:
        return load_capabilities(self.memory, ENDPOINT, "assam").left_out


def refuses(part: str, failure: Failure) -> Server:
    return lambda body: failure if body.get(part) else None


def refusal(said: str, part: str = "") -> Failure:
    return Failure("refused", kind="request", server_message=said, part=part or part_named(said))


@pytest.mark.parametrize(
    ("server", "requests", "left_out"),
    [
        (refuses("logprobs", refusal("top_logprobs: unknown")), 2, ("logprobs",)),
        (refuses("messages", refusal("odd", part="system_role")), 2, ("system_role",)),
        (refuses("response_format", refusal("something odd")), 3, ("logprobs", "json_schema")),
        (refuses("logprobs", BROKEN), FAILURES_BEFORE_FALLBACK + 1, ("logprobs",)),
        (refuses("messages", BROKEN), FAILURES_BEFORE_FALLBACK + 4, ("logprobs", "json_schema", "temperature", "system_role")),
        (
            refuses("response_format", reported_failure({"error": "internal error"}, "h")),
            FAILURES_BEFORE_FALLBACK + 2,
            ("logprobs", "json_schema"),
        ),
        (
            refuses("response_format", Failure("no JSON", transient=True, kind="schema")),
            FAILURES_BEFORE_FALLBACK + 1,
            ("json_schema",),
        ),
    ],
)
def test_less_is_asked_until_it_is_accepted_and_that_is_remembered(
    home: Path, server: Server, requests: int, left_out: tuple[str, ...]
) -> None:
    asking = Asking(home, server)
    assert asking.ask() == ["done"]
    assert len(asking.sent) == requests
    assert asking.left_out == left_out
    asking.ask()
    assert len(asking.sent) == requests + 1
    again = Asking(home, server)
    assert again.ask() == ["done"]
    assert len(again.sent) == 1, "the next run knows"


@pytest.mark.parametrize("failure", [refusal("something odd"), BROKEN])
def test_nothing_is_left_out_for_good_where_it_did_not_help(home: Path, failure: Failure) -> None:
    asking = Asking(home, lambda _: failure)
    assert isinstance(asking.ask()[0], LLMRequestError)
    assert asking.sent[-1] == {"messages": []}
    assert not asking.memory.exists()
    asking.server = lambda _: None
    asking.ask()
    assert asking.sent[-1] == asking.sent[0]


@pytest.mark.parametrize(("failure", "tries"), [(refusal("something odd"), 1), (BROKEN, MAX_ATTEMPTS)])
def test_a_server_that_was_seen_to_accept_a_request_is_not_asked_for_less(home: Path, failure: Failure, tries: int) -> None:
    asking = Asking(home, lambda _: None)
    asking.ask()
    asking.server = lambda _: failure
    assert isinstance(asking.ask()[0], LLMRequestError)
    assert asking.sent == [asking.sent[0]] * (1 + tries)


def test_a_part_that_is_named_goes_though_it_was_accepted_before(home: Path) -> None:
    asking = Asking(home, lambda _: None)
    asking.ask()
    asking.server = refuses("logprobs", refusal("no logprobs"))
    assert asking.ask() == ["done"]
    assert asking.left_out == ("logprobs",)


def test_connections_that_break_say_nothing_about_the_request(home: Path) -> None:
    asking = Asking(home, lambda _: Failure("broke off", transient=True))
    asking.ask()
    assert asking.sent == [asking.sent[0]] * MAX_ATTEMPTS


def test_a_flaky_server_costs_no_part_where_another_request_was_accepted_meanwhile(home: Path) -> None:
    outcomes = iter([BROKEN, None, BROKEN])
    asking = Asking(home, lambda _: next(outcomes, None))
    assert asking.ask(2) == ["done", "done"]
    assert asking.left_out == ()
    assert len(asking.sent) == 4


def test_requests_that_are_refused_side_by_side_learn_the_same(home: Path) -> None:
    def server(body: Body) -> Failure | None:
        return next((refusal(f"no {part}") for part in ("response_format", "temperature") if part in body), None)

    asking = Asking(home, server)
    assert asking.ask(8) == ["done"] * 8
    assert (learned := len(asking.sent)) <= 8 * 3
    assert asking.left_out == ("json_schema", "temperature")
    asking.ask(8)
    assert len(asking.sent) == learned + 8


def test_what_is_learned_of_one_model_adds_up(home: Path) -> None:
    asking = Asking(home, refuses("logprobs", refusal("logprobs")))
    asking.ask()
    asyncio.run(asking.fallbacks.remember(reply_tokens=4_800))
    assert load_capabilities(asking.memory, ENDPOINT, "assam") == Capabilities(logprobs=False, reply_tokens=4_800)
