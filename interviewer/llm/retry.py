"""Retries of a failed request: how often, after which delay (`RetryPolicy._delay`), and the pause that all requests share."""

import itertools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

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
"""Seconds that all requests pause after a rate limit without a retry time: doubled each time, up to the second number."""
_BACKOFF_VARIATION = 0.9, 1.1
"""Such a pause is multiplied by a random factor between these."""
_SHORTEST_DELAY, _FIRST_DELAY, _LONGEST_DELAY = 0.25, 0.5, 8.0
"""Seconds that one request waits after any other failure: at random from the first number up to the second, which doubles with
each try until it is the third."""

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
        """Count a failure that may pass."""
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
        """The time before which no request is sent."""
        self._asked_until = 0.0
        """The same, as far as the server itself named the time."""
        self._paused_at = 0.0
        self._backoff = 0.0
        """Seconds of the latest pause whose length the server did not name; 0 again after a success."""
        self.max_attempts = MAX_ATTEMPTS
        """The most tries of a request; 1 if another one would get the same reply."""
        self.backpressure = Backpressure()

    async def run(self, send: Callable[[], Awaitable[Reply]], until: float) -> Reply:
        """Call `send` until it succeeds, fails for good, or the next try would begin after `until`.

        Raises:
            GradingError: the failure of the last try.
        """
        try:
            return await self._try(send, until)
        except GradingError as error:
            if self.max_attempts == 1 or not _may_pass(error):
                raise
            failed = error
        return await self._retry(failed, send, until)

    async def wait_for_turn(self, until: float) -> None:
        """Wait for the end of the pause that all requests share.

        Raises:
            GradingError: it ends after `until`.
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
        """Return the seconds until the server takes requests again, by its own word; None if that is before `until`."""
        return self._asked_until - self._context.monotonic() if self._asked_until > until else None

    def _jitter(self) -> float:
        """Return random seconds to add to a pause of unknown length, so that not all requests go out at the same moment."""
        return self._context.random.uniform(0, self._backoff / 4)

    async def _try(self, send: Callable[[], Awaitable[Reply]], until: float) -> Reply:
        await self.wait_for_turn(until)
        began = self._context.monotonic()
        try:
            reply = await send()
        except GradingError as error:
            if isinstance(error, LLMRequestError) and error.failure.transient:
                self.backpressure.count(error.failure)
                self._pause_all(error.failure, began, until)
            error.retry_after = self._wait_beyond(until) or error.retry_after
            raise
        if began >= self._paused_at:
            self._backoff = 0.0
        return reply

    def _pause_all(self, failure: Failure, began: float, until: float) -> None:
        """Pause all requests after a rate limit, or if the server says when to come back.

        `began` is when the failed request was sent: if that was before the current pause, a rate limit does not lengthen it.
        """
        pause = failure.retry_after or 0.0
        if failure.limited and not failure.retry_after and began >= self._paused_at:
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

    def _delay(self, failure: Failure, number: int) -> float:
        """Return the seconds between the failed try `number` of a request and its next one.

        After a rate limit, or if the server says when to come back, this is the rest of the pause that all requests share
        (`_pause_all`); after any other failure, a random time that grows with the number of tries.
        """
        if failure.limited or failure.retry_after:
            delay = max(0.0, self._not_before - self._context.monotonic()) + self._jitter()
        else:
            delay = self._context.random.uniform(_SHORTEST_DELAY, min(_FIRST_DELAY * 2 ** (number - 1), _LONGEST_DELAY))
        log.debug("try %d failed, next in %.2f s: %s", number, delay, failure.message)
        return delay

    async def _retry(self, failed: GradingError, send: Callable[[], Awaitable[Reply]], until: float) -> Reply:
        import tenacity

        attempts = itertools.count()

        async def attempt() -> Reply:
            if next(attempts) == 0:
                raise failed  # the first try was made above: most requests need no other, and tenacity is imported for none
            return await self._try(send, until)

        def should_stop(state: tenacity.RetryCallState) -> bool:
            too_late = self._context.monotonic() + state.upcoming_sleep > until
            return too_late or (state.attempt_number >= self.max_attempts and not _failure(state).until_deadline)

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(_may_pass),
            stop=should_stop,
            wait=lambda state: self._delay(_failure(state), state.attempt_number),
            sleep=self._context.sleep,
            reraise=True,
        )
        return await retrying(attempt)


def _failure(state: "tenacity.RetryCallState") -> Failure:
    """Return why the latest try failed: whether to stop and how long to wait is asked only where `_may_pass` holds."""
    return cast("LLMRequestError", state.outcome and state.outcome.exception()).failure


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, LLMRequestError) and error.failure.transient
