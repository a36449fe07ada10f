"""The debrief: what was best and worst in an interview, each with the candidate's own words."""

import io
import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from interviewer.bank.bank import load_bank
from interviewer.bank.export import export
from interviewer.grading.confirmation import confirmed
from interviewer.models import (
    Attempt,
    ErrorNote,
    GraderInfo,
    Grading,
    KeyPoint,
    PointVerdict,
    Reading,
    Score,
    SessionOptions,
    Verdict,
)
from interviewer.practice.debrief import Moment, debrief
from interviewer.storage.store import open_store
from interviewer.ui.screen import Screen
from interviewer.ui.views.debrief import show_debrief
from interviewer.ui.views.score_card import show_result
from tests.conftest import Run
from tests.fakes import Clock, question

ANSWER = "Boil it first. Lukewarm water works as well. Wait a bit."
BOIL, LUKEWARM, WAIT = (0, 14), (15, 44), (45, 56)


LLM = GraderInfo(kind="llm", model="stub", prompt_version="1", estimate=False)
ESTIMATE = GraderInfo(kind="embedded", model="stub", prompt_version="1", estimate=True)


def attempt(name: str, overall: int, verdicts: dict[str, tuple[Verdict, tuple[int, int] | None]], **changes: Any) -> Attempt:
    asked = question(id=name)

    def verdict(point: KeyPoint) -> PointVerdict:
        said, span = verdicts.get(point.id, ("missing", None))
        return PointVerdict(
            id=point.id,
            text=point.text,
            weight=point.weight,
            verdict=said,
            span=span,
            evidence=ANSWER[slice(*span)] if span else None,
        )

    score = Score(
        overall=overall,
        band="fair",
        coverage=0.5,
        accuracy=1,
        depth=0.5,
        clarity=0.5,
        level=3,
        limiting=changes.pop("limiting", "coverage"),
        key_points=tuple(map(verdict, asked.key_points)),
        errors=changes.pop("errors", ()),
        model_answer="",
    )
    who = changes.pop("grader", LLM)
    grading = Grading(question_id=name, status="graded", score=score, grader=who, usage=None)
    return Attempt(id=1, session=1, question=asked, answer=ANSWER, created=Clock().now(), grading=grading, **changes)


def said(moments: tuple[Moment, ...]) -> list[tuple[str, str]]:
    return [(moment.question.id, moment.quote) for moment in moments]


def test_moments_are_quotes_from_different_questions_the_weightiest_first() -> None:
    told = debrief(
        [
            attempt("tea", 40, {"fresh": ("covered", WAIT), "boiling": ("contradicted", LUKEWARM)}),
            attempt("coffee", 80, {"boiling": ("covered", BOIL), "draw": ("covered", WAIT)}),
        ]
    )
    assert said(told.strongest) == [("coffee", "Boil it first."), ("tea", "Wait a bit."), ("coffee", "Wait a bit.")]
    assert said(told.weakest)[0] == ("tea", "Lukewarm water works as well.")
    assert "opposite" in told.weakest[0].how
    assert {name for name, _ in said(told.weakest)[:2]} == {"tea", "coffee"}
    assert (told.points_made, told.points) == (3, 6)


def test_a_falsehood_weighs_more_than_a_gap_and_is_told_once() -> None:
    error = ErrorNote(evidence=ANSWER[slice(*LUKEWARM)], span=LUKEWARM, correction="It must boil.", severity="major")
    alone = debrief([attempt("tea", 40, {}, errors=(error,))])
    assert (alone.weakest[0].how, alone.weakest[0].about) == ("wrong", "It must boil.")
    both = debrief([attempt("tea", 40, {"boiling": ("contradicted", LUKEWARM)}, errors=(error,))])
    assert [quote for _, quote in said(both.weakest)].count("Lukewarm water works as well.") == 1


def test_an_estimate_calls_nothing_more_than_perhaps_wrong() -> None:
    error = ErrorNote(evidence=ANSWER[slice(*LUKEWARM)], span=LUKEWARM, correction="It must boil.", severity="major")
    told = debrief([attempt("tea", 40, {}, errors=(error,), grader=ESTIMATE)])
    assert told.weakest[0].how.startswith("perhaps wrong")


def test_a_word_that_says_nothing_is_no_weak_moment() -> None:
    begun = attempt("tea", 60, {"boiling": ("covered", (6, 20))})
    assert said(debrief([begun.model_copy(update={"answer": "Sure. Boil it first."})]).weakest) == []
    idle = debrief([begun.model_copy(update={"answer": "Sure. Boil it first. Sugar goes in last."})])
    assert said(idle.weakest) == [("tea", "Sugar goes in last.")]


