"""Asking for an answer: to a question, to a follow-up, or an own estimate, until it is saved or a command ends it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from interviewer.errors import InputError
from interviewer.models import Attempt, FollowUp, Question
from interviewer.practice.session import SessionRunner
from interviewer.signals import interruptible
from interviewer.ui.inputs.pipe import AnswerInput, Command, SaveDraft, Submission
from interviewer.ui.local_server_hint import LocalServerHint
from interviewer.ui.screen import Screen
from interviewer.ui.views.listings import show_follow_up

_COMMANDS = "A line /done sends your answer; /hint, /skip, /edit and /quit do what they say."
_REPLIES: dict[Command, str] = {
    "help": _COMMANDS,
    "unknown": f"There is no such command. {_COMMANDS}",
    "edit": "/edit needs a terminal",
    "speak": "/speak needs --voice",
}
_HABIT_SECONDS = 0.5

Leave = Literal["skip", "quit", "end"]
"""How a question is left without an answer; `end` is the end of the input."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A session with the input that it reads from and the screen that it prints to."""

    runner: SessionRunner
    answer_input: AnswerInput
    screen: Screen
    confirm: bool = False
    """Whether the person is asked to confirm estimates."""
    server_hint: LocalServerHint | None = None
    """Suggests an LLM; None if the session has one, or none is wanted."""

    def is_habit(self, shown: float) -> bool:
        """Tell whether an Enter that comes now was pressed by habit, when nobody had seen what was `shown`."""
        context = self.runner.context
        return context.interactive and context.monotonic() - shown <= _HABIT_SECONDS

    async def ask_question(self, question: Question) -> Attempt | Leave:
        """Read the answer to a question that was printed, and save it."""
        store, session, context = self.runner.store, self.runner.session.id, self.runner.context

        def save_draft(text: str) -> None:
            store.save_draft(session, question.id, text, context.now())

        async def save(entry: Submission, seconds: float) -> Attempt:
            spoken = entry.spoken is not None
            return await self.runner.save_answer(question, entry.text, entry.spoken if spoken else seconds, spoken=spoken)

        # In a drill an answer is said anew each time.
        earlier = [] if self.runner.session.rounds else [attempt.answer for attempt in store.attempts(question=question.id)]
        return await self._ask(question, store.draft(session, question.id), save_draft, save, earlier=earlier)

    async def find_follow_up(self, attempt: Attempt) -> FollowUp | None:
        """Return the follow-up to an answer, if there is one."""
        with self.screen.spinner("Thinking of a follow-up"):
            return await interruptible(self.runner.follow_up(attempt))

    async def ask_follow_up(self, attempt: Attempt, follow_up: FollowUp) -> Attempt | Leave:
        """Ask a follow-up, and save the answer to it; one without text skips it."""
        attempt = await self.runner.add_follow_up(attempt, follow_up)
        show_follow_up(self.screen, follow_up.text)

        def save_draft(text: str) -> None:
            self.runner.save_follow_up_draft(attempt, text)

        async def save(entry: Submission, _: float) -> Attempt:
            return await self.runner.save_follow_up(attempt, entry.text)

        return await self._ask(attempt.question, "", save_draft, save)

    async def ask_self_rating(self, attempt: Attempt) -> int | None:
        """Ask for the person's own estimate if the session has them, and save it; return None if none is given."""
        while self.runner.session.rate:
            line = (await self.answer_input.ask_line("Your own estimate, 0 to 100 (Enter skips): ")).rstrip("%/ ")
            if not line:
                break
            if line.isdecimal() and int(line) <= 100:
                await asyncio.to_thread(self.runner.store.save_self_rating, attempt.id, int(line))
                return int(line)
        return None

    async def _ask(
        self,
        question: Question,
        draft: str,
        save_draft: SaveDraft,
        save: Callable[[Submission, float], Awaitable[Attempt]],
        *,
        earlier: Sequence[str] | None = None,
    ) -> Attempt | Leave:
        """Read until an answer is saved or the question is left; an empty answer skips a follow-up.

        `earlier` are the earlier answers to a question, empty for a follow-up.

        `save` takes an answer and the seconds since the question, and raises InputError if the answer cannot be used.
        """
        context = self.runner.context
        began = context.monotonic()
        # Only a person who sees the clock has a time limit.
        place = self.runner.next_round(question)
        limit = (place.seconds if place else self.runner.session.time_limit) if context.interactive else None

        def keep(text: str) -> None:
            nonlocal draft
            draft = text
            save_draft(text)

        def spent() -> float:
            return context.monotonic() - began

        while True:
            left = None if limit is None else max(0.0, limit - spent())
            entry = await self.answer_input.read(draft, keep, left, earlier or ())
            match entry:
                case "skip" | "quit" | "end":
                    return entry
                case "hint":
                    self.screen.section("Hint", question.hint or "There is none for this question.")
                    continue
                case str():
                    self.screen.warning(_REPLIES[entry])
                    continue
            is_empty = not entry.text.strip()
            is_late = limit is not None and spent() >= limit and entry.spoken is None
            if is_late:
                self.screen.status("The time is up" + ("." if is_empty else ": what you had typed is your answer."))
            if is_empty and (is_late or earlier is None):
                return "skip"
            try:
                return await save(entry, round(spent(), 1))
            except InputError as error:
                await asyncio.to_thread(keep, entry.text)
                if not (context.interactive or is_empty):
                    raise
                self.screen.error(error)
                limit = None  # an answer that was refused can be corrected without one
