"""Answers from a pipe: where one ends, what a command is, and what is saved on the way."""

import asyncio
import io
import os

import pytest

from interviewer.errors import InputError
from interviewer.models import ANSWER_LIMIT
from interviewer.ui.inputs.pipe import Command, PipeInput, Submission, command_in
from tests.conftest import Run


def read(text: str | bytes, draft: str = "", *, times: int = 1) -> tuple[list[Submission | Command], list[str]]:
    answers = PipeInput(io.BytesIO(text if isinstance(text, bytes) else text.encode()))
    saved: list[str] = []

    async def go() -> list[Submission | Command]:
        return [await answers.read(draft, saved.append) for _ in range(times)]

    return asyncio.run(go()), saved


def test_an_answer_ends_at_done_or_at_the_end() -> None:
    entries, _ = read("one\ntwo\n /Done \nthree", times=3)
    assert entries == [Submission("one\ntwo\n"), Submission("three"), "end"]


def test_a_command_saves_what_stands_above_it_and_a_draft_comes_first() -> None:
    entries, saved = read("half\n/hint\n")
    assert (entries, saved) == (["hint"], ["half\n"])
    entries, _ = read("more\n", draft="half\n\n")
    assert entries == [Submission("half\nmore\n")]


@pytest.mark.parametrize("rest", ["", "\n", " \n\n"])
def test_a_draft_of_an_earlier_run_is_sent_by_whoever_goes_on_with_it(rest: str) -> None:
    assert read(rest, draft="half\n")[0] == ["end"]
    assert read(f"{rest}/done\n", draft="half\n")[0] == [Submission(f"half\n{rest}")]


def test_what_the_pipe_said_before_a_command_is_an_answer_at_its_end() -> None:
    answers = PipeInput(io.BytesIO(b"half\n/hint\n"))
    saved: list[str] = []
    assert asyncio.run(answers.read("", saved.append)) == "hint"
    assert asyncio.run(answers.read(saved[-1], saved.append)) == Submission("half\n")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/skip", "skip"),
        (" /QUIT\n", "quit"),
        ("/hint", "hint"),
        ("/edit", "edit"),
        ("/speak", "speak"),
        ("/help", "help"),
        ("/hepl", "unknown"),
        ("/end", "unknown"),
        ("/unknown", "unknown"),
        ("/done", None),
        ("/tmp/cache", None),
        ("/skip it", None),
        ("skip", None),
        ("", None),
    ],
)
def test_a_command_is_one_word_after_a_slash(line: str, command: Command | None) -> None:
    assert command_in(line) == command


@pytest.mark.parametrize(("seconds", "drafts"), [(-1.0, ["one\n", "one\ntwo\n"]), (60.0, [])])
def test_a_draft_is_saved_every_few_seconds(monkeypatch: pytest.MonkeyPatch, seconds: float, drafts: list[str]) -> None:
    monkeypatch.setattr("interviewer.ui.inputs.pipe.DRAFT_SECONDS", seconds)
    _, saved = read("one\ntwo\n/done\n")
    assert saved == drafts


@pytest.mark.parametrize(("size", "refused"), [(2 * ANSWER_LIMIT, False), (2 * ANSWER_LIMIT + 1, True)])
def test_what_never_ends_is_cut_off_and_saved(size: int, refused: bool) -> None:
    saved: list[str] = []
    answers = PipeInput(io.BytesIO(b"x" * size))
    if refused:
        with pytest.raises(InputError, match="longer than 20,000"):
            asyncio.run(answers.read("", saved.append))
        assert [len(text) for text in saved] == [2 * ANSWER_LIMIT]
    else:
        assert asyncio.run(answers.read("", saved.append)) == Submission("x" * size)


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"nul\0"])
def test_what_is_no_text_is_refused_and_what_came_before_is_saved(raw: bytes) -> None:
    saved: list[str] = []
    with pytest.raises(InputError, match="not text in UTF-8"):
        asyncio.run(PipeInput(io.BytesIO(b"half\n" + raw)).read("", saved.append))
    assert saved == ["half\n"]


@pytest.mark.parametrize("kind", ["text", "pipe"])
def test_what_nobody_asked_for_is_counted_without_waiting_for_more(kind: str) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"one\n/done\ntwo\n\nthree\n/done\n")
    with os.fdopen(writing, "wb") as open_end, os.fdopen(reading, "rb") as pipe:
        stream = pipe if kind == "pipe" else io.BytesIO(b"one\n/done\n")
        answers = PipeInput(stream)
        assert asyncio.run(answers.read("", lambda _: None)) == Submission("one\n")
        assert answers.unused_lines() == (3 if kind == "pipe" else 0)
        assert os.get_blocking(pipe.fileno())
        assert not open_end.closed  # nobody had to close it


def test_lines_behind_the_end_of_a_session_are_told(run: Run) -> None:
    practice = ("practice", "--question", "3", "--grader", "embedded")
    told = run(*practice, stdin="It memorises noise.\n/done\nMore.\n\nAnd more.\n")
    assert told.code == 0
    assert "Not used: 2 lines of the input" in told.err
    assert "Not used" not in run(*practice, stdin="It memorises noise.\n/done\n\n").err
