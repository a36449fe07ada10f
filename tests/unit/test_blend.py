"""A model that is not sure of its own verdicts does not decide alone."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from interviewer.bank.bank import load_bank
from interviewer.evaluate.behaviour_checks import cases
from interviewer.grading.embedded.grader import EmbeddedGrader
from interviewer.grading.explanation import caveat
from interviewer.grading.grade import grade_answer
from interviewer.grading.grader import ClaimsCallback
from interviewer.grading.scoring import blended
from interviewer.grading.segment import segment
from interviewer.models import Answer, Blend, GraderInfo, Judgement, PointClaim, Question, Score

BANK = load_bank()
ANSWERS = {case.id: case.answer for case in cases(BANK)}


class Believer(EmbeddedGrader):
    """Calls every key point covered, each on a span of its own, and is as sure of it as it is told to be."""

    def __init__(self, sure: float | None) -> None:
        self.sure = sure

    @property
    def info(self) -> GraderInfo:
        return GraderInfo(kind="llm", model="believer", prompt_version="1", estimate=False)

    async def judge(
        self,
        question: Question,
        answer: Answer,
        on_claims: ClaimsCallback | None = None,
    ) -> Judgement:
        points = tuple(
            PointClaim(key_point=point.id, spans=(number,), verdict="covered", confidence=self.sure)
            for number, point in enumerate(question.key_points, 1)
        )
        return Judgement(points=points, depth=0.5, clarity=0.5, level=4.0)


def graded(style: str, sure: float | None) -> Score:
    answer = segment(ANSWERS[f"overfitting/{style}"])
    score = asyncio.run(grade_answer(Believer(sure), BANK.find("overfitting"), answer)).score
    assert score is not None
    return score


def test_an_unsure_model_cannot_make_an_answer_about_something_else_look_good() -> None:
    believed, doubted = graded("off-topic", 1.0), graded("off-topic", 0.8)
    assert believed.overall > doubted.overall + 5
    assert doubted.overall < 35
    assert doubted.leaning is not None
    assert doubted.coverage == believed.coverage, "what the model claimed is still shown"
    assert graded("expert", 0.8).overall > doubted.overall + 30


def test_a_model_that_is_sure_or_tells_no_probabilities_decides_alone() -> None:
    sure, silent = graded("expert", 0.99), graded("expert", None)
    assert sure.leaning is silent.leaning is None
    assert sure.overall == silent.overall


def test_the_reader_is_told() -> None:
    assert "85% of this score is the measured estimate" in caveat(graded("half", 0.7))
    assert not caveat(graded("half", 1.0))


@given(share=st.floats(0.01, 1.0), estimate=st.integers(0, 100), lower=st.integers(0, 100), higher=st.integers(0, 100))
def test_a_better_judgement_never_leans_to_a_lower_score(share: float, estimate: int, lower: int, higher: int) -> None:
    leaning = Blend(share=share, estimate=estimate)
    lower, higher = sorted((lower, higher))
    scores = [blended(BLANK.model_copy(update={"overall": overall}), leaning).overall for overall in (lower, higher)]
    assert scores == sorted(scores)
    assert all(
        min(own, estimate) - 0.5 <= score <= max(own, estimate) + 0.5
        for own, score in zip((lower, higher), scores, strict=True)
    )


BLANK = Score(
    overall=0,
    band="insufficient",
    coverage=0,
    accuracy=0,
    depth=0,
    clarity=0,
    level=0,
    limiting=None,
    key_points=(),
    model_answer="",
)
