"""How requests are carried: a server that sends too much, too little, compressed or elsewhere, byte for byte."""

import asyncio
import contextlib
import gzip
import json
import logging
import re
import ssl
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from interviewer.errors import GradingError
from interviewer.llm import batches
from interviewer.llm.connection import Connection
from interviewer.llm.failures import Failure, LLMRequestError
from interviewer.settings import load_settings
from tests.fakes import Clock, fake_context
from tests.faults.server import http, zeros

KEY = "sk-canary-5b1d9e7743"


@dataclass
class Server:
    """A server in the same event loop that echoes the number in each request, in the way that a test wants."""

    answer: Callable[[asyncio.StreamWriter, bytes], Awaitable[None]]
    connections: int = 0
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                headers = {name.lower(): value for name, value in re.findall(r"(?m)^([\w-]+): *(.*?)\r$", head)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.requests.append((head.split("\r\n")[0], headers, body))
                await self.answer(writer, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError):  # which a client that has gone is
                await writer.wait_closed()


def number(body: bytes) -> int:
    return int(json.loads(body)["messages"][0]["content"])


def echo(body: bytes) -> bytes:
    return http(200, {"number": number(body)})


def foreign() -> bytes:
    return http(200, {"number": -1})


async def ask(
    home: Path,
    server: Server,
    numbers: int,
    at_once: int = 1,
    seconds: float = 10,
    environ: dict[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
    idle: float = 0,
) -> list[int | str]:
    """Send so many requests to a server, and return the number in each reply, or the reason why there is none.

    `idle` is the time in seconds after each reply in which nothing is asked.
    """
    listening = await asyncio.start_server(server.connected, "127.0.0.1", 0, ssl=tls)
    url = f"http{'s' if tls else ''}://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    environ = {name: value.replace("URL", url) for name, value in (environ or {"OPENAI_BASE_URL": "URL/v1"}).items()}
    context = fake_context(home, None, b"", **{"INTERVIEWER_TIMEOUT": str(seconds)} | environ)
    connection = Connection(load_settings(context.environ, context.paths), context, lambda _: None)
    gate = asyncio.Semaphore(at_once)

    async def one(place: int) -> int | str:
        async with gate:
            try:
                async with connection.deadline():
                    reply = await connection.complete({"model": "stub", "messages": [{"role": "user", "content": str(place)}]})
                await asyncio.sleep(idle)
                return int(json.loads(reply)["number"])
            except GradingError as error:
                return error.message

    replies = await asyncio.gather(*(one(place) for place in range(numbers)))
    await connection.close()
    listening.close()
    async with asyncio.timeout(30):  # a transport that outlives its event loop warns in some later test
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
    return replies


EXTRA = {
    "a reply": foreign(),
    "three replies": foreign() * 3,
    "CRLF": b"\r\n",
    "two CRLF": b"\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "half a body": foreign()[:-4],
}


@pytest.mark.parametrize("at_once", [1, 4])
@pytest.mark.parametrize("extra", EXTRA.values(), ids=EXTRA)
@pytest.mark.parametrize("apart", [False, True], ids=["in one piece", "in a second piece"])
def test_what_a_server_sends_after_a_reply_is_taken_for_no_other(home: Path, extra: bytes, at_once: int, apart: bool) -> None:
    async def answer(writer: asyncio.StreamWriter, body: bytes) -> None:
        writer.write(echo(body) if apart else echo(body) + extra)
        if apart:
            await writer.drain()
            await asyncio.sleep(0)
            writer.write(extra)

    server = Server(answer)
    assert asyncio.run(ask(home, server, 12, at_once)) == list(range(12))
    assert sorted(number(body) for _, _, body in server.requests) == list(range(12)), "none is sent twice"


@pytest.mark.parametrize("extra", EXTRA.values(), ids=EXTRA)
def test_neither_is_what_it_sends_over_tls_while_nothing_is_asked(
    home: Path, extra: bytes, certificate: ssl.SSLContext
) -> None:
    async def answer(writer: asyncio.StreamWriter, body: bytes) -> None:
        writer.write(echo(body))
        await asyncio.sleep(0.01)
        if not writer.is_closing():
            writer.write(extra)

    server = Server(answer)
    assert asyncio.run(ask(home, server, 4, tls=certificate, idle=0.05)) == list(range(4))
    assert len(server.requests) == 4


def test_a_reply_with_more_bytes_than_it_said_is_none(home: Path) -> None:
    async def answer(writer: asyncio.StreamWriter, body: bytes) -> None:
        writer.write(echo(body) + b'"}]}' if number(body) == 1 else echo(body))

    replies = asyncio.run(ask(home, Server(answer), 3))
    assert replies[::2] == [0, 2]
    assert "broke off" in str(replies[1])


def test_what_comes_before_a_request_was_sent_is_no_reply_to_it(home: Path) -> None:
    """The late twin of a reply, sent when the client has long read the first one."""
    writers: list[asyncio.StreamWriter] = []

    async def answer(writer: asyncio.StreamWriter, body: bytes) -> None:
        for earlier in writers:
            earlier.write(foreign())
        for _ in range(5):
            await asyncio.sleep(0)
        writers.append(writer)
        writer.write(echo(body))

    assert asyncio.run(ask(home, Server(answer), 6)) == list(range(6))


def test_a_body_that_comes_late_holds_up_no_other_request(home: Path) -> None:
    """No body is sent before all requests have arrived: each needs a connection of its own while the others wait."""
    everybody = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter, body: bytes) -> None:
        whole = echo(body)
        head, _, rest = whole.partition(b"\r\n\r\n")
        writer.write(head + b"\r\n\r\n")
        await writer.drain()
        if len(server.requests) == 300:
            everybody.set()
        await everybody.wait()
        writer.write(rest)

    server = Server(answer)
    assert asyncio.run(ask(home, server, 300, at_once=300, seconds=60)) == list(range(300))
    assert (server.connections, len(server.requests)) == (300, 300)


def test_a_head_that_never_ends_costs_its_own_request_only(home: Path) -> None:
    async def answer(writer: asyncio.StreamWriter, body: bytes) -> None:
        writer.write(echo(body)[:40] if number(body) % 3 == 0 else echo(body))

    server = Server(answer)
    replies = asyncio.run(ask(home, server, 9, at_once=3, seconds=6))
    assert [reply for reply in replies if isinstance(reply, int)] == [1, 2, 4, 5, 7, 8]
    assert {reply for reply in replies if isinstance(reply, str)} == {replies[0]}
    assert "did not finish within 6 seconds" in str(replies[0])
    assert len(server.requests) == 9


def packed(body: bytes, name: str, pack: Callable[[bytes], bytes]) -> bytes:
    return http(200, pack(json.dumps({"number": number(body)}).encode()), Content_Encoding=name)


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("gzip, gzip", lambda data: gzip.compress(gzip.compress(data))),
        ("identity", bytes),
    ],
)
def test_a_gateway_that_always_compresses_is_read(home: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    async def answer(writer: asyncio.StreamWriter, body: bytes) -> None:
        writer.write(packed(body, name, pack))

    server = Server(answer)
    assert asyncio.run(ask(home, server, 2)) == [0, 1]
    assert server.requests[0][1]["accept-encoding"] == "identity", "it was not asked to"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (http(200, gzip.compress(bytes(3_000_000)), Content_Encoding="gzip"), "larger than 1 MB"),
        (
            http(200, gzip.compress(zeros(300_000_000), 9), Content_Encoding="gzip, gzip"),
            "larger than 1 MB",
        ),
        (http(200, bytes(1_000_001)), "larger than 1 MB"),
        (http(500, gzip.compress(bytes(3_000_000)), Content_Encoding="gzip"), "larger than 1 MB"),
        (http(200, b"x", Content_Encoding="br"), "compressed in a way that was not asked for ('br')"),
        (http(200, b"no gzip", Content_Encoding="gzip"), "broke off"),
        (http(302, "", Location="http://127.0.0.1:9/v1"), "redirects"),
    ],
)
def test_a_reply_that_cannot_be_taken_is_refused_in_plain_words(home: Path, reply: bytes, said: str) -> None:
    async def answer(writer: asyncio.StreamWriter, _: bytes) -> None:
        writer.write(reply)

    server = Server(answer)
    assert said in str(asyncio.run(ask(home, server, 1))[0])
    assert len(server.requests) == 1


