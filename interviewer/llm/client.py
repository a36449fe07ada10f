"""One model at one OpenAI-compatible server: asks for a JSON object, and once more when the reply is unusable."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from interviewer.context import Context
from interviewer.errors import GradingError
from interviewer.llm.capabilities import REPLY_TOKENS, Capabilities, named_limit, next_limit, without_system_role
from interviewer.llm.completion import Completion, fits_request, read_completion, transient_error
from interviewer.llm.connection import Connection, Deadline, OnPartial
from interviewer.llm.failures import LLMRequestError
from interviewer.llm.fallbacks import Body
from interviewer.llm.json_reply import InvalidReply
from interviewer.llm.redaction import redact
from interviewer.llm.retry import Backpressure
from interviewer.models import Usage
from interviewer.settings import DEFAULT_MODEL, Settings
from interviewer.text.clean import clean_line, shorten

if TYPE_CHECKING:
    from interviewer.llm.prompts import Message

log = logging.getLogger(__name__)

ALTERNATIVES = 5
"""Probabilities asked for each token: verdicts are four, and some servers give no more than five."""
SAMPLING_TEMPERATURE = 0.7
"""The temperature of several gradings of one answer: at 0 each would only repeat the first."""
_SAID = 100
"""Characters of a reply without an object that the message about it gives."""
_LONGEST_SAID = 2_000
"""Characters of one that are read for that."""
_LONG = {"model", "messages", "response_format"}
"""Fields of a request that the log leaves out, or names already."""

Read = TypeVar("Read")
Post = Callable[[Body], Awaitable[bytes]]
"""Sends the body of a chat completion request, and returns the body of the reply."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The wanted reply: an object of this name and JSON schema, before the deadline."""

    name: str
    schema: dict[str, Any]
    deadline: Deadline
    on_partial: OnPartial | None
    """Called with what has come so far of a reply."""
    spent: list[Usage]
    """The cost of each reply, unusable ones included."""


