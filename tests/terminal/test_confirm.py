"""A person confirms an estimate at a real terminal: one key a point, Enter for the rest, Esc for later."""

import signal
from datetime import UTC, datetime
from pathlib import Path

import pexpect
import pytest

from interviewer.models import Grading, SessionOptions
from interviewer.storage.store import open_store
from tests.conftest import Run
from tests.terminal.person import MENU, READY, ended, terminal, words

SAID = "The model learns the noise of its training data. I would use dropout. Early stopping helps."
FIRST = words("Enter: as shown")
ENTER = "\x1b[B\r"
"""Behind an arrow, since an Enter that comes at once, before any other key, is taken for a habit."""
PRACTICE = ("practice", "--question", "3", "--grader", "embedded")


def kept(home: Path) -> Grading:
    store = open_store(home / "interviewer.db")
    try:
        (attempt,) = store.attempts()
    finally:
        store.close()
    assert attempt.grading is not None
    return attempt.grading


def leave(child: "pexpect.spawn[str]") -> None:
    child.expect(MENU)
    child.send("q")
    assert ended(child) == 0


def test_a_key_a_point_and_enter_for_the_rest_make_a_score_of_ones_own(home: Path) -> None:
    with terminal(home, *PRACTICE) as child:
        child.expect(READY)
        child.send(f"{SAID}\x1b\r")
        child.expect(words("unconfirmed. Which of these points did you say?"))
        child.expect(words("Touched on: “The model learns the noise"))
        child.expect(FIRST)
        child.send("m")
        child.expect("A model answer")
        child.expect(FIRST)
        child.send("o")
        child.expect(words("1 opposite"))
        child.expect(FIRST)
        child.send("\r")
        child.expect("/100")
        child.expect(words("confirmed by you"))
        child.expect(words("[c]orrect"))
        child.expect(MENU)
        child.send("c")
        child.expect(FIRST)
        child.send("y\r")
        child.expect(words("confirmed by you"))
        leave(child)
    grading = kept(home)
    assert grading.score is not None
    assert (grading.measure, grading.score.key_points[0].verdict) == ("confirmed", "covered")


def test_escape_leaves_the_range_and_keeps_what_was_said_for_later(home: Path) -> None:
    with terminal(home, *PRACTICE) as child:
        child.expect(READY)
        child.send(f"{SAID}\x1b\r")
        child.expect(FIRST)
        child.send("n")
        child.expect(words("1 no"))
        child.expect(FIRST)
        child.send("\x1b")
        child.expect(words("What you said so far is kept."))
        child.expect(words("unconfirmed estimate"))
        leave(child)
    assert kept(home).unconfirmed
    store = open_store(home / "interviewer.db")
    later = store.add_session(SessionOptions(), [], datetime.now(UTC)).id
    store.close()
    with terminal(home, "confirm", str(later)) as child:
        child.expect(f"session {later} has no estimate to confirm")
        assert ended(child) == 2
    with terminal(home, "confirm", NO_COLOR="1", TERM="dumb") as child:  # of the latest session that has one
        child.expect("3  Regularization")
        child.expect("Esc: later")
        child.send(ENTER)
        child.expect("confirmed by you")
        assert ended(child) == 0
    grading = kept(home)
    assert [grading.key_points[place].counted for place in (0, 5)] == ["missing", "covered"]
    with terminal(home, "confirm") as child:
        child.expect("there is no estimate to confirm")
        child.expect(words("correct what you confirmed: interviewer confirm SESSION"))
        assert ended(child) == 2
    with terminal(home, "confirm", str(later - 1)) as child:
        child.expect(words("are confirmed. Here they are again, to be corrected."))
        child.expect(words("confirmed by you. Which of these points did you say?"))
        child.expect(words("1 no"))
        child.expect(FIRST)
        child.send("h\r")
        child.expect(words("1 half"))
        child.expect(words("confirmed by you"))
        assert ended(child) == 0
    grading = kept(home)
    assert [grading.key_points[place].counted for place in (0, 5)] == ["partial", "covered"]


def test_a_program_that_is_killed_loses_no_key(home: Path) -> None:
    with terminal(home, *PRACTICE) as child:
        child.expect(READY)
        child.send(f"{SAID} A model overfits when it is so simple that it misses what is going on.\x1b\r")
        child.expect(words("Enter: as shown, then !1"))
        child.send("h")
        child.expect(words("1 half"))
        child.send("\r")  # all but the mistake
        child.expect(words("[y]es, wrong"))
        child.kill(signal.SIGKILL)
    with terminal(home, "confirm") as child:
        child.expect(words("1 half"))
        child.expect(words("6 said "))
        child.expect(words("[y]es, wrong"))
        child.send("n")
        child.expect("confirmed by you")
        assert ended(child) == 0
    assert kept(home).key_points[0].counted == "partial"


