"""The connection to one OpenAI-compatible server: how it is made, how long a reply may take, what failures mean.

Chat completions go straight out on the HTTP client of the SDK: of a batch, the way through the SDK took a fifth of all CPU
time, and loading it 0.4 seconds before the first grade. Files, batches and recordings go through the SDK. This is the only
module that imports it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from interviewer.context import Context
from interviewer.errors import GradingError
from interviewer.llm.redaction import Redaction
from interviewer.llm.retry import RetryPolicy
from interviewer.settings import Settings
from interviewer.text.clean import clean_line

if TYPE_CHECKING:
    import httpx2
    import openai

    from interviewer.llm.errors import LLMRequestError
    from interviewer.llm.stream import OnPartial
    from interviewer.llm.transport import BoundedClient

MODELS_SHOWN = 8
_JSON = {"Content-Type": "application/json"}


class Connection:
    """One server, reached when it is first needed."""

    def __init__(self, settings: Settings, context: Context, notify: Callable[[str], None]) -> None:
        self._settings = settings
        self._monotonic = context.monotonic
        self._http: BoundedClient | None = None
        self._loading = asyncio.Lock()
        self.redaction = Redaction(settings.api_key)
        self.retry = RetryPolicy(settings.host, context, notify)

    async def open(self) -> "BoundedClient":
        """Return the HTTP client, built off the event loop.

        Raises:
            GradingError: the proxy or certificate settings cannot be used.
        """
        if self._http is None:
            async with self._loading:
                if self._http is None:
                    self._http = await asyncio.to_thread(self._build)
        return self._http

    async def client(self) -> "openai.AsyncOpenAI":
        """Return a client of the SDK, over the same connections.

        Raises:
            GradingError: the proxy or certificate settings cannot be used.
        """
        http = await self.open()

        def load() -> "openai.AsyncOpenAI":
            import openai

            settings = self._settings
            return openai.AsyncOpenAI(
                api_key=settings.bearer,
                organization=settings.organization,
                project=settings.project,
                base_url=settings.endpoint,
                max_retries=0,
                http_client=http,
            )

        return await asyncio.to_thread(load)

    async def complete(self, body: dict[str, Any]) -> bytes:
        """Send the body of a chat completion request and return the body of the response.

        Raises:
            GradingError: the request failed; the message says why.
        """
        http = await self.open()
        with self.failures(body["model"]):
            response = await http.post(self._completions, content=to_json(body), headers=_JSON)
            return self.body(response.raise_for_status())

    async def stream(self, body: dict[str, Any], on_partial: "OnPartial") -> bytes:
        """Do the same with a request for a stream, and let somebody on_partial the reply as it comes.

        Raises:
            GradingError: the request failed; the message says why.
        """
        from interviewer.llm.stream import collect_stream

        http = await self.open()
        with self.failures(body["model"]):
            async with http.stream("POST", self._completions, content=to_json(body), headers=_JSON) as response:
                if not response.is_success:
                    await response.aread()  # what it says against the request
                return await collect_stream(response.raise_for_status(), on_partial, self.redaction.json)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    @cached_property
    def _completions(self) -> "httpx2.URL":
        import httpx2

        return httpx2.URL(f"{self._settings.endpoint}/chat/completions")

    @asynccontextmanager
    async def deadline(self) -> AsyncIterator[float]:
        """Give the block the time that one reply may take, retries included; what it yields is the end of that time.

        Raises:
            GradingError: the time is up.
        """
        await self.open()  # our own loading is not the server's time
        until = self._monotonic() + self._settings.timeout
        try:
            async with asyncio.timeout(self._settings.timeout):
                yield until
        except TimeoutError:
            raise GradingError(
                f"{self._settings.host} did not finish within {self._settings.timeout:g} seconds",
                next_step="try again later, or set INTERVIEWER_TIMEOUT higher",
            ) from None

    async def models(self) -> tuple[str, ...]:
        """Return the names of the server's models.

        Raises:
            GradingError: the server cannot be reached or has no such list.
        """
        import json

        http = await self.open()
        with self.failures(None):
            response = (await http.get(f"{self._settings.endpoint}/models")).raise_for_status()
        try:
            entries = json.loads(self.body(response))["data"]
            return tuple(clean_line(str(entry["id"]), 120) for entry in entries)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise GradingError(f"{self._settings.host} has no list of models; is /v1 missing in the address?") from None

    def body(self, response: "httpx2.Response") -> bytes:
        """Return what the server sent, without the key."""
        return self.redaction.json(response.content)

    async def missing_model(self, failed: "LLMRequestError", choose: str) -> GradingError:
        """Return what to tell about a model that is not there: which ones are, and how to choose."""
        try:
            names = await self.models()
        except GradingError:
            return failed
        shown = ", ".join(names[:MODELS_SHOWN]) + (", …" if len(names) > MODELS_SHOWN else "")
        return GradingError(f"{failed.message}; available: {shown or 'none'}", next_step=f"choose one: {choose}")

    def failures(self, model: str | None) -> "_Failures":
        """Explain whatever the block raises; `model` is whom it asks."""
        return _Failures(self._settings, model)

    def _build(self) -> "BoundedClient":
        try:
            import interviewer.llm.completion
            import interviewer.llm.errors
            import interviewer.llm.stream  # noqa: F401  # loaded here, off the event loop
            from interviewer.llm.transport import http_client

            return http_client(self._settings)
        except (ImportError, ValueError) as error:  # a SOCKS proxy without its library, a malformed proxy address
            # Its own words may hold the password of the proxy.
            why = "it takes the package socksio" if isinstance(error, ImportError) else "it is not an address of a proxy"
            raise GradingError(
                f"{' or '.join(self._settings.proxies)} cannot be used: {why}", next_step="unset it, or correct it"
            ) from None
        except OSError as error:
            raise GradingError(
                f"the certificate settings cannot be used: {error.strerror}",
                next_step="check SSL_CERT_FILE and SSL_CERT_DIR",
            ) from None


class _Failures:
    """Turns whatever a request can raise into one of our errors, without the key in it."""

    def __init__(self, settings: Settings, model: str | None) -> None:
        self._settings = settings
        self._model = model

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None or not isinstance(error, Exception) or isinstance(error, GradingError | TimeoutError):
            return
        from interviewer.llm.errors import LLMRequestError, map_error

        raise LLMRequestError(map_error(error, self._settings, self._model)) from None
