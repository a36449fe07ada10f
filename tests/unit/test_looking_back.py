"""Looking back: the report over time, the debrief in every face, cards of what was missed, and the search in past answers."""

import csv
import io
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from interviewer.grading.confirmation import confirmed
from interviewer.models import Attempt, SessionOptions
from interviewer.practice.schedule import local_day
from interviewer.report.anki import to_anki
from interviewer.report.csv import to_csv
from interviewer.report.model import build_report, to_json
from interviewer.report.render import to_html, to_markdown
from interviewer.report.trend import heatmap_rows, latest, trend
from interviewer.storage.store import open_store
from tests.conftest import Run
from tests.fakes import question
from tests.unit.test_report import MONDAY, TEA, grading

BOIL = "I boil the water"
FIRST, SECOND = grading(TEA, {}, 20), grading(TEA, {"boiling": ("covered", BOIL)}, 70)


def two_days(folder: Path) -> tuple[Attempt, ...]:
    """A question answered on Monday and Tuesday, with a retry on Tuesday, and another one answered on Tuesday."""
    store = open_store(folder / "interviewer.db")
    other = question(id="coffee", question="#1: How do you make coffee?")
    for day, asked in ((0, [question()]), (1, [question(), other])):
        session = store.add_session(SessionOptions(), asked, MONDAY + timedelta(days=day))
        for number, one in enumerate([*asked, question()][: 1 + 2 * day]):
            made = store.add_attempt(session.id, one, TEA, MONDAY + timedelta(days=day, minutes=number))
            store.add_grading(made.id, (FIRST, SECOND, FIRST, SECOND)[number + day], MONDAY)
    attempts = store.attempts()
    store.close()
    return attempts


def test_trends_are_made_of_first_attempts_and_rows_of_all(tmp_path: Path) -> None:
    attempts = two_days(tmp_path)
    monday = local_day(MONDAY)
    expected = [(monday, 20, 1), (monday + timedelta(days=1), 45, 2)]
    assert [(one.day, one.overall, one.answers) for one in trend(attempts)] == expected
    assert [(row.question, [cell.overall for cell in row.cells]) for row in heatmap_rows(attempts)] == [
        ("coffee", [20]),
        ("tea", [20, 70, 70]),
    ]
    assert [(one.question.id, one.id) for one in latest(attempts)] == [("tea", 4), ("coffee", 3)]


def test_the_debrief_is_in_every_face(tmp_path: Path) -> None:
    attempts = two_days(tmp_path)
    store = open_store(tmp_path / "interviewer.db")
    made = build_report(store.sessions(), attempts, MONDAY)
    store.close()
    command = "interviewer practice --question coffee --question tea"
    assert made.debrief
    assert made.debrief.command == command
    html = re.sub(r"<[^>]+>", "", to_html(made))
    for text in (html, to_markdown(made)):
        assert BOIL in text
        assert text.index("Strongest moments") < text.index("Weakest moments") < text.index("Practise tomorrow")
        assert command in text
    assert [one["question"]["id"] for one in json.loads(to_json(made))["debrief"]["study"]] == ["coffee", "tea"]
    rows = list(csv.DictReader(io.StringIO(to_csv(made).removeprefix("\ufeff"))))
    assert [row["drill"] for row in rows] == ["", "", "1", "2"]
    assert [bool(row["strongest_moment"]) for row in rows] == [False, False, False, True]


def test_several_sessions_fold_their_answers_and_one_shows_them(tmp_path: Path) -> None:
    attempts = two_days(tmp_path)
    store = open_store(tmp_path / "interviewer.db")
    several, one = (to_html(build_report(chosen, attempts, MONDAY)) for chosen in (store.sessions(), store.sessions()[:1]))
    store.close()
    assert several.count("<details") == several.count("</details>") == len(attempts)
    assert "<details" not in one
    assert "Mean score of each day, graded by an LLM: from 20 to 45" in several
    assert "<script" not in several


def test_a_trend_of_one_day_has_no_from_and_to(tmp_path: Path) -> None:
    attempts = two_days(tmp_path)
    found = build_report((), attempts, MONDAY)
    one = found.model_copy(update={"days": (found.days[0], found.days[1].model_copy(update={"kind": "confirmed"}))})
    page = to_html(one)
    assert f"graded by an LLM: 20 on {local_day(MONDAY)}, the only day" in page
    assert "from 20 to 20" not in re.sub("<[^>]+>", "", page)


