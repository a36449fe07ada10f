"""One OpenAI-compatible server: requests through the SDK, whole replies and streamed ones, and the time they may take."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from interviewer.context import Context
from interviewer.errors import GradingError, InterviewerError
from interviewer.llm.completion import content_text, is_thought, read_models, read_object
from interviewer.llm.failures import LLMRequestError, reported_failure
from interviewer.llm.fallbacks import Fallbacks
from interviewer.llm.json_reply import is_complete
from interviewer.llm.redaction import Redaction
from interviewer.llm.retry import RetryPolicy
from interviewer.settings import Settings
from interviewer.text.clean import clean_line

if TYPE_CHECKING:
    import httpx2

    from interviewer.llm.transport import SDKClient

log = logging.getLogger(__name__)
OnPartial = Callable[[str], None]
"""Called with the content of a reply so far, each time there is more of it."""
MODELS_SHOWN = 8
_COMPLETIONS = "/chat/completions"
_EVENTS = (b"data:", b"event:", b":")
"""How a stream of server-sent events begins."""


class Deadline:
    """The time until a silent server is given up; it begins anew with each piece of a stream, up to the last moment."""

    def __init__(self, alarm: asyncio.Timeout, seconds: float, last: float, until: float) -> None:
        """Give up after `seconds` of silence, and at the latest at `last`.

        `last` is a time of the event loop's clock; `until` is the time on the monotonic clock after which no retry begins.
        """
        self._alarm = alarm
        self._seconds = seconds
        self._last = last
        self.until = until
        """When it ends unless a stream goes on: no retry begins later."""
        self.heard = False
        """Whether any piece has come."""
        self.ends_for_good = False

    def begin_anew(self) -> None:
        end = asyncio.get_running_loop().time() + self._seconds
        self.heard, self.ends_for_good = True, end >= self._last
        if not self._alarm.expired():
            self._alarm.reschedule(min(end, self._last))


class Connection:
    """One server, reached when it is first needed. Every method raises GradingError when it cannot do its work."""

    def __init__(self, settings: Settings, context: Context, notify: Callable[[str], None]) -> None:
        self._settings = settings
        self._monotonic = context.monotonic
        self._sdk: SDKClient | None = None
        self._opening = asyncio.Lock()
        self.redaction = Redaction(settings.api_key)
        self.retry = RetryPolicy(settings.host, context, notify)
        self.fallbacks = Fallbacks(self.retry, context.paths.servers, settings.endpoint)

    async def open(self) -> "SDKClient":
        """Return the client of the SDK, which takes half a second to import: in a thread, beside the event loop."""
        if self._sdk is None:
            async with self._opening:
                if self._sdk is None:
                    self._sdk = await asyncio.to_thread(_load_client, self._settings)
        return self._sdk

    async def close(self) -> None:
        if self._sdk is not None:
            await self._sdk.close()
            self._sdk = None

    @asynccontextmanager
    async def requests(self, model: str | None = None) -> "AsyncIterator[SDKClient]":
        """Yield the client of the SDK; whatever the block raises becomes an LLMRequestError without the key in it.

        `model` is the one that the block asks, for the message.
        """
        sdk = await self.open()
        try:
            yield sdk
        except (InterviewerError, TimeoutError):
            raise
        except Exception as error:  # noqa: BLE001  # the SDK raises more than its own errors
            from interviewer.llm.transport import map_error

            failure = map_error(error, self._settings, model)
            log.debug("failed: %s", failure)
            raise LLMRequestError(failure) from None

    async def complete(self, body: dict[str, Any]) -> bytes:
        """Send the body of a chat completion request and return the body of the reply."""
        import httpx2

        async with self.requests(body["model"]) as sdk:
            return self.body(await sdk.post(_COMPLETIONS, body=body, cast_to=httpx2.Response))

    async def stream(self, body: dict[str, Any], on_partial: OnPartial, deadline: Deadline) -> bytes:
        """Send a request for a stream and return the body that the whole reply would have had."""
        async with (
            self.requests(body["model"]) as sdk,
            sdk.chat.completions.with_streaming_response.create(
                model=body["model"], messages=body["messages"], extra_body=body
            ) as reply,
        ):
            return self._logged(await self._collect(reply.http_response, on_partial, deadline))

    async def _collect(self, response: "httpx2.Response", on_partial: OnPartial, deadline: Deadline) -> bytes:
        import httpx2

        if not response.headers.get("Content-Type", "").lower().startswith("text/event-stream"):
            body = await response.aread()
            if not body.lstrip().startswith(_EVENTS):
                return self.redaction.json(body)  # a server that does not stream
            misnamed = {"Content-Type": "text/event-stream"}
            response = httpx2.Response(200, headers=misnamed, content=body, request=response.request)
        reply = _StreamedReply()
        async for event in httpx2.EventSource(response, max_event_size=None):  # the transport has a limit of its own
            if event.data.strip() == "[DONE]":
                break
            deadline.begin_anew()
            data = self.redaction.json(event.data.encode())
            if event.event == "error":
                raise LLMRequestError(reported_failure(data.decode(), self._settings.host))
            if data.strip() and reply.add(read_object(data, self._settings.host)):
                on_partial(reply.content)
        else:
            if not reply.ended and not is_complete(reply.content):
                raise httpx2.RemoteProtocolError("the stream ended before the reply")
        return self.redaction.json(reply.body())  # a key may come in two pieces

    async def models(self) -> tuple[str, ...]:
        """Return the names of the server's models, those that can chat first."""
        import httpx2

        async with self.requests() as sdk:
            return read_models(self.body(await sdk.get("/models", cast_to=httpx2.Response)), self._settings.host)

    async def with_models(self, failed: LLMRequestError, refused: str, choose: str) -> GradingError:
        """Return an error to raise instead of one about a refused model: which others there are, and how to `choose` one."""
        try:
            listed = await self.models() if failed.failure.kind == "model" else ()
        except GradingError:
            listed = ()
        if not listed:
            return failed
        names = [name for name in listed if name != refused]
        if not names:  # it exists, and this key may not use it
            return GradingError(failed.message, next_step=f"choose another: {choose}")
        shown = ", ".join(names[:MODELS_SHOWN]) + (", …" if len(names) > MODELS_SHOWN else "")
        return GradingError(f"{failed.message}; available: {shown}", next_step=f"choose one: {choose}")

    @asynccontextmanager
    async def deadline(self, upload: float = 0.0, *, retry: bool = True) -> AsyncIterator[Deadline]:
        """Give the block the time that one reply may take, retries included.

        `upload` is the time in seconds that sending the request may take besides. Without `retry`, a request that fails is
        not sent again, and it fails at once if the server has asked for a pause.

        The time begins when the request can be sent: neither loading the SDK nor a pause that the server asked of all
        requests counts. It begins anew with each piece of a stream, up to the deadline of the settings.
        """
        seconds, most = self._settings.timeout + upload, self._settings.deadline + upload
        await self.open()
        until = seconds if retry else 0.0
        await self.retry.wait_for_turn(self._monotonic() + until)
        last = asyncio.get_running_loop().time() + most
        try:
            async with asyncio.timeout(seconds) as alarm:
                deadline = Deadline(alarm, seconds, last, self._monotonic() + until)
                yield deadline
        except TimeoutError:
            over, variable = (most, "DEADLINE") if deadline.ends_for_good else (seconds, "TIMEOUT")
            what = "sent nothing more for" if deadline.heard and over is seconds else "did not finish within"
            raise GradingError(
                f"{self._settings.host} {what} {over:g} seconds",
                next_step=f"try again later, or set INTERVIEWER_{variable} higher",
            ) from None

    def body(self, response: "httpx2.Response") -> bytes:
        """Return the body of a reply without the key."""
        return self._logged(self.redaction.json(response.content))

    def _logged(self, body: bytes) -> bytes:
        if log.isEnabledFor(logging.DEBUG):
            log.debug("reply: %s", self.redaction.text(clean_line(body.decode(errors="replace"), len(body) + 1)))
        return body


