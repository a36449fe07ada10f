"""The first start at a terminal: three keys make a plan, Enter skips, and nobody is asked twice."""

import json
from pathlib import Path

import click
import pytest

from interviewer.ui.plan_setup import ask_plan
from interviewer.ui.screen import Screen
from tests.conftest import Run
from tests.fakes import fake_context
from tests.terminal.person import READY, ended, terminal, words


def test_enter_goes_straight_to_a_basic_question_and_is_remembered(home: Path) -> None:
    with terminal(home) as child:
        child.expect("no plan")
        child.send("\r")
        child.expect("Question 1 of 5")
        child.expect("basic")
        child.expect(READY)
    with terminal(home) as child:
        assert child.expect(["no plan", "Question 1 of 5"]) == 1


def test_three_keys_make_a_plan(home: Path) -> None:
    with terminal(home) as child:
        for asked, key in (("no plan", "2"), ("both", "a"), ("as many as it takes", "1")):
            child.expect(asked)
            child.send(key)
        child.expect(words("Your plan: interview on"))
        child.expect("Question 1 of 2")
    plan = json.loads((home / "plan.json").read_text())
    assert (plan["level"], plan["minutes_a_day"]) == ("advanced", 10)


def test_a_key_pressed_by_mistake_is_no_answer(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = iter(["x", "\x1b[A", "2", "z", "A", "9", "\r"])
    monkeypatch.setattr(click, "getchar", lambda: next(keys))
    context = fake_context(home)
    plan = ask_plan(context, Screen(context.stdout, context.stderr))
    assert plan.day is not None
    assert (plan.level, plan.minutes_a_day) == ("advanced", None)
    assert not list(keys)


def test_who_asks_for_something_else_is_not_asked(home: Path) -> None:
    with terminal(home, "practice", "--question", "3") as child:
        assert child.expect(["no plan", "Question 1 of 1"]) == 1


def test_an_error_breaks_between_words_and_is_one_line_in_a_pipe(home: Path, run: Run) -> None:
    with terminal(home, "practice", "--topic", "cooking") as child:
        assert ended(child) == 2
        lines = (child.before or "").splitlines()
    in_a_pipe = run("practice", "--topic", "cooking").err
    assert max(map(len, lines)) <= 80 < max(map(len, in_a_pipe.splitlines()))
    assert " ".join(lines).split() == in_a_pipe.split()
    assert all(line.startswith("  ") for line in lines[1:] if line)
