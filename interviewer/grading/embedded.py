"""The embedded grader: an estimate made on this machine, without a key or a network.

It finds the words of the answer that best state each key point, by meaning (sentence embeddings) and by wording. It cannot
tell a confident falsehood from the truth as an LLM can, so all that it produces is labelled an estimate.
"""

import asyncio
from dataclasses import dataclass
from functools import cached_property

from interviewer.grading.similarity import Match, Matcher
from interviewer.models import Answer, GraderInfo, Judgement, KeyPoint, PointClaim, Question, Verdict

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
    def _matcher(self) -> Matcher:
        return Matcher()

    async def warm(self) -> None:
        await asyncio.to_thread(lambda: self._matcher.embed(("warm",)))

    async def close(self) -> None: ...

    async def judge(self, question: Question, answer: Answer) -> Judgement:
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
            strengths=_sentences("You said: {}", question, claims, {"covered"}),
            improvements=_sentences("Say: {}", question, claims, {"missing", "partial"}),
        )


def _verdict(match: Match) -> Verdict:
    if match.probability >= COVERED:
        return "covered"
    return "partial" if match.probability >= PARTIAL else "missing"


def _sentences(form: str, question: Question, claims: tuple[PointClaim, ...], verdicts: set[Verdict]) -> tuple[str, ...]:
    """Return the two heaviest points with such a verdict, as sentences."""
    chosen = {claim.key_point for claim in claims if claim.verdict in verdicts}
    points = sorted((p for p in question.key_points if p.id in chosen), key=_heaviest_first)
    return tuple(form.format(point.text) for point in points[:2])


def _heaviest_first(point: KeyPoint) -> int:
    return -point.weight
