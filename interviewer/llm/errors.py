"""What went wrong on the way to the server and back, in words for a person. Keys never appear in them."""

import email.utils
import json
import re
import ssl
import time
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import httpx2

from interviewer.errors import GradingError
from interviewer.llm.completion import error_text
from interviewer.llm.redaction import Redaction
from interviewer.llm.transport import ReplyTooLarge
from interviewer.settings import Settings
from interviewer.text.clean import clean_line

_KEYLIKE = re.compile(r"\b(?:sk|pk|key|gsk|xai|Bearer)[-_ ][\w*.-]{6,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure: the cause, what to do, and whether another try makes sense."""

    message: str
    next_step: str = ""
    transient: bool = False
    after: float | None = None
    """Seconds that the server asked to wait."""
    patient: bool = False
    """It will pass by itself, so wait until the deadline instead of counting tries."""
    limited: bool = False
    """The server asked for fewer requests."""
    about: Literal["request", "model", ""] = ""
    """What the server did not accept: some part of the request, or the name of the model."""


class LLMRequestError(GradingError):
    """A request that failed."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message, next_step=failure.next_step)
        self.failure = failure
        self.rate_limited = failure.limited


def map_error(error: Exception, settings: Settings, model: str | None) -> Failure:
    """Explain what a request raised."""
    chain = _chain(error)
    response = next((r for e in chain if isinstance(r := getattr(e, "response", None), httpx2.Response)), None)
    if response is not None:
        return _status(response, settings, model)
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
        return Failure(f"nothing answers at {settings.endpoint}", step, transient=True)
    if any(isinstance(cause, httpx2.ProxyError) for cause in chain):
        check = ", ".join(settings.proxies)
        return Failure(f"the proxy on the way to {host} failed", f"check {check}", transient=True)
    if any(isinstance(cause, httpx2.TimeoutException) for cause in chain):
        return Failure(f"{host} took too long to answer", "try again later", transient=True)
    if any(isinstance(cause, httpx2.TransportError) for cause in chain):
        return Failure(f"the connection to {host} broke off", "try again", transient=True)
    return Failure(f"the request to {host} failed: {redact(type(error).__name__, settings)}", "interviewer doctor")


def map_recorded_error(status: int, body: object, settings: Settings, model: str) -> Failure:
    """Explain the failure of one request of a batch, which came in a file."""
    request = httpx2.Request("POST", f"{settings.endpoint}/chat/completions")
    return _status(httpx2.Response(status, json=body, request=request), settings, model)


def _status(response: httpx2.Response, settings: Settings, model: str | None) -> Failure:
    host, status = settings.host, response.status_code
    said = _message(response, settings)
    match status:
        case _ if 300 <= status < 400:
            return Failure(
                f"{host} redirects{_elsewhere(response, settings)}; redirects are not followed",
                f"put the final address into {settings.address_variable}",
            )
        case 401 | 403:
            return Failure(f"{host} rejected the key", "check OPENAI_API_KEY")
        case 404 if model and ("model" in said.lower() or model in said):
            return Failure(
                f"the model {clean_line(model, 80)} was not found", "see which are: interviewer doctor", about="model"
            )
        case 404:
            return _nothing_there(response, host)
        case 400 | 413 | 422 if re.search(r"context|too long|too many tokens|maximum.*tokens", said, re.IGNORECASE):
            return Failure(f"the answer is too long for this model: {said}", "shorten it, or use a model with a larger context")
        case 400 | 422:
            return Failure(said, about="request")
        case 402:
            return Failure(f"{host} is out of credit", "add credit there, then: interviewer regrade")
        case 429 if re.search(r"insufficient_quota|billing|credit", _code(response, settings) + said, re.IGNORECASE):
            return Failure(f"{host} is out of credit", "add credit there, then: interviewer regrade")
        case 429:
            after = _retry_after(response)
            asked = f" and asks to wait {after:.0f} seconds" if after else ""
            return Failure(
                f"{host} limits the rate of requests{asked}", "try again later", transient=True, after=after, limited=True
            )
        case 503 if "load" in said.lower():
            return Failure(f"{host} is loading the model", transient=True, after=_retry_after(response) or 1.0, patient=True)
        case 408 | 409 | 425 | _ if status >= 500 or status in {408, 409, 425}:
            return Failure(
                f"{host} failed with status {status}", "try again later", transient=True, after=_retry_after(response)
            )
        case _:
            return Failure(f"{host} answered with status {status}: {said}", "interviewer doctor")


def _elsewhere(response: httpx2.Response, settings: Settings) -> str:
    try:
        target = urlsplit(response.headers.get("Location", "")).netloc.rpartition("@")[2]
    except ValueError:  # it is no address
        return ""
    return f" to {redact(target, settings)[:80]}" if target else ""


def _nothing_there(response: httpx2.Response, host: str) -> Failure:
    if response.request.url.path.endswith("/audio/transcriptions"):
        step = "point INTERVIEWER_TRANSCRIPTION_URL at a server that does; it ends in /v1"
        return Failure(f"{host} does not transcribe at this address", step)
    if re.search(r"/(files|batches)\b", response.request.url.path):
        return Failure(f"{host} has no batches, or none of this name", "leave out --openai-batch, or use another --output")
    return Failure(f"{host} has no chat completions at this address", "does OPENAI_BASE_URL end in /v1?")


def redact(text: str, settings: Settings) -> str:
    """Return a server's words on one line, without the key or anything that looks like one."""
    return _KEYLIKE.sub("…", Redaction(settings.api_key).text(clean_line(text)))


def _message(response: httpx2.Response, settings: Settings) -> str:
    return redact(error_text(_json(response, settings)), settings)


def _code(response: httpx2.Response, settings: Settings) -> str:
    data = _json(response, settings)
    error = data.get("error") if isinstance(data, dict) else None
    return f"{error.get('code')} {error.get('type')} " if isinstance(error, dict) else ""


def _json(response: httpx2.Response, settings: Settings) -> object:
    try:
        return json.loads(Redaction(settings.api_key).json(response.content))  # before a text is cut in the middle of a key
    except (ValueError, RecursionError, httpx2.StreamError):
        return f"status {response.status_code}"


def _retry_after(response: httpx2.Response) -> float | None:
    """Return the seconds of a Retry-After header, given as a number or as a date; None when absent or nonsense."""
    raw = response.headers.get("Retry-After", "").strip()
    try:
        seconds = float(raw)
    except ValueError:
        moment = email.utils.parsedate_tz(raw)
        seconds = email.utils.mktime_tz(moment) - time.time() if moment else -1.0
    return seconds if 0 < seconds < 86_400 else None


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return chain
