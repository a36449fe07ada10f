"""Verdicts on the screen while the model is still writing, and nowhere else."""

import json
import threading
from pathlib import Path

import pytest

from interviewer.bank.bank import load_bank
from tests.conftest import Run
from tests.fakes import reply
from tests.faults.server import STREAM, STREAM_END, Misbehaving, Script, Wait, event, piece, says, streams
from tests.terminal.person import ANSWER, MENU, READY, ended, terminal, words

POINT, *_ = POINTS = load_bank().find("3").key_points
SECRET = "a sentence of the model that nobody has checked"
GOOD = reply({1: ([1], "covered")}, points=len(POINTS), strengths=[SECRET])
NOTHING_LEFT = '{"key_point": 0, "question": ""}'
PRACTICE = ("practice", "--question", "3")


def held_back(text: str, place: int, until: threading.Event) -> Script:
    """A stream that stops at a place until something has happened."""
    first, rest = (piece(event({"content": part})) for part in (text[:place], text[place:]))
    return [STREAM, first, Wait(until), rest, piece(event({}, "stop") + "data: [DONE]\n\n"), STREAM_END]


def test_a_verdict_is_on_the_screen_before_the_reply_is_there_and_goes_with_the_score(home: Path) -> None:
    seen = threading.Event()
    with (
        Misbehaving({"": [held_back(GOOD, GOOD.index('"2": '), seen)]}) as server,
        terminal(home, *PRACTICE, OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(READY)
        child.send(f"{ANSWER}\x1b\r")
        child.expect("Provisional verdicts")
        child.expect(words(f"covered {POINT.text[:30]}"))
        assert SECRET not in str(child.before)
        assert "/100" not in str(child.before)
        seen.set()
        child.expect(r"\x1b\[1A\x1b\[2K")  # the lines are taken back
        child.expect("/100")
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0


def test_a_reply_that_is_mended_replaces_what_it_said(home: Path) -> None:
    broken = GOOD.replace('"level": 3', '"level": 99')
    mended = GOOD.replace("covered", "partial")
    seen = threading.Event()
    with (
        Misbehaving({"": [streams(broken), held_back(mended, mended.index('"errors"'), seen)]}) as server,
        terminal(home, *PRACTICE, OPENAI_BASE_URL=server.url) as child,
    ):
        child.expect(READY)
        child.send(f"{ANSWER}\x1b\r")
        child.expect(words(f"partial {POINT.text[:30]}"))
        seen.set()
        child.expect("/100")
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0


def streamed(server: Misbehaving) -> list[bool]:
    return ["stream" in json.loads(request.body) for request in server.completions("KEY POINTS")]


@pytest.mark.parametrize(
    ("arguments", "kind", "stream"),
    [
        (PRACTICE, "dumb", True),
        ((*PRACTICE, "--samples", "3"), "xterm-256color", False),
        ((*PRACTICE, "--follow-ups", "1"), "xterm-256color", True),  # it would give away what is still to be asked
    ],
)
def test_only_a_screen_that_can_be_redrawn_shows_verdicts_early(
    home: Path, arguments: tuple[str, ...], kind: str, stream: bool
) -> None:
    with (
        Misbehaving({"KEY POINTS": [streams(GOOD) if stream else says(GOOD)], "": [says(NOTHING_LEFT)]}) as server,
        terminal(home, *arguments, OPENAI_BASE_URL=server.url, TERM=kind) as child,
    ):
        child.expect(READY if kind != "dumb" else "> ")
        child.send(f"{ANSWER}\r/done\r")
        child.expect("/100")
        assert "Provisional verdicts" not in str(child.before)
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0
        assert set(streamed(server)) == {stream}


def test_a_pipe_shows_the_score_alone(run: Run) -> None:
    with Misbehaving({"": [streams(GOOD)]}) as server:
        done = run("grade", "--question", "3", stdin=ANSWER, OPENAI_BASE_URL=server.url, FORCE_COLOR="1")
        assert done.code == 0, done.err
        assert streamed(server) == [True]  # a slow server has its time
    assert "Provisional verdicts" not in done.out + done.err
