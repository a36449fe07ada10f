"""Grading by a large language model: it claims verdicts and points at evidence, and code checks them."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from interviewer.context import Context
from interviewer.errors import GradingError
from interviewer.grading.dispute import Objection
from interviewer.grading.grader import ClaimsCallback
from interviewer.grading.identity import PROMPT, grader_identity
from interviewer.grading.injection import is_injection
from interviewer.grading.vote import vote
from interviewer.llm.client import LLMClient, Post
from interviewer.llm.redaction import Redaction
from interviewer.llm.retry import Backpressure
from interviewer.models import Answer, Attempt, Depth, FollowUp, GraderInfo, Judgement, KeyPoint, PointClaim, Question, Usage
from interviewer.settings import Settings
from interviewer.text.clean import clean

if TYPE_CHECKING:
    from interviewer.llm.completion import Completion
    from interviewer.llm.connection import OnPartial

RAW_LIMIT = 100_000
"""Characters kept of what a model replied to one grading: a judgement has some 2,000."""


class LLMGrader:
    """Asks a model for a judgement, or for several that vote."""

    def __init__(
        self,
        settings: Settings,
        context: Context,
        notify: Callable[[str], None] = lambda _: None,
        post: Post | None = None,
    ) -> None:
        self._client = LLMClient(settings, context, notify, post)
        self._samples = settings.samples
        self._key = settings.api_key

    @property
    def info(self) -> GraderInfo:
        from interviewer.llm.prompts import prompt_version

        return GraderInfo(
            kind="llm",
            model=self._client.model,
            prompt_version=prompt_version(PROMPT),
            estimate=False,
            identity=grader_identity("llm", self._samples),
        )

    @property
    def backpressure(self) -> Backpressure:
        return self._client.backpressure

    async def warm(self) -> None:
        await asyncio.to_thread(_prepare)
        await self._client.warm()

    async def close(self) -> None:
        await self._client.close()

    async def judge(self, question: Question, answer: Answer, on_claims: ClaimsCallback | None = None) -> Judgement:
        from interviewer.grading.llm_reply import read_judgement, reply_schema
        from interviewer.grading.messages import grading_messages

        messages = grading_messages(question, answer)
        schema = reply_schema(len(question.key_points))
        replies: list[str] = []

        def read(reply: "Completion") -> Judgement:
            replies.append(reply.content)
            return read_judgement(reply.content, question, reply.tokens)

        async def sample(on_partial: "OnPartial | None" = None) -> Judgement:
            judgement, usage = await self._client.complete_json(messages, "judgement", schema, read, on_partial)
            return judgement.model_copy(update={"usage": usage})

        try:
            if self._samples == 1:
                judgement = await sample(on_claims and _partial_reader(on_claims, question))
            else:
                judgement = await vote([sample() for _ in range(self._samples)])
        except GradingError as error:
            error.raw = self._kept(replies)
            raise
        return judgement.model_copy(update={"raw": self._kept(replies)})

    def _kept(self, replies: Sequence[str]) -> str | None:
        """Return the model's reply as it is stored: without control characters, and then without the key."""
        return Redaction(self._key).text(clean("\n\n".join(replies)))[:RAW_LIMIT] or None

    async def follow_up(self, attempt: Attempt, points: Sequence[KeyPoint], depths: Sequence[Depth]) -> FollowUp | None:
        from interviewer.grading.follow_up_checks import follow_up_schema, read_follow_up
        from interviewer.grading.messages import follow_up_messages

        messages = follow_up_messages(attempt, points, depths)
        asked, _ = await self._client.complete_json(
            messages,
            "follow_up",
            follow_up_schema(depths),
            lambda reply: read_follow_up(reply.content, attempt, points, depths),
            retry=False,  # an interviewer with nothing to ask goes on
        )
        return asked

    async def rejudge(self, objection: Objection) -> tuple[PointClaim, str]:
        from interviewer.grading.llm_reply import REVIEW_SCHEMA, read_claim
        from interviewer.grading.messages import dispute_messages

        messages = dispute_messages(objection)
        claim, _ = await self._client.complete_json(
            messages, "review", REVIEW_SCHEMA, lambda reply: read_claim(reply.content, objection.point)
        )
        return claim

    async def propose(self, question: Question) -> tuple[Question, Usage | None]:
        from interviewer.bank.enrich import enrich

        return await enrich(question, self._client, ("key_points",))


def _partial_reader(on_claims: ClaimsCallback, question: Question) -> "OnPartial":
    """Return a function that takes a reply as it grows and calls `on_claims` each time its claims change."""
    from interviewer.grading.llm_reply import partial_claims

    latest: tuple[PointClaim, ...] = ()

    def on_partial(content: str) -> None:
        nonlocal latest
        claims = partial_claims(content, question)
        if claims != latest:
            latest = claims
            on_claims(claims)

    return on_partial


def _prepare() -> None:
    """Import and compile what the first grading needs, so that it does not wait."""
    from interviewer.grading import llm_reply, messages  # noqa: F401  # imported here for the same reason
    from interviewer.llm.prompts import compiled

    grader_identity("llm")
    compiled(PROMPT)
    is_injection("")
