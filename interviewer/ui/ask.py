"""Hearing an answer or what is said to a follow-up, until it is on disk or the person goes on or away."""

from interviewer.errors import InputError
from interviewer.models import Attempt, FollowUp, Question
from interviewer.practice.session import SessionRunner
from interviewer.ui.inputs.pipe import AnswerInput, Command, Submission
from interviewer.ui.screen import Screen

_COMMANDS = "A line /done sends your answer; /hint, /skip, /edit and /quit do what they say."


async def ask_question(
    runner: SessionRunner, answer_input: AnswerInput, screen: Screen, question: Question
) -> Attempt | Command:
    """Listen until an answer is kept, or until the person skips the question or leaves."""
    clock = _Clock(runner)
    store, session = runner.store, runner.session.id

    def save(text: str) -> None:
        store.save_draft(session, question.id, text, runner.context.now())

    while True:
        heard = await answer_input.read(store.draft(session, question.id), save, clock.left())
        if isinstance(heard, Submission):
            if clock.is_up() and heard.spoken is None:
                screen.status("The time is up" + (": what you had typed is your answer." if heard.text.strip() else "."))
                if not heard.text.strip():
                    return "skip"
            try:
                if heard.spoken is not None:
                    return await runner.save_answer(question, heard.text, heard.spoken, spoken=True)
                return await runner.save_answer(question, heard.text, clock.spent())
            except InputError as error:
                save(heard.text)
                if not runner.context.interactive and heard.text.strip():
                    raise
                screen.failed(error)
                clock.stop()
        elif not _told(heard, screen, question):
            return heard


async def find_follow_up(runner: SessionRunner, screen: Screen, attempt: Attempt) -> FollowUp | None:
    """Think of what to ask next, if anything."""
    with screen.waiting("Thinking of a follow-up"):
        return await runner.follow_up(attempt)


async def ask_follow_up(
    runner: SessionRunner, answer_input: AnswerInput, screen: Screen, attempt: Attempt, follow_up: FollowUp
) -> Attempt | Command | None:
    """Ask a follow-up, and listen; none if it is passed over."""
    attempt = runner.add_follow_up(attempt, follow_up)
    screen.follow_up(follow_up.text)
    clock = _Clock(runner)
    typed = ""

    def save(text: str) -> None:
        nonlocal typed
        typed = text
        runner.store.save_follow_up_answer(attempt.id, text)

    while True:
        heard = await answer_input.read(typed, save, clock.left())
        if isinstance(heard, Submission):
            if clock.is_up():
                screen.status("The time is up.")
            try:
                return runner.save_follow_up(attempt, heard.text) if heard.text.strip() else None
            except InputError as error:
                screen.failed(error)
                typed = heard.text
                clock.stop()
        elif not _told(heard, screen, attempt.question):
            return None if heard == "skip" else heard


async def ask_self_rating(runner: SessionRunner, answer_input: AnswerInput, attempt: Attempt) -> int | None:
    """Ask for the person's own estimate where the session has them, and keep it."""
    while runner.session.rate:
        said = (await answer_input.line("Your own estimate, 0 to 100 (Enter skips): ")).rstrip("%/ ")
        if not said:
            break
        if said.isdecimal() and int(said) <= 100:
            runner.store.rate(attempt.id, int(said))
            return int(said)
    return None


def _told(command: Command, screen: Screen, question: Question) -> bool:
    """Answer a command that keeps the question open; tell whether it was one."""
    if command == "hint":
        screen.text("Hint", question.hint or "There is none for this question.")
    elif command in {"help", "unknown"}:
        screen.trouble(f"{'' if command == 'help' else 'There is no such command. '}{_COMMANDS}")
    elif command == "edit":
        screen.trouble("/edit needs a terminal")
    elif command == "speak":
        screen.trouble("/speak needs --voice")
    else:
        return False
    return True


class _Clock:
    """The time that a session gives for one answer, where somebody can see it run."""

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
        """Let the person put right what could not be used."""
        self._limit = None
