"""One model at one OpenAI-compatible server: asks for a JSON object, and once more when the reply is unusable."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from interviewer.context import Context
from interviewer.errors import GradingError
from interviewer.llm.capabilities import Capabilities, load_capabilities, save_capabilities
from interviewer.llm.connection import Connection
from interviewer.llm.retry import Backpressure
from interviewer.models import Usage
from interviewer.settings import DEFAULT_MODEL, Settings
from interviewer.text.clean import clean_line

if TYPE_CHECKING:
    from interviewer.llm.completion import Completion
    from interviewer.llm.prompts import Message
    from interviewer.llm.stream import OnPartial

log = logging.getLogger(__name__)

REPLY_TOKENS = 1_200
"""Enough for seven key points with feedback (about 400); a reply cut off is asked for once more with twice as many."""
REASONING_TOKENS = 6_000
"""What a reasoning model may think before it replies; its thoughts count as completion tokens."""
ALTERNATIVES = 5
"""Probabilities asked for each token: verdicts are four, and some servers give no more than five."""
SAMPLING_TEMPERATURE = 0.7
"""For several gradings of one answer: at temperature 0 each would only repeat the first."""

_LONG = {"model", "messages", "response_format"}
"""Fields of a request that the log leaves out, or names already."""

Read = TypeVar("Read")
Post = Callable[[dict[str, Any]], Awaitable[bytes]]
"""Sends the body of a chat completion request, and returns the body of the reply."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is asked for: an object of this name and JSON schema, before `until` on the monotonic clock."""

    name: str
    schema: dict[str, Any]
    until: float
    on_partial: "OnPartial | None"
    """Called with what has come so far of a reply."""
    spent: list[Usage]
    """What each reply has cost so far."""


