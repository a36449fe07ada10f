"""Connections that are used again, or that cannot be: a real server in the same event loop."""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2

from interviewer.llm.transport import http_client
from interviewer.settings import load_settings
from tests.fakes import Clock, fake_context
from tests.faults.server import http

Afterwards = Callable[[asyncio.StreamWriter, asyncio.Event], Awaitable[None]]
"""What the server does after a reply; the event is that the client has read the first."""


async def _asked_twice(home: Path, afterwards: Afterwards, body: bytes = b"{}") -> tuple[list[httpx2.Response], list[int]]:
    """Send two requests after each other; tell the replies, and how many requests each connection took."""
    taken: list[int] = []
    read = asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine = len(taken)
        taken.append(0)
        with contextlib.suppress(asyncio.IncompleteReadError):  # the client has closed it
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(re.findall(rb"(?i)content-length: *(\d+)", head)[0])
                received = await reader.readexactly(length)
                taken[mine] += 1
                writer.write(http(200, {"bytes": len(received)}))
                await afterwards(writer, read)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    context = fake_context(home, Clock(), b"", OPENAI_BASE_URL=url, INTERVIEWER_MODEL="stub")
    client = http_client(load_settings(context.environ, context.paths))
    replies = [await client.post(url, content=body)]
    read.set()
    await _look_at_sockets()
    replies.append(await client.post(url, content=body))
    await client.aclose()
    await _look_at_sockets()
    server.close()
    await server.wait_closed()
    return replies, taken


async def _look_at_sockets() -> None:
    """Let the loop see what has come or ended meanwhile: on this machine it is there at once."""
    for _ in range(10):
        await asyncio.sleep(0)


async def _nothing(_: asyncio.StreamWriter, _read: asyncio.Event) -> None: ...


def test_a_connection_is_used_again(tmp_path: Path) -> None:
    replies, taken = asyncio.run(_asked_twice(tmp_path, _nothing))
    assert [reply.status_code for reply in replies] == [200, 200]
    assert taken == [2]


def test_a_body_larger_than_all_buffers_arrives_whole(tmp_path: Path) -> None:
    replies, _ = asyncio.run(_asked_twice(tmp_path, _nothing, b"x" * 5_000_000))
    assert [reply.json() for reply in replies] == [{"bytes": 5_000_000}] * 2


def test_a_connection_that_the_server_ended_is_not_used_again(tmp_path: Path) -> None:
    async def end(writer: asyncio.StreamWriter, _: asyncio.Event) -> None:
        await writer.drain()
        writer.close()

    replies, taken = asyncio.run(_asked_twice(tmp_path, end))
    assert [reply.status_code for reply in replies] == [200, 200]
    assert taken == [1, 1]


def test_what_a_server_says_unasked_is_not_taken_for_the_next_reply(tmp_path: Path) -> None:
    """Proxies send a 408 on a connection that was idle for too long."""

    async def give_up(writer: asyncio.StreamWriter, read: asyncio.Event) -> None:
        await read.wait()
        writer.write(http(408, {"error": "idle"}))

    replies, taken = asyncio.run(_asked_twice(tmp_path, give_up))
    assert [reply.status_code for reply in replies] == [200, 200]
    assert taken == [1, 1]
