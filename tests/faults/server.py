"""A real server on loopback that misbehaves as scripted, byte for byte."""

import asyncio
import functools
import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from tests.fakes import completion


@dataclass(frozen=True)
class Pause:
    """Send nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Reset:
    """Drop the connection in the middle, as a crashed process or a firewall does."""


@dataclass(frozen=True)
class Repeat:
    """Send the same bytes so many times, this far apart."""

    data: bytes
    times: int
    seconds: float = 0.0


@dataclass(frozen=True)
class Wait:
    """Send nothing until something has happened on the other side, a minute at most."""

    event: threading.Event


Step = bytes | Pause | Reset | Repeat | Wait
Script = Sequence[Step]
"""What one request is answered with."""


def http(status: int, body: Any, length: int | None = None, **headers: str) -> bytes:
    """One HTTP response. `length` may lie about the body; underscores in header names stand for hyphens."""
    payload = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    named = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in named.items())]
    lines.append(f"Content-Length: {len(payload) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + payload


def says(content: str | None, finish: str = "stop", **message: Any) -> Script:
    """A completion with this content."""
    return [http(200, completion(content, finish, **message))]


def fails(status: int, message: str, *, code: str = "", **headers: str) -> Script:
    """An error object, as OpenAI-compatible servers send it."""
    return [http(status, {"error": {"message": message, "type": code, "code": code}}, None, **headers)]


STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
STREAM_END = b"0\r\n\r\n"


def piece(data: bytes | str) -> bytes:
    """Some bytes of a stream, sent at once."""
    data = data.encode() if isinstance(data, str) else data
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(delta: dict[str, Any], finish: str | None = None, **fields: Any) -> str:
    """A piece of a completion, as OpenAI-compatible servers send it."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'object': 'chat.completion.chunk', 'choices': [choice], **fields}, ensure_ascii=False)}\n\n"


def events(content: str, finish: str = "stop", size: int = 12) -> list[str]:
    """All events of a completion with this content, in pieces of so many characters."""
    usage = completion("")["usage"]
    return [
        event({"role": "assistant", "content": None}),
        *(event({"content": content[place : place + size]}) for place in range(0, len(content), size)),
        event({}, finish),
        f"data: {json.dumps({'choices': [], 'usage': usage})}\n\n",
        "data: [DONE]\n\n",
    ]


def streams(content: str, finish: str = "stop") -> Script:
    """A completion with this content in a stream."""
    return [STREAM, *map(piece, events(content, finish)), STREAM_END]


@functools.cache
def zeros(count: int) -> bytes:
    """So many zeros, compressed; of hundreds of millions that takes a second, so it is done once."""
    return gzip.compress(bytes(count), 9)


def bomb(unpacked: int) -> Script:
    """A small compressed body that unpacks to many bytes."""
    return [http(200, zeros(unpacked), Content_Encoding="gzip")]


@dataclass
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    at: float = field(default_factory=time.monotonic)


@dataclass
class Misbehaving:
    """Answers requests for completions with scripts in turn, the last one for ever.

    The scripts are those of the first marker that the request contains, so that one server can misbehave in many ways.
    """

    scripts: Mapping[str, Sequence[Script]]
    models: Script = field(default_factory=lambda: [http(200, {"object": "list", "data": [{"id": "stub"}, {"id": "other"}]})])
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop).result()
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def completions(self, marker: str = "") -> list[Asked]:
        """The requests for a completion that contain a marker."""
        return [asked for asked in self.asked if asked.method == "POST" and marker.encode() in asked.body]

    def _script(self, asked: Asked) -> Script:
        marker = next(marker for marker in self.scripts if marker.encode() in asked.body)
        scripts = self.scripts[marker]
        return scripts[min(len(self.completions(marker)), len(scripts)) - 1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while asked := await _request(reader):
                self.asked.append(asked)
                await _play(self._script(asked) if asked.method == "POST" else self.models, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            writer.transport.abort()  # closing it would wait for whoever no longer reads
            raise
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> Asked | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Asked(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


async def _play(script: Script, writer: asyncio.StreamWriter) -> None:
    for step in script:
        match step:
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Wait(event):
                await asyncio.to_thread(event.wait, 60)
            case Repeat(data, times, seconds):
                for _ in range(times):
                    writer.write(data)
                    await writer.drain()
                    await asyncio.sleep(seconds)
            case Reset():
                connection: socket.socket = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
                raise ConnectionResetError
            case bytes():
                writer.write(step)
                await writer.drain()
