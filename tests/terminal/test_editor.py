"""The editor key by key, with a clock of its own: what sends, what leaves, what warns, and what is saved."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.application import create_app_session
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.layout.controls import BufferControl
from prompt_toolkit.layout.processors import TransformationInput
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.utils import get_cwidth

from interviewer.ui.inputs.editor import EditorInput
from interviewer.ui.inputs.pipe import Choice, Command, Submission
from interviewer.ui.inputs.voice import _show_meter
from interviewer.ui.inputs.word_wrap import WordWrap
from tests.fakes import Clock

UP, END, ESCAPE_ENTER = "\x1b[A", "\x1b[F", "\x1b\r"
MENU = [Choice("n", "[n]ext"), Choice("m", "[m]odel answer"), Choice("q", "[q]uit")]


@pytest.fixture
def keys() -> Iterator[PipeInput]:
    """The keyboard of a terminal that shows nothing."""
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        yield keys


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  # what is waited for happens inside prompt_toolkit
            await asyncio.sleep(0.01)


def read(keys: PipeInput, typed: str, draft: str = "", saved: list[str] | None = None) -> Submission | Command:
    async def go() -> Submission | Command:
        keys.send_text(typed)
        save = ([] if saved is None else saved).append
        async with asyncio.timeout(20):
            return await EditorInput(Clock().monotonic).read(draft, save)

    return asyncio.run(go())


@pytest.mark.parametrize(
    ("typed", "draft", "expected"),
    [
        (f"one\rtwo{ESCAPE_ENTER}", "", Submission("one\ntwo")),
        (f"pasted\r\ntwo\n\nthree\r\n\r\n{ESCAPE_ENTER}", "", Submission("pasted\ntwo\n\nthree\n\n")),
        ("one\r/done\r", "", Submission("one")),
        ("one\r/DONE \r", "", Submission("one")),
        ("/skip\r", "", "skip"),
        ("/hepl\r", "", "unknown"),
        (f"{UP}{END}\rx{ESCAPE_ENTER}", "/skip\nnot the last line", Submission("/skip\nx\nnot the last line")),
        (f"{UP}{END}\rx{ESCAPE_ENTER}", "/done\nnot the last line", Submission("/done\nx\nnot the last line")),
        ("a line\r\x04", "", None),  # Ctrl-D deletes, unless there is nothing
        ("\x04", "", "quit"),
    ],
)
def test_what_is_sent_and_what_is_a_new_line(
    keys: PipeInput, typed: str, draft: str, expected: Submission | Command | None
) -> None:
    if expected is None:
        assert read(keys, f"{typed}{ESCAPE_ENTER}", draft) == Submission("a line\n")
    else:
        assert read(keys, typed, draft) == expected


def test_a_command_saves_what_stands_above_it(keys: PipeInput) -> None:
    saved: list[str] = []
    assert read(keys, "half a thought\r/hint\r", saved=saved) == "hint"
    assert saved == ["half a thought"]


@pytest.mark.parametrize(("pause", "leaves"), [(2.9, True), (3.1, False)])
def test_ctrl_c_leaves_when_it_comes_twice_within_three_seconds(keys: PipeInput, pause: float, leaves: bool) -> None:
    clock = Clock()
    saved: list[str] = []

    async def go() -> Submission | Command | None:
        editor = EditorInput(clock.monotonic)
        reading = asyncio.create_task(editor.read("", saved.append))
        keys.send_text("half a thought\x03")
        await until(lambda: editor._interrupted_at == clock.monotonic())
        await clock.sleep(pause)
        keys.send_text("\x03")
        if not leaves:
            await until(lambda: editor._interrupted_at == clock.monotonic())
            keys.send_text(ESCAPE_ENTER)
        try:
            return await asyncio.wait_for(reading, 60)
        except KeyboardInterrupt:
            return None

    try:
        result = asyncio.run(go())
    except KeyboardInterrupt:
        result = None
    assert result == (None if leaves else Submission("half a thought"))
    assert saved == (["half a thought"] if leaves else [])


@pytest.mark.parametrize(
    ("limit", "left", "warns"),
    [
        (200, 40.1, False),
        (200, 40.0, True),  # a fifth of the time
        (60, 15.1, False),
        (60, 15.0, True),  # fifteen seconds at least
        (20, 10.1, False),
        (20, 10.0, True),  # half of the time at most
    ],
)
def test_the_clock_warns_near_the_end(keys: PipeInput, limit: int, left: float, warns: bool) -> None:
    clock = Clock()

    async def go() -> str:
        editor = EditorInput(clock.monotonic, voice=True)
        reading = asyncio.create_task(editor.read("word " * 200, lambda _: None, limit))
        await until(lambda: editor._session.app.is_running)
        await clock.sleep(limit - left)
        shown = "".join(text for _, text, *_ in editor._toolbar())
        keys.send_text(ESCAPE_ENTER)
        await asyncio.wait_for(reading, 60)
        return shown

    shown = asyncio.run(go())
    assert ("wrap up" in shown) == warns
    assert f"{int(left) // 60}:{int(left) % 60:02} left" in shown
    assert get_cwidth(shown) <= 80
    assert shown.endswith("/quit")


@pytest.mark.parametrize("voice", [False, True])
@pytest.mark.parametrize("limit", [None, 10])
@pytest.mark.parametrize("columns", [30, 40, 50, 80])
def test_a_narrow_terminal_shows_each_command_whole(voice: bool, limit: int | None, columns: int) -> None:
    class Narrow(DummyOutput):
        def get_size(self) -> Size:
            return Size(24, columns)

    async def go(keys: PipeInput) -> str:
        editor = EditorInput(Clock().monotonic, voice=voice)
        reading = asyncio.create_task(editor.read("", lambda _: None, limit))
        await until(lambda: editor._session.app.is_running)
        shown = "".join(text for _, text, *_ in editor._toolbar())
        keys.send_text(ESCAPE_ENTER)
        await asyncio.wait_for(reading, 60)
        return shown

    with create_pipe_input() as keys, create_app_session(input=keys, output=Narrow()):
        lines = asyncio.run(go(keys)).splitlines()
    assert max(map(get_cwidth, lines)) <= columns
    for command in ("/done", "/hint", "/skip", "/edit", "/quit", *(["/speak"] if voice else [])):
        assert any(command in line.split() for line in lines)


@pytest.mark.parametrize(("draft", "count"), [("", "0 words"), ("one", "1 word"), ("one two", "2 words")])
def test_words_are_counted_and_without_a_limit_there_is_no_clock(keys: PipeInput, draft: str, count: str) -> None:
    async def go() -> str:
        editor = EditorInput(Clock().monotonic)
        reading = asyncio.create_task(editor.read(draft, lambda _: None))
        await until(lambda: editor._session.app.is_running)
        shown = "".join(text for _, text, *_ in editor._toolbar())
        keys.send_text(ESCAPE_ENTER)
        await asyncio.wait_for(reading, 60)
        return shown

    assert asyncio.run(go()).startswith(f"{count} · Esc Enter")


def test_a_draft_that_is_on_its_way_to_the_disk_is_there_before_the_answer(
    keys: PipeInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interviewer.ui.inputs.editor.DRAFT_SECONDS", 0.01)
    began, gate = threading.Event(), threading.Event()
    saved: list[str] = []

    def save(text: str) -> None:
        began.set()
        gate.wait(60)
        saved.append(text)

    async def go() -> None:
        editor = EditorInput(Clock().monotonic)
        reading = asyncio.create_task(editor.read("", save))
        keys.send_text("half")
        await until(began.is_set)
        keys.send_text(ESCAPE_ENTER)
        await until(lambda: not editor._session.app.is_running)
        for _ in range(100):  # turns of the loop in which it could end
            await asyncio.sleep(0)
        assert not reading.done()
        gate.set()
        assert await asyncio.wait_for(reading, 60) == Submission("half")

    asyncio.run(go())
    assert saved == ["half"]


def test_typing_is_saved_while_it_goes_on_and_once(keys: PipeInput, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interviewer.ui.inputs.editor.DRAFT_SECONDS", 0.01)
    saved: list[str] = []

    async def go() -> None:
        reading = asyncio.create_task(EditorInput(Clock().monotonic).read("", saved.append))
        keys.send_text("half")
        await until(lambda: "half" in saved)
        keys.send_text(" a thought")
        await until(lambda: "half a thought" in saved)
        keys.send_text(ESCAPE_ENTER)
        await asyncio.wait_for(reading, 60)

    asyncio.run(go())
    assert len(saved) == len(set(saved))
    assert "" not in saved


def test_an_answer_can_be_written_in_another_editor(keys: PipeInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "and more\\n" >> "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    assert read(keys, f"half \r/edit\r{ESCAPE_ENTER}") == Submission("half \nand more")


@pytest.mark.parametrize(
    ("pressed", "chosen"), [("\r", "n"), ("m", "m"), ("M", "m"), ("xm", "m"), ("\x03", "q"), ("\x04", "q")]
)
def test_a_menu_takes_one_of_its_keys(keys: PipeInput, pressed: str, chosen: str) -> None:
    async def go() -> str:
        keys.send_text(pressed)
        return await asyncio.wait_for(EditorInput(Clock().monotonic).choose(MENU), 60)

    assert asyncio.run(go()) == chosen


@pytest.mark.parametrize(("pressed", "line"), [(" 55 \r", "55"), ("half\x03", ""), ("\x04", "")])
def test_a_line_is_empty_when_it_is_refused(keys: PipeInput, pressed: str, line: str) -> None:
    async def go() -> str:
        keys.send_text(pressed)
        return await asyncio.wait_for(EditorInput(Clock().monotonic).ask_line("How many? "), 60)

    assert asyncio.run(go()) == line


class Humming:
    """A microphone that is as loud as speech close by."""

    rate = 16_000

    def start(self) -> None: ...

    def level(self) -> float:
        return 0.25

    def stop(self) -> bytes:
        return b""


@pytest.mark.parametrize(
    ("pressed", "limit", "interrupted"),
    [("x\r", None, False), ("\x03", None, True), ("\x04", 60.0, True), ("x", 0.05, False)],
)
def test_a_recording_ends_with_enter_ctrl_c_or_the_time(
    keys: PipeInput, pressed: str, limit: float | None, interrupted: bool
) -> None:
    async def go() -> bool:
        keys.send_text(pressed)
        async with asyncio.timeout(20):
            return await _show_meter(Humming(), Clock().monotonic, limit, plain=True)

    assert asyncio.run(go()) is interrupted


@given(st.lists(st.text("ab漢 \t", max_size=12), max_size=12).map(" ".join), st.integers(3, 20))
def test_lines_end_between_words_and_every_sign_keeps_its_place(text: str, room: int) -> None:
    control = BufferControl(Buffer())
    document = Document(text)
    fragments: StyleAndTextTuples = [("", text)]
    wrapped = WordWrap(2).apply_transformation(
        TransformationInput(control, document, 0, lambda place: place, fragments, room + 2, 10)
    )
    shown = fragment_list_to_text(wrapped.fragments)
    places = [wrapped.source_to_display(place) for place in range(len(text) + 1)]
    assert places == sorted(places)
    rows, column = [0], 0  # as a terminal fills them
    for sign in shown:
        full = column + get_cwidth(sign) > room
        rows.append(rows[-1] + full)
        column = get_cwidth(sign) + (0 if full else column)
    for word in re.finditer(r"\S+", text):
        within = range(word.start(), word.end())
        assert [shown[places[place]] for place in within] == list(word[0])
        assert [wrapped.display_to_source(places[place]) for place in within] == list(within)
        if get_cwidth(word[0]) <= room:
            assert len({rows[places[place] + 1] for place in within}) == 1
