"""The embedded grader: an estimate made on this machine, without a key or a network.

It finds the words of the answer that best state each key point, by meaning (sentence embeddings) and by wording. It cannot
tell a confident falsehood from the truth as an LLM can, so all that it produces is labelled an estimate.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from interviewer.grading.dispute import Objection
from interviewer.grading.follow_up import bank_follow_up
from interviewer.grading.grader import ClaimsCallback
from interviewer.llm.retry import Backpressure
from interviewer.models import (
    Answer,
    Attempt,
    ErrorClaim,
    FollowUp,
    GraderInfo,
    Judgement,
    KeyPoint,
    PointClaim,
    Question,
    Verdict,
)

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from interviewer.grading.embedded.matcher import Matcher

VERSION = "embedded-4"


@dataclass(frozen=True, slots=True)
class _Scale:
    """How to read the strength of a match.

    Words that mean something else match by chance, and the more so, the more phrasings of a point there are to match.
    """

    covered: float
    partial: float
    """Strength, less what the rivalry costs, from which a point counts as stated, or as half said."""
    chance: float
    sure: float
    """Strength that unrelated words reach; up to `sure` it counts less, and here nothing."""
    relevance: float
    recall: float
    """What the relevance of the whole answer adds, and the share of the reference's vocabulary that it has."""
    zero: float
    full: float
    """The mean strengths, relevance and recall included, that stand for the levels 0 and 5."""

    def heard(self, strength: float) -> float:
        """Return what a match adds to the level: its strength, less what chance would give."""
        if strength >= self.sure:
            return min(1.0, strength)
        return (strength - self.chance) * self.sure / (self.sure - self.chance) if strength > self.chance else 0.0


_TOLD_IN_SEVERAL_WAYS = _Scale(
    covered=0.40, partial=0.35, chance=0.38, sure=0.42, relevance=0.48, recall=0.28, zero=-0.05, full=0.97
)
_TOLD_ONCE = _Scale(covered=0.45, partial=0.20, chance=0.0, sure=0.20, relevance=0.4, recall=0.2, zero=0.0, full=1.3)
_RIVALRY = 0.4
"""Words that state one point well come close to others by chance: a point loses this share of the best one's lead. On 1,212
verdicts labelled by hand it took away a third of the credits for what was not said, at the same mean error (0.19)."""
_MOST_MISTAKES = 3
_IN_SENTENCES = "Answer in English sentences: this estimate gives little for a bare list, and reads no other language."
_USUAL_RELEVANCE = 0.5
"""The relevance that any English text has."""


@dataclass(frozen=True)
class EmbeddedGrader:
    """Judges by similarity to key points and their paraphrases."""

    @property
    def info(self) -> GraderInfo:
        return GraderInfo(kind="embedded", model="all-MiniLM-L6-v2, 3 layers", prompt_version=VERSION, estimate=True)

    @property
    def backpressure(self) -> Backpressure:
        return Backpressure()

    @cached_property
    def _matcher(self) -> "Matcher":
        # Answers run side by side, one a core: threads of numpy inside an answer would only be in the way. Read at its import.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        from interviewer.grading.embedded.matcher import Matcher

        return Matcher()

    async def warm(self) -> None:
        import asyncio

        await asyncio.to_thread(self._load)

    def _load(self) -> None:
        self._matcher.warm()

    @cached_property
    def _cores(self) -> "Executor":
        """One answer a core at a time; more would only share them, and memory."""
        from concurrent.futures import ThreadPoolExecutor

        return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="embedded")

    async def close(self) -> None: ...

    async def judge(
        self,
        question: Question,
        answer: Answer,
        on_claims: ClaimsCallback | None = None,  # noqa: ARG002  # it says all at once
    ) -> Judgement:
        import asyncio

        return await asyncio.get_running_loop().run_in_executor(self._cores, self._judge, question, answer)

    async def follow_up(self, attempt: Attempt, points: Sequence[KeyPoint]) -> FollowUp | None:
        return bank_follow_up(attempt, points)

    async def rejudge(self, objection: Objection) -> tuple[PointClaim, str]:
        judgement = await self.judge(objection.question, objection.whole)
        (claim,) = (claim for claim in judgement.points if claim.key_point == objection.point.id)
        return claim, "Compared again with your argument beside the answer; an estimate."

    def _judge(self, question: Question, answer: Answer) -> Judgement:
        reading = self._matcher.read(question, answer)
        scale = _TOLD_IN_SEVERAL_WAYS if any(point.paraphrases for point in question.key_points) else _TOLD_ONCE
        claims = tuple(
            PointClaim(key_point=point.id, spans=match.spans if verdict != "missing" else (), verdict=verdict)
            for point, match in zip(question.key_points, reading.matches, strict=True)
            for verdict in (_verdict(match.strength - _RIVALRY * match.rivalry, scale),)
        )
        weights = sum(point.weight for point in question.key_points)
        strengths = zip(question.key_points, reading.matches, strict=True)
        stated = sum(point.weight * scale.heard(match.strength) for point, match in strengths) / weights
        stated += scale.relevance * (reading.relevance - _USUAL_RELEVANCE) + scale.recall * reading.recall
        level = min(1.0, max(0.0, (stated - scale.zero) / (scale.full - scale.zero)))
        return Judgement(
            points=claims,
            errors=tuple(
                ErrorClaim(
                    span=mistake.span,
                    correction=f"{question.key_points[mistake.nearest_point].text} "
                    f"(Your words resemble a common mistake: {question.misconceptions[mistake.misconception]})",
                    severity="major",
                )
                for mistake in reading.mistakes[:_MOST_MISTAKES]
            ),
            depth=level,
            clarity=0.5,
            level=5 * level,
            improvements=(*((_IN_SENTENCES,) if reading.prose < 1 else ()), *_improvements(question, claims)),
        )


def _verdict(strength: float, scale: _Scale) -> Verdict:
    if strength >= scale.covered:
        return "covered"
    return "partial" if strength >= scale.partial else "missing"


def _improvements(question: Question, claims: tuple[PointClaim, ...]) -> tuple[str, ...]:
    """Name the heaviest point that is not fully there; all others stand in the list of points."""
    wanting = {claim.key_point for claim in claims if claim.verdict in {"missing", "partial"}}
    points = [point for point in question.key_points if point.id in wanting]
    return (f"Say first: {max(points, key=lambda point: point.weight).text}",) if points else ()
