"""The embedded grader: an estimate made on this machine, without a key or a network.

It finds the words of the answer that best state each key point, by meaning (sentence embeddings) and by wording. It cannot
tell a confident falsehood from the truth as an LLM can, so all that it produces is labelled an estimate.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from interviewer.models import Answer, GraderInfo, Judgement, PointClaim, Question, Verdict

if TYPE_CHECKING:
    from interviewer.grading.similarity import Match, Matcher

VERSION = "embedded-1"
COVERED = 0.50
PARTIAL = 0.30
"""Probability that the point is stated, from which it counts as covered, or as half said."""


@dataclass(frozen=True)
class EmbeddedGrader:
    """Judges by similarity to key points and their paraphrases."""

    @property
    def info(self) -> GraderInfo:
        return GraderInfo(kind="embedded", model="all-MiniLM-L6-v2", prompt_version=VERSION, estimate=True)

    @cached_property
    def _matcher(self) -> "Matcher":
        from interviewer.grading.similarity import Matcher

        return Matcher()

    async def warm(self) -> None:
        import asyncio

        await asyncio.to_thread(lambda: self._matcher.embed(("warm",)))

    async def close(self) -> None: ...

    async def judge(self, question: Question, answer: Answer) -> Judgement:
        import asyncio

        return await asyncio.to_thread(self._judge, question, answer)

    def _judge(self, question: Question, answer: Answer) -> Judgement:
        matches = self._matcher.match(question, answer)
        claims = tuple(
            PointClaim(key_point=point.id, spans=match.spans if verdict != "missing" else (), verdict=verdict)
            for point, match in zip(question.key_points, matches, strict=True)
            for verdict in (_verdict(match),)
        )
        weights = sum(point.weight for point in question.key_points)
        stated = sum(p.weight * m.probability for p, m in zip(question.key_points, matches, strict=True)) / weights
        return Judgement(
            points=claims,
            depth=min(1.0, stated),
            clarity=0.5,
            level=5 * min(1.0, stated),
            improvements=_improvements(question, claims),
        )


def _verdict(match: "Match") -> Verdict:
    if match.probability >= COVERED:
        return "covered"
    return "partial" if match.probability >= PARTIAL else "missing"


def _improvements(question: Question, claims: tuple[PointClaim, ...]) -> tuple[str, ...]:
    """Name the heaviest point that is not fully there; all others stand in the list of points."""
    wanting = {claim.key_point for claim in claims if claim.verdict in {"missing", "partial"}}
    points = [point for point in question.key_points if point.id in wanting]
    return (f"Say first: {max(points, key=lambda point: point.weight).text}",) if points else ()
