"""The embedded grader: an estimate made on this machine, without a key or a network.

It finds the spans of the answer that are most similar to each key point, by contextual embeddings and by letter trigrams. It
cannot tell a confident falsehood from the truth as an LLM can, so all that it produces is labelled an estimate.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from interviewer.grading.dispute import Objection
from interviewer.grading.embedded import VERSION
from interviewer.grading.grader import ClaimsCallback
from interviewer.grading.identity import grader_identity
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
    Usage,
)

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from interviewer.grading.embedded.matcher import Match


@dataclass(frozen=True, slots=True)
class _Scale:
    """Thresholds on the scores of key points, and how these scores make the level of an answer."""

    covered: float
    partial: float
    """The lowest score, less `_RIVALRY`, of a covered and of a partly covered key point."""
    chance: float
    sure: float
    """A score up to `chance` adds nothing to the level, one from `sure` on adds itself; in between, a straight line."""
    relevance: float
    recall: float
    """The weights of the relevance and of the recall of the whole answer in the level."""
    zero: float
    full: float
    """The weighted sums that stand for the levels 0 and 5."""

    def above_chance(self, score: float) -> float:
        """Return what a key point with this score adds to the level."""
        if score >= self.sure:
            return min(1.0, score)
        return (score - self.chance) * self.sure / (self.sure - self.chance) if score > self.chance else 0.0


_WITH_PARAPHRASES = _Scale(
    covered=0.43, partial=0.38, chance=0.42, sure=0.50, relevance=0.25, recall=0.45, zero=-0.05, full=0.92
)
_WITHOUT_PARAPHRASES = _Scale(covered=0.45, partial=0.20, chance=0.0, sure=0.20, relevance=0.4, recall=0.2, zero=0.0, full=1.3)
"""The best score by chance grows with the number of phrasings that are compared, so key points with paraphrases need more."""
_RIVALRY = 0.4
"""Words that state one key point well come close to others by chance: a point loses this share of the best one's lead. On 1,212
verdicts labelled by hand it took away a third of the credits for what was not said, at the same mean error (0.19)."""
_MOST_MISTAKES = 3
_IN_SENTENCES = "Answer in English sentences: this estimate gives little for a bare list, and reads no other language."
_USUAL_RELEVANCE = 0.5
"""The relevance that any English text has."""


class EmbeddedGrader:
    """Judges by the similarity of an answer to key points and their paraphrases."""

    @property
    def info(self) -> GraderInfo:
        return GraderInfo(
            kind="embedded",
            model="all-MiniLM-L6-v2, 3 layers",
            prompt_version=VERSION,
            estimate=True,
            identity=grader_identity("embedded"),
        )

    @property
    def backpressure(self) -> Backpressure:
        return Backpressure()

    async def warm(self) -> None:
        import asyncio

        await asyncio.get_running_loop().run_in_executor(self._cores, _warm)

    @cached_property
    def _cores(self) -> "Executor":
        """Threads that judge one answer each, as many as there are cores."""
        from concurrent.futures import ThreadPoolExecutor

        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy reads it when imported, and need not start threads itself
        return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="embedded")

    async def close(self) -> None: ...

    async def judge(
        self,
        question: Question,
        answer: Answer,
        on_claims: ClaimsCallback | None = None,  # noqa: ARG002  # all claims come at once
    ) -> Judgement:
        import asyncio

        return await asyncio.get_running_loop().run_in_executor(self._cores, _judge, question, answer)

    async def follow_up(self, attempt: Attempt, points: Sequence[KeyPoint]) -> FollowUp | None:
        return attempt.question.follow_up_for({point.id for point in points})

    async def rejudge(self, objection: Objection) -> tuple[PointClaim, str]:
        judgement = await self.judge(objection.question, objection.whole)
        (claim,) = (claim for claim in judgement.points if claim.key_point == objection.point.id)
        return claim, "Compared again with your argument beside the answer; an estimate."

    async def propose(self, question: Question) -> tuple[Question, Usage | None]:
        return question, None


def _warm() -> None:
    from interviewer.grading.embedded.matcher import warm

    warm()


def _judge(question: Question, answer: Answer) -> Judgement:
    from interviewer.grading.embedded.matcher import compare

    found = compare(question, answer)
    paraphrased = any(point.paraphrases for point in question.key_points)
    scale = _WITH_PARAPHRASES if paraphrased else _WITHOUT_PARAPHRASES
    matches = list(zip(question.key_points, found.matches, strict=True))
    claims = tuple(_claim(point, match, scale) for point, match in matches)
    weights = sum(point.weight for point in question.key_points)
    total = sum(point.weight * scale.above_chance(match.score) for point, match in matches) / weights
    total += scale.relevance * (found.relevance - _USUAL_RELEVANCE) + scale.recall * found.recall
    level = min(1.0, max(0.0, (total - scale.zero) / (scale.full - scale.zero)))
    return Judgement(
        points=claims,
        errors=tuple(
            ErrorClaim(
                span=mistake.span,
                correction=f"{question.key_points[mistake.nearest_point].text} "
                f"(Your words resemble a common mistake: {question.misconceptions[mistake.misconception]})",
                severity="major",
            )
            for mistake in found.mistakes[:_MOST_MISTAKES]
        ),
        depth=level,
        clarity=0.5,
        level=5 * level,
        improvements=(_IN_SENTENCES,) if found.fluency < 1 else (),
    )


def _claim(point: KeyPoint, match: "Match", scale: _Scale) -> PointClaim:
    score = match.score - _RIVALRY * match.rivalry
    if score < scale.partial:
        return PointClaim(key_point=point.id, spans=(), verdict="missing")
    return PointClaim(key_point=point.id, spans=match.spans, verdict="covered" if score >= scale.covered else "partial")
