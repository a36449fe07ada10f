"""The embedded grader: an estimate made on this machine, without a key or a network.

It finds the spans of the answer that are most similar to each key point, by contextual embeddings and by letter trigrams. It
cannot tell a confident falsehood from the truth as an LLM can, so all that it produces is labelled an estimate.
"""

import math
import os
from collections.abc import Sequence
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
    ReadingKind,
    Verdict,
)

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from interviewer.grading.embedded.matcher import Match


_INTERCEPT, _SCORE, _RIVAL, _MISTAKEN = -4.5, 10.2, -4.0, -3.6
"""Logistic regression of what was said rightly on the match; learned from the project's labelled answers."""
_TOUCHED, _NEAR = 0.35, 0.15
"""The lowest likelihood of a point that reads as touched on, and of one whose nearest words are shown."""
_SPREAD = 1.3
"""Standard deviations to either side that hold four totals out of five."""
_ONCE_COVERED, _ONCE_TOUCHED, _ONCE_SPREAD = 0.45, 0.20, 0.4
"""The lowest scores of key points without paraphrases, covered and partly, and the width of the range to either side."""
_RIVALRY = 0.4
"""Words that state one key point well come close to others by chance: a point loses this share of the best one's lead."""
_MOST_MISTAKES = 3
_IN_SENTENCES = (
    "Answer in English, in sentences or short terms: this estimate gives little for other languages and bare keywords."
)


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


def _warm() -> None:
    from interviewer.grading.embedded.matcher import warm

    warm()


def _judge(question: Question, answer: Answer) -> Judgement:
    from interviewer.grading.embedded.matcher import compare

    found = compare(question, answer)
    paraphrased = any(point.paraphrases for point in question.key_points)
    claim = _claim if paraphrased else _claim_once
    claims = tuple(map(claim, question.key_points, found.matches))
    total, spread = _total(question, claims) if paraphrased else (found.recall, _ONCE_SPREAD)
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
        depth=total,
        clarity=0.5,
        level=5 * total,
        range=(5 * max(0.0, total - spread), 5 * min(1.0, total + spread)),
        improvements=(*((_IN_SENTENCES,) if found.fluency < 1 else ()), *_improvements(question, claims)),
    )


def _total(question: Question, claims: Sequence[PointClaim]) -> tuple[float, float]:
    """Return the expected share of the weight that was said rightly, and how far off it may be: four times out of five less."""
    likely = {claim.key_point: claim.likelihood or 0.0 for claim in claims}
    weighted = [(point.weight, likely.get(point.id, 0.0)) for point in question.key_points]
    whole = sum(weight for weight, _ in weighted)
    variance = sum(weight**2 * chance * (1 - chance) for weight, chance in weighted)
    return sum(weight * chance for weight, chance in weighted) / whole, _SPREAD * math.sqrt(variance) / whole


def _claim(point: KeyPoint, match: "Match") -> PointClaim:
    logit = _INTERCEPT + _SCORE * match.score + _RIVAL * min(match.rivalry, 0.3) + _MISTAKEN * min(match.mistaken, 0.3)
    chance = 1 / (1 + math.exp(-logit))
    kind: ReadingKind = "touched" if chance >= _TOUCHED else "not_found"
    verdict: Verdict = "covered" if kind == "touched" else "missing"
    spans = match.spans if chance >= _NEAR or kind == "touched" else ()
    return PointClaim(key_point=point.id, spans=spans, verdict=verdict, reading=kind, likelihood=chance)


def _claim_once(point: KeyPoint, match: "Match") -> PointClaim:
    """Return the claim on a key point without paraphrases, for display: the total comes from the recall of the reference."""
    score = match.score - _RIVALRY * match.rivalry
    verdict: Verdict = "covered" if score >= _ONCE_COVERED else "partial" if score >= _ONCE_TOUCHED else "missing"
    kind: ReadingKind = "not_found" if verdict == "missing" else "touched"
    spans = () if verdict == "missing" else match.spans
    return PointClaim(key_point=point.id, spans=spans, verdict=verdict, reading=kind, likelihood=min(1.0, max(0.0, score)))


def _improvements(question: Question, claims: tuple[PointClaim, ...]) -> tuple[str, ...]:
    """Return advice on the heaviest point that is not covered; the list of verdicts shows the others."""
    lacking = {claim.key_point for claim in claims if claim.verdict in {"missing", "partial"}}
    points = [point for point in question.key_points if point.id in lacking]
    return (f"Say first: {max(points, key=lambda point: point.weight).text}",) if points else ()