def test_the_time_of_a_request_begins_after_a_pause_that_the_server_asked_of_another(home: Path) -> None:
    """A pause of 50 seconds out of 60: the second request still has all of its own time."""
    clock = Clock()
    context = fake_context(home, clock, b"", OPENAI_BASE_URL="http://127.0.0.1:9/v1", INTERVIEWER_TIMEOUT="60")
    connection = Connection(load_settings(context.environ, context.paths), context, lambda _: None)
    busy = LLMRequestError(Failure("busy", transient=True, retry_after=50.0, kind="busy"))
    replies = iter([busy, None])

    async def send() -> None:
        if error := next(replies):
            raise error

    async def second() -> float:
        async with connection.deadline() as deadline:
            return deadline.until - clock.monotonic()

    async def go() -> float:
        async with connection.deadline() as deadline:
            await connection.retry.run(send, deadline.until)
        clock.moment -= timedelta(seconds=50)  # the pause is not over yet for a request that begins beside the first
        left = await second()
        await connection.close()
        return left

    assert asyncio.run(go()) == 60
    assert clock.slept == [50, 50]


def test_an_upload_that_nobody_takes_ends(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "SLOWEST_UPLOAD", 100_000_000)
    file = tmp_path / "requests.jsonl"
    file.write_bytes(b"x" * 20_000_000)

    async def go() -> None:
        async def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                writer.close()

        listening = await asyncio.start_server(connected, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
        context = fake_context(home, None, b"", OPENAI_BASE_URL=url, INTERVIEWER_TIMEOUT="0.3")
        settings = load_settings(context.environ, context.paths)
        connection = Connection(settings, context, lambda _: None)
        with pytest.raises(GradingError, match=r"did not finish within 0\.5 seconds"):
            await batches.Batches(settings, connection).upload(file)
        await connection.close()
        listening.close()

    asyncio.run(go())


AZURE = {"AZURE_OPENAI_ENDPOINT": "URL", "AZURE_OPENAI_API_KEY": KEY}


@pytest.mark.parametrize(
    ("environ", "path", "header"),
    [
        (
            {**AZURE, "OPENAI_API_VERSION": "2024-10-21"},
            "/openai/deployments/stub/chat/completions?api-version=2024-10-21",
            ("api-key", KEY),
        ),
        (AZURE, "/openai/v1/chat/completions", ("authorization", f"Bearer {KEY}")),
        (
            {"OPENAI_BASE_URL": "URL/openai/v1", "OPENAI_API_KEY": KEY},
            "/openai/v1/chat/completions",
            ("authorization", f"Bearer {KEY}"),
        ),
        ({**AZURE, "OPENAI_BASE_URL": "URL/v1"}, "/v1/chat/completions", ("authorization", "Bearer none")),
        (
            {"AZURE_OPENAI_ENDPOINT": "URL", "OPENAI_BASE_URL": "URL/v1", "OPENAI_API_VERSION": "1"},
            "/v1/chat/completions",
            ("authorization", "Bearer none"),
        ),
    ],
    ids=["a version", "v1", "v1 as a base URL", "OPENAI_BASE_URL comes first", "its version is Azure's own"],
)
def test_azure_is_asked_at_its_own_addresses(home: Path, environ: dict[str, str], path: str, header: tuple[str, str]) -> None:
    async def answer(writer: asyncio.StreamWriter, body: bytes) -> None:
        writer.write(echo(body))

    server = Server(answer)
    assert asyncio.run(ask(home, server, 1, environ=environ)) == [0]
    line, headers, _ = server.requests[0]
    assert line == f"POST {path} HTTP/1.1"
    assert headers[header[0]] == header[1]
    assert ("api-key" in headers) == (header[0] == "api-key")
    assert headers["user-agent"].startswith("interviewer/")


def test_the_log_holds_each_request_and_its_reply_and_no_key(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def answer(writer: asyncio.StreamWriter, body: bytes) -> None:
        writer.write(http(200, {"number": number(body), "echo": f"your key is {KEY}, \x1b[2J"}))

    caplog.set_level(logging.DEBUG, "interviewer")
    assert asyncio.run(ask(home, Server(answer), 1, environ={"OPENAI_BASE_URL": "URL/v1", "OPENAI_API_KEY": KEY})) == [0]
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("interviewer")]
    assert any(re.fullmatch(r"POST /v1/chat/completions, \d+ bytes", line) for line in lines)
    assert any(re.fullmatch(r"POST /v1/chat/completions: status 200 after \d\.\d+ s", line) for line in lines)
    assert any("your key is " in line and KEY not in line for line in lines)
    assert not any(KEY in line or "\x1b" in line for line in lines)