def test_a_card_for_each_question_of_which_something_was_missed(tmp_path: Path) -> None:
    attempts = two_days(tmp_path)
    text = to_anki(build_report((), attempts, MONDAY))
    assert text.startswith("#separator:tab\n#html:false\n")
    tea, coffee = [line for line in text.splitlines() if not line.startswith("#")]
    assert tea == (
        "How do you make black tea?\tThe leaves draw for about three minutes. • "
        "Fresh cold water tastes better than reheated water."
    )
    assert coffee.startswith('"#1: How do you make coffee?"\t')
    done = build_report((), [attempts[0].model_copy(update={"grading": None})], MONDAY)
    assert all(line.startswith("#") for line in to_anki(done).splitlines())


def test_cards_are_a_file_that_the_bank_can_read_too(run: Run, home: Path, tmp_path: Path) -> None:
    home.mkdir()
    two_days(home)
    assert run("report", "--all", "--format", "anki").out == "interviewer-1-2.txt\n"
    assert "2 questions" in run("bank", "import", "interviewer-1-2.txt", "--dry-run").out
    (tmp_path / "graded.jsonl").write_text("{}")
    assert run("report", "--from", "graded.jsonl", "--format", "anki").code == 2


@pytest.mark.parametrize(
    ("name", "begins"),
    [("r.html", "<!doctype html>"), ("r.json", "{"), ("r.CSV", "attempt,session,"), ("r.txt", "# ")],
)
def test_a_report_has_the_format_that_its_file_ends_in(run: Run, home: Path, tmp_path: Path, name: str, begins: str) -> None:
    home.mkdir()
    two_days(home)
    run("report", "--all", "--output", name)
    assert (tmp_path / name).read_text("utf-8-sig").lower().startswith(begins)
    run("report", "--all", "--output", name, "--format", "csv", "--force")
    assert (tmp_path / name).read_text("utf-8-sig").startswith("attempt,session,")


def test_a_history_without_an_answer_tells_how_to_start(run: Run) -> None:
    assert run("history").err == "There is no answer yet. Start: interviewer practice\n"


def test_an_estimate_is_the_same_range_on_the_card_in_the_history_and_in_reports(run: Run) -> None:
    card = run("practice", "--question", "3", "--grader", "embedded", stdin="It memorises noise.\n/done\n").out
    shown = re.search(r"about \d+–\d+/100", card)
    assert shown is not None
    assert shown[0] in run("history").out
    assert len(run("history").out.splitlines()) == 1, "a session is one line of 80 columns"
    assert f"**{shown[0]}** on average" in run("report", "--output", "-").out


def test_history_leaves_out_what_was_not_answered_and_finds_words(run: Run, home: Path) -> None:
    home.mkdir()
    two_days(home)
    store = open_store(home / "interviewer.db")
    store.add_session(SessionOptions(), [question()], MONDAY)
    store.add_grading(1, confirmed(grading(TEA, {}, 20, "embedded"), {}, question()), MONDAY)
    store.close()
    assert [one["session"] for one in json.loads(run("history", "--json").out)] == [1, 2]
    found = run("history", "--search", "LUKEWARM coffee")
    assert "lukewarm" in found.out
    assert "interviewer show 2 coffee" in found.out
    assert "show 1" not in found.out
    assert [one["id"] for one in json.loads(run("history", "--search", "minute", "--json").out)] == [1, 2, 3, 4]
    assert run("history", "--search", "sugar").err == "No answer has these words.\n"
    assert run("history", "--search", " ").code == 2
    assert "* confirmed by you" not in found.out
    assert run("history", "--search", "minute").out.endswith("\n* confirmed by you\n"), "or who reads 0* asks what * is"


def test_no_report_is_written_of_a_session_without_an_answer(run: Run) -> None:
    run("practice", "--question", "3", "--grader", "embedded", stdin="/skip\n")
    done = run("report", "1", "--output", "-")
    assert (done.code, done.out) == (2, "")
    assert "session 1 has no answer" in done.err


def test_an_answer_whose_grading_was_cut_off_says_so_and_how_to_grade_it(home: Path, run: Run) -> None:
    home.mkdir()
    store = open_store(home / "interviewer.db")
    session = store.add_session(SessionOptions(), [question()], MONDAY)
    store.add_attempt(session.id, question(), TEA, MONDAY)
    store.close()
    assert "Not graded: grading has not finished. Grade it: interviewer regrade 1" in run("show").out