def _load_client(settings: Settings) -> "SDKClient":
    from interviewer.llm.transport import sdk_client

    return sdk_client(settings)


class _StreamedReply:
    """The part of a chat completion that has arrived so far."""

    def __init__(self) -> None:
        self.content = ""
        self._message: dict[str, Any] = {}
        self._choice: dict[str, Any] = {}
        self._tokens: list[Any] = []
        self._whole: dict[str, Any] = {}

    @property
    def ended(self) -> bool:
        """Whether the server has said why the reply ends."""
        return bool(self._choice)

    def add(self, chunk: dict[str, Any]) -> bool:
        """Take in a piece; return whether there is more content now."""
        self._whole |= {name: chunk[name] for name in ("usage", "model") if chunk.get(name)}
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return False
        self._choice |= {name: choice[name] for name in ("finish_reason", "error") if choice.get(name)}
        logprobs = choice.get("logprobs")
        if isinstance(logprobs, dict) and isinstance(logprobs.get("content"), list):
            self._tokens += logprobs["content"]
        delta, before = choice.get("delta"), len(self.content)
        for name, value in delta.items() if isinstance(delta, dict) else ():
            known = self._message.get(name)
            if name == "content":
                self.content += content_text(value)
                if isinstance(value, list) and any(map(is_thought, value)):
                    self._message["thinking"] = True
            elif isinstance(value, str):
                self._message[name] = known + value if isinstance(known, str) else value
            elif value and known is None:
                self._message[name] = value
        return len(self.content) > before

    def body(self) -> bytes:
        """Return the body that the reply would have had in one piece."""
        message = self._message | ({"content": self.content} if self.content else {})
        choice = {**self._choice, "message": message, "logprobs": {"content": self._tokens}}
        return json.dumps({**self._whole, "choices": [choice] if message or self.ended else []}).encode()
