"""A score read against what is expected of a position: what it says, and that no number moves."""

import json
from pathlib import Path

import pytest

from interviewer.grading.bar import compare_to_bar
from interviewer.grading.rubric import load_rubric
from interviewer.models import Attempt, Bar, GraderKind, Grading, Rung, SessionOptions
from interviewer.report.csv import to_csv
from interviewer.report.model import build_report
from interviewer.report.render import to_html, to_markdown
from interviewer.storage.store import open_store
from tests.conftest import Run
from tests.fakes import Clock
from tests.unit.test_ladder import SAID, TEXTS, ladder
from tests.unit.test_report import grading

NOW = Clock().now()


def at(
    overall: int, *covered: Rung, rungs: bool = True, kind: GraderKind = "llm", span: tuple[int, int] | None = None
) -> Grading:
    """A grade with this score, by an answer that covers the points on these rungs."""
    made = grading("tea", {}, overall, kind)
    assert made.score is not None
    points = [
        {"id": point.id, "text": point.text, "weight": 2, "verdict": "covered" if point.rung in covered else "missing"}
        | ({"rung": point.rung} if rungs else {})
        | ({"evidence": point.text, "span": (SAID.index(point.text), len(point.text))} if point.rung in covered else {})
        for point in ladder().key_points
    ]
    low, high = span or (None, None)
    score = made.score.model_dump() | {"key_points": points, "low": low, "high": high}
    return Grading.model_validate(made.model_dump() | {"score": score})


@pytest.mark.parametrize(
    ("grade", "bar", "said"),
    [
        (at(45, "how"), "junior", "At the bar for junior."),
        (
            at(44, "how"),
            "junior",
            f"Below the bar for junior: 44 of the 45 points that it takes. Missing: {TEXTS[0]}",
        ),
        (at(70, "what", "how"), "senior", f"Below the bar for senior: rung why not reached. Missing: {TEXTS[2]} {TEXTS[3]}"),
        (at(65, "why"), "senior", "At the bar for senior."),
        (at(65, "trade-off"), "senior", "At the bar for senior."),
        (at(60, "why"), "staff", "Below the bar for staff: 60 of the 75 points that it takes; rung trade-off not reached."),
        (at(75, "trade-off"), "staff", "At the bar for staff."),
        (at(90, rungs=False), "staff", "At the bar for staff."),
        (at(70, "why", span=(60, 80)), "senior", "Perhaps at the bar for senior: 60–80 of the 65 points that it takes."),
        (at(70, "why", span=(66, 80)), "senior", "At the bar for senior."),
        (at(50, kind="embedded", span=(30, 70)), "senior", "Perhaps at the bar for senior: 30–70 of the 65 points"),
        (at(90, "why", kind="embedded", span=(80, 99)), "senior", "Perhaps at the bar for senior: 80–99 of the 65 points"),
        (at(30, kind="embedded", span=(10, 50)), "senior", "Probably below the bar for senior: 10–50 of the 65 points"),
        (
            at(30, "what", "how", kind="embedded", span=(10, 40)),
            "junior",
            f"Probably below the bar for junior: 10–40 of the 45 points that it takes. Not found: {TEXTS[2]}",
        ),
    ],
)
def test_it_says_at_the_bar_or_what_is_missing(grade: Grading, bar: Bar, said: str) -> None:
    assert str(compare_to_bar(grade, bar)).startswith(said)


def test_a_bar_asks_for_no_rung_that_the_question_has_not() -> None:
    """Of a question about what and trade-offs, a junior who says what it is has reached the rung."""
    grade = at(50, "what")
    assert grade.score is not None
    points = tuple(point for point in grade.score.key_points if point.rung in {"what", "trade-off"})
    only = grade.model_copy(update={"score": grade.score.model_copy(update={"key_points": points})})
    standing = compare_to_bar(only, "junior")
    assert standing is not None
    assert (standing.result, standing.rung) == ("at", "what")


def test_there_is_no_standing_without_a_bar_or_a_score() -> None:
    assert compare_to_bar(at(50), None) is None
    assert compare_to_bar(None, "senior") is None
    assert compare_to_bar(Grading.ungraded("tea", at(50).grader, "down"), "senior") is None


def test_bars_rise_in_score_and_rung() -> None:
    bars = list(load_rubric().bars.values())
    assert [bar.score for bar in bars] == sorted({bar.score for bar in bars})
    assert [bar.rung for bar in bars] == ["how", "why", "trade-off"]


def test_every_report_says_how_an_answer_stands(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session(SessionOptions(bar="senior"), [ladder()], NOW)
    assert store.session() == session
    store.add_grading(store.add_attempt(session.id, ladder(), SAID, NOW).id, at(70, "how"), NOW)
    made = build_report([session], store.attempts(), NOW)
    said = f"Below the bar for senior: rung why not reached. Missing: {TEXTS[2]}"
    assert said in to_markdown(made)
    assert said in to_html(made)
    assert to_csv(made).splitlines()[1].endswith(",senior,below")
    (attempt,) = made.model_dump()["attempts"]
    assert (attempt["bar"], attempt["standing"]["result"]) == ("senior", "below")
    unread: tuple[Attempt, ...] = tuple(one.model_copy(update={"bar": None}) for one in store.attempts())
    assert "the bar" not in to_markdown(build_report([session], unread, NOW))


def test_commands_read_against_a_bar_and_the_score_stays(run: Run) -> None:
    answer = "It memorises noise of the training data.\n/done\n"
    practised = run("practice", "--question", "3", "--grader", "embedded", "--bar", "junior", stdin=answer)
    assert "the bar for junior" in practised.out
    assert "the bar for junior" in run("show").out
    assert "the bar for staff" in run("show", "--bar", "staff").out
    assert "the bar for staff" in run("report", "--bar", "staff", "--output", "-").out
    plain, read = (
        json.loads(run("grade", "--question", "3", "--grader", "embedded", "--json", *bar, stdin="It memorises noise.").out)
        for bar in ((), ("--bar", "senior"))
    )
    assert read.pop("standing")["bar"] == "senior"
    assert read == plain
    interview = ("practice", "--mode", "interview", "--question", "3", "--grader", "embedded", "--bar", "senior")
    assert "At the bar for senior: 0 of 1 answer" in run(*interview, stdin=answer).out


@pytest.mark.parametrize("command", ["practice", "plan"])
def test_a_position_is_no_level_of_questions(run: Run, command: str) -> None:
    done = run(command, "--level", "senior")
    assert done.code == 2
    assert "--bar senior" in done.err
