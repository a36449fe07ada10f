"""A person at a terminal: keys that are pressed, and what is read on the screen."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect

from interviewer.storage.store import open_store
from tests.conftest import clean_environment

ANSWER = "The model memorises noise of the training examples instead of the real pattern."
MENU = r"\[q\]uit"
READY = r"\[\?2004h"  # the editor has the keyboard


def answer_until_follow_up(child: "pexpect.spawn[str]") -> None:
    """Send the answer, and wait until a follow-up can be answered."""
    child.expect(READY)
    child.send(f"{ANSWER}\x1b\r")
    child.expect("Follow-up")
    child.expect(READY)


@contextmanager
def terminal(
    home: Path, *arguments: str, timeout: float = 90, module: str = "interviewer", **environ: str
) -> Iterator["pexpect.spawn[str]"]:
    with spawned(home, sys.executable, "-m", module, *arguments, timeout=timeout, **environ) as child:
        yield child


@contextmanager
def spawned(home: Path, program: str, *arguments: str, timeout: float = 90, **environ: str) -> Iterator["pexpect.spawn[str]"]:
    """Any program in a terminal of its own."""
    child: pexpect.spawn[str] = pexpect.spawn(
        program,
        list(arguments),
        env={**clean_environment(home), "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1", **environ},
        encoding="utf-8",
        dimensions=(30, 80),
        timeout=timeout,
    )
    try:
        yield child
    finally:
        child.close(force=True)


def words(text: str) -> str:
    """A pattern for a text that may be wrapped, and change its style between words."""
    return r"(?:\s|\x1b\[[0-9;]*m)+".join(map(re.escape, text.split()))


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
