"""One OpenAI-compatible server: requests through the SDK, the time they may take, and failures in plain words."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from interviewer.context import Context
from interviewer.errors import GradingError
from interviewer.llm.redaction import Redaction
from interviewer.llm.retry import RetryPolicy
from interviewer.settings import Settings
from interviewer.text.clean import clean_line

if TYPE_CHECKING:
    from typing import Any

    import httpx2

    from interviewer.llm.errors import LLMRequestError
    from interviewer.llm.stream import OnPartial
    from interviewer.llm.transport import SDKClient

log = logging.getLogger(__name__)
MODELS_SHOWN = 8
_COMPLETIONS = "/chat/completions"


class Connection:
    """One server, reached when it is first needed. Every method raises GradingError when it cannot do its work."""

    def __init__(self, settings: Settings, context: Context, notify: Callable[[str], None]) -> None:
        self._settings = settings
        self._monotonic = context.monotonic
        self._sdk: SDKClient | None = None
        self._opening = asyncio.Lock()
        self.redaction = Redaction(settings.api_key)
        self.retry = RetryPolicy(settings.host, context, notify)

    async def open(self) -> "SDKClient":
        """Return the client of the SDK, which takes half a second to import: in a thread, beside the event loop."""
        if self._sdk is None:
            async with self._opening:
                if self._sdk is None:
                    self._sdk = await asyncio.to_thread(_build, self._settings)
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
        from interviewer.llm.errors import LLMRequestError, map_error

        sdk = await self.open()
        try:
            yield sdk
        except (GradingError, TimeoutError):
            raise
        except Exception as error:  # noqa: BLE001  # the SDK raises more than its own errors
            failure = map_error(error, self._settings, model)
            log.debug("failed: %s", failure)
            raise LLMRequestError(failure) from None

    async def complete(self, body: "dict[str, Any]") -> bytes:
        """Send the body of a chat completion request and return the body of the reply."""
        import httpx2

        async with self.requests(body["model"]) as sdk:
            return self.body(await sdk.post(_COMPLETIONS, body=body, cast_to=httpx2.Response))

    async def stream(self, body: "dict[str, Any]", on_partial: "OnPartial") -> bytes:
        """Send a request for a stream and return the body that the whole reply would have had.

        `on_partial` is called with the content so far, each time there is more of it.
        """
        from interviewer.llm.stream import collect_stream

        async with (
            self.requests(body["model"]) as sdk,
            sdk.chat.completions.with_streaming_response.create(
                model=body["model"], messages=body["messages"], extra_body=body
            ) as reply,
        ):
            return self._logged(await collect_stream(reply.http_response, on_partial, self.redaction.json))

    async def models(self) -> tuple[str, ...]:
        """Return the names of the server's models."""
        import httpx2

        async with self.requests() as sdk:
            body = self.body(await sdk.get("/models", cast_to=httpx2.Response))
        try:
            return tuple(clean_line(str(entry["id"]), 120) for entry in json.loads(body)["data"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise GradingError(f"{self._settings.host} has no list of models; is /v1 missing in the address?") from None

    async def missing_model(self, failed: "LLMRequestError", choose: str) -> GradingError:
        """Return the error for a model that the server does not have: which it has, and how to `choose` one."""
        try:
            names = await self.models()
        except GradingError:
            return failed
        shown = ", ".join(names[:MODELS_SHOWN]) + (", …" if len(names) > MODELS_SHOWN else "")
        return GradingError(f"{failed.message}; available: {shown or 'none'}", next_step=f"choose one: {choose}")

    @asynccontextmanager
    async def deadline(self, upload: float = 0.0) -> AsyncIterator[float]:
        """Give the block the time that one reply may take, retries included; yield the end of it, by the monotonic clock.

        `upload` is the time in seconds that sending the request may take besides.

        The time begins when the request can be sent: neither loading the SDK nor a pause that the server asked of all
        requests counts.
        """
        seconds = self._settings.timeout + upload
        await self.open()
        await self.retry.wait_for_turn(self._monotonic() + seconds)
        try:
            async with asyncio.timeout(seconds):
                yield self._monotonic() + seconds
        except TimeoutError:
            raise GradingError(
                f"{self._settings.host} did not finish within {seconds:g} seconds",
                next_step="try again later, or set INTERVIEWER_TIMEOUT higher",
            ) from None

    def body(self, response: "httpx2.Response") -> bytes:
        """Return the body of a reply without the key."""
        return self._logged(self.redaction.json(response.content))

    def _logged(self, body: bytes) -> bytes:
        if log.isEnabledFor(logging.DEBUG):
            log.debug("reply: %s", self.redaction.text(clean_line(body.decode(errors="replace"), len(body) + 1)))
        return body


def _build(settings: Settings) -> "SDKClient":
    try:
        import interviewer.llm.completion
        import interviewer.llm.errors
        import interviewer.llm.stream  # noqa: F401  # loaded here, off the event loop
        from interviewer.llm.transport import sdk_client

        return sdk_client(settings)
    except (ImportError, ValueError) as error:
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
