"""A practice session with a script in place of a person: the built-in bank, the embedded grader, a temporary home."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shutil import get_terminal_size
from textwrap import fill
from typing import Any

from interviewer.bank.bank import load_bank
from interviewer.context import Context, Paths
from interviewer.errors import ExitCode, Stopped
from interviewer.grading.grade import make_grader
from interviewer.models import SessionOptions
from interviewer.practice.session import SessionRunner
from interviewer.resources import load_toml
from interviewer.settings import load_settings
from interviewer.storage.store import open_store
from interviewer.ui.ask import Dialogue
from interviewer.ui.inputs.pipe import Choice, Command, SaveDraft, Styled, Submission, command_in
from interviewer.ui.loop import run_session
from interviewer.ui.screen import Screen

_KEYS_A_SECOND = 40
_PAUSE_SECONDS = 1.0
_CONFIRM_SECONDS = 2.0


class ScriptedInput:
    """Reads from the lines of data/demo.toml; on a terminal everything appears at the speed of typing."""

    redraws = False

    def __init__(self, context: Context, lines: Sequence[dict[str, Any]]) -> None:
        self._context = context
        self._lines = iter(lines)
        self._said = iter("")
        """The keys that confirm the estimate of the latest answer."""
        self._live = context.stdout.isatty()

    async def read(
        self,
        draft: str,  # noqa: ARG002
        save: SaveDraft,  # noqa: ARG002
        limit: float | None = None,  # noqa: ARG002
        earlier: Sequence[str] = (),  # noqa: ARG002
    ) -> Submission | Command:
        line = next(self._lines)
        self._said = iter(line.get("confirm", ""))
        await self._pause(_PAUSE_SECONDS)
        width = get_terminal_size().columns - 1
        for key in fill(line["type"], width, initial_indent="> ", subsequent_indent="  "):
            self._write(key)
            await self._pause(1 / _KEYS_A_SECOND)
        self._write("\n")
        await self._pause(line.get("reading", 0))
        return command_in(line["type"]) or Submission(line["type"])

    async def choose(self, choices: Sequence[Choice], above: Styled = ()) -> str:
        line: dict[str, Any] = {"key": next(self._said, "enter"), "reading": _CONFIRM_SECONDS} if above else next(self._lines)
        self._write("".join(text for _, text in above))
        self._write("  ".join(choice.label for choice in choices if choice.label) + "  ")
        await self._pause(line["reading"])
        self._write(f"{line['key']}\n")
        return str(line["key"])

    async def ask_line(self, prompt: str) -> str:
        self._write(prompt)
        return ""

    def _write(self, text: str) -> None:
        self._context.stdout.write(text)
        self._context.stdout.flush()

    async def _pause(self, seconds: float) -> None:
        if self._live and seconds:
            await self._context.sleep(seconds)


def demo(context: Context) -> ExitCode:
    """Run the session of the script; nothing of it is kept.

    Raises:
        Stopped: it was interrupted.
    """
    script = load_toml("demo.toml")
    questions = tuple(load_bank().find(key) for key in script["questions"])
    screen = Screen(context.stdout, context.stderr)
    screen.status("A demo: a scripted candidate, graded on this machine. Ctrl-C leaves.")
    with tempfile.TemporaryDirectory(prefix="interviewer-demo-") as folder:
        home = Path(folder)
        here = replace(context, environ={}, paths=Paths(data=home, config=home))
        settings = load_settings(here.environ, here.paths, grader="embedded")
        store = open_store(here.paths.database)
        session = store.add_session(SessionOptions(), questions, here.now())
        runner = SessionRunner(here, store, session, questions, make_grader(settings, here))
        dialogue = Dialogue(runner, ScriptedInput(here, script["lines"]), screen, confirm=True)
        try:
            asyncio.run(run_session(dialogue, None))
        except KeyboardInterrupt:
            raise Stopped("stopped", next_step="your turn: interviewer") from None
        finally:
            store.close()
    screen.status("That was a demo; nothing of it was kept. Your turn: interviewer")
    return ExitCode.OK
