"""The HTTP client below the SDK: bounded replies, no redirects, no reply for another request, errors explained."""

import logging
import re
import ssl
import time
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx2
import openai

from interviewer import __version__
from interviewer.errors import GradingError
from interviewer.llm.error_report import read_report
from interviewer.llm.failures import LATER, Failure, explain
from interviewer.llm.redaction import redact
from interviewer.settings import IN_CONFIG, Settings
from interviewer.text.address import is_loopback
from interviewer.text.clean import clean_line

log = logging.getLogger(__name__)
SDKClient = openai.AsyncOpenAI

RESPONSE_LIMIT = 1_000_000
"""Largest unpacked reply in bytes. A grading has a few thousand; a hostile server has no limit of its own."""
STREAM_LIMIT = 2_000_000
"""Largest stream in bytes: each token comes in an envelope of its own."""
MODELS_LIMIT = 20_000_000
"""Largest list of models in bytes: some gateways have thousands, each with a description."""
_READABLE = {"identity", "gzip", "deflate"}
"""Content encodings that httpx2 unpacks in small steps, without a further library."""
_CONNECT_SECONDS = 10.0
_PROXY = (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError, httpx2.ProxyError)
_CONNECT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, httpx2.ConnectError, httpx2.ConnectTimeout)
_TIMEOUT = (aiohttp.ServerTimeoutError, httpx2.TimeoutException)


class ReplyTooLarge(httpx2.TransportError):
    """The server sent more than any grading needs, or packed it in a way that cannot be read."""


def sdk_client(settings: Settings, limit: int = RESPONSE_LIMIT) -> SDKClient:
    """Return a client of the SDK for the server of `settings` that refuses replies of more than `limit` bytes.

    Raises:
        GradingError: the address, a proxy variable or the certificate files cannot be used.
    """
    try:
        httpx2.URL(settings.endpoint)
    except httpx2.InvalidURL:  # no ValueError, and only raised for what settings.py cannot tell without httpx2
        raise GradingError(
            f"{settings.address_setting} is not a web address", next_step="it looks like http://127.0.0.1:11434/v1"
        ) from None
    try:
        http_client = _http_client(settings, limit)
    except (ImportError, ValueError, httpx2.InvalidURL) as error:
        # Its own words may hold the password of the proxy.
        why = "it takes the package socksio" if isinstance(error, ImportError) else "it is not an address of a proxy"
        raise GradingError(
            f"{' or '.join(settings.proxies)} cannot be used: {why}", next_step="unset it, or correct it"
        ) from None
    except OSError as error:
        raise GradingError(
            f"the certificate settings cannot be used: {error.strerror}",
            next_step="check SSL_CERT_FILE and SSL_CERT_DIR",
        ) from None
    options: dict[str, Any] = {
        "api_key": settings.bearer,
        "base_url": settings.endpoint,
        "organization": settings.organization,
        "project": settings.project,
        "default_headers": {"User-Agent": f"interviewer/{__version__}"},
        "max_retries": 0,  # llm/retry.py decides, within the deadline
        "http_client": http_client,
    }
    if settings.azure_api_version:
        return openai.AsyncAzureOpenAI(api_version=settings.azure_api_version, **options)
    client = openai.AsyncOpenAI(**options)
    _ = client.chat.completions  # its module is loaded at the first use, which a first answer would wait for
    return client


def _http_client(settings: Settings, limit: int) -> "BoundedClient":
    """Return a client that goes straight to a server on this machine, where proxy variables do not count.

    A connection carries one request, so that a reply can never be that of another one, whatever a server sends and when. A
    connection that is used again may hold bytes that came while it was idle: aiohttp would read them as the next reply, and
    has no public way to look for them from below the SDK. Over TLS this costs 2 ms of CPU and two round trips more for each
    request, which take a model seconds; and a request never meets a connection that its server has just closed.
    """
    local = is_loopback(settings.endpoint)
    proxies = {} if local else urllib.request.getproxies()
    # Reading all certificates takes a tenth of a second, and plain http:// needs none.
    secure = urlsplit(settings.endpoint).scheme == "https"
    tls = httpx2.create_ssl_context() if secure or proxies else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # aiohttp knows no SOCKS; httpx2 does, with the package socksio.
    socks = {scheme: url for scheme, url in proxies.items() if url.startswith("socks")}
    return BoundedClient(
        limit,
        headers={"Accept-Encoding": "identity", "Connection": "close"},
        # 0: none waits for a connection while its time runs. -1: a connection is not used again.
        limits=httpx2.Limits(max_connections=0, keepalive_expiry=-1.0),
        verify=tls,
        mounts={f"{scheme}://": httpx2.AsyncHTTPTransport(verify=tls, proxy=url) for scheme, url in socks.items()},
        follow_redirects=False,
        trust_env=not local,
        timeout=httpx2.Timeout(settings.timeout, connect=min(settings.timeout, _CONNECT_SECONDS)),
    )