class LLMClient:
    """Gets valid JSON objects from a model, or the reason why there is none."""

    def __init__(
        self,
        settings: Settings,
        context: Context,
        notify: Callable[[str], None] = lambda _: None,
        post: Post | None = None,
    ) -> None:
        """Create a client; `post` replaces the network, by the files of a batch for example: each time the same reply."""
        self._settings = settings
        self._notify = notify
        self._model = settings.model or (None if settings.base_url else DEFAULT_MODEL)
        self._replied = ""
        """The model that the first reply came from, as the server calls it."""
        self._connection = Connection(settings, context, notify)
        self._post = post or self._connection.complete
        if post:
            self._connection.retry.max_attempts = 1

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
        with suppress(GradingError, TimeoutError):  # raised again when an answer is graded
            await self._connection.open()
            if self._model is None:
                async with asyncio.timeout(self._settings.timeout):
                    await self._find_model()

    async def close(self) -> None:
        await self._connection.close()

    async def complete_json(
        self,
        messages: "list[Message]",
        name: str,
        schema: dict[str, Any],
        read: Callable[[Completion], Read],
        on_partial: OnPartial | None = None,
        *,
        retry: bool = True,
    ) -> tuple[Read, Usage]:
        """Ask for a JSON object of this schema and return what `read` makes of it, with what all requests cost.

        `read` raises InvalidReply for a reply that is not what was asked for; the model may then repair it once. With
        `on_partial` the server is asked to stream, and `on_partial` is called with each reply as it grows. Without
        `retry`, a request that fails is not sent again.

        Raises:
            GradingError: no valid reply within the deadline; its `usage` is what the invalid replies cost.
        """
        spent: list[Usage] = []
        try:
            async with self._connection.deadline(retry=retry) as deadline:
                reply = await self._read_or_repair(messages, _Wanted(name, schema, deadline, on_partial, spent), read)
        except GradingError as error:
            error.usage = sum(spent, Usage()) if spent else None
            raise
        return reply, sum(spent, Usage())

    async def _read_or_repair(self, messages: "list[Message]", wanted: _Wanted, read: Callable[[Completion], Read]) -> Read:
        from interviewer.llm.prompts import render

        reply = await self._complete(messages, wanted)
        try:
            return read(reply)
        except InvalidReply as problem:
            log.debug("asking for a repair: %s", problem)
            repair = render("repair.md", problem=str(problem))
            again: list[Message] = [*messages, {"role": "assistant", "content": reply.content[:8_000]}, *repair]
            reply = await self._complete(again, wanted)
        try:
            return read(reply)
        except InvalidReply as still:
            # Cut once it is redacted: a part of a key looks like none.
            said = shorten(redact(still.said[:_LONGEST_SAID], self._settings), _SAID)
            why = f"it says “{said}”" if said else clean_line(str(still), 120)
            raise GradingError(
                f"{self._model} did not give a usable {wanted.name} ({why})",
                next_step="try again, or use a larger model",
            ) from None

    async def _complete(self, messages: "list[Message]", wanted: _Wanted) -> Completion:
        """Ask once, and again with room for more tokens as long as the reply is cut off."""
        if self._model is None:
            await self._connection.retry.run(self._find_model, wanted.deadline.until)
        most = self._settings.max_tokens
        first = limit = (await self._connection.fallbacks.capabilities(self.model)).first_limit(most)
        too_low, refusal = 0, ""
        while limit > too_low:
            try:
                reply = await self._request(messages, wanted, limit)
            except LLMRequestError as failed:
                if failed.failure.kind != "limit":
                    raise
                refusal = f": {failed.message}"  # the limit is higher than the server takes
                most = limit = named_limit(failed.failure.server_message, limit) or too_low
                if not limit:
                    raise
                continue
            if reply.finish != "length":
                if limit != first:
                    await self._connection.fallbacks.remember(reply_tokens=limit)
                return reply
            log.debug("cut off at the limit of %d tokens", limit)
            too_low = limit
            # A judgement has some 400 tokens: more than twice the first room would only be filled with repetitions, unless
            # thoughts took it.
            limit = next_limit(limit, most if reply.reasoned else min(most, 2 * first), reasoned=reply.reasoned)
        raise GradingError(
            f"{self._model} stopped at its output limit{refusal}",
            next_step="set INTERVIEWER_MAX_TOKENS higher, or use a larger model",
        )

    async def _request(self, messages: "list[Message]", wanted: _Wanted, limit: int) -> Completion:
        """Ask for a reply of at most `limit` tokens, as often as that may help."""
        build = partial(self._body, messages, wanted, limit)
        try:
            return await self._connection.fallbacks.run(self.model, build, partial(self._send, wanted), wanted.deadline.until)
        except LLMRequestError as failed:
            raise await self._connection.with_models(failed, self.model, "--model NAME") from None

    async def _send(self, wanted: _Wanted, body: Body) -> Completion:
        """Send one request, and take note of what its reply cost, a usable one or not."""
        try:
            reply = await self._reply(wanted, body)
        except GradingError as error:
            if error.usage:
                wanted.spent.append(error.usage)
            raise
        wanted.spent.append(reply.usage)
        return reply

    async def _reply(self, wanted: _Wanted, body: Body) -> Completion:
        host = self._settings.host
        if log.isEnabledFor(logging.DEBUG):
            log.debug("asking %s with %s", self._model, {name: body[name] for name in body if name not in _LONG})
        if wanted.on_partial is not None and "stream" in body:
            reply = read_completion(await self._connection.stream(body, wanted.on_partial, wanted.deadline), host)
        else:
            reply = read_completion(await self._post(body), host)
        if not fits_request(reply.model, self.model, self._replied):
            error = transient_error(f"{host} sent a reply of another model ({reply.model})")
            error.usage = reply.usage
            raise error
        self._replied = self._replied or reply.model
        asked = sum(len(message["content"]) for message in body["messages"])
        if 0 < reply.usage.prompt_tokens < asked / 12:
            self._notify(f"{host} read only {reply.usage.prompt_tokens} tokens: is its context too small?")
        return reply

    def _body(self, messages: "list[Message]", wanted: _Wanted, limit: int, known: Capabilities) -> Body:
        body: Body = {
            "model": self._model,
            "messages": messages if known.system_role else without_system_role(messages),
            "max_completion_tokens" if known.max_completion_tokens else "max_tokens": limit,
        }
        if known.temperature:
            body["temperature"] = 0 if self._settings.samples == 1 else SAMPLING_TEMPERATURE
        if known.logprobs and limit <= REPLY_TOKENS:  # a long reply with probabilities would pass the limit of the transport
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
