"""Requests that go through a proxy: what it sees of them, and what is said when it fails."""

import asyncio
import base64
import contextlib
import json
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from interviewer.errors import GradingError
from interviewer.llm.connection import Connection
from interviewer.settings import load_settings
from tests.fakes import fake_context
from tests.faults.server import http

KEY = "sk-canary-5b1d9e7743"
# The SDK's client passes the proxy's password on in a way that aiohttp wants changed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ENDPOINT = "https://llm.invalid/v1"

Proxy = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def ask_through(proxy: Proxy, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Send a request to `ENDPOINT` through a proxy; return the body of the reply, or the reason why there is none."""
    listening = await asyncio.start_server(proxy, "127.0.0.1", 0)
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:word@127.0.0.1:{listening.sockets[0].getsockname()[1]}")
    try:
        return await ask(home, ENDPOINT, HTTPS_PROXY="set")
    finally:
        listening.close()


async def ask(home: Path, endpoint: str, **environ: str) -> str:
    """Send a request; return the body of the reply, or the reason why there is none."""
    context = fake_context(home, None, b"", OPENAI_BASE_URL=endpoint, OPENAI_API_KEY=KEY, **environ)
    connection = Connection(load_settings(context.environ, context.paths), context, lambda _: None)
    try:
        return (await connection.complete({"model": "stub", "messages": []})).decode()
    except GradingError as error:
        return f"{error.message}; {error.next_step}"
    finally:
        await connection.close()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
    writer.close()


def test_a_proxy_sees_the_name_of_the_server_and_no_key(
    home: Path, monkeypatch: pytest.MonkeyPatch, certificate: ssl.SSLContext
) -> None:
    seen: list[bytes] = []
    headers: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        headers.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(http(200, {"fine": True}))
        await writer.drain()
        writer.close()

    async def go() -> str:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=certificate)

        async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.append(await reader.readuntil(b"\r\n\r\n"))
            there = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))

        reply = await ask_through(proxy, home, monkeypatch)
        server.close()
        return reply

    assert json.loads(asyncio.run(go())) == {"fine": True}
    (head,) = seen
    assert head.startswith(b"CONNECT llm.invalid:443 ")
    assert base64.b64encode(b"me:word") in head
    assert KEY.encode() not in head
    assert f"Bearer {KEY}".encode() in headers[0]


@pytest.mark.parametrize(
    "refusal", [b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 502 no\r\n\r\n"]
)
def test_a_proxy_that_fails_is_named(home: Path, monkeypatch: pytest.MonkeyPatch, refusal: bytes) -> None:
    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(refusal)
        writer.close()

    said = asyncio.run(ask_through(proxy, home, monkeypatch))
    assert said == "the proxy on the way to llm.invalid failed; check HTTPS_PROXY"


@pytest.mark.parametrize("proxy", ["http://[::1", "http://\u2603:3", "socks5://\u2603:3"])
def test_a_proxy_that_is_no_address_is_named(home: Path, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    said = asyncio.run(ask(home, ENDPOINT, HTTPS_PROXY=proxy))
    assert said == "HTTPS_PROXY cannot be used: it is not an address of a proxy; unset it, or correct it"


def test_a_host_name_that_cannot_be_looked_up_is_said_to_be_no_address(home: Path) -> None:
    said = asyncio.run(ask(home, "https://\u2177..x/v1"))
    assert said == "OPENAI_BASE_URL is not a web address; it looks like http://127.0.0.1:11434/v1"