def test_words_that_may_have_said_what_the_person_counted_did_not_earn_nothing() -> None:
    made = attempt("tea", 40, {"boiling": ("covered", BOIL)}, grader=ESTIMATE)
    assert made.grading is not None
    confirmations: tuple[dict[str, Verdict], ...] = ({}, {"draw": "covered"})
    for verdicts in confirmations:
        looked_at = made.model_copy(update={"grading": confirmed(made.grading, verdicts, made.question)})
        assert [moment.how for moment in debrief([looked_at]).weakest] == ([] if verdicts else ["earned nothing"])


def test_nothing_is_told_twice() -> None:
    error = ErrorNote(evidence=ANSWER[slice(*LUKEWARM)], span=LUKEWARM, correction="It must boil.", severity="major")
    told = debrief(
        [
            attempt("tea", 40, {"boiling": ("covered", BOIL), "fresh": ("covered", BOIL), "draw": ("partial", (0, 44))}),
            attempt("coffee", 30, {"boiling": ("covered", LUKEWARM)}, errors=(error,)),
            attempt("mate", 20, {"boiling": ("covered", WAIT)}),
        ]
    )
    assert said(told.strongest) == [("tea", "Boil it first."), ("mate", "Wait a bit.")]
    assert said(told.weakest) == [
        ("coffee", "Lukewarm water works as well."),
        ("mate", "Lukewarm water works as well."),  # the longest of what earned nothing
        ("coffee", "Boil it first."),
    ]
    points = [(moment.question.id, moment.about) for moment in (*told.strongest, *told.weakest) if moment.about]
    points += [(lesson.question.id, point) for lesson in told.study for point in lesson.missing]
    assert len(points) == len(set(points))


def test_what_to_study_is_the_poorest_first_and_never_what_was_excellent() -> None:
    told = debrief([attempt("tea", 90, {}), attempt("coffee", 30, {"boiling": ("covered", BOIL)}), attempt("mate", 10, {})])
    assert [lesson.question.id for lesson in told.study] == ["mate", "coffee"]
    assert told.study[0].missing[0] == "The water has to boil before it is poured."
    assert told.study[1].missing[0] == "The leaves draw for about three minutes."


def test_a_point_about_what_an_answer_does_is_an_instruction() -> None:
    made = attempt("tea", 10, {})
    assert made.grading is not None
    assert made.grading.score is not None
    missed = made.grading.key_points[0].model_copy(update={"text": "Names naive Bayes."})
    score = made.grading.score.model_copy(update={"key_points": (missed,)})
    told = made.model_copy(update={"grading": made.grading.model_copy(update={"score": score})})
    out = io.StringIO()
    show_debrief(Screen(out, out), [told], {})
    assert "How do you make black tea? Add: Name naive Bayes.\n" in out.getvalue()


def test_own_estimates_and_the_usual_limit_are_told() -> None:
    told = debrief([attempt("tea", 40, {}, self_rating=80), attempt("coffee", 30, {}, self_rating=60, limiting="accuracy")] * 2)
    assert told.expected == 70
    assert told.held_back_by in {"coverage", "accuracy"}
    assert debrief([]).expected is None


def test_an_interview_in_a_pipe_says_nothing_about_the_answers_before_the_debrief(run: Run) -> None:
    answers = (
        "It memorises quirks of the training examples instead of the pattern.\n/done\n"
        "The model is too simple, so it performs poorly even on the training set. My uncle raises bees.\n/done\n"
    )
    done = run("practice", "--mode", "interview", "--question", "3", "--question", "4", "--grader", "embedded", stdin=answers)
    assert done.code == 0
    talk, debriefing = done.out.split("Debrief\n")
    opening, closing = " ".join(talk.split("Question 1")[0].split()), " ".join(talk.split("causes.")[1].split())
    assert opening.startswith(
        "Welcome, and thank you for your time. I have 2 questions for you, about ML basics. Take a minute"
    )
    assert "I may ask further" not in opening  # nobody does in a pipe
    assert closing == "That was my last question. Thank you for your answers; here is what I heard."
    assert "/100" not in talk
    assert "“It memorises quirks" in " ".join(debriefing.split())
    assert "What is overfitting? How can you prevent it? “It memorises quirks" in " ".join(debriefing.split())
    for part in ("/100", "Moments that touch most", "Weakest moments", "Practise tomorrow", "interviewer practice --question"):
        assert part in debriefing


def test_the_command_of_the_drills_starts_them_whatever_bank_they_are_of(run: Run, tmp_path: Path) -> None:
    names = ["a-question-with-quite-a-long-name-about-black-tea", "another-one-with-a-name-as-long", "and-a-third-one"]
    asked = [question(number=n, id=name, related=()) for n, name in enumerate(names, 1)]
    (tmp_path / "tea.yaml").write_text(export(asked, "yaml"), encoding="utf-8")
    held = run("practice", "--mode", "interview", "--bank", "tea.yaml", "--grader", "embedded", stdin="In a pot.\n/done\n" * 3)
    (command,) = [line for line in held.out.splitlines() if line.startswith("interviewer practice")]
    assert len(command) > 80
    drill = run(*command.split()[1:], "--grader", "embedded", stdin="/skip\n" * 3)
    assert drill.out.count("How do you make black tea?") == 3, drill.err
    assert "there is no question" in run("practice", "--question", "a-question-nobody-asked").err


