"""What can be done after a score: go on, try again, object, read a model answer, come back later."""

from typing import Literal

from interviewer.errors import GradingError, InputError
from interviewer.models import Attempt, PointVerdict
from interviewer.practice.session import SessionRunner, score_of
from interviewer.ui.inputs.pipe import AnswerInput, Choice
from interviewer.ui.screen import Screen

Next = Literal["next", "retry", "quit"]
_NEXT: dict[str, Next] = {"n": "next", "r": "retry", "q": "quit"}


async def after(runner: SessionRunner, answer_input: AnswerInput, screen: Screen, attempt: Attempt) -> Next:
    """Offer what can be done now, again and again until the person goes on."""
    question = attempt.question
    while True:
        key = await answer_input.choose(_choices(runner, attempt))
        if key in _NEXT:
            return _NEXT[key]
        if key == "m":
            screen.text("A model answer, to be said aloud", question.reference)
        elif key == "h":
            screen.text("Hint", question.hint)
        elif key == "d":
            attempt = await _dispute(runner, answer_input, screen, attempt)
        elif key == "s":
            runner.store.save_question(question.id, runner.context.now())
            screen.status("Saved for later: interviewer practice --saved")
        elif key == "u":
            runner.store.forget_question(question.id)
            screen.status("Removed from your saved questions.")


def _choices(runner: SessionRunner, attempt: Attempt) -> list[Choice]:
    saved = runner.is_saved(attempt.question)
    offered = (
        ("n", "[n]ext", True),
        ("r", "[r]etry", True),
        ("m", "[m]odel answer", bool(attempt.question.reference)),
        ("h", "[h]int", bool(attempt.question.hint)),
        ("d", "[d]ispute", bool(_open_points(attempt))),
        ("s", "[s]ave", not saved),
        ("u", "[u]nsave", saved),
        ("q", "[q]uit", True),
    )
    return [Choice(key, label) for key, label, works in offered if works]


def _open_points(attempt: Attempt) -> dict[str, PointVerdict]:
    """Return the points that are not fully there, by their numbers on the card."""
    score = score_of(attempt)
    numbered = enumerate(score.key_points, 1) if score else ()
    return {str(number): point for number, point in numbered if point.verdict != "covered"}


async def _dispute(runner: SessionRunner, answer_input: AnswerInput, screen: Screen, attempt: Attempt) -> Attempt:
    points = _open_points(attempt)
    for number, point in points.items():
        screen.numbered(number, point)
    chosen = next(iter(points)) if len(points) == 1 else await answer_input.line("Which number? (Enter goes back) ")
    while chosen not in points:
        if not chosen:
            return attempt
        chosen = await answer_input.line(f"One of {', '.join(points)} (Enter goes back): ")
    argument = await answer_input.line("Why does your answer say this? (Enter goes back) ")
    if not argument:
        return attempt
    try:
        with screen.waiting("Judging this point again"):
            judged = await runner.dispute(attempt, points[chosen].id, argument)
    except (GradingError, InputError) as error:
        screen.trouble(f"Nothing changed: {error.message}")
        return attempt
    screen.disputed(attempt, judged)
    return judged
