"""Grading kept answers: those without a grade, and with --again those that another model has graded."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from interviewer.bank.bank import load_bank
from interviewer.batch.regrade import grade_attempts, to_regrade
from interviewer.batch.runner import GIVE_UP
from interviewer.errors import GradingError
from interviewer.grading.embedded.grader import EmbeddedGrader
from interviewer.grading.grader import ClaimsCallback
from interviewer.models import Answer, Attempt, Dispute, GraderInfo, Judgement, Question, SessionOptions
from interviewer.storage.store import Store, open_store
from tests.conftest import Run
from tests.fakes import StubServer, fake_context, question, reply, serving
from tests.unit.test_report import TEA, grading

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ANSWER = "It learns the noise of the training data by heart. So it does well in training and badly on new data."
POINTS = len(load_bank().find("3").key_points)


class Judge(EmbeddedGrader):
    """Has an opinion once so many answers lie before it; none at all where `fails`."""

    def __init__(self, together: int = 1, *, fails: bool = False) -> None:
        self.barrier = asyncio.Barrier(together)
        self.fails = fails
        self.asked = 0

    @property
    def info(self) -> GraderInfo:
        return GraderInfo(kind="llm", model="better", prompt_version="1", estimate=False)

    async def judge(self, question: Question, answer: Answer, on_claims: ClaimsCallback | None = None) -> Judgement:
        self.asked += 1
        if self.fails:
            raise GradingError("the server is down")
        await self.barrier.wait()
        return Judgement(points=(), depth=0.5, clarity=0.5, level=1.0)


def kept(store: Store, count: int) -> tuple[Attempt, ...]:
    session = store.add_session(SessionOptions(), [question()], NOON)
    for _ in range(count):
        store.add_attempt(session.id, question(), TEA, NOON)
    return store.attempts()


def judged(home: Path, store: Store, judge: Judge) -> tuple[Attempt, ...]:
    async def work() -> tuple[Attempt, ...]:
        async with asyncio.timeout(20):
            after, _ = await grade_attempts(store.attempts(), judge, store, fake_context(home))
        return after

    after = asyncio.run(work())
    assert store.attempts() == after
    return after


def test_answers_are_graded_side_by_side(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    kept(store, 2)
    after = judged(home, store, Judge(together=2))  # whoever waits for the others waits in vain, one after another
    assert all(attempt.grading and attempt.grading.score for attempt in after)
    store.close()


def test_a_grader_that_always_fails_is_left_alone_and_no_score_is_lost(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    scored, *_ = kept(store, 100)
    store.add_grading(scored.id, grading(TEA, {}, 70), NOON)
    judge = Judge(fails=True)
    after = judged(home, store, judge)
    assert after[0].grading == grading(TEA, {}, 70)
    assert GIVE_UP <= judge.asked <= GIVE_UP + 2
    assert after[-1].grading is None
    store.close()


def test_only_scores_by_others_are_replaced_and_neither_disputed_ones_nor_an_llms_by_an_estimate(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    mine, estimated, ungraded, disputed = kept(store, 4)
    same = grading(TEA, {}, 70)
    store.add_grading(mine.id, same, NOON)
    store.add_grading(estimated.id, grading(TEA, {}, 70, "embedded"), NOON)
    store.add_grading(disputed.id, grading(TEA, {}, 70, "embedded"), NOON)
    verdict = Dispute(
        key_point="draw", argument="I did.", before="missing", after="missing", reason="No.", grader=same.grader, created=NOON
    )
    store.add_dispute(disputed.id, verdict, None)
    chosen = [attempt.id for attempt in to_regrade(store.attempts(), same.grader)]
    assert chosen == [estimated.id, ungraded.id]
    newer = same.grader.model_copy(update={"prompt_version": "next"})
    assert [attempt.id for attempt in to_regrade(store.attempts(), newer)] == [mine.id, estimated.id, ungraded.id]
    estimate = EmbeddedGrader().info
    assert [attempt.id for attempt in to_regrade(store.attempts(), estimate)] == [estimated.id, ungraded.id]
    store.close()


@pytest.fixture
def better() -> Iterator[StubServer]:
    with serving(reply({1: ([1], "covered"), 2: ([2], "covered")}, points=POINTS)) as server:
        yield server


def test_a_better_model_grades_again_what_an_estimate_had_graded_and_only_once(run: Run, better: StubServer) -> None:
    for _ in range(3):
        run("grade", "--question", "3", "--grader", "embedded", stdin=ANSWER)
    before = [one["grading"] for one in report(run)]
    llm = {"OPENAI_BASE_URL": better.url, "INTERVIEWER_MODEL": "stub"}
    assert run("regrade", **llm).err.strip() == "Everything is graded."
    assert better.requests == []
    done = run("regrade", "--again", **llm)
    assert done.code == 0, done.err
    after = [one["grading"] for one in report(run)]
    assert [one["grader"]["model"] for one in after] == ["stub"] * 3
    for old, new in zip(before, after, strict=True):
        was = f"{old['score']['low']}–{old['score']['high']} (unconfirmed estimate)"
        assert f"{new['score']['overall']}/100 {new['score']['band']}" in done.out
        assert f", before {was}" in done.out
    assert "3 graded, 0 still not graded." in done.err
    again = run("regrade", "--again", **llm)
    assert again.code == 0
    assert "graded by this grader already" in again.err
    assert len(better.requests) == 3


def test_a_grade_is_kept_when_the_better_model_fails(run: Run) -> None:
    run("grade", "--question", "3", "--grader", "embedded", stdin=ANSWER)
    before = report(run)
    with serving("I would rather not say.") as server:
        done = run("regrade", "--again", OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
    assert done.code == 3
    assert "0 graded, 0 still not graded, 1 with their earlier grade." in done.err
    assert "  1 answer: " in done.err
    assert "stub did not give a usable judgement" in done.err
    assert report(run) == before


def report(run: Run) -> list[dict[str, dict[str, dict[str, object]]]]:
    attempts: list[dict[str, dict[str, dict[str, object]]]] = json.loads(
        run("report", "--all", "--format", "json", "--output", "-").out
    )["attempts"]
    return attempts
