"""Grading by a large language model behind any OpenAI-compatible server. The only module that knows `openai`."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from interviewer.cleaning import clean_line
from interviewer.context import Context
from interviewer.errors import GradingError
from interviewer.grading.capabilities import Capabilities, recall, remember
from interviewer.models import Answer, GraderInfo, Judgement, Question, Usage
from interviewer.settings import DEFAULT_MODEL, Settings

if TYPE_CHECKING:
    import openai

    from interviewer.grading.rendering import Message
    from interviewer.grading.reply import Completion

ATTEMPTS = 4
"""Requests at most for one step of a grading when a server fails in a way that may pass."""
REPLY_TOKENS = 1_200
"""Enough for seven key points with feedback (about 400); a reply cut off is asked for once more with twice as many."""
REASONING_TOKENS = 6_000
"""What a reasoning model may think before it replies; its thoughts count as completion tokens."""


class _Transient(GradingError):
    """A failure that may pass: worth another try within the deadline."""

    def __init__(self, message: str, *, next_step: str = "", after: float | None = None, patient: bool = False) -> None:
        super().__init__(message, next_step=next_step)
        self.after = after
        self.patient = patient


class _Unaccepted(GradingError):
    """The server complained about the request itself."""


class LLMGrader:
    """Asks a model for verdicts with evidence, and makes sure to get a valid reply or a reason."""

    def __init__(self, settings: Settings, context: Context, notify: Callable[[str], None] = lambda _: None) -> None:
        self._settings = settings
        self._context = context
        self._notify = notify
        self._memory = context.places.data / "servers.json"
        self._model = settings.model or (None if settings.base_url else DEFAULT_MODEL)
        self._openai: openai.AsyncOpenAI | None = None
        self._loading = asyncio.Lock()
        self._capabilities: Capabilities | None = None
        self._not_before = 0.0

    @property
    def info(self) -> GraderInfo:
        from interviewer.grading.rendering import prompt_version

        return GraderInfo(
            kind="llm", model=self._model or "the server's first model", prompt_version=prompt_version(), estimate=False
        )

    async def warm(self) -> None:
        try:
            await self._client()
            if self._model is None:
                async with asyncio.timeout(self._settings.timeout):
                    await self._find_model()
        except (GradingError, TimeoutError):
            pass  # said when an answer is graded, if it is still so then

    async def close(self) -> None:
        if self._openai is not None:
            await self._openai.close()
            self._openai = None

    async def judge(self, question: Question, answer: Answer) -> Judgement:
        try:
            async with asyncio.timeout(self._settings.timeout):
                return await self._judge(question, answer)
        except TimeoutError:
            raise GradingError(
                f"{self._settings.host} did not finish within {self._settings.timeout:g} seconds",
                next_step="try again later, or set INTERVIEWER_TIMEOUT higher",
            ) from None

    async def _judge(self, question: Question, answer: Answer) -> Judgement:
        from interviewer.grading.rendering import grading_messages, render
        from interviewer.grading.reply import InvalidReply, read_judgement, reply_schema

        messages = grading_messages(question, answer)
        schema = reply_schema(len(question.key_points))
        reply, usage = await self._complete(messages, schema, Usage())
        try:
            judgement = read_judgement(reply.content, question)
        except InvalidReply as problem:
            repair = render("repair.md", problem=str(problem))
            again: list[Message] = [*messages, {"role": "assistant", "content": reply.content[:8_000]}, *repair]
            reply, usage = await self._complete(again, schema, usage)
            try:
                judgement = read_judgement(reply.content, question)
            except InvalidReply as still:
                raise GradingError(
                    f"{self._model} did not give a usable judgement ({clean_line(str(still), 120)})",
                    next_step="try again, or use a larger model",
                ) from None
        return judgement.model_copy(update={"usage": usage})

    async def _complete(self, messages: "list[Message]", schema: dict[str, Any], usage: Usage) -> "tuple[Completion, Usage]":
        """Ask once, and once more with twice the tokens when the reply was cut off."""
        for factor in (1, 2):
            reply = await self._request(messages, schema, factor)
            usage = _sum(usage, reply.usage)
            if reply.finish != "length":
                return reply, usage
        raise GradingError(f"{self._model} kept writing until its limit", next_step="try again, or use a larger model")

    async def _request(self, messages: "list[Message]", schema: dict[str, Any], factor: int) -> "Completion":
        """Send one request, dropping what this server does not accept, and waiting out what may pass."""
        import tenacity

        def wait(state: tenacity.RetryCallState) -> float:
            failure = state.outcome.exception() if state.outcome else None
            asked = failure.after if isinstance(failure, _Transient) else None
            pause = asked if asked is not None else backoff(state)
            if asked:
                self._notify(f"{self._settings.host} asks to wait {asked:g} seconds")
            self._not_before = max(self._not_before, self._context.monotonic() + pause)
            return pause

        def tired(state: tenacity.RetryCallState) -> bool:
            failure = state.outcome.exception() if state.outcome else None
            if isinstance(failure, _Transient):
                if failure.patient:
                    self._notify(failure.message)
                    return False
                if failure.after is not None and failure.after > self._settings.timeout:
                    return True
            return state.attempt_number >= ATTEMPTS

        backoff = tenacity.wait_random_exponential(multiplier=0.5, min=0.25, max=8)
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(_Transient),
            stop=tired,
            wait=wait,
            sleep=self._context.sleep,
            reraise=True,
        )
        while True:
            try:
                reply: Completion = await retrying(self._send, messages, schema, factor)
            except _Unaccepted as complaint:
                known = await self._known()
                fewer = known.without(complaint.message)
                if fewer is None:
                    raise GradingError(f"{self._settings.host} refuses the request: {complaint.message}") from None
                self._capabilities = fewer
                await asyncio.to_thread(remember, self._memory, self._settings.endpoint, self._model or "", fewer)
            else:
                return reply

    async def _send(self, messages: "list[Message]", schema: dict[str, Any], factor: int) -> "Completion":
        from interviewer.grading.reply import read_completion

        client = await self._client()
        if self._model is None:
            await self._find_model()
        if (pause := self._not_before - self._context.monotonic()) > 0:
            await self._context.sleep(pause)  # another request was told to wait: so does this one
        known = await self._known()
        thinking = REASONING_TOKENS if known.reasoning_effort else 0
        options: dict[str, Any] = {
            "max_completion_tokens" if known.max_completion_tokens else "max_tokens": REPLY_TOKENS * factor + thinking
        }
        if known.temperature:
            options["temperature"] = 0
        if known.reasoning_effort:
            options["reasoning_effort"] = "low"
        if known.json_schema:
            options["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "judgement", "strict": True, "schema": schema},
            }
        with self._failures():
            response = await client.chat.completions.with_raw_response.create(
                model=self._model or "",
                messages=messages,  # type: ignore[arg-type]  # the SDK wants one TypedDict a role
                **options,
            )
        reply = read_completion(response.http_response.content)
        asked = sum(len(message["content"]) for message in messages)
        if 0 < reply.usage.prompt_tokens < asked / 12:
            self._notify(f"{self._settings.host} read only {reply.usage.prompt_tokens} tokens: is its context too small?")
        return reply

    async def _known(self) -> Capabilities:
        if self._capabilities is None:
            self._capabilities = await asyncio.to_thread(recall, self._memory, self._settings.endpoint, self._model or "")
        return self._capabilities

    async def models(self) -> tuple[str, ...]:
        """Return the names of the server's models.

        Raises:
            GradingError: the server cannot be reached or has no such list.
        """
        import json

        client = await self._client()
        with self._failures():
            response = await client.models.with_raw_response.list()
        try:
            entries = json.loads(response.http_response.content)["data"]
            return tuple(clean_line(str(entry["id"]), 120) for entry in entries)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise GradingError(f"{self._settings.host} has no list of models; is /v1 missing in the address?") from None

    async def _find_model(self) -> None:
        names = await self.models()
        if not names:
            raise GradingError(f"{self._settings.host} has no model loaded", next_step="load one, or set INTERVIEWER_MODEL")
        self._model = names[0]

    async def _client(self) -> "openai.AsyncOpenAI":
        async with self._loading:
            if self._openai is None:
                self._openai = await asyncio.to_thread(self._build)
        return self._openai

    def _build(self) -> "openai.AsyncOpenAI":
        try:
            import openai

            import interviewer.grading.failures
            import interviewer.grading.rendering  # noqa: F401  # warmed here, off the event loop
            from interviewer.grading.wire import http_client

            key = self._settings.api_key
            return openai.AsyncOpenAI(
                api_key=key.get_secret_value() if key else "none",
                base_url=self._settings.endpoint,
                max_retries=0,
                http_client=http_client(self._settings.endpoint, self._settings.timeout),
            )
        except (ImportError, ValueError) as error:  # a SOCKS proxy without its library, a malformed proxy address
            raise GradingError(
                f"the proxy settings cannot be used: {clean_line(str(error), 120)}",
                next_step="check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY",
            ) from None
        except OSError as error:
            raise GradingError(
                f"the certificate settings cannot be used: {error.strerror}",
                next_step="check SSL_CERT_FILE and SSL_CERT_DIR",
            ) from None

    def _failures(self) -> "_Failures":
        return _Failures(self._settings, self._model)


class _Failures:
    """Turns whatever a request can raise into one of our errors, without the key in it."""

    def __init__(self, settings: Settings, model: str | None) -> None:
        self._settings = settings
        self._model = model

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None or not isinstance(error, Exception) or isinstance(error, GradingError | TimeoutError):
            return
        from interviewer.grading.failures import explain

        failure = explain(error, self._settings, self._model)
        if failure.transient:
            raise _Transient(
                failure.message, next_step=failure.next_step, after=failure.after, patient=failure.patient
            ) from None
        if failure.about_request:
            raise _Unaccepted(failure.message) from None
        raise GradingError(failure.message, next_step=failure.next_step) from None


def _sum(first: Usage, second: Usage) -> Usage:
    return Usage(
        prompt_tokens=first.prompt_tokens + second.prompt_tokens,
        completion_tokens=first.completion_tokens + second.completion_tokens,
        requests=first.requests + second.requests,
    )
