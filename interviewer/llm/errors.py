"""What went wrong on the way to the server and back. Keys never appear in it."""

import re
import ssl
from functools import partial
from urllib.parse import urlsplit

import httpx2

from interviewer.llm.error_report import read_report, seconds_to_wait
from interviewer.llm.failures import LATER, Failure, LLMRequestError, explain, reported_failure, without_keylike
from interviewer.llm.redaction import Redaction
from interviewer.llm.transport import ReplyTooLarge
from interviewer.settings import Settings
from interviewer.text.clean import clean_line

__all__ = ["Failure", "LLMRequestError", "map_error", "map_recorded_error", "redact"]


def map_error(error: Exception, settings: Settings, model: str | None) -> Failure:
    """Explain what a request raised."""
    chain = _chain(error)
    response = next((r for e in chain if isinstance(r := getattr(e, "response", None), httpx2.Response)), None)
    if response is not None:
        return _response_failure(response, settings, model)
    if (body := next((body for e in chain if (body := getattr(e, "body", None))), None)) is not None:
        return reported_failure(body, settings.host)  # the SDK met an error among the events of a stream
    host = settings.host
    for cause in chain:
        if isinstance(cause, ReplyTooLarge):
            return Failure(f"{host}: {cause}", f"check {settings.address_variable}")
        if isinstance(cause, ssl.SSLError):
            reason = clean_line(getattr(cause, "verify_message", "") or str(cause.reason or cause), 120)
            return Failure(f"could not connect securely to {host}: {reason}", "check the address and SSL_CERT_FILE")
    if any(isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout) for cause in chain):
        check = ", ".join((settings.address_variable, *(() if settings.local else settings.proxies)))
        step = f"start the server, or check {check}" if settings.local else f"check your network, or {check}"
        return Failure(f"nothing answers at {settings.endpoint}", step, transient=True, about="server")
    if any(isinstance(cause, httpx2.ProxyError) for cause in chain):
        check = ", ".join(settings.proxies)
        return Failure(f"the proxy on the way to {host} failed", f"check {check}", transient=True, about="server")
    if any(isinstance(cause, httpx2.TimeoutException) for cause in chain):
        return Failure(f"{host} took too long to answer", LATER, transient=True, about="server")
    if any(isinstance(cause, httpx2.TransportError) for cause in chain):
        return Failure(f"the connection to {host} broke off", "try again", transient=True, about="server")
    return Failure(f"the request to {host} failed: {redact(type(error).__name__, settings)}", "interviewer doctor")


def map_recorded_error(status: int, body: object, settings: Settings, model: str) -> Failure:
    """Explain the failure of one request of a batch, which came in a file."""
    return explain(read_report(body, partial(redact, settings=settings)), status, settings.host, model)


def _response_failure(response: httpx2.Response, settings: Settings, model: str | None) -> Failure:
    host, status = settings.host, response.status_code
    if 300 <= status < 400:
        step = f"put the final address into {settings.address_variable}"
        return Failure(f"{host} redirects{_elsewhere(response, settings)}; redirects are not followed", step, about="address")
    report = read_report(_body(response), partial(redact, settings=settings))
    failure = explain(report, status, host, model, seconds_to_wait(response.headers, report))
    path = response.request.url.path
    if failure.about == "address" and path.endswith("/audio/transcriptions"):
        step = "point INTERVIEWER_TRANSCRIPTION_URL at a server that does; it ends in /v1"
        return Failure(f"{host} does not transcribe at this address", step, about="address", said=failure.said)
    if failure.about == "address" and re.search(r"/(files|batches)\b", path):
        step = "leave out --openai-batch, or use another --output"
        return Failure(f"{host} has no batches, or none of this name", step, about="address", said=failure.said)
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


def redact(text: str, settings: Settings) -> str:
    """Return a server's words on one line, without the key or anything that looks like one."""
    return clean_line(without_keylike(Redaction(settings.api_key).text(text)))


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return chain
