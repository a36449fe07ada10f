"""Asking for an answer: to a question, to a follow-up, or an own estimate, until it is saved or a command ends it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from interviewer.errors import InputError
from interviewer.models import Attempt, FollowUp, Question
from interviewer.practice.session import SessionRunner
from interviewer.ui.inputs.pipe import AnswerInput, Submission
from interviewer.ui.screen import Screen
from interviewer.ui.views.listings import show_follow_up

_COMMANDS = "A line /done sends your answer; /hint, /skip, /edit and /quit do what they say."

Leave = Literal["skip", "quit", "end"]
"""How a question is left without an answer; `end` is the end of the input."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A session with the input that it reads from and the screen that it prints to."""

    runner: SessionRunner
    answer_input: AnswerInput
    screen: Screen

    async def ask_question(self, question: Question) -> Attempt | Leave:
        """Read the answer to a question that was printed, and save it."""
        store, session, context = self.runner.store, self.runner.session.id, self.runner.context
        draft = _Draft(
            store.draft(session, question.id), lambda text: store.save_draft(session, question.id, text, context.now())
        )

        async def save(entry: Submission, seconds: float) -> Attempt:
            spoken = entry.spoken is not None
            return await self.runner.save_answer(question, entry.text, entry.spoken if spoken else seconds, spoken=spoken)

        return await self._ask(question, draft, save, required=True)

    async def find_follow_up(self, attempt: Attempt) -> FollowUp | None:
        """Return what to ask next about an answer, if anything."""
        with self.screen.spinner("Thinking of a follow-up"):
            return await self.runner.follow_up(attempt)

    async def ask_follow_up(self, attempt: Attempt, follow_up: FollowUp) -> Attempt | Leave:
        """Ask a follow-up, and save the answer to it; one without text skips it."""
        attempt = self.runner.add_follow_up(attempt, follow_up)
        show_follow_up(self.screen, follow_up.text)
        draft = _Draft("", lambda text: self.runner.save_follow_up_draft(attempt, text))

        async def save(entry: Submission, _: float) -> Attempt:
            return self.runner.save_follow_up(attempt, entry.text)

        return await self._ask(attempt.question, draft, save, required=False)

    async def ask_self_rating(self, attempt: Attempt) -> int | None:
        """Ask for the person's own estimate if the session has them, and save it; none where there is none."""
        while self.runner.session.rate:
            line = (await self.answer_input.ask_line("Your own estimate, 0 to 100 (Enter skips): ")).rstrip("%/ ")
            if not line:
                break
            if line.isdecimal() and int(line) <= 100:
                self.runner.store.rate(attempt.id, int(line))
                return int(line)
        return None

    async def _ask(
        self, question: Question, draft: "_Draft", save: Callable[[Submission, float], Awaitable[Attempt]], *, required: bool
    ) -> Attempt | Leave:
        """Read until an answer is saved or the question is left; where none is `required`, an empty one skips it.

        `save` takes an answer and the seconds since the question, and raises InputError if the answer cannot be used.
        """
        clock = _Clock(self.runner)
        while True:
            entry = await self._read(question, draft, clock)
            if not isinstance(entry, Submission):
                return entry
            is_empty = not entry.text.strip()
            is_late = clock.is_up() and entry.spoken is None
            if is_late:
                self.screen.status("The time is up" + ("." if is_empty else ": what you had typed is your answer."))
            if is_empty and (is_late or not required):
                return "skip"
            try:
                return await save(entry, clock.spent())
            except InputError as error:
                draft.save(entry.text)
                if not (self.runner.context.interactive or is_empty):
                    raise
                self.screen.error(error)
                clock.stop()

    async def _read(self, question: Question, draft: "_Draft", clock: "_Clock") -> Submission | Leave:
        """Read until an answer is sent or the question is left; the other commands are answered here."""
        while True:
            match await self.answer_input.read(draft.text, draft.save, clock.left()):
                case "hint":
                    self.screen.section("Hint", question.hint or "There is none for this question.")
                case "help":
                    self.screen.warning(_COMMANDS)
                case "unknown":
                    self.screen.warning(f"There is no such command. {_COMMANDS}")
                case "edit":
                    self.screen.warning("/edit needs a terminal")
                case "speak":
                    self.screen.warning("/speak needs --voice")
                case entry:
                    return entry


class _Draft:
    """What was typed so far, kept in memory and on disk."""

    def __init__(self, text: str, keep: Callable[[str], None]) -> None:
        self.text = text
        self._keep = keep

    def save(self, text: str) -> None:
        self.text = text
        self._keep(text)


class _Clock:
    """The time for one answer. Only a person who sees the clock has a time limit."""

    def __init__(self, runner: SessionRunner) -> None:
        self._monotonic = runner.context.monotonic
        self._began = self._monotonic()
        self._limit = runner.session.time_limit if runner.context.interactive else None

    def spent(self) -> float:
        return round(self._monotonic() - self._began, 1)

    def left(self) -> float | None:
        return None if self._limit is None else max(0.0, self._limit - (self._monotonic() - self._began))

    def is_up(self) -> bool:
        return self.left() == 0

    def stop(self) -> None:
        """End the time limit, so that an answer that was refused can be corrected."""
        self._limit = None
