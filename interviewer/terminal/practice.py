"""The practice loop on a screen: ask, listen, save, grade, react."""

import asyncio
from typing import Literal

from interviewer.errors import ExitCode, InputError
from interviewer.models import Question
from interviewer.session import Sitting
from interviewer.terminal.ears import Command, Ears, Said
from interviewer.terminal.screen import Screen

Next = Literal["next", "retry", "quit"]


async def practise(sitting: Sitting, ears: Ears, screen: Screen, first: Question | None) -> ExitCode:
    """Run a session to its end; `first` is the question that is on the screen already.

    Raises:
        InputError: the input ended before any answer was given.
    """
    warming = asyncio.create_task(sitting.grader.warm())
    total = len(sitting.questions)
    answered, failed = 0, 0
    ended: Literal["done", "quit", "end"] = "done"
    remaining = list(sitting.remaining())
    while remaining:
        question = remaining[0]
        if first is None:
            screen.question(question, total - len(remaining) + 1, total)
        first = None
        outcome = await _one_question(sitting, ears, screen, question)
        if outcome in {"quit", "end"}:
            ended = "quit" if outcome == "quit" else "end"
            break
        if outcome != "skip":
            answered += 1
            failed += outcome == "ungraded"
            after = await _after(question, screen) if sitting.context.interactive else "next"
            if after == "retry":
                continue
            if after == "quit":
                ended = "quit"
                remaining.pop(0)
                break
        remaining.pop(0)
    warming.cancel()
    await asyncio.gather(warming, return_exceptions=True)
    if not remaining:
        sitting.store.finish(sitting.session.id, sitting.context.now())
    if ended == "end" and not answered:
        raise InputError("the input ended before an answer was given", next_step="end an answer with a line /done")
    _farewell(sitting, screen, answered, failed, left=len(remaining))
    return ExitCode.UNGRADED if failed else ExitCode.OK


async def _one_question(
    sitting: Sitting, ears: Ears, screen: Screen, question: Question
) -> Literal["graded", "ungraded", "skip", "quit", "end"]:
    started = sitting.context.monotonic()
    while True:
        heard = await ears.listen(_draft(sitting, question), lambda text: _save(sitting, question, text))
        if isinstance(heard, Said):
            try:
                attempt = await sitting.keep(question, heard.text, round(sitting.context.monotonic() - started, 1))
            except InputError as error:
                _save(sitting, question, heard.text)
                if not sitting.context.interactive and heard.text.strip():
                    raise
                screen.trouble(f"{error.message}: {error.next_step}".capitalize())
                continue
            break
        if heard == "hint":
            screen.text("Hint", question.hint or "There is none for this question.")
        elif heard == "edit":
            screen.trouble("/edit needs a terminal")
        else:
            return _leave(sitting, question, heard)
    with screen.waiting("Saved; grading"):
        attempt = await sitting.grade(attempt)
    assert attempt.grading is not None  # noqa: S101  # grade() always sets it
    screen.result(attempt.grading, saved_as=sitting.session.id)
    return attempt.grading.status


def _leave(sitting: Sitting, question: Question, command: Command) -> Literal["skip", "quit", "end"]:
    if command == "skip":
        sitting.store.skip(sitting.session.id, question.id)
        return "skip"
    return "end" if command == "end" else "quit"


def _draft(sitting: Sitting, question: Question) -> str:
    return sitting.store.draft(sitting.session.id, question.id)


def _save(sitting: Sitting, question: Question, text: str) -> None:
    sitting.store.save_draft(sitting.session.id, question.id, text, sitting.context.now())


async def _after(question: Question, screen: Screen) -> Next:
    """Ask what to do after a score."""
    from prompt_toolkit import PromptSession

    prompt: PromptSession[str] = PromptSession()
    while True:
        try:
            choice = (await prompt.prompt_async("Enter next · r retry · m model answer · q quit > ")).strip().lower()
        except (EOFError, KeyboardInterrupt):
            return "quit"
        if choice in {"", "n", "next"}:
            return "next"
        if choice in {"r", "retry"}:
            return "retry"
        if choice in {"q", "quit", "/quit"}:
            return "quit"
        if choice in {"m", "model"}:
            screen.text("A model answer", question.reference or "There is none for this question.")


def _farewell(sitting: Sitting, screen: Screen, answered: int, failed: int, left: int) -> None:
    parts = [f"{answered} answered"] if answered else []
    if failed:
        parts.append(f"{failed} saved, not graded (interviewer regrade)")
    if left:
        parts.append(f"{left} to go (interviewer resume)")
    screen.status("; ".join([f"Session {sitting.session.id}", *parts]) + (". Report: interviewer report" if answered else ""))
