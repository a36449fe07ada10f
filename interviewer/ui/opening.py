"""The opening of a session: who grades, the first words of an interview or the rules of a drill, and the next question."""

from collections.abc import Sequence

from interviewer.models import Question, Round, Session
from interviewer.settings import Settings
from interviewer.text.slug import in_words
from interviewer.text.words import plural
from interviewer.ui.screen import Screen, sentence
from interviewer.ui.views.listings import show_question


def announce_grader(settings: Settings, screen: Screen) -> None:
    """Print in one line who grades, and the machine that answers are sent to."""
    if settings.kind == "embedded":
        why = "no key or endpoint is set: " if settings.grader == "auto" else ""
        screen.status(sentence(f"{why}answers are graded on this machine, as an estimate. Set up an LLM: interviewer doctor"))
    else:
        screen.status(f"Answers are graded by {settings.model or 'an LLM'} {_where(settings, 'your answers')}.")


def announce_transcriber(settings: Settings, screen: Screen) -> None:
    """Print the machine that recordings are sent to; `settings` are those of the server that transcribes."""
    screen.status(f"Speech is transcribed by {settings.model} {_where(settings, 'recordings')}.")


def _where(server: Settings, what: str) -> str:
    return "on this machine" if server.local else f"at {server.host}: {what} are sent there"


def show_opening(
    screen: Screen, session: Session, remaining: Sequence[Question], total: int, place: Round | None, *, timed: bool
) -> None:
    """Print what a session of `total` questions begins or goes on with, up to the first question of those that remain.

    Args:
        screen: where to.
        session: what is begun or resumed.
        remaining: the questions that are left, in order.
        total: how many the session has.
        place: the round of a drill that the first of them is asked in.
        timed: whether there is a clock.
    """
    if session.mode == "interview":
        screen.out.print(f"\n{_welcome(session, remaining, total)}")
    if session.rounds:
        screen.status(_rules(session, timed=timed))
    if remaining:
        show_question(screen, remaining[0], total - len(remaining) + 1, total, place)


def _welcome(session: Session, remaining: Sequence[Question], total: int) -> str:
    """Return the first words of an interview."""
    if not remaining:
        return "Welcome back. No question is left; here is the debrief."
    if len(remaining) < total:
        return f"Welcome back. {len(remaining)} of {total} questions are left."
    topics = ", ".join(dict.fromkeys(in_words(question.topic) for question in remaining))
    each = "each" if total > 1 else "it"
    time = f"You have {session.time_limit} seconds for {each}" if session.time_limit else f"Take a minute or two for {each}"
    further = "I may ask further about what you say. " if session.follow_ups else ""
    return (
        f"Welcome, and thank you for your time. I have {plural(total, 'question')} for you, about {topics}. {time}, and answer "
        f"as you would aloud. {further}What I think of it I keep for the debrief at the end."
    )


def _rules(session: Session, *, timed: bool) -> str:
    """Return the rules of a drill."""
    *times, last = (str(seconds) for seconds in session.rounds)
    clock = "" if timed else " In a pipe there is no clock, so no answer is cut off."
    return (
        f"A drill: the same question in {', '.join(times)} and then {last} seconds. The first round makes your trends. /skip "
        f"passes over all rounds that are left of a question.{clock}"
    )
