"""Several gradings become one."""

import asyncio

import pytest

from interviewer.errors import GradingError
from interviewer.grading.segment import segment
from interviewer.grading.verify import verify
from interviewer.grading.vote import merge_judgements, vote
from interviewer.models import ErrorClaim, Judgement, PointClaim, Usage, Verdict
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


def test_the_majority_decides_and_what_was_close_is_borderline() -> None:
    result = merge_judgements([said("covered", 5), said("partial", 3), said("covered", 2)])
    points, _ = verify(result, question(), segment(ANSWER))
    assert [(point.verdict, point.borderline) for point in points] == [
        ("covered", "borderline: 2 of 3"),
        ("covered", ""),
        ("missing", ""),
    ]
    assert result.level == 3
    assert result.usage == Usage(prompt_tokens=300, completion_tokens=30, requests=3)


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
