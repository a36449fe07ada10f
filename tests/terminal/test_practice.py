"""A person at a real terminal: typed keys, a drawn screen, and nothing typed is lost."""

import signal
import threading
from pathlib import Path
from typing import Any

import pexpect
import pytest

from interviewer.bank.bank import load_bank
from interviewer.storage.store import open_store
from tests.fakes import Sent, StubServer, completion, reply, serving
from tests.terminal.person import ANSWER, MENU, READY, answer_until_follow_up, answers, ended, terminal, words

POINTS = len(load_bank().find("3").key_points)


def test_two_lines_sent_with_escape_enter_are_graded(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        child.expect("What is overfitting")
        child.expect(READY)
        child.send(f"{ANSWER}\rSo it does badly on new data.\x1b\r")
        child.expect("/100")
        child.expect("estimate")
        child.expect(MENU)
        child.send("m")
        child.expect("A model answer")
        child.expect(MENU)
        child.send("n")
        assert ended(child) == 0
    assert answers(home) == [f"{ANSWER}\nSo it does badly on new data."]


def test_a_done_line_sends_and_an_llm_grades(home: Path) -> None:
    with (
        serving(reply({1: ([1], "covered")}, points=POINTS)) as server,
        terminal(home, "practice", "--question", "3", OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(READY)
        child.send(f"{ANSWER}\r/done\r")
        child.expect("/100")
        child.expect("And then")
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0


def test_retry_asks_again_and_shows_what_has_changed(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send(f"{ANSWER}\x1b\r")
        child.expect(MENU)
        child.send("r")
        child.expect("What is overfitting")
        child.expect(READY)
        child.send("It performs well on training data but noticeably worse on unseen test data.\x1b\r")
        child.expect(words("Since your last attempt new: generalization gap"))
        child.expect(words("still not found: regularization,"))
        child.expect(words("no longer touched on: fits noise"))
        child.expect(MENU)
        child.send("n")
        assert ended(child) == 0
    assert len(answers(home)) == 2


def test_an_objection_shows_both_verdicts_and_the_new_score(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send(f"{ANSWER}\x1b\r")
        child.expect(MENU)
        child.send("d")
        child.expect(words("2 not found"))  # as on the card, where 1 is covered
        child.expect("Which number")
        child.send("1\r")
        child.expect("One of 2, ")
        child.send("2\r")
        child.expect(words("Why does your answer say “"))
        child.send("It performs well on training data but noticeably worse on unseen test data.\r")
        child.expect(words("generalization gap: not found → touched on"))
        child.expect("an estimate")
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0


def test_a_saved_question_comes_back_until_it_is_taken_off(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send(f"{ANSWER}\x1b\r")
        child.expect(r"\[s\]ave")
        child.send("s")
        child.expect("practice --saved")
        child.expect(r"\[u\]nsave")
        child.send("q")
        assert ended(child) == 0
    with terminal(home, "practice", "--saved", "--grader", "embedded", "--no-confirm") as child:
        child.expect("Question 1 of 1")
        child.expect(READY)
        child.send(f"{ANSWER}\x1b\r")
        child.expect(MENU)
        child.send("u")
        child.expect(r"\[s\]ave")
        child.send("q")
        assert ended(child) == 0
    with terminal(home, "practice", "--saved", "--grader", "embedded", "--no-confirm") as child:
        child.expect("no question of this bank is saved")
        assert ended(child) == 2


def test_an_own_estimate_is_asked_for_before_the_score_and_kept(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--rate", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send(f"{ANSWER}\x1b\r")
        child.expect("Your own estimate")
        child.send("lots\r")
        child.expect("Your own estimate")
        child.send("55%\r")
        child.expect("you expected 55")
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0
    store = open_store(home / "interviewer.db")
    assert [attempt.self_rating for attempt in store.attempts()] == [55]


def test_a_follow_up_comes_before_the_score_and_completes_the_point(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--follow-ups", "1", "--grader", "embedded", "--no-confirm") as child:
        answer_until_follow_up(child)
        child.send("It performs well on the training data but much worse on unseen test data.\x1b\r")
        child.expect("/100")
        child.expect(words("Since the follow-up new: generalization gap"))
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0


def test_a_pasted_text_of_several_lines_stays_one_answer(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send(f"\x1b[200~{ANSWER}\n\nSecond paragraph.\x1b[201~\x1b\r")
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0
    assert answers(home) == [f"{ANSWER}\n\nSecond paragraph."]


def test_ctrl_c_asks_once_and_leaves_the_second_time_with_the_draft_kept(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send("half a thought")
        child.expect("thought")
        child.send("\x03")
        child.expect("Ctrl-C again to leave")
        child.send("\x03")
        child.expect("interviewer resume")
        assert ended(child) == 130
    with terminal(home, "resume", "--grader", "embedded", "--no-confirm") as child:
        child.expect("half a thought")
        child.send(" finished\x1b\r")
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0
    assert answers(home) == ["half a thought finished"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_killed_or_closed_terminal_keeps_what_was_typed(home: Path, number: signal.Signals) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send("half a thought")
        child.expect("thought")
        child.kill(number)
        child.expect(pexpect.EOF)
        child.wait()
    store = open_store(home / "interviewer.db")
    assert store.draft(store.session().id, "overfitting") == "half a thought"


def test_ctrl_d_on_an_empty_line_ends_the_session(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send("\x04")
        assert ended(child) == 0


def test_hint_and_skip(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--question", "4", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send("/hint\r")
        child.expect("Compare how the model does")
        child.expect(READY)
        child.send("/skip\r")
        child.expect("Question 2 of 2")
        child.expect(READY)
        child.send("/quit\r")
        assert ended(child) == 0


def test_a_command_that_does_not_exist_is_told_and_is_no_part_of_the_answer(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send(f"{ANSWER}\r/hepl\r")
        child.expect(words("There is no such command"))
        child.expect("/hint, /skip, /edit")
        child.expect(READY)
        child.send("\r/tmp/cache holds the folds.\x1b\r")
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0
    assert answers(home) == [f"{ANSWER}\n/tmp/cache holds the folds."]


def test_the_terminal_is_left_as_it_was(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send("\x03")
        child.expect("Ctrl-C again to leave")
        child.send("\x03")
        child.expect(pexpect.EOF)
        assert child.before is not None
        assert "\x1b[?2004l" in child.before  # bracketed paste is off again


def test_ctrl_c_while_an_answer_is_graded_returns_to_the_menu_which_can_grade_it(home: Path) -> None:
    stopped = threading.Event()

    def behave(_: dict[str, Any], __: int) -> Sent:
        return Sent(completion(reply({1: ([1], "covered")}, points=POINTS))) if stopped.is_set() else Sent(seconds=20)

    with (
        StubServer(behave) as server,
        terminal(home, "practice", "--question", "3", OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(READY)
        child.send(f"{ANSWER}\x1b\r")
        child.expect("Saved; grading")
        child.send("\x03")
        child.expect(words("Saved, not graded: you stopped it"))
        stopped.set()
        child.expect(r"\[g\]rade  \[e\]stimate now")
        child.expect(MENU)
        child.send("g")
        child.expect("/100")
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0
    assert answers(home) == [ANSWER]


def test_a_grading_that_failed_can_be_repeated_or_estimated_and_both_are_kept(home: Path) -> None:
    with (
        serving(Sent(status=401, body={}), Sent(status=401, body={}), reply({1: ([1], "covered")}, points=POINTS)) as server,
        terminal(home, "practice", "--question", "3", OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(READY)
        child.send(f"{ANSWER}\x1b\r")
        child.expect("Saved, not graded")
        child.expect(MENU)
        child.send("g")
        child.expect("Saved, not graded")
        child.expect(MENU)
        child.send("e")
        child.expect("unconfirmed estimate")
        child.expect(MENU)
        child.send("g")
        child.expect("And then")
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0
    store = open_store(home / "interviewer.db")
    (attempt,) = store.attempts()
    kinds = [(past.grading.grader.kind, past.grading.status) for past in store.gradings(attempt.id)]
    assert kinds == [("llm", "ungraded"), ("llm", "ungraded"), ("embedded", "graded"), ("llm", "graded")]


def test_four_times_ctrl_c_while_an_answer_is_graded_loses_nothing(home: Path) -> None:
    with (
        serving(Sent(seconds=20)) as server,
        terminal(home, "practice", "--question", "3", OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(READY)
        child.send(f"{ANSWER}\x1b\r")
        child.expect("Saved; grading")
        child.send("\x03\x03\x03\x03")
        child.expect("interviewer regrade")
        child.send("\x03")
        assert ended(child) in {3, 130}
        assert "Traceback" not in str(child.before)
    assert answers(home) == [ANSWER]


@pytest.mark.parametrize(
    ("editor", "problem"),
    [
        ("no-such-editor", "The editor no-such-editor was not found."),
        ("vi 'unclosed", "The value of EDITOR is no command: no closing quotation."),
        ("sh -c 'echo written there >> \"$0\"; exit 1'", "failed."),
    ],
)
def test_an_editor_that_fails_loses_no_word_and_ends_nothing(home: Path, editor: str, problem: str) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm", EDITOR=editor) as child:
        child.expect(READY)
        child.send(f"{ANSWER}\r/edit\r")
        child.expect(words(problem))
        child.expect(words("What you typed is kept"))
        child.expect(READY)
        child.send("\x1b\r")
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0
    written = "\nwritten there" if editor.startswith("sh") else ""
    assert answers(home) == [f"{ANSWER}{written}"]


def test_a_terminal_that_closes_during_the_editing_keeps_what_was_saved_there(home: Path) -> None:
    editor = "sh -c 'echo written there >> \"$0\"; kill -HUP $PPID; sleep 0.3'"
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm", EDITOR=editor) as child:
        child.expect(READY)
        child.send("half a thought\r/edit\r")
        child.expect(pexpect.EOF)
        child.wait()
    store = open_store(home / "interviewer.db")
    assert store.draft(store.session().id, "overfitting") == "half a thought\nwritten there"


def test_an_answer_that_is_too_long_is_refused_where_it_is_typed(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send(f"\x1b[200~{'It learns noise. ' * 1_300}\x1b[201~\x1b\r")
        child.expect(words("22,100 characters, and an answer has 20,000 at most"))
        shown = child.before or ""
        child.send("\x15\x1b\r")  # nothing was sent: what is left of the text is shortened here
        child.send("/quit\r")
        assert ended(child) == 0
        assert shown.count("It learns noise.") < 400  # one screen, not the whole answer


def test_tabs_of_a_paste_without_marks_are_kept(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send("model\tfits noise\x1b\r")
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0
    assert answers(home) == ["model\tfits noise"]


def test_the_arrow_keys_bring_back_answers_to_the_same_question_only(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--question", "4", "--grader", "embedded", "--no-confirm") as child:
        for answer in ("Noise is learned.", "Too simple a model."):
            child.expect(READY)
            child.send(f"{answer}\x1b\r")
            child.expect(MENU)
            child.send("n")
        assert ended(child) == 0
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send("\x1b[A\x1b[A\x1b\r")
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0
    assert answers(home) == ["Noise is learned.", "Too simple a model.", "Noise is learned."]


def test_an_answer_after_the_model_answer_is_marked(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send(f"{ANSWER}\x1b\r")
        child.expect(MENU)
        child.send("mr")
        child.expect("A model answer")
        child.expect("What is overfitting")
        child.expect(READY)
        child.send(f"{ANSWER}\x1b\r")
        child.expect(words("after the model answer"))
        child.expect(MENU)
        child.send("q")
        child.expect("; 1 answered")
        assert ended(child) == 0
    store = open_store(home / "interviewer.db")
    assert [attempt.after_model_answer for attempt in store.attempts()] == [False, True]
    assert len(store.reviews()) == 1


def test_a_point_that_was_said_is_counted_by_the_person_beside_the_graders_verdict(home: Path) -> None:
    with (
        serving(reply({1: ([1], "covered")}, points=POINTS)) as server,
        terminal(home, "practice", "--question", "3", OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(READY)
        child.send(f"{ANSWER}\x1b\r")
        child.expect(MENU)
        child.send("c")
        child.expect("Which number")
        child.send("2\r")
        child.expect("Did you say this")
        child.send("y\r")
        child.expect("Counted by you")
        child.expect("before")
        child.expect(MENU)
        child.send("v")
        child.expect(words("counted by you (the grader: missing)"))
        if child.expect([MENU, "page 2 of 2"]):
            child.send("\r")
            child.expect(MENU)
        child.send("q")
        assert ended(child) == 0


def test_what_is_left_by_ctrl_c_is_not_disturbed_by_one_more(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send("half a thought")
        child.expect("thought")
        child.send("\x03\x03\x03\x03")
        child.expect("stopped; everything is saved")
        child.send("\x03")
        assert ended(child) == 130
        assert "Traceback" not in str(child.before)


def test_a_session_with_a_clock_that_goes_on_says_that_its_clock_starts_again(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded", "--time-limit", "60") as child:
        child.expect(READY)
        child.send("It memorises noise.")
        child.expect("noise")
        child.kill(signal.SIGKILL)
    with terminal(home, "resume", "--grader", "embedded") as child:
        child.expect("The clock starts again with the question")
        child.expect("What is overfitting")