def test_one_estimate_can_be_passed_over_and_the_end_says_what_is_left(home: Path, run: Run) -> None:
    said = f"{SAID}\n/done\nThe model is too simple for its data.\n/done\n"
    run("practice", "--question", "3", "--question", "4", "--grader", "embedded", stdin=said)
    run("practice", "--question", "5", "--grader", "embedded", stdin=f"{SAID}\n/done\n")
    with terminal(home, "confirm") as child:
        child.expect(FIRST)
        child.send(ENTER)
        child.expect("confirmed by you")
        child.expect(words("Estimates of 1 other session are unconfirmed as well. The latest: interviewer confirm 1"))
        assert ended(child) == 0
    with terminal(home, "confirm") as child:
        child.expect("What is overfitting")
        child.expect(words("[s]kip answer"))
        child.send("s")
        child.expect("Explain underfitting")
        child.expect(words("[v]iew Esc: later"))  # there is nothing to go on to
        child.send(ENTER)
        child.expect("confirmed by you")
        child.expect(words("1 estimate of session 1 left. Go on: interviewer confirm 1"))
        assert ended(child) == 0
    with terminal(home, "confirm", "1") as child:
        child.expect("What is overfitting")
        child.expect(FIRST)
        child.send("\x03")
        child.expect(words("1 estimate of session 1 left. Go on: interviewer confirm 1"))
        assert ended(child) == 0


@pytest.mark.parametrize("terminal_type", ["xterm-256color", "dumb"])
def test_enter_accepts_the_points_and_asks_for_a_mistake_by_itself(home: Path, terminal_type: str) -> None:
    with terminal(home, *PRACTICE, TERM=terminal_type) as child:
        child.expect(READY if terminal_type != "dumb" else "> ")
        child.send(f"{SAID} A model overfits when it is so simple that it misses what is going on.\x1b\r")
        child.expect(words("Enter: as shown, then !1"))
        child.send(ENTER)
        child.expect(words("This may be wrong: “A model overfits when it is so simple"))
        child.expect(words("[y]es, wrong"))
        child.send("\r\rn")
        child.expect("confirmed by you")
        leave(child)
    grading = kept(home)
    assert (grading.confirmed, grading.errors) == (True, ())


def test_where_no_point_was_found_each_is_asked_until_enter(home: Path) -> None:
    with terminal(home, *PRACTICE) as child:
        child.expect(READY)
        child.send("Bananas are yellow.\x1b\r")
        child.expect(words("None of these points was found."))
        child.expect(FIRST)
        child.send("yh\r")
        child.expect("confirmed by you")
        leave(child)
    assert [point.counted for point in kept(home).key_points[:3]] == ["covered", "partial", "missing"]


def test_who_does_not_know_is_not_asked_and_can_correct_that(home: Path) -> None:
    with terminal(home, *PRACTICE) as child:
        child.expect(READY)
        child.send("I have no idea.\x1b\r")
        child.expect(words("prevent it? “I have no idea.” is taken as it is: no point counts."))
        child.expect("0.*/100")
        child.expect("confirmed by you")
        child.expect(words("[c]orrect"))
        child.send("c")
        child.expect(words("1 no"))
        child.send("y\r")
        child.expect(words("1 covered"))
        leave(child)
    assert [point.counted for point in kept(home).key_points[:2]] == ["covered", "missing"]
    with terminal(home, "confirm", "1") as child:
        child.expect(words("1 said"))
        child.expect(FIRST)
        child.send("n\r")
        child.expect(words("confirmed by you"))
        assert ended(child) == 0


def test_an_enter_by_habit_after_the_last_point_does_not_skip_the_score(home: Path) -> None:
    with terminal(home, *PRACTICE, "--question", "4", timeout=30) as child:
        child.expect(READY)
        child.send("The model learns the noise of its training data.\x1b\r")
        child.expect(FIRST)
        child.send("y\r")
        child.expect("confirmed by you")
        leave(child)
        assert "Question 2" not in str(child.before)


def test_an_interview_asks_at_its_debrief(home: Path) -> None:
    with terminal(home, *PRACTICE, "--mode", "interview", "--follow-ups", "0") as child:
        child.expect(READY)
        child.send(f"{SAID}\x1b\r")
        child.expect("Thank you")
        child.expect(FIRST)
        child.send(ENTER)
        child.expect("Debrief")
        child.expect(words("on average over 1, confirmed by you"))
        assert ended(child) == 0


def test_after_the_last_point_with_words_those_not_found_can_still_be_marked(home: Path) -> None:
    with terminal(home, *PRACTICE) as child:
        child.expect(READY)
        child.send("The model learns the noise of its training data.\x1b\r")
        child.expect(FIRST)
        child.send("yyyyyyy")
        child.expect("confirmed by you")
        leave(child)
    assert {point.counted for point in kept(home).key_points} == {"covered"}
