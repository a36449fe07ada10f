"""A person at a real terminal: typed keys, a drawn screen, and nothing typed is lost."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from interviewer.bank.bank import load_bank
from interviewer.store import open_store
from tests.conftest import clean_environment
from tests.fakes import reply, serving

ANSWER = "It memorises quirks of the training examples instead of the pattern."
POINTS = len(load_bank().find("3").key_points)
READY = r"\[\?2004h"  # the editor has the keyboard


@contextmanager
def terminal(home: Path, *arguments: str, timeout: float = 20, **environ: str) -> Iterator["pexpect.spawn[str]"]:
    child: pexpect.spawn[str] = pexpect.spawn(
        sys.executable,
        ["-m", "interviewer", *arguments],
        env={**clean_environment(home), "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1", **environ},
        encoding="utf-8",
        dimensions=(30, 80),
        timeout=timeout,
    )
    try:
        yield child
    finally:
        child.close(force=True)


def answers(home: Path) -> list[str]:
    store = open_store(home / "interviewer.db")
    try:
        return [attempt.answer for attempt in store.attempts()]
    finally:
        store.close()


def ended(child: "pexpect.spawn[str]") -> int | None:
    child.expect(pexpect.EOF)
    child.wait()
    return child.exitstatus


def test_two_lines_sent_with_escape_enter_are_graded(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded") as child:
        child.expect("What is overfitting")
        child.expect(READY)
        child.send(f"{ANSWER}\rSo it does badly on new data.\x1b\r")
        child.expect("/100")
        child.expect("estimate")
        child.expect("q quit")
        child.send("m\r")
        child.expect("A model answer")
        child.expect("q quit")
        child.send("\r")
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
        child.expect("q quit")
        child.send("q\r")
        assert ended(child) == 0


def test_retry_asks_the_same_question_again(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded") as child:
        child.expect(READY)
        child.send(f"{ANSWER}\x1b\r")
        child.expect("q quit")
        child.send("r\r")
        child.expect("What is overfitting")
        child.expect(READY)
        child.send("It learns noise by heart.\x1b\r")
        child.expect("q quit")
        child.send("\r")
        assert ended(child) == 0
    assert len(answers(home)) == 2


def test_a_pasted_text_of_several_lines_stays_one_answer(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded") as child:
        child.expect(READY)
        child.send(f"\x1b[200~{ANSWER}\n\nSecond paragraph.\x1b[201~\x1b\r")
        child.expect("q quit")
        child.send("q\r")
        assert ended(child) == 0
    assert answers(home) == [f"{ANSWER}\n\nSecond paragraph."]


def test_ctrl_c_asks_once_and_leaves_the_second_time_with_the_draft_kept(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded") as child:
        child.expect(READY)
        child.send("half a thought")
        child.expect("thought")
        child.send("\x03")
        child.expect("Ctrl-C again to leave")
        child.send("\x03")
        child.expect("interviewer resume")
        assert ended(child) == 130
    with terminal(home, "resume", "--grader", "embedded") as child:
        child.expect("half a thought")
        child.send(" finished\x1b\r")
        child.expect("q quit")
        child.send("q\r")
        assert ended(child) == 0
    assert answers(home) == ["half a thought finished"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_killed_or_closed_terminal_keeps_what_was_typed(home: Path, number: signal.Signals) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded") as child:
        child.expect(READY)
        child.send("half a thought")
        child.expect("thought")
        child.kill(number)
        child.expect(pexpect.EOF)
        child.wait()
    store = open_store(home / "interviewer.db")
    assert store.draft(store.session().id, "overfitting") == "half a thought"


def test_ctrl_d_on_an_empty_line_ends_the_session(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded") as child:
        child.expect(READY)
        child.send("\x04")
        assert ended(child) == 0


def test_hint_and_skip(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--question", "4", "--grader", "embedded") as child:
        child.expect(READY)
        child.send("/hint\r")
        child.expect("Compare how the model does")
        child.expect(READY)
        child.send("/skip\r")
        child.expect("Question 2 of 2")
        child.expect(READY)
        child.send("/quit\r")
        assert ended(child) == 0


def test_the_terminal_is_left_as_it_was(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--grader", "embedded") as child:
        child.expect(READY)
        child.send("\x03")
        child.expect("Ctrl-C again to leave")
        child.send("\x03")
        child.expect(pexpect.EOF)
        assert child.before is not None
        assert "\x1b[?2004l" in child.before  # bracketed paste is off again
