"""An interview at a real terminal: a clock, follow-ups, silence about the answers, a debrief; and the demo."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import pexpect
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from interviewer.bank.bank import load_bank
from interviewer.storage.store import open_store
from interviewer.ui.inputs.editor import EditorInput
from interviewer.ui.inputs.pipe import Command, Submission
from tests.fakes import Clock, Sent, StubServer, completion, reply
from tests.terminal.person import ANSWER, READY, answer_until_follow_up, answers, ended, terminal, words
from tests.terminal.test_editor import until

POINTS = {key: len(load_bank().find(key).key_points) for key in ("3", "4")}
QUIRKS = "You said it memorises noise; where would it show?"
PAY = "You said unseen data; what do you pay for keeping some back?"
SIMPLE = "You called it too simple; what else may cause that?"


def model(asked: dict[str, Any], _: int) -> Sent:
    """Covers the first point, or the first two when a follow-up was answered; asks further, and deeper the second time."""
    prompt = "".join(message["content"] for message in asked["messages"])
    if asked["response_format"]["json_schema"]["name"] == "follow_up":
        if "What is overfitting" not in prompt:
            said, depth, text = "too simple", "what", SIMPLE
        elif "YOU ASKED" in prompt:
            said, depth, text = "unseen data", "trade_off", PAY
        else:
            said, depth, text = "memorises noise", "what", QUIRKS
        return Sent(completion(json.dumps({"said": said, "key_point": 1, "depth": depth, "question": text})))
    points = POINTS["3" if "What is overfitting" in prompt else "4"]
    more = {2: ([2], "covered")} if "On unseen data" in prompt else {}
    return Sent(completion(reply({1: ([1], "covered"), **more}, points=points)))


def test_an_interview_with_a_model(home: Path) -> None:
    with (
        StubServer(model) as server,
        terminal(
            home, "practice", "--mode", "interview", "--question", "3", "--question", "4", OPENAI_BASE_URL=server.url
        ) as child,
    ):
        child.expect(words("I have 2 questions"))
        child.expect(READY)
        child.send(f"{ANSWER}\x1b\r")
        child.expect(words(f"Follow-up {QUIRKS}"))
        child.expect(READY)
        child.send("On unseen data it does worse.\x1b\r")
        child.expect(words(f"Follow-up {PAY}"))
        child.expect(READY)
        child.send("\x1b\r")
        child.expect("Thank you")
        assert "/100" not in (child.before or "")
        child.expect("Question 2 of 2")
        child.expect(READY)
        child.send("The model is too simple for the pattern. My uncle raises bees.\x1b\r")
        child.expect(words(f"Follow-up {SIMPLE}"))
        child.expect(READY)
        child.send("/skip\r")
        child.expect(words("That was my last question. Thank you"))
        child.expect("Debrief")
        child.expect("before the follow-up")
        child.expect("Strongest moments")
        child.expect("Weakest moments")
        child.expect("Practise tomorrow")
        assert ended(child) == 0
    store = open_store(home / "interviewer.db")
    first, second = store.attempts()
    assert [exchange.answer for exchange in first.exchanges] == ["On unseen data it does worse.", ""]
    assert [exchange.answer for exchange in second.exchanges] == [""]
    assert first.grading is not None
    assert first.grading.score is not None
    assert [point.verdict for point in first.grading.score.key_points[:3]] == ["covered", "covered", "missing"]


def test_what_was_typed_to_a_follow_up_outlives_a_kill(home: Path) -> None:
    with terminal(home, "practice", "--mode", "interview", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        answer_until_follow_up(child)
        child.send("half a thought")
        child.expect("thought")
        child.kill(signal.SIGTERM)
        child.expect(pexpect.EOF)
    store = open_store(home / "interviewer.db")
    (attempt,) = store.attempts()
    store.close()
    assert (attempt.answer, attempt.exchanges[0].answer) == (ANSWER, "half a thought")


def test_an_interview_that_was_left_at_its_last_follow_up_is_resumed_for_its_debrief(home: Path) -> None:
    with terminal(home, "practice", "--mode", "interview", "--question", "3", "--grader", "embedded", "--no-confirm") as child:
        answer_until_follow_up(child)
        child.send("\x03")
        child.expect("Ctrl-C again to leave")
        child.send("\x03")
        child.expect("interviewer resume")
        assert ended(child) == 130
    with terminal(home, "resume", "--grader", "embedded", "--no-confirm") as child:
        child.expect(words("here is the debrief"))
        child.expect("Moments that touch most")
        assert ended(child) == 0
    with terminal(home, "resume", "--grader", "embedded", "--no-confirm") as child:
        child.expect("no session has a question left")
        assert ended(child) == 2


def test_when_the_time_is_up_what_was_typed_is_the_answer(home: Path) -> None:
    with terminal(home, "practice", "--question", "3", "--time-limit", "10", "--grader", "embedded", "--no-confirm") as child:
        child.expect(READY)
        child.send(ANSWER)
        child.expect("The time is up: what you had typed is your answer")
        child.expect("/100")
    assert answers(home) == [ANSWER]


@pytest.mark.parametrize(
    ("typed", "heard"), [("half a thought", Submission("half a thought")), ("", Submission("")), ("/quit\r", "quit")]
)
def test_the_clock_runs_down_warns_and_ends_the_answer(typed: str, heard: Submission | Command) -> None:
    clock = Clock()
    seen: list[str] = []

    async def read() -> Submission | Command:
        with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
            answer_input = EditorInput(clock.monotonic)
            keys.send_text(typed)
            listening = asyncio.create_task(answer_input.read("", lambda _: None, 90.0))
            prompt = answer_input._session
            await until(lambda: listening.done() or (prompt.app.is_running and prompt.default_buffer.text == typed))
            for seconds in (1, 80, 10):
                await clock.sleep(seconds)
                seen.append("".join(text for _, text, *_ in answer_input._toolbar()))
            return await asyncio.wait_for(listening, 20)

    assert asyncio.run(read()) == heard
    assert [line.partition(" · ")[0] for line in seen] == [
        "1:29 left",
        "0:09 left: wrap up",
        "0:00 left: wrap up",
    ]


@pytest.mark.parametrize("voice", [False, True])
def test_speak_is_named_where_it_works(voice: bool) -> None:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        shown = "".join(text for _, text, *_ in EditorInput(Clock().monotonic, voice=voice)._toolbar())
    assert ("/speak" in shown) == voice


def test_the_demo_types_by_itself_and_is_left_cleanly(home: Path) -> None:
    with terminal(home, "demo") as child:
        child.expect("Question 1 of 2")
        child.expect("Overfitting means the model memorises")
        child.expect("/100")
        child.sendintr()
        child.expect("your turn: interviewer")
        assert ended(child) == 130
    assert not home.exists()


def test_a_drill_at_a_terminal_cuts_off_at_its_clock_and_shows_what_was_lost(home: Path) -> None:
    options = ("--mode", "drill", "--seconds", "60,10", "--question", "3", "--grader", "embedded", "--no-confirm")
    with terminal(home, "practice", *options) as child:
        child.expect(words("round 1 of 2: 60 seconds"))
        child.expect(READY)
        child.send("The model learns the noise of its training data, so it does well there and much worse on new data.\x1b\r")
        child.expect(r"\[n\]ext round")
        child.expect(r"\[v\]iew all")
        assert "[r]etry" not in (child.before or "")
        child.send("n")
        child.expect(words("round 2 of 2: 10 seconds"))
        child.expect(READY)
        child.send("The model learns the noise of its training data.")
        child.expect(words("The time is up: what you had typed is your answer."))
        child.expect(words("Round 2 of 2, 10 seconds"))
        child.expect("lost")
        child.expect(words("generalization gap"))
        child.expect(words("not found"))
        child.expect("kept")
        child.expect(r"\[q\]uit")
        child.send("n")
        assert ended(child) == 0
    assert answers(home)[1] == "The model learns the noise of its training data."


def test_what_a_batch_says_goes_on_in_the_next_line_between_words(home: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("{}\n")
    graded = tmp_path / f"{'graded' * 12}.jsonl"
    with terminal(home, "batch", str(rows), "--grader", "embedded", "--output", str(graded)) as child:
        child.expect(r"1 ungraded; written to\r\n[^ ]*graded\.jsonl\r\n")
        ended(child)
