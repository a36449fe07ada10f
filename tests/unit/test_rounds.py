"""The rounds of a drill side by side, and what they count for."""

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from interviewer.grading.confirmation import confirmed
from interviewer.grading.grade import embedded_grader
from interviewer.models import Attempt, Grading, Round, Session, SessionOptions
from interviewer.practice.means import first_attempts, last_attempts
from interviewer.practice.rounds import RoundComparison, compare_rounds
from interviewer.practice.session import SessionRunner
from interviewer.report.csv import to_csv
from interviewer.report.model import Report, build_report
from interviewer.report.render import to_html, to_markdown
from interviewer.storage.store import open_store
from interviewer.ui.views.rounds import comparison
from tests.fakes import Clock, fake_context, question
from tests.unit.test_report import grading

NOW = Clock().now()
FULL, SHORT = "It has to boil. It draws for three minutes. Cold water is best.", "It has to boil. Use a pot."
SAID_ALL = grading(
    FULL,
    {
        "boiling": ("covered", "It has to boil."),
        "draw": ("covered", "It draws for three minutes."),
        "fresh": ("covered", "Cold water is best."),
    },
    90,
)
SAID_LESS = grading(SHORT, {"boiling": ("covered", "It has to boil."), "draw": ("contradicted", "Use a pot.")}, 40)


def rounds(*graded: tuple[str, Grading | None], session: int = 1) -> tuple[Attempt, ...]:
    seconds = (90, 60, 30)[: max(2, len(graded))]
    return tuple(
        Attempt(
            id=number,
            session=session,
            question=question(),
            answer=text,
            created=NOW + timedelta(minutes=number),
            round=Round.at(number, seconds),
            grading=grade,
        )
        for number, (text, grade) in enumerate(graded, 1)
    )


def test_each_point_is_lost_kept_or_gained_with_the_words_of_each_round() -> None:
    (compared,) = compare_rounds(rounds((FULL, SAID_ALL), (SHORT, SAID_LESS)))
    assert [(point.id, point.change) for point in compared.key_points] == [
        ("draw", "lost"),
        ("fresh", "lost"),
        ("boiling", "kept"),
    ]
    assert [said.words for said in compared.key_points[0].said] == ["It draws for three minutes.", "Use a pot."]
    assert compared.summary == "score 90 → 40; key points 3 → 1; words 13 → 7"
    (back,) = compare_rounds(rounds((SHORT, SAID_LESS), (FULL, SAID_ALL)))
    assert [(point.id, point.change) for point in back.key_points] == [
        ("boiling", "kept"),
        ("draw", "gained"),
        ("fresh", "gained"),
    ]


def test_rounds_of_different_measures_are_not_compared() -> None:
    estimate = grading(SHORT, {"boiling": ("covered", "It has to boil.")}, 40, "embedded")
    assert compare_rounds(rounds((FULL, SAID_ALL), (SHORT, estimate))) == ()
    assert compare_rounds(rounds((FULL, SAID_ALL), (SHORT, None))) == ()
    (compared,) = compare_rounds(rounds((FULL, SAID_ALL), (SHORT, estimate), (SHORT, SAID_LESS)))
    assert compared.points("kept")[0].id == "boiling"


def test_rounds_of_which_some_are_confirmed_are_compared_as_they_were_estimated() -> None:
    heard = grading(FULL, {"boiling": ("covered", "It has to boil."), "draw": ("covered", "It draws for three minutes.")}, 60)
    said = confirmed(_estimate(heard), {"draw": "missing"}, question())
    (compared,) = compare_rounds(rounds((FULL, said), (SHORT, _estimate(SAID_LESS))))
    assert [one.measure for one in compared.rounds] == ["confirmed", "embedded"]
    assert [(point.id, point.change) for point in compared.key_points] == [
        ("draw", "lost"),
        ("boiling", "kept"),
        ("fresh", "never"),
    ]
    assert [said.verdict for said in compared.key_points[1].said] == ["touched", "touched"]
    assert compared.summary == "key points 2 → 1; words 13 → 7; by the estimate, since you confirmed some rounds only"
    assert compared.summary.capitalize() in to_markdown(report(*rounds((FULL, said), (SHORT, _estimate(SAID_LESS)))))


def test_a_point_that_was_made_between_is_shown_where_its_round_is() -> None:
    (compared,) = compare_rounds(rounds((SHORT, SAID_LESS), (FULL, SAID_ALL), (SHORT, SAID_LESS)))
    wide, narrow = (_shown(compared, width) for width in (120, 80))
    assert re.search(r"between fresh +· not said +✓ “Cold water is best.” +· not said", wide), wide
    assert "in n" not in wide
    assert "in neither: fresh" in narrow, narrow
    written = report(*rounds((SHORT, SAID_LESS), (FULL, SAID_ALL), (SHORT, SAID_LESS)))
    assert "| between | Fresh" in to_markdown(written)
    assert "<td>between</td>" in to_html(written)


