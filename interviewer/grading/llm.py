"""Grading by a large language model: it claims verdicts with evidence, and code checks them."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from interviewer.context import Context
from interviewer.grading.dispute import Objection
from interviewer.grading.grader import ClaimsCallback
from interviewer.llm.client import LLMClient, Post
from interviewer.models import Answer, Attempt, FollowUp, GraderInfo, Judgement, KeyPoint, PointClaim, Question
from interviewer.settings import Settings

if TYPE_CHECKING:
    from interviewer.llm.connection import OnPartial

PROMPT = "grade.md"


class LLMGrader:
    """Asks a model for a judgement."""

    def __init__(
        self,
        settings: Settings,
        context: Context,
        notify: Callable[[str], None] = lambda _: None,
        post: Post | None = None,
    ) -> None:
        self._client = LLMClient(settings, context, notify, post)
        self._samples = settings.samples

    @property
    def info(self) -> GraderInfo:
        from interviewer.llm.prompts import prompt_version

        return GraderInfo(kind="llm", model=self._client.model, prompt_version=prompt_version(PROMPT), estimate=False)

    @property
    def limited(self) -> int:
        return self._client.limited

    async def warm(self) -> None:
        await asyncio.to_thread(_prepare)
        await self._client.warm()

    async def close(self) -> None:
        await self._client.close()

    async def judge(self, question: Question, answer: Answer, on_claims: ClaimsCallback | None = None) -> Judgement:
        from interviewer.grading.llm_schema import read_judgement, reply_schema
        from interviewer.grading.messages import grading_messages

        messages = grading_messages(question, answer)
        schema = reply_schema(len(question.key_points))

        async def sample(on_partial: "OnPartial | None" = None) -> Judgement:
            judgement, usage = await self._client.complete_json(
                messages, "judgement", schema, lambda reply: read_judgement(reply.content, question, reply.tokens), on_partial
            )
            return judgement.model_copy(update={"usage": usage})

        if self._samples == 1:
            return await sample(on_claims and _partial_reader(on_claims, question))
        from interviewer.grading.vote import vote

        return await vote([sample() for _ in range(self._samples)])

    async def follow_up(self, attempt: Attempt, points: Sequence[KeyPoint]) -> FollowUp | None:
        from interviewer.grading.llm_schema import FOLLOW_UP_SCHEMA, read_follow_up
        from interviewer.grading.messages import follow_up_messages

        messages = follow_up_messages(attempt, points)
        asked, _ = await self._client.complete_json(
            messages, "follow_up", FOLLOW_UP_SCHEMA, lambda reply: read_follow_up(reply.content, points)
        )
        return asked

    async def rejudge(self, objection: Objection) -> tuple[PointClaim, str]:
        from interviewer.grading.llm_schema import REVIEW_SCHEMA, read_claim
        from interviewer.grading.messages import dispute_messages

        messages = dispute_messages(objection)
        claim, _ = await self._client.complete_json(
            messages, "review", REVIEW_SCHEMA, lambda reply: read_claim(reply.content, objection.point)
        )
        return claim


def _partial_reader(on_claims: ClaimsCallback, question: Question) -> "OnPartial":
    """Return what hears a reply as it comes, and tells its verdicts each time they change."""
    from interviewer.grading.llm_schema import partial_claims

    told: tuple[PointClaim, ...] = ()

    def on_partial(content: str) -> None:
        nonlocal told
        claims = partial_claims(content, question)
        if claims != told:
            told = claims
            on_claims(claims)

    return on_partial


def _prepare() -> None:
    """Import and compile what a first grading would otherwise wait for."""
    import interviewer.grading.llm_schema  # noqa: F401  # its models take a while to build
    from interviewer.grading.rubric import load_rubric
    from interviewer.llm.prompts import compiled

    load_rubric()
    compiled(PROMPT)
