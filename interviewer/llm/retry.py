"""Retries of a failed request: how often, after which delay, and which delay all requests to a server share."""

import itertools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from interviewer.context import Context
from interviewer.errors import GradingError
from interviewer.llm.failures import Failure, LLMRequestError
from interviewer.text.words import duration

if TYPE_CHECKING:
    import tenacity

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 4
"""Requests at most for one step of a grading when a server fails in a way that may pass."""
INITIAL_BACKOFF, MAX_BACKOFF = 1.0, 30.0
"""Seconds that all requests wait for a server that asks for fewer and does not say when: twice as long each time."""
_BACKOFF_VARIATION = 0.9, 1.1
"""Factors of such a delay, at random."""
_FAILURE_BACKOFF = {"multiplier": 0.5, "min": 0.25, "max": 8}
"""Seconds that one request waits after another failure, at random: up to the multiplier, twice as long each time."""

Reply = TypeVar("Reply")


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
            pause = self._backoff * self._context.random.uniform(*_BACKOFF_VARIATION)
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

        backoff = tenacity.wait_random_exponential(**_FAILURE_BACKOFF)

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
