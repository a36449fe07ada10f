"""Sending again what failed: as it was where the failure may pass, and with less where a server refuses some of it.

How often, after which pause, and for all requests to a server together.
"""

import itertools
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from interviewer.context import Context
from interviewer.errors import GradingError
from interviewer.llm.capabilities import PARTS, Capabilities, load_capabilities, save_capabilities, sent_parts
from interviewer.llm.failures import Failure, LLMRequestError
from interviewer.text.words import duration

if TYPE_CHECKING:
    import tenacity

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 4
"""Requests at most for one step of a grading when a server fails in a way that may pass."""
FAILURES_BEFORE_FALLBACK = 2
"""Failures of a server with a request that it was never seen to accept, before it is asked for less."""
INITIAL_BACKOFF, MAX_BACKOFF = 1.0, 30.0
"""Seconds that all requests wait for a server that asks for fewer and does not say when: twice as long each time."""

Reply = TypeVar("Reply")
Body = dict[str, Any]
"""The fields of a request."""


@dataclass
class Backpressure:
    """How often a server has shown that it gets too many requests; counts only ever grow."""

    rate_limited: int = 0
    """Requests refused since they came too fast (429)."""
    overloaded: int = 0
    """Requests that failed otherwise and may be sent again: 5xx, timeouts, connections that broke off."""
    pauses: int = 0
    """Waits that the server had asked for. The time of such a request tells nothing about the server's speed."""

    def count(self, failure: Failure) -> None:
        """Take note of a failure that may pass: no other is a sign."""
        self.rate_limited += failure.limited
        self.overloaded += not failure.limited


class RetryPolicy:
    """The pauses that one server has asked for, shared by all requests to it."""

    def __init__(self, host: str, context: Context, notify: Callable[[str], None]) -> None:
        self._host = host
        self._context = context
        self._notify = notify
        self._noticed: set[str] = set()
        self._not_before = 0.0
        self._asked_until = 0.0
        """Until when the server itself has asked to wait."""
        self._paused_at = 0.0
        self._backoff = 0.0
        """The growing pause: seconds, 0 as long as requests succeed."""
        self.max_attempts = MAX_ATTEMPTS
        """Tries of a request at most; 1 where another one would get the same reply."""
        self.backpressure = Backpressure()

    async def run(self, send: Callable[[], Awaitable[Reply]], until: float) -> Reply:
        """Call `send` until it succeeds or fails for good; `until` is the end of the time there is.

        Raises:
            GradingError: what went wrong the last time. No wait is begun that would not end in time.
        """
        try:
            return await self._try(send, until)
        except GradingError as error:
            if self.max_attempts == 1 or not _may_pass(error):
                raise
            failed = error
        return await self._retry(failed, send, until)

    async def wait_for_turn(self, until: float) -> None:
        """Wait as long as the server has asked of any request.

        Raises:
            GradingError: that is longer than until `until`.
        """
        while (left := self._not_before - self._context.monotonic()) > 0:
            if self._not_before > until:
                error = GradingError(f"{self._host} asked to wait {duration(left)} more")
                error.rate_limited, error.retry_after = True, self._wait_beyond(until)
                raise error
            log.debug("waiting %.1f s, as the server asked of another request", left)
            self.backpressure.pauses += 1
            await self._context.sleep(left + self._jitter())

    def _wait_beyond(self, until: float) -> float | None:
        """Return the seconds that the server still wants us to wait, if that is longer than until `until`."""
        return self._asked_until - self._context.monotonic() if self._asked_until > until else None

    def _jitter(self) -> float:
        """Return seconds to wait besides: not all at the same moment, where nobody knows how many a server will take."""
        return self._context.random.uniform(0, self._backoff / 4)

    async def _try(self, send: Callable[[], Awaitable[Reply]], until: float) -> Reply:
        await self.wait_for_turn(until)
        began = self._context.monotonic()
        try:
            reply = await send()
        except GradingError as error:
            if isinstance(error, LLMRequestError) and error.failure.transient:
                self.backpressure.count(error.failure)
                self._back_off(error.failure, began, until)
            error.retry_after = self._wait_beyond(until) or error.retry_after
            raise
        if began >= self._paused_at:
            self._backoff = 0.0
        return reply

    def _back_off(self, failure: Failure, began: float, until: float) -> None:
        """Let all requests wait as long as the server asks; any other failure is that of the request that `began` then."""
        pause = failure.retry_after or 0.0
        if failure.limited and not failure.retry_after and began >= self._paused_at:  # else the last pause is the answer to it
            self._backoff = min(2 * self._backoff or INITIAL_BACKOFF, MAX_BACKOFF)
            pause = self._backoff * self._context.random.uniform(0.9, 1.1)
        if pause:
            self._paused_at = self._context.monotonic()
            self._not_before = max(self._not_before, self._paused_at + pause)
            if failure.retry_after:
                self._asked_until = max(self._asked_until, self._paused_at + pause)
            self.backpressure.pauses += 1
        # What cannot be waited for is said by the error that ends the request.
        if (failure.limited or failure.retry_after) and self._not_before <= until and failure.cause not in self._noticed:
            self._noticed.add(failure.cause)
            self._notify(f"{failure.message} …")

    async def _retry(self, failed: GradingError, send: Callable[[], Awaitable[Reply]], until: float) -> Reply:
        import tenacity

        attempts = itertools.count()

        async def attempt() -> Reply:
            if next(attempts) == 0:
                raise failed  # the first try was made above: most requests need no other, and tenacity is imported for none
            return await self._try(send, until)

        def should_stop(state: tenacity.RetryCallState) -> bool:
            too_late = self._context.monotonic() + state.upcoming_sleep > until
            failure = _failure(state)
            return too_late or (state.attempt_number >= self.max_attempts and not (failure and failure.until_deadline))

        backoff = tenacity.wait_random_exponential(multiplier=0.5, min=0.25, max=8)

        def wait(state: tenacity.RetryCallState) -> float:
            failure = _failure(state)
            shared = max(0.0, self._not_before - self._context.monotonic()) + self._jitter()
            pause = shared if failure and (failure.limited or failure.retry_after) else backoff(state)
            log.debug("try %d failed, next in %.2f s: %s", state.attempt_number, pause, failure and failure.message)
            return pause

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(_may_pass), stop=should_stop, wait=wait, sleep=self._context.sleep, reraise=True
        )
        return await retrying(attempt)