def test_a_point_that_every_round_turned_round_was_made_in_neither() -> None:
    (compared,) = compare_rounds(rounds((SHORT, SAID_LESS), (SHORT, SAID_LESS)))
    assert re.search(r"in neither draw +✗ “Use a pot.”", shown := _shown(compared, 80)), shown


@pytest.mark.parametrize(("estimate", "words", "coloured"), [(False, "not said", True), (True, "not found", False)])
def test_what_an_estimate_did_not_find_may_have_been_said(estimate: bool, words: str, coloured: bool) -> None:
    graded = (SAID_ALL, grading(SHORT, {"boiling": ("covered", "It has to boil.")}, 40))
    first, last = map(_estimate, graded) if estimate else graded
    (compared,) = compare_rounds(rounds((FULL, first), (SHORT, last)))
    out = io.StringIO()
    Console(width=80, file=out, force_terminal=True, color_system="truecolor").print(comparison(compared, 80, plain=False))
    assert f" {words}" in out.getvalue()
    assert ("38;2;215;0;95mlost" in out.getvalue()) == coloured


def _shown(compared: RoundComparison, width: int) -> str:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(comparison(compared, width, plain=False))
    return console.export_text()


def test_a_summary_has_figures_of_one_measure() -> None:
    (compared,) = compare_rounds(rounds((FULL, SAID_ALL), (SHORT, _estimate(SAID_LESS)), (SHORT, SAID_LESS)))
    assert compared.summary == "score 90 → none → 40; key points 3 → none → 1; words 13 → 7 → 7"


def _estimate(graded: Grading) -> Grading:
    return graded.model_copy(update={"grader": graded.grader.model_copy(update={"kind": "embedded", "estimate": True})})


def test_only_the_first_round_counts_in_means() -> None:
    drilled = rounds((FULL, SAID_ALL), (SHORT, SAID_LESS))
    assert first_attempts(drilled) == last_attempts(drilled) == drilled[:1]
    assert first_attempts(rounds((FULL, None), (SHORT, SAID_LESS))) == ()


def test_the_schedule_knows_the_first_round_only(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    session = store.add_session(SessionOptions(mode="drill", rounds=(60, 30)), [question()], NOW)
    assert store.session() == session
    for grade in (None, SAID_LESS):
        attempt = store.add_attempt(session.id, question(), SHORT, NOW)
        if grade:
            store.add_grading(attempt.id, grade, NOW)
    assert store.reviews() == ()
    assert [one.round for one in store.attempts()] == [Round.at(1, (60, 30)), Round.at(2, (60, 30))]
    store.add_grading(store.attempts()[0].id, SAID_ALL, NOW)
    assert [review.overall for review in store.reviews()] == [90]


def test_practice_is_not_compared_with_the_later_rounds_of_a_drill(home: Path) -> None:
    store = open_store(home / "interviewer.db")
    drill = store.add_session(SessionOptions(mode="drill", rounds=(60, 30)), [question()], NOW)
    for grade in (SAID_ALL, SAID_LESS):
        store.add_grading(store.add_attempt(drill.id, question(), SHORT, NOW).id, grade, NOW)
    practice = store.add_session(SessionOptions(), [question()], NOW)
    here = SessionRunner(fake_context(home), store, practice, (question(),), embedded_grader())
    attempt = store.add_attempt(practice.id, question(), SHORT, NOW)
    store.add_grading(attempt.id, SAID_LESS, NOW)
    assert here.previous_score(store.attempts()[-1]) == SAID_ALL.score


def report(*attempts: Attempt) -> Report:
    session = Session(id=1, created=NOW, mode="drill", question_ids=("tea",), rounds=(90, 60))
    return build_report([session], attempts, NOW)


def test_a_report_shows_the_rounds_side_by_side_in_every_format() -> None:
    made = report(*rounds((FULL, SAID_ALL), (SHORT, SAID_LESS)))
    assert (made.means[0].overall, made.last) == (90, ())
    text = to_markdown(made)
    assert "| | key point | round 1: 90 s, 90 | round 2: 60 s, 40 |" in text
    assert "| lost | The leaves draw for about three minutes. | covered: “It draws for three minutes.” | contradicted: " in text
    assert "`tea`, round 2 of 2: 60 seconds" in text
    page = to_html(made)
    assert "Round by round" in page
    assert "<td>kept</td><td>The water has to boil before it is poured.</td>" in page
    assert '<th scope="col">Change</th>' in page, "a column of short words stays narrow without breaking them"
    assert "<details" not in page
    folded = to_html(made.model_copy(update={"sessions": made.sessions * 2}))
    assert re.search(r"<details[^>]*>\s*<summary><h3>[^<]*</h3><br>\s*<span[^>]*>Score 90 → 40; key points", folded)
    assert to_csv(made).splitlines()[2].endswith(",2,60,,,")
    assert Report.model_validate_json(made.model_dump_json()).rounds == made.rounds
