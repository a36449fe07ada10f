"""The editor of a terminal: answers of several lines with history and paste, drafts, menus of one key."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from typing import TextIO

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.application import create_app_session, get_app_session, run_in_terminal
from prompt_toolkit.document import Document
from prompt_toolkit.filters import is_searching
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout.processors import TabsProcessor
from prompt_toolkit.output.plain_text import PlainTextOutput
from prompt_toolkit.utils import is_dumb_terminal
from prompt_toolkit.validation import ValidationError, Validator

from interviewer.errors import StoreError
from interviewer.models import ANSWER_LIMIT
from interviewer.text.words import plural
from interviewer.ui.inputs.external_editor import edited
from interviewer.ui.inputs.pipe import DRAFT_SECONDS, Choice, Command, SaveDraft, Styled, Submission, command_in, is_sent
from interviewer.ui.inputs.time_limit import TimeLimit
from interviewer.ui.inputs.word_wrap import WordWrap

_SECOND_PRESS_SECONDS = 3.0
_PROMPT = "> "


def plain_if_dumb(stdout: TextIO) -> AbstractContextManager[object]:
    """Send no escape sequences to a terminal that knows none during the block; prompt_toolkit would send them to any."""
    return create_app_session(output=PlainTextOutput(stdout)) if is_dumb_terminal() else nullcontext()


def one_key_prompt(results: Mapping[str, str], refresh_seconds: float = 0) -> PromptSession[str]:
    """Return a prompt that ends at one of these keys with its result, and ignores all other keys."""
    keys = KeyBindings()

    @keys.add(Keys.Any)
    def _(_: KeyPressEvent) -> None: ...

    def end_with(result: str) -> Callable[[KeyPressEvent], None]:
        return lambda event: event.app.exit(result=result)

    for key, result in results.items():
        # Eager, or at a dumb terminal prompt_toolkit's own bindings would come first.
        keys.add(key, eager=True)(end_with(result))
    return PromptSession(key_bindings=keys, refresh_interval=refresh_seconds, erase_when_done=True)


class _NotTooLong(Validator):
    """Refuses an answer that is too long while it can still be edited, and says so next to the keys."""

    def validate(self, document: Document) -> None:
        text, _, last = document.text.rstrip().rpartition("\n")
        length = len(text if is_sent(last) else document.text)
        if length > ANSWER_LIMIT and not command_in(last):
            too_long = f"{length:,} characters, and an answer has {ANSWER_LIMIT:,} at most: shorten it, then send it."
            raise ValidationError(document.cursor_position, too_long)


class EditorInput:
    """Enter makes a new line; Esc Enter, or a line `/done`, sends."""

    def __init__(self, monotonic: Callable[[], float], *, voice: bool = False) -> None:
        self._monotonic = monotonic
        self._help = ("Esc Enter or /done sends", f"/hint /skip /edit {'/speak ' if voice else ''}/quit")
        self._interrupted_at = -_SECOND_PRESS_SECONDS
        self._limit = TimeLimit(None, monotonic)
        self._save: SaveDraft = lambda _: None
        self._session: PromptSession[str] = PromptSession(
            multiline=True,
            history=InMemoryHistory(),
            key_bindings=self._keys(),
            bottom_toolbar=self._toolbar,
            prompt_continuation=" " * len(_PROMPT),
            input_processors=[TabsProcessor(char1=" ", char2=" "), WordWrap(len(_PROMPT))],
            validator=None if is_dumb_terminal() else _NotTooLong(),  # a dumb terminal would not show why
            validate_while_typing=False,
            enable_open_in_editor=True,
            tempfile_suffix=".txt",
        )

    async def read(
        self, draft: str, save: SaveDraft, limit: float | None = None, earlier: Sequence[str] = ()
    ) -> Submission | Command:
        default = draft
        self._session.default_buffer.history = InMemoryHistory(list(earlier))
        self._save = save
        self._limit = TimeLimit(limit, self._monotonic)
        try:
            async with (
                _running(self._save_drafts(save, draft)),
                _running(self._limit.watch(self._session)),
                _suspending(self._suspend),
            ):
                while True:
                    # A dumb terminal shows neither the toolbar nor the draft.
                    prompt = f"{' · '.join(self._help)}\n{_PROMPT}{default}" if is_dumb_terminal() else _PROMPT
                    text = await self._session.prompt_async(prompt, default=default, handle_sigint=False)
                    body, _, last = text.rstrip().rpartition("\n")
                    command = command_in(last)
                    if not command and not is_sent(last):
                        body = text
                    if not command:
                        return Submission(body)
                    if command != "edit":
                        await asyncio.to_thread(save, body)
                        return command
                    self._session.default_buffer.text = body  # saved if the session is stopped during the editing
                    default = await self._edit(body)
        except (EOFError, KeyboardInterrupt, asyncio.CancelledError) as leaving:
            save(self._session.default_buffer.text)
            if isinstance(leaving, EOFError):
                return "quit"
            raise

    @property
    def redraws(self) -> bool:
        return not is_dumb_terminal()

    async def choose(self, choices: Sequence[Choice], above: Styled = ()) -> str:
        """Show the choices until one is made and return its key; Ctrl-C and Ctrl-D mean the last."""
        keys = [choice.key for choice in choices]
        letters = {letter: key for key in keys for letter in ((key, key.upper()) if len(key) == 1 else (key,))}
        last = choices[-1].key
        prompt = one_key_prompt({**letters, "enter": choices[0].key, "c-c": last, "c-d": last})
        labels = [choice.label for choice in choices if choice.label]
        menu = _in_lines(labels, "  ", get_app_session().output.get_size().columns - 2)
        return await prompt.prompt_async(FormattedText([*above, ("bold", f"{menu}  ")]), handle_sigint=False)

    async def ask_line(self, prompt: str) -> str:
        """Return a line; it is empty after Ctrl-C and Ctrl-D."""
        session: PromptSession[str] = PromptSession()
        try:
            return (await session.prompt_async(prompt, handle_sigint=False)).strip()
        except (EOFError, KeyboardInterrupt):
            return ""

    async def _edit(self, text: str) -> str:
        """Open a text in $VISUAL or $EDITOR and return it as it was saved there; where that fails, say so."""
        written, problem = await run_in_terminal(lambda: edited(text), in_executor=False)
        if problem:
            print_formatted_text(f"{problem}.\nWhat you typed is kept: go on here, or set EDITOR to another editor.")
        return written

    async def _save_drafts(self, save: SaveDraft, known: str) -> None:
        while True:
            await asyncio.sleep(DRAFT_SECONDS)
            text = self._session.default_buffer.text
            if text != known:
                saving = asyncio.create_task(asyncio.to_thread(save, text))
                try:
                    # A thread cannot be cancelled: what is saved next has to come after it.
                    await asyncio.shield(saving)
                    known = text
                except StoreError:  # it is saved again when the answer is sent; only that failure is an error
                    pass
                finally:
                    await asyncio.wait([saving])

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("enter", filter=~is_searching)
        @keys.add("c-j", filter=~is_searching)
        def _(event: KeyPressEvent) -> None:
            pressed = [press.key for press in (*event.previous_key_sequence, *event.key_sequence)]
            if pressed == [Keys.ControlM, Keys.ControlJ]:  # one line end, in a paste without marks around it
                return
            document = event.current_buffer.document
            if document.on_last_line and (is_sent(document.current_line) or command_in(document.current_line)):
                event.current_buffer.validate_and_handle()
            else:
                event.current_buffer.newline(copy_margin=False)

        @keys.add("tab")  # also one of a paste without marks around it
        def _(event: KeyPressEvent) -> None:
            event.current_buffer.insert_text("\t")

        @keys.add("c-c", eager=True)  # or at a dumb terminal prompt_toolkit's own would come first
        def _(event: KeyPressEvent) -> None:
            now = self._monotonic()
            if now - self._interrupted_at < _SECOND_PRESS_SECONDS:
                event.app.exit(exception=KeyboardInterrupt())
                return
            self._interrupted_at = now
            # Not in the toolbar, which dumb terminals do not show.
            run_in_terminal(lambda: print_formatted_text("Ctrl-C again to leave; what you typed is kept"))

        @keys.add("c-z")
        def _(_: KeyPressEvent) -> None:
            if hasattr(signal, "SIGTSTP"):
                self._suspend()

        @keys.add("c-d")
        def _(event: KeyPressEvent) -> None:
            if event.current_buffer.text:
                event.current_buffer.delete()
            else:
                event.app.exit(exception=EOFError())

        return keys

    def _suspend(self) -> None:
        """Save the text, restore the terminal, and stop the process until it is continued."""
        with suppress(StoreError):
            self._save(self._session.default_buffer.text)
        run_in_terminal(_stop)

    def _toolbar(self) -> FormattedText:
        time = str(self._limit)
        words = plural(len(self._session.default_buffer.text.split()), "word")
        parts = list(filter(None, (time, words, *self._help)))
        width = get_app_session().output.get_size().columns
        if len(" · ".join(parts)) > width:
            parts.remove(words)  # the clock and the keys are needed more
        first = parts[0]
        style = "bold noreverse" if self._limit.warns else "bold" if time else ""
        return FormattedText([(style, first), ("", _in_lines(parts, " · ", width)[len(first) :])])


def _in_lines(parts: Sequence[str], between: str, width: int) -> str:
    """Return parts side by side, in as many lines as they take: each stays whole where the terminal is narrow."""
    lines = [""]
    for part in parts:
        line = f"{lines[-1]}{between}{part}" if lines[-1] else part
        if lines[-1] and len(line) > width:
            lines.append(part)
        else:
            lines[-1] = line
    return "\n".join(lines)


@asynccontextmanager
async def _running(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run a coroutine during the block, and cancel it at the end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def _suspending(suspend: Callable[[], None]) -> AsyncIterator[None]:
    """Handle SIGTSTP as Ctrl-Z during the block; its default action would leave the terminal in raw mode."""
    if not hasattr(signal, "SIGTSTP") or signal.getsignal(signal.SIGTSTP) is signal.SIG_IGN:
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTSTP, suspend)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTSTP)


def _stop() -> None:
    handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    os.kill(0, signal.SIGTSTP)  # the whole group, as the terminal would
    signal.signal(signal.SIGTSTP, handler)
