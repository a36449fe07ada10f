"""The rungs of key points: which one an answer reaches, what would reach the next one, and what they never change."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from interviewer.bank.bank import Bank, load_bank
from interviewer.bank.export import export
from interviewer.grading.grade import embedded_grader, grade_answer, open_configured_grader
from interviewer.grading.identity import grade_identity, grader_identity
from interviewer.grading.ladder import depth_reached
from interviewer.grading.segment import segment
from interviewer.models import FollowUp, Grading, KeyPoint, Question, Rung, SessionOptions, Verdict
from interviewer.practice.progress import compute_progress
from interviewer.practice.session import SessionRunner
from interviewer.report.csv import to_csv
from interviewer.report.model import Report, build_report
from interviewer.report.render import to_html, to_markdown
from interviewer.settings import load_settings
from interviewer.storage.store import open_store
from tests.conftest import Run
from tests.fakes import Clock, Verdicts, fake_context, question, reply, serving

RUNGS: tuple[Rung, ...] = ("what", "how", "why", "trade-off")
TEXTS = (
    "Black tea is an infusion of oxidised leaves.",
    "The leaves draw for about three minutes.",
    "Boiling water is needed because tannins dissolve slowly.",
    "Longer drawing costs bitterness.",
)
SAID = " ".join(TEXTS)


def ladder(**changes: Any) -> Question:
    """A question with a point and a follow-up on each rung."""
    points = tuple(KeyPoint(id=rung, text=text, weight=2, rung=rung) for rung, text in zip(RUNGS, TEXTS, strict=True))
    follow_ups = tuple(FollowUp(text=f"And {rung}?", key_point=rung) for rung in RUNGS)
    return question(**({"key_points": points, "follow_ups": follow_ups, "misconceptions": ()} | changes))


def by_llm(home: Path, said: str, asked: Question) -> Grading:
    """The grade of an answer that says everything, where a model replies this."""
    with serving(said) as server:
        context = fake_context(home, OPENAI_BASE_URL=server.url)

        async def go() -> Grading:
            async with open_configured_grader(load_settings(context.environ, context.paths), context) as grader:
                return await grade_answer(grader, asked, segment(SAID))

        return asyncio.run(go())


def graded(home: Path, verdicts: dict[Rung, Verdict], asked: Question | None = None) -> Grading:
    """The same, where a model finds these verdicts and asks nothing itself."""
    numbered: Verdicts = {RUNGS.index(rung) + 1: ([RUNGS.index(rung) + 1], verdict) for rung, verdict in verdicts.items()}
    return by_llm(home, reply(numbered, points=4, follow_up=""), asked or ladder())


@pytest.mark.parametrize(
    ("verdicts", "reached", "asked"),
    [
        ({}, None, "And what?"),
        ({"what": "covered"}, "what", "And how?"),
        ({"what": "covered", "how": "partial"}, "what", "And how?"),
        ({"how": "covered"}, "how", "And why?"),
        ({"what": "covered", "how": "contradicted", "why": "covered"}, "why", "And trade-off?"),
        ({"how": "covered", "trade-off": "covered"}, "trade-off", "And what?"),
    ],
)
def test_the_highest_covered_rung_is_reached_and_the_follow_up_climbs_one(
    home: Path, verdicts: dict[Rung, Verdict], reached: Rung | None, asked: str
) -> None:
    score = graded(home, verdicts).score
    assert score is not None
    assert (score.rung, score.follow_up) == (reached, asked)


def test_a_credit_without_evidence_reaches_no_rung(home: Path) -> None:
    found = by_llm(home, reply({4: ([9], "covered")}, points=4), ladder())
    assert found.score is not None
    assert found.score.rung is None
    assert depth_reached(found).startswith("Highest rung: none yet (of what, how, why, trade-off). Next, what: Black tea")


def test_a_question_without_rungs_says_nothing_about_them(home: Path) -> None:
    plain = ladder(key_points=tuple(KeyPoint(id=rung, text=text, weight=2) for rung, text in zip(RUNGS, TEXTS, strict=True)))
    found = graded(home, {"why": "covered"}, plain)
    assert found.score is not None
    assert found.score.rung is None
    assert depth_reached(found) == ""


def test_rungs_change_neither_a_score_nor_what_it_rests_on(home: Path) -> None:
    plain = ladder(key_points=tuple(point.model_copy(update={"rung": None}) for point in ladder().key_points))
    with_rungs, without = graded(home, {"why": "covered"}), graded(home, {"why": "covered"}, plain)
    assert with_rungs.score is not None
    assert without.score is not None
    assert with_rungs.score.overall == without.score.overall
    identity = grader_identity("llm")
    assert grade_identity(identity, ladder(), SAID) == grade_identity(identity, plain, SAID)


def test_the_persons_own_verdict_moves_the_rung(home: Path) -> None:
    context = fake_context(home)
    store = open_store(context.paths.database)
    session = store.add_session(SessionOptions(), [ladder()], context.now())
    runner = SessionRunner(context, store, session, (ladder(),), embedded_grader())
    attempt = asyncio.run(runner.save_answer(ladder(), TEXTS[1], None))
    attempt = asyncio.run(runner.judge_by_person(asyncio.run(runner.grade(attempt)), dict.fromkeys(RUNGS, "missing")))
    assert attempt.grading is not None
    assert attempt.grading.score is not None
    assert attempt.grading.score.rung is None
    attempt = asyncio.run(runner.judge_by_person(attempt, {"how": "covered"}))
    assert attempt.grading is not None
    assert attempt.grading.score is not None
    assert attempt.grading.score.rung == "how"
    follow_up = asyncio.run(runner.follow_up(attempt))
    assert follow_up is not None
    assert follow_up.key_point == "why"


def reports(home: Path, *found: Grading) -> tuple[Report, str]:
    """A report of some answers of a session each, and the rung that progress shows of their topic."""
    store = open_store(home / "interviewer.db")
    now = Clock().now()
    for grade in found:
        session = store.add_session(SessionOptions(), [ladder()], now)
        store.add_grading(store.add_attempt(session.id, ladder(), SAID, now).id, grade, now)
    (graders,) = compute_progress(store.attempts(), (), Bank(()), now).graders
    return build_report(store.sessions(), store.attempts(), now), graders.topics[0].rung or "none"


def test_every_report_has_the_rung(home: Path) -> None:
    made, _ = reports(home, graded(home, {"what": "covered", "how": "covered"}))
    line = "Highest rung: how (of what, how, why, trade-off). Next, why: Boiling water is needed"
    assert line in to_html(made)
    assert line in to_markdown(made)
    assert "| expected | why | missing |" in to_markdown(made)
    assert to_csv(made).splitlines()[1].endswith(",how,,")
    score = made.model_dump()["attempts"][0]["grading"]["score"]
    assert (score["rung"], score["key_points"][2]["rung"]) == ("how", "why")


@pytest.mark.parametrize(
    ("rungs", "usual"),
    [
        (["what"], "what"),
        (["what", "why"], "why"),
        (["what", "how", "why"], "how"),
        ([None, None, "how"], "none"),
        (["why", "why", "why", *["how"] * 3, None, None], "how"),
        (["why", "why", "why", *["how"] * 2, None, None, None], "none"),
    ],
)
def test_progress_shows_the_rung_that_half_of_the_answers_reach(home: Path, rungs: list[Rung | None], usual: str) -> None:
    found = [graded(home, {rung: "covered"} if rung else {}) for rung in rungs]
    assert reports(home, *found)[1] == usual


def test_a_bank_keeps_its_rungs(run: Run, tmp_path: Path) -> None:
    for form in ("yaml", "jsonl", "csv"):
        (tmp_path / f"tea.{form}").write_text(export([ladder()], form))
        assert run("bank", "import", f"tea.{form}", "--name", f"tea-{form}").code == 0
        shown = run("bank", "show", "tea", "--bank", f"tea-{form}").out
        assert "how (expected, how)" in shown
        assert "trade-off (expected, trade-off)" in shown
    (tmp_path / "wrong.yaml").write_text(export([ladder()], "yaml").replace("rung: why", "rung: wherefore"))
    refused = run("bank", "validate", "wrong.yaml")
    assert refused.code == 2
    assert "rung" in refused.err + refused.out


def test_of_a_built_in_question_all_points_have_a_rung_or_none_has() -> None:
    """A point that is added to a question has to be judged like the others."""
    for asked in load_bank():
        assert len({point.rung is None for point in asked.key_points}) == 1, asked.id
