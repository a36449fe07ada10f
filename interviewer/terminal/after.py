"""What can be done after a score: go on, try again, object, read a model answer, come back later."""

from typing import Literal

from interviewer.errors import GradingError, InputError
from interviewer.models import PointVerdict
from interviewer.records import Attempt
from interviewer.session import Sitting, score_of
from interviewer.terminal.ears import Choice, Ears
from interviewer.terminal.screen import Screen

Next = Literal["next", "retry", "quit"]
_NEXT: dict[str, Next] = {"n": "next", "r": "retry", "q": "quit"}


async def after(sitting: Sitting, ears: Ears, screen: Screen, attempt: Attempt) -> Next:
    """Offer what can be done now, again and again until the person goes on."""
    question = attempt.question
    while True:
        key = await ears.choose(_choices(sitting, attempt))
        if key in _NEXT:
            return _NEXT[key]
        if key == "m":
            screen.text("A model answer, to be said aloud", question.reference)
        elif key == "h":
            screen.text("Hint", question.hint)
        elif key == "d":
            attempt = await _dispute(sitting, ears, screen, attempt)
        elif key == "s":
            sitting.store.save_question(question.id, sitting.context.now())
            screen.status("Saved for later: interviewer practice --saved")
        elif key == "u":
            sitting.store.forget_question(question.id)
            screen.status("Removed from your saved questions.")


def _choices(sitting: Sitting, attempt: Attempt) -> list[Choice]:
    saved = sitting.is_saved(attempt.question)
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


async def _dispute(sitting: Sitting, ears: Ears, screen: Screen, attempt: Attempt) -> Attempt:
    points = _open_points(attempt)
    for number, point in points.items():
        screen.numbered(number, point)
    chosen = next(iter(points)) if len(points) == 1 else await ears.line("Which number? (Enter goes back) ")
    while chosen not in points:
        if not chosen:
            return attempt
        chosen = await ears.line(f"One of {', '.join(points)} (Enter goes back): ")
    argument = await ears.line("Why does your answer say this? (Enter goes back) ")
    if not argument:
        return attempt
    try:
        with screen.waiting("Judging this point again"):
            judged = await sitting.dispute(attempt, points[chosen].id, argument)
    except (GradingError, InputError) as error:
        screen.trouble(f"Nothing changed: {error.message}")
        return attempt
    screen.disputed(attempt, judged)
    return judged