def test_a_debrief_says_why_there_is_no_grade(run: Run) -> None:
    done = run(
        *("practice", "--mode", "interview", "--question", "3", "--grader", "llm"),
        stdin="It memorises quirks.\n/done\n",
        OPENAI_BASE_URL="http://127.0.0.1:9/v1",
        OPENAI_API_KEY="k",
        INTERVIEWER_DEADLINE="1",
    )
    debriefing = done.out.partition("Debrief\n")[2]
    assert "not graded" in debriefing
    assert "127.0.0.1:9" in debriefing
    assert "\n\n\n" not in debriefing


def test_an_interview_goes_from_basic_to_advanced_and_keeps_topics_together(run: Run) -> None:
    done = run("practice", "--mode", "interview", "--count", "6", "--seed", "1", "--grader", "embedded", stdin="/skip\n" * 6)
    asked = [line.split("  ")[1].split(" ", 1)[1] for line in done.out.splitlines() if line.startswith("Question ")]
    levels = [where.rpartition(", ")[2] for where in asked]
    assert levels == sorted(levels, key=["basic", "advanced"].index)
    changes = sum(one != other for one, other in itertools.pairwise(asked))
    assert changes == len(set(asked)) - 1


def test_an_interview_that_was_left_is_debriefed_as_a_whole(run: Run, home: Path) -> None:
    first = run(
        "practice",
        "--mode",
        "interview",
        "--question",
        "3",
        "--question",
        "4",
        "--grader",
        "embedded",
        stdin="It memorises quirks of the training examples instead of the pattern.\n/done\n/quit\n",
    )
    assert "1 to go" in first.err
    again = run("resume", "--grader", "embedded", stdin="It performs poorly even on the training set.\n/done\n")
    assert "Welcome back. 1 of 2 questions are left." in again.out
    debriefing = again.out.split("Debrief\n")[1]
    assert "on average over 2" in debriefing


def test_answers_that_were_saved_and_not_graded_are_graded_for_the_debrief(run: Run, home: Path) -> None:
    bank = load_bank()
    store = open_store(home / "interviewer.db")
    session = store.add_session(SessionOptions(mode="interview"), [bank.find("3"), bank.find("4")], Clock().now())
    store.add_attempt(session.id, bank.find("3"), "It memorises quirks of the training examples.", Clock().now())
    store.close()
    done = run("resume", "--grader", "embedded", stdin="/skip\n")
    assert done.code == 0
    assert "on average over 1" in done.out.split("Debrief\n")[1]


def test_the_demo_shows_a_whole_session_and_keeps_nothing(run: Run, home: Path) -> None:
    done = run("demo")
    assert done.code == 0
    typed = [line for line in done.out.splitlines() if line.startswith(("> ", "  "))]
    assert max(map(len, typed)) <= 80, "what is typed wraps between words"
    for part in ("Question 1 of 2", "Since your last attempt", "A model answer", "Hint", "Question 2 of 2", "[n]ext"):
        assert part in done.out
    assert "nothing of it was kept" in done.err
    assert not home.exists()


def test_words_that_may_be_the_other_way_round_are_no_strong_moment() -> None:
    told = attempt("tea", 60, {"draw": ("covered", BOIL)}, grader=ESTIMATE)
    assert told.grading is not None
    assert told.grading.score is not None
    assert [moment.quote for moment in debrief([told]).strongest] == [ANSWER[slice(*BOIL)]]
    turned = Reading(kind="turned", likelihood=0.1, evidence=ANSWER[slice(*BOIL)], span=BOIL)
    points = tuple(
        point.model_copy(update={"reading": turned}) if point.id == "boiling" else point
        for point in told.grading.score.key_points
    )
    score = told.grading.score.model_copy(update={"key_points": points})
    doubted = told.model_copy(update={"grading": told.grading.model_copy(update={"score": score})})
    assert not debrief([doubted]).strongest
    assert debrief([doubted]).weakest


@pytest.mark.parametrize(("grader", "coloured"), [(LLM, True), (ESTIMATE, False)])
@pytest.mark.parametrize("view", ["debrief", "card"])
def test_a_screen_colours_nothing_unconfirmed_good_or_bad(grader: GraderInfo, coloured: bool, view: str) -> None:
    made = attempt("tea", 2, {"boiling": ("covered", BOIL)}, grader=grader, bar="junior")
    stream = io.StringIO()
    screen = Screen(stream, stream)
    screen.out = Console(file=stream, force_terminal=True, color_system="truecolor")
    if view == "debrief":
        show_debrief(screen, [made], {})
    else:
        show_result(screen, made)
    assert bool(re.search("38;2;(0;135;175|215;0;95)m", stream.getvalue())) == coloured