class BoundedClient(openai.DefaultAioHttpClient):
    """Unpacks every reply up to a limit in bytes."""

    def __init__(self, limit: int, **options: Any) -> None:
        super().__init__(**options)
        self._limit = limit

    async def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        """Send a request; `options` are those of the base class.

        Raises:
            ReplyTooLarge: the reply passes the limit, unpacked, or cannot be unpacked.
            aiohttp.ClientError, httpx2.HTTPError: there is no reply, or only a part of one.
        """
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s %s, %s bytes", request.method, request.url.path, request.headers.get("Content-Length", "?"))
        began = time.perf_counter()
        packed = await super().send(request, stream=True, **options)
        log.debug(
            "%s %s: status %d after %.3f s", request.method, request.url.path, packed.status_code, time.perf_counter() - began
        )
        limit = max(self._limit, MODELS_LIMIT) if request.url.path.endswith("/models") else self._limit
        body = _Unpacked(packed, limit)
        response: dict[str, Any] = {"status_code": packed.status_code, "headers": packed.headers, "request": request}
        if body.encodings:
            response["headers"] = httpx2.Headers(packed.headers)
            del response["headers"]["Content-Encoding"]
        if stream:
            return httpx2.Response(**response, stream=body)
        try:
            content = b"".join([chunk async for chunk in body])
        finally:
            await body.aclose()
        return httpx2.Response(**response, content=content)


class _Unpacked(httpx2.AsyncByteStream):
    """The unpacked body of a response, up to a limit in bytes."""

    def __init__(self, packed: httpx2.Response, limit: int) -> None:
        self._packed = packed
        self.encodings = {name.strip().lower() for name in packed.headers.get("Content-Encoding", "").split(",")} - {""}
        streamed = packed.headers.get("Content-Type", "").lower().startswith("text/event-stream")
        self._limit = max(limit, STREAM_LIMIT) if streamed else limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if unknown := self.encodings - _READABLE:
            raise ReplyTooLarge(f"the reply is compressed in a way that was not asked for ({', '.join(unknown)[:40]!a})")
        total = 0
        async for chunk in self._packed.aiter_bytes():
            total += len(chunk)
            if total > self._limit:
                raise ReplyTooLarge(f"the reply is larger than {self._limit // 1_000_000:,} MB")
            yield chunk

    async def aclose(self) -> None:
        await self._packed.aclose()


def map_error(error: Exception, settings: Settings, model: str | None) -> Failure:
    """Explain what a request raised."""
    chain = _chain(error)
    response = next((r for e in chain if isinstance(r := getattr(e, "response", None), httpx2.Response)), None)
    if response is not None:
        return _response_failure(response, settings, model)
    host = settings.host
    for cause in reversed(chain):  # aiohttp's own errors of TLS wrap those that say what is wrong
        if isinstance(cause, ReplyTooLarge):
            return Failure(f"{host}: {cause}", f"check {settings.address_setting}")
        if isinstance(cause, ssl.SSLError):
            reason = clean_line(getattr(cause, "verify_message", "") or str(getattr(cause, "reason", "") or cause), 120)
            return Failure(f"could not connect securely to {host}: {reason}", "check the address and SSL_CERT_FILE")
    address, proxies = settings.address_setting, ", ".join(settings.proxies)
    network = f"check your network, or check {address}" + (f", {proxies}" if proxies else "")
    if settings.local:
        network = f"start the server, or {'forget it: interviewer use --none' if address == IN_CONFIG else f'check {address}'}"
    # The error of aiohttp counts: the SDK's client calls most of them a ConnectTimeout, a reset in mid-reply among them.
    lowest = next((cause for cause in reversed(chain) if isinstance(cause, aiohttp.ClientError | httpx2.HTTPError)), None)
    for kind, what, step in (
        (_PROXY, f"the proxy on the way to {host} failed", f"check {proxies}"),
        (_CONNECT, f"nothing answers at {settings.endpoint}", network),
        (_TIMEOUT, f"{host} took too long to answer", LATER),
        (Exception, f"the connection to {host} broke off", "try again"),
    ):
        if isinstance(lowest, kind):
            return Failure(what, step, transient=True)
    return Failure(f"the request to {host} failed: {redact(type(error).__name__, settings)}", "interviewer doctor")


def _response_failure(response: httpx2.Response, settings: Settings, model: str | None) -> Failure:
    host, status = settings.host, response.status_code
    if 300 <= status < 400:
        step = f"put the final address into {settings.address_setting}"
        return Failure(f"{host} redirects{_elsewhere(response, settings)}; redirects are not followed", step, kind="address")
    report = read_report(_body(response), partial(redact, settings=settings))
    failure = explain(report, status, host, model, response.headers)
    path = response.request.url.path
    if failure.kind == "request" and path.endswith("/audio/transcriptions"):
        return replace(failure, cause=f"{host} refuses the recording")
    if failure.kind == "address" and path.endswith("/audio/transcriptions"):
        step = "point INTERVIEWER_TRANSCRIPTION_URL at a server that does; it ends in /v1"
        return replace(failure, cause=f"{host} does not transcribe at this address", next_step=step)
    if failure.kind == "address" and re.search(r"/(files|batches)\b", path):
        step = "leave out --openai-batch, or use another --output"
        return replace(failure, cause=f"{host} has no batches, or none of this name", next_step=step)
    return failure


def _body(response: httpx2.Response) -> object:
    """Return the body of an error response: a text, which `read_report` looks for JSON in."""
    try:
        return response.content.decode("utf-8-sig", errors="replace")
    except httpx2.StreamError:  # nobody read it
        return ""


def _elsewhere(response: httpx2.Response, settings: Settings) -> str:
    try:
        target = urlsplit(response.headers.get("Location", "")).netloc.rpartition("@")[2]
    except ValueError:  # it is no address
        return ""
    return f" to {redact(target, settings)[:80]}" if target else ""


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return chain
