"""The embedded grader: an estimate made on this machine, without a key or a network.

It finds the spans of the answer that are most similar to each key point, by contextual embeddings and by letter trigrams, and
asks a small judge whether they state the point or turn it round. Both know less than an LLM does, so all that they produce is
labelled an estimate, and claims no more than that a point was touched on.
"""

import itertools
import math
import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from interviewer.grading.dispute import Objection
from interviewer.grading.embedded import VERSION
from interviewer.grading.embedded.claims import point_claims
from interviewer.grading.grader import ClaimsCallback
from interviewer.grading.identity import grader_identity
from interviewer.grading.ladder import bank_follow_up
from interviewer.grading.verify import verify_points
from interviewer.models import (
    Answer,
    Attempt,
    Depth,
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

    from interviewer.grading.embedded.matcher import Comparison, Mistake
    from interviewer.llm.retry import Backpressure


_ON_TOPIC = 0.05
"""The share of the total that an answer earns by its relevance alone, so that one that is too vague for any key point is above
none at all."""
_STEEPNESS = 2
"""The odds of what a point earns are those of its likelihood to this power: half of its weight where it is as likely said as
not, little below. From 1 to 2.5 all numbers lie as near to the fair marks of the `dev` questions; the higher ones believe
swapped answers less, and let a few words more or less move the total further."""
_MISTAKE_STATED, _POINT_STATED = 0.6, 0.3
"""A mistake is shown if the judge finds the misconception stated with the first probability, and the point below the second."""
_SPREAD = 1.8
"""Standard deviations to either side, which held three of four fair marks on the `dev` questions."""
_ONCE_SPREAD = 0.4
"""The width of the range to either side, for key points without paraphrases: it holds three of four grades of people."""
_UNSTATED_SPREAD = 0.2
"""The upper end of the range where nothing counted as a statement: a question may be a way to say what one knows."""
_MOST_MISTAKES = 3
_IN_SENTENCES = (
    "Answer in English, in sentences or short terms: this estimate gives little for other languages and bare keywords."
)
_AS_YOUR_OWN = (
    "This estimate found no statement about the question: hearsay, denials, questions and the same words again and again are "
    "none. Say it in your own words."
)
_IN_MORE_WORDS = (
    "Your words come near a point, but none was found: this estimate often misses single sentences and plain words. Say more."
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
    def backpressure(self) -> "Backpressure":
        from interviewer.llm.retry import Backpressure  # the table of failures behind it is no part of a start without an LLM

        return Backpressure()

    async def warm(self) -> None:
        import asyncio

        await asyncio.get_running_loop().run_in_executor(_cores(os.getpid()), _warm)

    async def close(self) -> None: ...

    async def judge(
        self,
        question: Question,
        answer: Answer,
        on_claims: ClaimsCallback | None = None,  # noqa: ARG002  # all claims come at once
    ) -> Judgement:
        import asyncio

        return await asyncio.get_running_loop().run_in_executor(_cores(os.getpid()), _judge, question, answer)

    async def follow_up(
        self,
        attempt: Attempt,
        points: Sequence[KeyPoint],
        depths: Sequence[Depth],  # noqa: ARG002  # those of the bank are as deep as they are
    ) -> FollowUp | None:
        return bank_follow_up(attempt.question, points, attempt.score.rung if attempt.score else None)

    async def rejudge(self, objection: Objection) -> tuple[PointClaim, str]:
        judgement = await self.judge(objection.question, objection.whole)
        (claim,) = (claim for claim in judgement.points if claim.key_point == objection.point.id)
        return claim, "Compared again with your argument beside the answer; an estimate."

    async def propose(self, question: Question) -> tuple[Question, Usage | None]:
        return question, None


@lru_cache(maxsize=1)
def _cores(process: int) -> "Executor":  # noqa: ARG001
    """Return threads that judge one answer each, as many as there are cores; a forked process has none of its parent's."""
    from concurrent.futures import ThreadPoolExecutor

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy reads it when imported, and need not start threads itself
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="embedded")


def _warm() -> None:
    from interviewer.grading.embedded.judge import opinion
    from interviewer.grading.embedded.matcher import warm

    warm()
    opinion("warm", "warm")


def _judge(question: Question, answer: Answer) -> Judgement:
    from interviewer.grading.embedded.matcher import compare

    found = compare(question, answer)
    claims: tuple[PointClaim, ...]
    if not found.matches:
        points = question.key_points
        unsaid = (PointClaim(key_point=p.id, spans=(), verdict="missing", reading="not_found", likelihood=0) for p in points)
        claims, total, spread = tuple(unsaid), 0.0, _UNSTATED_SPREAD
    else:
        claims = _each_with_own_words(tuple(point_claims(question, found)), question, answer)
        if any(point.paraphrases for point in question.key_points):
            total, spread = _total(question, claims)
            total = (1 - _ON_TOPIC) * total + _ON_TOPIC * found.relevance
        else:
            total, spread = found.recall, _ONCE_SPREAD
    return Judgement(
        points=claims,
        errors=tuple(itertools.islice(_errors(question, answer, found.mistakes), _MOST_MISTAKES)),
        own=total,
        range=(max(0.0, total - spread), min(1.0, total + spread)),
        improvements=tuple(_hints(found, claims)),
    )


def _each_with_own_words(claims: tuple[PointClaim, ...], question: Question, answer: Answer) -> tuple[PointClaim, ...]:
    """Return the claims, those at no likelihood whose few words count for a likelier point already.

    Of twelve such claims on the answers to the `dev` questions, two were right.
    """
    touched = [number for claim in claims if claim.verdict == "covered" for number in claim.spans]
    if len(touched) == len(set(touched)):
        return claims
    rejected = {point.id for point in verify_points(claims, question, answer) if point.rejected}
    return tuple(claim.model_copy(update={"likelihood": 0.0}) if claim.key_point in rejected else claim for claim in claims)


def _hints(found: "Comparison", claims: Sequence[PointClaim]) -> Iterator[str]:
    """Yield what would help this estimate to find more."""
    if not found.matches:
        yield _AS_YOUR_OWN
    elif found.fluency < 1:
        yield _IN_SENTENCES
    elif all(claim.reading == "not_found" for claim in claims) and any(claim.spans for claim in claims):
        yield _IN_MORE_WORDS


def _errors(question: Question, answer: Answer, mistakes: Sequence["Mistake"]) -> Iterator[ErrorClaim]:
    """Yield the mistakes that the judge agrees with: a true sentence about a misconception resembles it as well."""
    from interviewer.grading.embedded.judge import opinion

    for mistake in mistakes:
        said = answer.spans[mistake.span - 1].text
        misconception, point = question.misconceptions[mistake.misconception], question.key_points[mistake.nearest_point].text
        agreed = opinion(said, misconception).stated >= _MISTAKE_STATED and opinion(said, point).stated < _POINT_STATED
        if agreed and said not in question.reference:
            correction = f"{point} (Your words resemble a common mistake: {misconception})"
            yield ErrorClaim(span=mistake.span, correction=correction, severity="major")


def _total(question: Question, claims: Sequence[PointClaim]) -> tuple[float, float]:
    """Return the share of the weight that the points earn, and how far off it may well be."""
    likely = {claim.key_point: claim.likelihood or 0.0 for claim in claims}
    weighted = [(point.weight, likely.get(point.id, 0.0)) for point in question.key_points]
    whole = sum(weight for weight, _ in weighted)
    variance = sum(weight**2 * chance * (1 - chance) for weight, chance in weighted)
    return sum(weight * _earned(chance) for weight, chance in weighted) / whole, _SPREAD * math.sqrt(variance) / whole


def _earned(chance: float) -> float:
    """Return the share of its weight that a point earns which was said rightly with this likelihood."""
    right, wrong = math.pow(chance, _STEEPNESS), math.pow(1 - chance, _STEEPNESS)
    return right / (right + wrong)
