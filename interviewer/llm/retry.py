"""Sending again what failed in a way that may pass: how often, after which pause, and for all requests to a server together."""

import itertools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from interviewer.context import Context
from interviewer.errors import GradingError

if TYPE_CHECKING:
    import tenacity

    from interviewer.llm.errors import Failure

log = logging.getLogger(__name__)
ATTEMPTS = 4
"""Requests at most for one step of a grading when a server fails in a way that may pass."""

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

    def count(self, failure: "Failure | None") -> None:
        """Take note of a request that failed; only what may pass is a sign."""
        if failure is not None and failure.transient:
            self.rate_limited += failure.limited
            self.overloaded += not failure.limited


class RetryPolicy:
    """The pauses that one server has asked for, shared by all requests to it."""

    def __init__(self, host: str, context: Context, notify: Callable[[str], None]) -> None:
        self._host = host
        self._context = context
        self._notify = notify
        self._not_before = 0.0
        self._last_notice = ""
        self.backpressure = Backpressure()

    async def run(self, send: Callable[[], Awaitable[Reply]], until: float) -> Reply:
        """Call `send` until it succeeds or fails for good; `until` is the end of the time there is.

        Raises:
            GradingError: what went wrong the last time. No wait is begun that would not end in time.
        """
        try:
            return await self._send(send, until)
        except GradingError as error:
            if not _may_pass(error):
                raise
            failed = error
        return await self._retry(failed, send, until)

    async def _send(self, send: Callable[[], Awaitable[Reply]], until: float) -> Reply:
        await self.wait_for_turn(until)
        try:
            return await send()
        except GradingError as error:
            self.backpressure.count(getattr(error, "failure", None))
            raise

    async def wait_for_turn(self, until: float) -> None:
        """Wait as long as the server has asked of any request.

        Raises:
            GradingError: that is longer than until `until`.
        """
        left = self._not_before - self._context.monotonic()
        if self._not_before > until:
            error = GradingError(f"{self._host} asked to wait {left:.0f} seconds more")
            error.rate_limited = True
            raise error
        if left > 0:
            log.debug("waiting %.1f s, as the server asked of another request", left)
            self.backpressure.pauses += 1
            await self._context.sleep(left)

    async def _retry(self, failed: GradingError, send: Callable[[], Awaitable[Reply]], until: float) -> Reply:
        import tenacity

        tries = itertools.count()

        async def attempt() -> Reply:
            if next(tries) == 0:
                raise failed  # the first try was made above: most requests need no other, and tenacity is imported for none
            return await self._send(send, until)

        def should_stop(state: tenacity.RetryCallState) -> bool:
            too_late = self._context.monotonic() + state.upcoming_sleep > until
            failure = _failure(state)
            return too_late or (state.attempt_number >= ATTEMPTS and not (failure and failure.patient))

        backoff = tenacity.wait_random_exponential(multiplier=0.5, min=0.25, max=8)

        def wait(state: tenacity.RetryCallState) -> float:
            failure = _failure(state)
            pause = backoff(state) if failure is None or failure.after is None else failure.after
            log.debug("try %d failed, next in %.2f s: %s", state.attempt_number, pause, failure and failure.message)
            self._note(failure, pause)
            return pause

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(_may_pass), stop=should_stop, wait=wait, sleep=self._context.sleep, reraise=True
        )
        return await retrying(attempt)

    def _note(self, failure: "Failure | None", pause: float) -> None:
        if failure is None:
            return
        if failure.patient or failure.after:
            # What the server asks of one request it asks of all; any other failure is that request's own.
            self._not_before = max(self._not_before, self._context.monotonic() + pause)
        if failure.message != self._last_notice and (failure.patient or failure.after):
            self._last_notice = failure.message
            self._notify(f"{failure.message} …")


def _failure(state: "tenacity.RetryCallState") -> "Failure | None":
    error = state.outcome.exception() if state.outcome else None
    return getattr(error, "failure", None)


def _may_pass(error: BaseException) -> bool:
    failure: Failure | None = getattr(error, "failure", None)
    return failure is not None and failure.transient
