"""Several gradings become one."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from interviewer.errors import GradingError
from interviewer.grading.embedded.grader import EmbeddedGrader
from interviewer.grading.explanation import caveat
from interviewer.grading.grade import grade_answer
from interviewer.grading.grader import ClaimsCallback
from interviewer.grading.scoring import score
from interviewer.grading.segment import segment
from interviewer.grading.verify import verify
from interviewer.grading.vote import merge_judgements, vote
from interviewer.models import Answer, ErrorClaim, GraderInfo, Judgement, PointClaim, Question, Score, Usage, Verdict
from tests.fakes import question

ANSWER = "First I boil the water in a kettle. Then it draws for three minutes."


def said(verdict: Verdict, level: float = 3.0, **changes: object) -> Judgement:
    spans = () if verdict == "missing" else (1,)
    claims = (
        PointClaim(key_point="boiling", spans=spans, verdict=verdict),
        PointClaim(key_point="draw", spans=(2,), verdict="covered"),
        PointClaim(key_point="fresh", spans=(), verdict="missing"),
    )
    usage = Usage(prompt_tokens=100, completion_tokens=10, requests=1)
    return Judgement(points=claims, depth=0.5, clarity=0.5, level=level, usage=usage).model_copy(update=changes)


def test_the_majority_decides_and_what_was_close_is_not_sure() -> None:
    result = merge_judgements([said("covered", 5), said("partial", 3), said("covered", 2)])
    points, _ = verify(result, question(), segment(ANSWER))
    assert [(point.verdict, point.uncertainty) for point in points] == [
        ("covered", "not sure (2 of 3): read this yourself"),
        ("covered", ""),
        ("missing", ""),
    ]
    assert result.level == 3


def test_a_credit_as_much_in_doubt_as_not_is_none() -> None:
    assert merge_judgements([said("covered"), said("missing")]).points[0].verdict == "missing"


def test_an_error_counts_when_most_gradings_found_it() -> None:
    one = ErrorClaim(span=1, correction="It has to boil.", severity="major")
    other = ErrorClaim(span=2, correction="Three minutes are right.", severity="minor")
    result = merge_judgements([said("covered", errors=(one, one)), said("covered", errors=(one, other)), said("covered")])
    assert result.errors == (one,)


def test_an_error_that_half_of_the_gradings_found_does_not_count() -> None:
    error = ErrorClaim(span=1, correction="It has to boil.", severity="major")
    assert merge_judgements([said("covered", errors=(error,)), said("covered")]).errors == ()


@pytest.mark.parametrize(
    "doubted",
    [{"sure": False}, {"confidence": 0.5}, {"votes": (2, 3)}],
    ids=["the model says so", "the tokens are improbable", "the samples differ"],
)
def test_a_verdict_in_doubt_is_marked_and_gives_the_total_a_range(doubted: dict[str, object]) -> None:
    def score_of(**changes: object) -> Score:
        judgement = said("partial")
        first, *others = judgement.points
        judgement = judgement.model_copy(update={"points": (first.model_copy(update=changes), *others)})
        return score(judgement, *verify(judgement, question(), segment(ANSWER)), question(), "llm")

    sure, unsure = score_of(sure=True, confidence=0.9, votes=(3, 3)), score_of(**doubted)
    assert sure.low is sure.high is None
    assert not any(point.uncertainty for point in sure.key_points)
    assert unsure.low is not None
    assert unsure.high is not None
    assert unsure.low < unsure.overall == sure.overall < unsure.high
    assert [point.uncertainty.startswith("not sure") for point in unsure.key_points] == [True, False, False]
    assert "Not sure of 1 of 3 points: read them yourself" in caveat(unsure)
    assert ("--samples 3" in caveat(unsure)) == ("votes" not in doubted)


def graded(*samples: Judgement) -> Score:
    class Sampling(EmbeddedGrader):
        info = GraderInfo(kind="llm", model="stub", prompt_version="1", estimate=False)

        async def judge(self, question: Question, answer: Answer, on_claims: ClaimsCallback | None = None) -> Judgement:
            return merge_judgements(samples)

    result = asyncio.run(grade_answer(Sampling(), question(), segment(ANSWER))).score
    assert result is not None
    return result


def test_the_range_holds_the_totals_of_all_samples() -> None:
    alone = [graded(said("covered", own=own)).overall for own in (0.2, 0.5, 0.95)]
    numbers = graded(said("covered", own=0.2), said("covered", own=0.5), said("covered", own=0.95))
    assert (numbers.low, numbers.overall, numbers.high) == tuple(alone)
    assert caveat(numbers) == "The samples differ in the total: read the answer yourself."
    lone = said("covered", own=0.9)
    verdicts = graded(said("missing", own=0.2), said("missing", own=0.2), lone)
    assert verdicts.high == graded(lone).overall
    alike = graded(said("covered"), said("covered"))
    assert alike.low is alike.high is None


def test_the_word_of_most_samples_says_whether_a_verdict_is_sure() -> None:
    def sample(sure: bool | None) -> Judgement:
        judgement = said("covered")
        return judgement.model_copy(update={"points": tuple(p.model_copy(update={"sure": sure}) for p in judgement.points)})

    assert merge_judgements([sample(True), sample(False), sample(False)]).points[0].sure is False
    assert merge_judgements([sample(True), sample(False), sample(None)]).points[0].sure is True
    assert merge_judgements([sample(None), sample(None)]).points[0].sure is None


async def _fails() -> Judgement:
    raise GradingError("the server fell asleep")


async def _works() -> Judgement:
    return said("covered")


def test_one_failure_does_not_fail_the_others_but_most_do() -> None:
    async def both(*samples: object) -> Judgement:
        return await vote([sample() for sample in samples])  # type: ignore[operator]

    assert asyncio.run(both(_works, _fails, _works)).points[0].votes == (2, 2)
    with pytest.raises(GradingError, match="2 of 3 gradings failed: the server fell asleep"):
        asyncio.run(both(_fails, _works, _fails))


def test_what_failed_is_paid_for_and_tells_how_long_to_wait() -> None:
    async def limited() -> Judgement:
        error = GradingError("too many requests")
        error.usage, error.rate_limited, error.retry_after = Usage(requests=2, prompt_tokens=700), True, 3600.0
        raise error

    async def works() -> Judgement:
        return said("covered").model_copy(update={"usage": Usage(requests=1, prompt_tokens=300)})

    async def all_of(*samples: Callable[[], Coroutine[None, None, Judgement]]) -> Judgement:
        return await vote([sample() for sample in samples])

    assert asyncio.run(all_of(works, limited, works)).usage == Usage(requests=4, prompt_tokens=1300)
    with pytest.raises(GradingError) as caught:
        asyncio.run(all_of(limited, works, limited))
    assert (caught.value.usage, caught.value.retry_after) == (Usage(requests=5, prompt_tokens=1700), 3600)
    assert caught.value.rate_limited
