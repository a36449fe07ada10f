"""Grading by a large language model: it claims verdicts with evidence, and code checks them."""

import asyncio
from collections.abc import Callable

from interviewer.context import Context
from interviewer.llm.endpoint import Endpoint
from interviewer.models import Answer, GraderInfo, Judgement, Question
from interviewer.settings import Settings

PROMPT = "grade.md"


class LLMGrader:
    """Asks a model for a judgement."""

    def __init__(self, settings: Settings, context: Context, notify: Callable[[str], None] = lambda _: None) -> None:
        self._endpoint = Endpoint(settings, context, notify)

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

    async def judge(self, question: Question, answer: Answer) -> Judgement:
        from interviewer.grading.rendering import grading_messages
        from interviewer.grading.reply import read_judgement, reply_schema

        messages = grading_messages(question, answer)
        schema = reply_schema(len(question.key_points))
        judgement, usage = await self._endpoint.ask(
            messages, "judgement", schema, lambda content: read_judgement(content, question)
        )
        return judgement.model_copy(update={"usage": usage})


def _prepare() -> None:
    """Import and compile what a first grading would otherwise wait for."""
    import interviewer.grading.rendering
    import interviewer.grading.reply  # noqa: F401  # its models take a while to build
    from interviewer.grading.rubric import load_rubric
    from interviewer.llm.prompts import compiled

    load_rubric()
    compiled(PROMPT)