def _failure(state: "tenacity.RetryCallState") -> Failure | None:
    error = state.outcome.exception() if state.outcome else None
    return error.failure if isinstance(error, LLMRequestError) else None


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, LLMRequestError) and error.failure.transient


class Fallbacks:
    """Sends requests to one model at one server without the optional parts that it refuses.

    What it refuses is found out by trying, and remembered across runs.
    """

    def __init__(self, retry: RetryPolicy, memory: Path, endpoint: str) -> None:
        """Remember in the file `memory`."""
        self._retry = retry
        self._memory = memory
        self._endpoint = endpoint
        self._model = ""
        self._known: Capabilities | None = None
        self._accepted: set[str] = set()
        """The parts of requests that have succeeded in this run: a failure that does not name one is not about them."""

    async def capabilities(self, model: str) -> Capabilities:
        """Return what is known of the model, from this run or an earlier one."""
        import asyncio

        if self._known is None:
            self._model = model
            loaded = await asyncio.to_thread(load_capabilities, self._memory, self._endpoint, model)
            self._known = self._known or loaded  # another request may have learned something meanwhile
        return self._known

    async def run(
        self, model: str, build: Callable[[Capabilities], Body], send: Callable[[Body], Awaitable[Reply]], until: float
    ) -> Reply:
        """Send what `build` makes for what the model accepts, again where that may help, and with fewer parts if need be.

        Raises:
            GradingError: what went wrong the last time.
        """
        known = trial = await self.capabilities(model)
        failures: Counter[str] = Counter()

        async def attempt() -> Reply:
            nonlocal trial
            while True:
                body = build(trial)
                try:
                    reply = await send(body)
                except LLMRequestError as failed:
                    failures[failed.failure.about] += 1
                    fewer = self._fewer(failed.failure, trial, sent_parts(body), failures)
                    if fewer is None:
                        raise
                    log.debug("asking for less after %r: %s", failed.message, fewer)
                    trial = fewer
                    if failed.failure.transient:  # after a pause, and not counted: it is another request
                        raise LLMRequestError(replace(failed.failure, until_deadline=True)) from None
                else:
                    await self._learn(known, trial, sent_parts(body))
                    return reply

        return await self._retry.run(attempt, until)

    def _fewer(
        self, failure: Failure, trial: Capabilities, sent: tuple[str, ...], failures: Counter[str]
    ) -> Capabilities | None:
        """Return what to ask for after a failure; None: the same, or nothing more."""
        if failure.about == "request":
            self._accepted.discard(failure.part)
            complaint = f"{failure.part} {failure.server_message}"
            return trial.without(complaint, sent, param=failure.part, proven=self._accepted)
        if failure.about == "schema" and failures["schema"] >= FAILURES_BEFORE_FALLBACK:
            return trial.without("json_schema", sent, proven=PARTS)
        if failure.about in {"server", "upstream"} and failures["server"] + failures["upstream"] >= FAILURES_BEFORE_FALLBACK:
            return trial.without("", sent, proven=self._accepted)
        return None

    async def _learn(self, known: Capabilities, trial: Capabilities, sent: tuple[str, ...]) -> None:
        """Remember what a request that succeeded did without, unless another one has succeeded with it meanwhile."""
        self._accepted.update(sent)
        differing = {name: value for name, value in trial if value != getattr(known, name)}
        if differing and self._accepted.isdisjoint(differing):
            await self.remember(**differing)

    async def remember(self, **learned: bool | int) -> None:
        """Remember values of fields of Capabilities."""
        import asyncio

        self._known = (self._known or Capabilities()).model_copy(update=learned)
        await asyncio.to_thread(save_capabilities, self._memory, self._endpoint, self._model, self._known)
