"""Requests with fewer optional parts where a server refuses some: what it refuses is learned and remembered."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from interviewer.llm.capabilities import PARTS, Capabilities, load_capabilities, save_capabilities, sent_parts
from interviewer.llm.failures import Failure, LLMRequestError
from interviewer.llm.retry import RetryPolicy

log = logging.getLogger(__name__)
FAILURES_BEFORE_FALLBACK = 2
"""Failures of a server with a request that it was never seen to accept, before it is asked for less."""

Reply = TypeVar("Reply")
Body = dict[str, Any]
"""The fields of a request."""


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
        """The parts of requests that have succeeded in this run: they are left out only if a failure names them."""

    async def capabilities(self, model: str) -> Capabilities:
        """Return the capabilities of the model, learned in this run or an earlier one."""
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
                    failures[failed.failure.kind] += 1
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
        """Return the capabilities to try after a failure; None to leave them as they are."""
        if failure.kind == "request":
            self._accepted.discard(failure.part)
            complaint = f"{failure.part} {failure.server_message}"
            return trial.without(complaint, sent, param=failure.part, proven=self._accepted)
        if failure.kind == "schema" and failures["schema"] >= FAILURES_BEFORE_FALLBACK:
            return trial.without("json_schema", sent, proven=PARTS)
        if failure.kind in {"server", "upstream"} and failures["server"] + failures["upstream"] >= FAILURES_BEFORE_FALLBACK:
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
        self._known = (self._known or Capabilities()).model_copy(update=learned)
        await asyncio.to_thread(save_capabilities, self._memory, self._endpoint, self._model, self._known)