class LLMClient:
    """Gets valid JSON objects from a model, or the reason why there is none."""

    def __init__(
        self,
        settings: Settings,
        context: Context,
        notify: Callable[[str], None] = lambda _: None,
        post: Post | None = None,
    ) -> None:
        self._settings = settings
        self._notify = notify
        self._memory = context.paths.data / "servers.json"
        self._model = settings.model or (None if settings.base_url else DEFAULT_MODEL)
        self._capabilities: Capabilities | None = None
        self._connection = Connection(settings, context, notify)
        self._post = post or self._connection.complete

    @property
    def backpressure(self) -> Backpressure:
        """How often the server has shown that it gets too many requests."""
        return self._connection.retry.backpressure

    @property
    def model(self) -> str:
        """The model's name; a description of it before the server has named its models."""
        return self._model or "the server's first model"

    async def warm(self) -> None:
        """Load the SDK and find the model, so that the first request need not wait for it. Never fails."""
        try:
            await self._connection.open()
            if self._model is None:
                async with asyncio.timeout(self._settings.timeout):
                    await self._find_model()
        except (GradingError, TimeoutError):
            pass  # raised again when an answer is graded

    async def close(self) -> None:
        await self._connection.close()

    async def complete_json(
        self,
        messages: "list[Message]",
        name: str,
        schema: dict[str, Any],
        read: "Callable[[Completion], Read]",
        on_partial: "OnPartial | None" = None,
    ) -> tuple[Read, Usage]:
        """Ask for a JSON object of this schema and return what `read` makes of it, with what all requests cost.

        `read` raises InvalidReply for a reply that is not what was asked for; the model may then repair it once. With
        `on_partial` the server is asked to stream, and `on_partial` is called with each reply as it grows.

        Raises:
            GradingError: no valid reply within the deadline.
        """
        spent: list[Usage] = []
        try:
            async with self._connection.deadline() as until:
                return await self._read_or_repair(messages, _Wanted(name, schema, until, on_partial, spent), read)
        except GradingError as error:
            error.usage = sum(spent, Usage()) if spent else None
            raise

    async def _read_or_repair(
        self, messages: "list[Message]", wanted: "_Wanted", read: "Callable[[Completion], Read]"
    ) -> tuple[Read, Usage]:
        from interviewer.llm.completion import InvalidReply
        from interviewer.llm.prompts import render

        reply, usage = await self._complete(messages, wanted, Usage())
        try:
            return read(reply), usage
        except InvalidReply as problem:
            log.debug("asking for a repair: %s", problem)
            repair = render("repair.md", problem=str(problem))
            again: list[Message] = [*messages, {"role": "assistant", "content": reply.content[:8_000]}, *repair]
            reply, usage = await self._complete(again, wanted, usage)
        try:
            return read(reply), usage
        except InvalidReply as still:
            raise GradingError(
                f"{self._model} did not give a usable {wanted.name} ({clean_line(str(still), 120)})",
                next_step="try again, or use a larger model",
            ) from None

    async def _complete(self, messages: "list[Message]", wanted: "_Wanted", usage: Usage) -> "tuple[Completion, Usage]":
        """Ask once, and once more with twice the tokens when the reply was cut off."""
        for factor in (1, 2):
            reply = await self._request(messages, wanted, factor)
            usage += reply.usage
            wanted.spent.append(reply.usage)
            if reply.finish != "length":
                return reply, usage
            log.debug("cut off at the output limit, with room for %d times the tokens", factor)
        raise GradingError(f"{self._model} stopped at its output limit", next_step="try again, or use a larger model")

    async def _request(self, messages: "list[Message]", wanted: "_Wanted", factor: int) -> "Completion":
        """Send one request, dropping what this server does not accept, and waiting out what may pass."""
        if self._model is None:
            await self._connection.retry.run(self._find_model, wanted.until)
        while True:
            known = await self._known()
            try:
                return await self._connection.retry.run(lambda: self._send(messages, wanted, factor), wanted.until)
            except GradingError as failed:
                from interviewer.llm.errors import LLMRequestError

                if not isinstance(failed, LLMRequestError):
                    raise
                if failed.failure.about == "model":
                    raise await self._connection.missing_model(failed, "--model NAME") from None
                if failed.failure.about != "request":
                    raise
                if self._capabilities != known:
                    continue  # another request has learned it meanwhile
                fewer = known.without(failed.message)
                if fewer is None:
                    raise GradingError(f"{self._settings.host} refuses the request: {failed.message}") from None
                log.debug("asking for less after %r: %s", failed.message, fewer)
                self._capabilities = fewer
                await asyncio.to_thread(save_capabilities, self._memory, self._settings.endpoint, self._model or "", fewer)

    async def _send(self, messages: "list[Message]", wanted: "_Wanted", factor: int) -> "Completion":
        from interviewer.llm.completion import read_completion

        body = await self._body(messages, wanted, factor)
        if log.isEnabledFor(logging.DEBUG):
            log.debug("asking %s with %s", self._model, {name: body[name] for name in body if name not in _LONG})
        if wanted.on_partial is not None and "stream" in body:
            reply = read_completion(await self._connection.stream(body, wanted.on_partial))
        else:
            reply = read_completion(await self._post(body))
        asked = sum(len(message["content"]) for message in messages)
        if 0 < reply.usage.prompt_tokens < asked / 12:
            self._notify(f"{self._settings.host} read only {reply.usage.prompt_tokens} tokens: is its context too small?")
        return reply

    async def _body(self, messages: "list[Message]", wanted: "_Wanted", factor: int) -> dict[str, Any]:
        known = await self._known()
        thinking = REASONING_TOKENS if known.reasoning_effort else 0
        body: dict[str, Any] = {
            "model": self._model,
            "messages": messages,
            "max_completion_tokens" if known.max_completion_tokens else "max_tokens": REPLY_TOKENS * factor + thinking,
        }
        if known.temperature:
            body["temperature"] = 0 if self._settings.samples == 1 else SAMPLING_TEMPERATURE
        if known.logprobs and factor == 1:  # a long reply with probabilities would pass the limit of the connection
            body |= {"logprobs": True, "top_logprobs": ALTERNATIVES}
        if known.reasoning_effort:
            body["reasoning_effort"] = "low"
        if wanted.on_partial is not None and known.stream:
            body["stream"] = True
            if known.stream_options:
                body["stream_options"] = {"include_usage": True}
        if known.json_schema:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": wanted.name, "strict": True, "schema": wanted.schema},
            }
        return body

    async def _known(self) -> Capabilities:
        if self._capabilities is None:
            self._capabilities = await asyncio.to_thread(
                load_capabilities, self._memory, self._settings.endpoint, self._model or ""
            )
        return self._capabilities

    async def models(self) -> tuple[str, ...]:
        """Return the names of the server's models.

        Raises:
            GradingError: the server cannot be reached or has no such list.
        """
        return await self._connection.models()

    async def _find_model(self) -> None:
        names = await self.models()
        if not names:
            raise GradingError(f"{self._settings.host} has no model loaded", next_step="load one, or set INTERVIEWER_MODEL")
        self._model = names[0]
