"""The menu below a score: next, retry, confirm an estimate, dispute, model answer, hint, save for later, quit."""

from typing import Literal

from rich.text import Text

from interviewer.errors import GradingError, InputError
from interviewer.models import Attempt, PointVerdict
from interviewer.practice.session import score_of
from interviewer.report.highlight import LABELS
from interviewer.ui.ask import Dialogue
from interviewer.ui.confirm import confirm
from interviewer.ui.inputs.pipe import Choice
from interviewer.ui.views.highlight import QUIET
from interviewer.ui.views.score_card import show_dispute, show_result

Step = Literal["next", "retry", "quit", "end"]
"""How a session goes on after an answer; `end` is the end of the input."""
_STEPS: dict[str, Step] = {"n": "next", "r": "retry", "q": "quit"}


async def choose_next(dialogue: Dialogue, attempt: Attempt) -> Step:
    """Show the menu, and do what is chosen, until the choice is how to go on."""
    question, store, screen = attempt.question, dialogue.runner.store, dialogue.screen
    while True:
        key = await dialogue.answer_input.choose(_choices(dialogue, attempt))
        if key in _STEPS:
            return _STEPS[key]
        if key == "m":
            screen.section("A model answer, to be said aloud", question.reference)
        elif key == "h":
            screen.section("Hint", question.hint)
        elif key == "c":
            attempt = await _confirm(dialogue, attempt)
        elif key == "d":
            attempt = await _dispute(dialogue, attempt)
        elif key == "s":
            store.save_question(question.id, dialogue.runner.context.now())
            screen.status("Saved for later: interviewer practice --saved")
        elif key == "u":
            store.forget_question(question.id)
            screen.status("Removed from your saved questions.")


def _choices(dialogue: Dialogue, attempt: Attempt) -> list[Choice]:
    saved = dialogue.runner.is_saved(attempt.question)
    confirmed = attempt.grading is not None and attempt.grading.confirmed
    estimated = score_of(attempt) is not None and attempt.grading is not None and attempt.grading.grader.estimate
    offered = (
        ("n", "[n]ext", True),
        ("r", "[r]etry", True),
        ("m", "[m]odel answer", bool(attempt.question.reference)),
        ("h", "[h]int", bool(attempt.question.hint)),
        ("c", "[c]orrect" if confirmed else "[c]onfirm", estimated and dialogue.runner.context.interactive),
        ("d", "[d]ispute", bool(_open_points(attempt)) and not confirmed),
        ("s", "[s]ave", not saved),
        ("u", "[u]nsave", saved),
        ("q", "[q]uit", True),
    )
    return [Choice(key, label) for key, label, works in offered if works]


def _open_points(attempt: Attempt) -> dict[str, PointVerdict]:
    """Return the key points that are not covered, by their numbers on the score card."""
    score = score_of(attempt)
    numbered = enumerate(score.key_points, 1) if score else ()
    return {str(number): point for number, point in numbered if point.counted != "covered"}


async def _confirm(dialogue: Dialogue, attempt: Attempt) -> Attempt:
    """Have an estimate confirmed or corrected, and show the score that this gives."""
    looked_at = await confirm(dialogue, attempt)
    if looked_at is not attempt:
        show_result(dialogue.screen, looked_at)
    return looked_at


async def _dispute(dialogue: Dialogue, attempt: Attempt) -> Attempt:
    """Ask for a key point and an argument, and have the point judged again; return the attempt as it is then."""
    screen, ask_line = dialogue.screen, dialogue.answer_input.ask_line
    points = _open_points(attempt)
    for number, point in points.items():
        shown = LABELS[attempt.grading.shown(point)] if attempt.grading else ""
        screen.out.print(Text.assemble((f"{number}  ", "bold"), (f"{shown} ", QUIET), point.text))
    chosen = next(iter(points)) if len(points) == 1 else await ask_line("Which number? (Enter goes back) ")
    while chosen not in points:
        if not chosen:
            return attempt
        chosen = await ask_line(f"One of {', '.join(points)} (Enter goes back): ")
    argument = await ask_line("Why does your answer say this? (Enter goes back) ")
    if not argument:
        return attempt
    try:
        with screen.spinner("Judging this point again"):
            disputed = await dialogue.runner.dispute(attempt, points[chosen].id, argument)
    except (GradingError, InputError) as error:
        screen.warning(f"Nothing changed: {error.message}")
        return attempt
    show_dispute(screen, attempt, disputed)
    return disputed
