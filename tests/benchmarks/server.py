"""A fast stand-in for a grading server, in a process of its own: answers every chat completion after so many seconds.

    python tests/benchmarks/server.py SECONDS [faults]

Prints its port. GET /count tells how many completions were asked for. With `faults`, one request in ten gets a 429, one in
twenty a 500, one in fifty a malformed reply, and one in a hundred no reply at all.
"""

import asyncio
import json
import random
import re
import sys

from tests.fakes import completion, reply


class Server:
    """Counts what it is asked; knows no more of HTTP than the clients of the benchmarks use."""

    def __init__(self, seconds: float, *, faults: bool) -> None:
        self._seconds = seconds
        self._chance = random.Random(5) if faults else None
        self._count = 0
        self._ready: dict[int, bytes] = {}

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: *(\d+)", head)
                body = await reader.readexactly(int(length[1])) if length else b""
                if (sent := await self._answer(head, body)) is None:
                    await asyncio.sleep(3600)
                    return
                writer.write(sent)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: bytes, body: bytes) -> bytes | None:
        if head.startswith(b"GET"):
            return _http({"count": self._count, "data": [{"id": "stub"}]})
        self._count += 1
        await asyncio.sleep(self._seconds)
        drawn = self._chance.random() if self._chance else 1.0
        if drawn < 0.10:
            return _http({"error": {"message": "slow down"}}, b"429 Too Many Requests")
        if drawn < 0.15:
            return _http({"error": {"message": "boom"}}, b"500 Internal Server Error")
        if drawn < 0.17:
            return _http(completion("I would rather not say."))
        if drawn < 0.18:
            return None
        if b'"points"' not in body:
            return _http(completion('{"score": 7, "reason": "It is right.", "level": 3}'))  # for the peers
        points = _points(body)
        if points not in self._ready:
            self._ready[points] = _http(completion(reply({1: ([1], "covered")}, points=points)))
        return self._ready[points]


def _points(body: bytes) -> int:
    """Return how many key points a request is about."""
    found = re.findall(rb'"(\d+)":\{"type":"object"', body.replace(b" ", b"")[-20_000:])
    return max(map(int, found), default=1)


def _http(body: object, status: bytes = b"200 OK") -> bytes:
    raw = json.dumps(body).encode()
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (status, len(raw), raw)


async def main() -> None:
    """Serve until killed."""
    served = Server(float(sys.argv[1]), faults="faults" in sys.argv)
    server = await asyncio.start_server(served.connected, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
