"""Grading by a large language model: it claims verdicts with evidence, and code checks them."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from interviewer.context import Context
from interviewer.grading.dispute import Objection
from interviewer.grading.grade import Watch
from interviewer.llm.endpoint import Endpoint, Post
from interviewer.models import Answer, FollowUp, GraderInfo, Judgement, KeyPoint, PointClaim, Question
from interviewer.records import Attempt
from interviewer.settings import Settings

if TYPE_CHECKING:
    from interviewer.llm.stream import Hear

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
        self._endpoint = Endpoint(settings, context, notify, post)
        self._samples = settings.samples

    @property
    def info(self) -> GraderInfo:
        from interviewer.llm.prompts import prompt_version

        return GraderInfo(kind="llm", model=self._endpoint.model, prompt_version=prompt_version(PROMPT), estimate=False)

    @property
    def limited(self) -> int:
        return self._endpoint.limited

    async def warm(self) -> None:
        await asyncio.to_thread(_prepare)
        await self._endpoint.warm()

    async def close(self) -> None:
        await self._endpoint.close()

    async def judge(self, question: Question, answer: Answer, watch: Watch | None = None) -> Judgement:
        from interviewer.grading.rendering import grading_messages
        from interviewer.grading.reply import read_judgement, reply_schema

        messages = grading_messages(question, answer)
        schema = reply_schema(len(question.key_points))

        async def sample(hear: "Hear | None" = None) -> Judgement:
            judgement, usage = await self._endpoint.ask(
                messages, "judgement", schema, lambda reply: read_judgement(reply.content, question, reply.tokens), hear
            )
            return judgement.model_copy(update={"usage": usage})

        if self._samples == 1:
            return await sample(watch and _telling(watch, question))
        from interviewer.grading.majority import agreed

        return await agreed([sample() for _ in range(self._samples)])

    async def follow_up(self, attempt: Attempt, points: Sequence[KeyPoint]) -> FollowUp | None:
        from interviewer.grading.rendering import follow_up_messages
        from interviewer.grading.reply import FOLLOW_UP_SCHEMA, read_follow_up

        messages = follow_up_messages(attempt, points)
        asked, _ = await self._endpoint.ask(
            messages, "follow_up", FOLLOW_UP_SCHEMA, lambda reply: read_follow_up(reply.content, points)
        )
        return asked

    async def reconsider(self, objection: Objection) -> tuple[PointClaim, str]:
        from interviewer.grading.rendering import dispute_messages
        from interviewer.grading.reply import REVIEW_SCHEMA, read_claim

        messages = dispute_messages(objection)
        claim, _ = await self._endpoint.ask(
            messages, "review", REVIEW_SCHEMA, lambda reply: read_claim(reply.content, objection.point)
        )
        return claim


def _telling(watch: Watch, question: Question) -> "Hear":
    """Return what hears a reply as it comes, and tells its verdicts each time they change."""
    from interviewer.grading.reply import early_claims

    told: tuple[PointClaim, ...] = ()

    def hear(content: str) -> None:
        nonlocal told
        claims = early_claims(content, question)
        if claims != told:
            told = claims
            watch(claims)

    return hear


def _prepare() -> None:
    """Import and compile what a first grading would otherwise wait for."""
    import interviewer.grading.rendering
    import interviewer.grading.reply  # noqa: F401  # its models take a while to build
    from interviewer.grading.rubric import load_rubric
    from interviewer.llm.prompts import compiled

    load_rubric()
    compiled(PROMPT)
