"""Narrow, wide, dumb, resized and killed terminals, and pipes that close: what was typed stays."""

import io
import os
import re
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pexpect
import pytest

from interviewer.storage.store import open_store
from tests.conftest import Run, clean_environment
from tests.faults.conftest import kept
from tests.terminal.person import MENU, READY, ended, spawned, terminal

PRACTICE = ("practice", "--question", "3", "--grader", "embedded", "--no-confirm")
PROGRAM = f"{sys.executable} -m interviewer"
WIDE = "It learns the noise of the training data by heart, and not the pattern: 訓練データのノイズを覚える 👩‍👩‍👧 e\u0301 naïve"


def draft(home: Path) -> str:
    store = open_store(home / "interviewer.db")
    try:
        return store.draft(store.session().id, "overfitting")
    finally:
        store.close()


@pytest.mark.parametrize("columns", [40, 120, 200])
def test_any_width_and_any_writing(home: Path, columns: int) -> None:
    with terminal(home, *PRACTICE) as child:
        child.setwinsize(24, columns)
        child.expect(READY)
        child.send(f"{WIDE}\x1b\r")
        child.expect("/100")
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0
    assert kept(home) == [WIDE]


def test_a_resize_in_mid_answer_changes_nothing(home: Path) -> None:
    with terminal(home, *PRACTICE) as child:
        child.expect(READY)
        child.send("It memorises ")
        child.expect("memorises")
        for size in ((10, 40), (50, 200), (24, 80)):
            child.setwinsize(*size)
        child.send("noise.\x1b\r")
        child.expect(MENU)
        child.send("q")
        assert ended(child) == 0
    assert kept(home) == ["It memorises noise."]


@pytest.mark.parametrize(
    "environ",
    [
        {"TERM": "dumb"},
        {"TERM": "unknown-terminal"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii"},
        {"NO_COLOR": "1"},
    ],
    ids=lambda environ: " ".join(f"{name}={value}" for name, value in environ.items()),
)
def test_poor_terminals_do(home: Path, environ: dict[str, str]) -> None:
    with terminal(home, *PRACTICE, timeout=90, **environ) as child:
        child.expect("What is overfitting")
        child.expect(">")
        child.send("It memorises noise.\r/done\r")
        child.expect("/100")
        child.send("q")
        assert ended(child) == 0
    assert kept(home) == ["It memorises noise."]


def test_a_dumb_terminal_gets_no_escape_codes_and_is_told_the_keys_and_the_draft(home: Path) -> None:
    shown = io.StringIO()
    with terminal(home, *PRACTICE, "--question", "4", TERM="dumb") as child:
        child.logfile_read = shown
        child.expect("/done sends")
        child.expect("> ")
        child.send("It memorises noise.\r/hint\r")
        child.expect("/done sends")
        child.expect("> It memorises noise.")
        child.send("\r/done\r")
        child.expect(MENU)
        child.send("n")
        child.expect("Question 2 of 2")
        child.expect("> ")
        child.send("half\x03")
        child.expect("Ctrl-C again to leave")
        child.send("\x03")
        child.expect("interviewer: stopped; everything is saved")
        assert ended(child) == 130
    assert "\x1b" not in shown.getvalue()
    assert kept(home) == ["It memorises noise."]


def test_typing_is_kept_every_few_seconds(home: Path) -> None:
    with terminal(home, *PRACTICE) as child:
        child.expect(READY)
        child.send("half a thought")
        child.expect("thought")
        deadline = time.monotonic() + 60
        while draft(home) != "half a thought":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        child.kill(signal.SIGKILL)
    assert draft(home) == "half a thought"


@pytest.mark.parametrize("told", ["bank export --format jsonl", "bank list", "bank show 3"])
def test_a_reader_that_leaves_early_is_no_error(told: str, home: Path) -> None:
    command = f"{PROGRAM} {told} | head -c 10 > /dev/null; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], env=clean_environment(home), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"
    assert done.stderr == ""


def test_windows_line_ends_are_line_ends(run: Run, home: Path) -> None:
    done = run(*PRACTICE, stdin=b"It memorises\r\nnoise.\r\n/done\r\n")
    assert done.code == 0, done.err
    assert kept(home) == ["It memorises\nnoise."]
    assert "\r" not in done.out


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="finds the terminal in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP] * 2)
def test_a_signal_in_mid_word_leaves_the_terminal_as_it_was(home: Path, number: signal.Signals) -> None:
    with terminal(home, *PRACTICE) as child:
        screen = os.open(f"/proc/{child.pid}/fd/0", os.O_RDWR | os.O_NOCTTY)  # a terminal that nobody holds forgets its modes
        try:
            before = termios.tcgetattr(screen)
            child.expect(READY)
            child.send("half a thought " * 60)  # enough to keep the editor busy
            child.expect("thought")
            child.kill(number)
            child.expect(f"stopped by {number.name}; everything is saved")
            assert child.wait() == 130
            assert termios.tcgetattr(screen) == before
        finally:
            os.close(screen)
    assert draft(home).startswith("half a thought")


def half_answered(child: "pexpect.spawn[str]") -> int:
    """Have a shell start the program, type half an answer, and return the number of its process."""
    child.sendline("go")
    child.expect(r"PID (\d+)")
    assert isinstance(child.match, re.Match)
    pid = int(child.match[1])
    child.expect(READY)
    child.send("It memorises ")
    child.expect("memorises")
    return pid


@pytest.mark.parametrize("by", ["key", "signal"])
def test_suspended_and_resumed_in_mid_answer(home: Path, by: str) -> None:
    """As a shell with job control does it: the program stops, the shell has the terminal, `fg` goes on."""
    begin = f"set -m; read go; {PROGRAM} {' '.join(PRACTICE)} & echo PID $!; fg >/dev/null"
    with spawned(home, "bash", "-c", f"{begin}; echo STOPPED $?; read go; fg; echo ENDED $?") as child:
        before = termios.tcgetattr(child.fileno())
        pid = half_answered(child)
        if by == "key":
            child.send("\x1a")
        else:
            os.kill(pid, signal.SIGTSTP)
        child.expect("STOPPED 148")
        assert termios.tcgetattr(child.fileno()) == before
        assert draft(home) == "It memorises "
        child.sendline("go")
        child.expect(READY)
        child.expect("memorises")
        child.send("noise.\x1b\r")
        child.expect("/100")
        child.expect(MENU)
        child.send("q")
        child.expect("ENDED 0")
        assert termios.tcgetattr(child.fileno()) == before
    assert kept(home) == ["It memorises noise."]


def test_where_suspending_is_ignored_the_signal_changes_nothing(home: Path) -> None:
    """A program that is started with SIGTSTP ignored has nobody who would continue it."""
    begin = f"set -m; read go; (trap '' TSTP; exec sh -c 'echo PID $$; exec {PROGRAM} {' '.join(PRACTICE)}')"
    with spawned(home, "bash", "-c", f"{begin}; echo ENDED $?") as child:
        pid = half_answered(child)
        os.kill(pid, signal.SIGTSTP)
        child.send("noise.\x1b\r")
        child.expect("/100")
        child.expect(MENU)
        child.send("q")
        child.expect("ENDED 0")
    assert kept(home) == ["It memorises noise."]
