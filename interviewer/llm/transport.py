"""The HTTP connection to a grading server: small, direct, and bounded."""

import ssl
import urllib.request
from collections import deque
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx2

from interviewer import __version__
from interviewer.llm.sockets import one_connection
from interviewer.settings import Settings, is_loopback

RESPONSE_LIMIT = 1_000_000
"""Largest reply in bytes. A grading has a few thousand; a hostile server has no limit of its own."""
STREAM_LIMIT = 2_000_000
"""The same for a stream, in which each token comes in an envelope of its own."""


class ReplyTooLarge(httpx2.TransportError):
    """The server sent more than any grading needs, or compressed data that was not asked for."""


class _Capped(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, limit: int) -> None:
        self._stream = stream
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        total = 0
        async for chunk in self._stream:
            total += len(chunk)
            if total > self._limit:
                raise ReplyTooLarge(f"the reply is larger than {self._limit // 1_000_000:,} MB")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class BoundedClient(httpx2.AsyncClient):
    """Refuses compressed replies (a small one can unpack to a gigabyte) and any above its limit."""

    def __init__(self, limit: int, **options: Any) -> None:
        super().__init__(**options)
        self._limit = limit

    async def send(
        self, request: httpx2.Request, *, stream: bool = False, **options: Any
    ) -> httpx2.Response:  # the SDK passes options through; they are the base class's own
        request.headers["Accept-Encoding"] = "identity"
        response = await super().send(request, stream=True, **options)
        try:
            if response.headers.get("Content-Encoding", "identity").lower() not in {"identity", ""}:
                raise ReplyTooLarge("the reply is compressed, which was not asked for")
            if isinstance(response.stream, httpx2.AsyncByteStream):
                streamed = response.headers.get("Content-Type", "").lower().startswith("text/event-stream")
                response.stream = _Capped(response.stream, max(self._limit, STREAM_LIMIT) if streamed else self._limit)
            if not stream:
                await response.aread()
        except BaseException:
            await response.aclose()
            raise
        return response


class _Spread(httpx2.AsyncBaseTransport):
    """A pool of connections for each request under way: a pool looks at every connection that it has, at each request.

    With 64 requests at once that was a fifth of all the work of a batch.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._pools: list[httpx2.AsyncHTTPTransport] = []
        self._free: deque[httpx2.AsyncHTTPTransport] = deque()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if not self._free:
            self._pools.append(self._another())
            self._free.append(self._pools[-1])
        pool = self._free.popleft()  # the one longest free: a reply to the latest may still be read
        try:
            return await pool.handle_async_request(request)
        finally:
            self._free.append(pool)

    def _another(self) -> httpx2.AsyncHTTPTransport:
        transport = httpx2.AsyncHTTPTransport(verify=self._tls)
        transport._pool = one_connection(self._tls)  # noqa: SLF001  # the library below takes a backend, this one does not hand it on
        return transport

    async def aclose(self) -> None:
        for pool in self._pools:
            await pool.aclose()


def http_client(settings: Settings, limit: int = RESPONSE_LIMIT) -> BoundedClient:
    """Return a client that follows no redirect, and that goes straight to a server on this machine.

    Proxy variables are for the outside: a loopback address would not mean this machine at the proxy.
    """
    local = is_loopback(settings.endpoint)
    direct = local or not urllib.request.getproxies()
    about = {"Authorization": f"Bearer {settings.bearer}", "User-Agent": f"interviewer/{__version__}"}
    about |= {"OpenAI-Organization": settings.organization} if settings.organization else {}
    about |= {"OpenAI-Project": settings.project} if settings.project else {}
    return BoundedClient(
        limit,
        headers=about,
        transport=_Spread(_tls(settings)) if direct else None,
        limits=httpx2.Limits(max_connections=256, max_keepalive_connections=256),
        follow_redirects=False,
        trust_env=not local,
        timeout=httpx2.Timeout(settings.timeout, connect=min(settings.timeout, 10.0)),
    )


def _tls(settings: Settings) -> ssl.SSLContext:
    """Return whom to trust: for a plain http:// address nobody, since reading all certificates takes a tenth of a second."""
    if urlsplit(settings.endpoint).scheme == "http":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx2.create_ssl_context()
