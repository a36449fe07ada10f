"""The menu below a score, or below the reason why there is none: how to go on, and what to look at or to correct first."""

import asyncio
from typing import Literal

from rich.text import Text

from interviewer.errors import GradingError, InputError
from interviewer.grading.grade import embedded_grader
from interviewer.grading.labels import LABELS
from interviewer.models import Attempt, PointVerdict
from interviewer.signals import interruptible
from interviewer.text.clean import shorten
from interviewer.ui.ask import Dialogue
from interviewer.ui.confirm import confirm_estimate, show_model_answer, show_whole
from interviewer.ui.inputs.pipe import Choice
from interviewer.ui.screen import ended
from interviewer.ui.views.score_card import live_verdicts, show_counted, show_dispute, show_result
from interviewer.ui.views.styles import QUIET

Step = Literal["next", "retry", "quit", "end"]
"""How a session goes on after an answer; `end` is the end of the input."""
_STEPS: dict[str, Step] = {"n": "next", "r": "retry", "q": "quit"}
_POINT = 60
"""Characters of a key point in a question about it."""


async def choose_next(dialogue: Dialogue, attempt: Attempt) -> Step:
    """Show the menu, and do what is chosen, until the choice is how to go on."""
    question, screen = attempt.question, dialogue.screen
    while True:
        shown = dialogue.runner.context.monotonic()
        match await dialogue.answer_input.choose([Choice("enter", ""), *_choices(dialogue, attempt)]):
            case "enter" if not dialogue.is_habit(shown):
                return "next"
            case "n" | "r" | "q" as key:
                return _STEPS[key]
            case "g" | "e" as key:
                attempt = await _grade(dialogue, attempt, estimate=key == "e")
            case "v":
                await show_whole(dialogue, attempt)
            case "m":
                await show_model_answer(dialogue, attempt)
            case "h":
                screen.section("Hint", question.hint)
            case "d":
                attempt = await _dispute(dialogue, attempt)
            case "c":
                attempt = await (_count if attempt.measure == "llm" else _confirm)(dialogue, attempt)
            case "s" | "u" as key:
                await _save(dialogue, question.id, forget=key == "u")


def _choices(dialogue: Dialogue, attempt: Attempt) -> list[Choice]:
    saved = dialogue.runner.is_saved(attempt.question)
    open_points = bool(_open_points(attempt))
    graded, confirmed, by_llm = (attempt.score is not None, attempt.measure == "confirmed", attempt.measure == "llm")
    at_terminal, estimates = dialogue.runner.context.interactive, dialogue.runner.grader.info.estimate
    # Another estimate, or that there can be none, would come out the same.
    repeats = estimates and attempt.grading is not None and attempt.grading.grader.estimate
    place = attempt.round
    offered = (
        ("n", "[n]ext round" if place and place.number < place.of else "[n]ext", True),
        ("g", "[g]rade again" if attempt.grading else "[g]rade", not by_llm and not repeats),
        ("e", "[e]stimate now", not graded and not estimates),
        ("r", "[r]etry", place is None),
        ("v", "[v]iew all", graded),
        ("m", "[m]odel answer", bool(attempt.question.reference)),
        ("h", "[h]int", bool(attempt.question.hint)),
        ("d", "[d]ispute" if open_points and not confirmed else "", graded),  # who knows the key is told why there is nothing
        ("c", "[c]orrect" if confirmed else "[c]onfirm", graded and not by_llm and at_terminal),
        ("c", "[c]ount a point", by_llm and open_points),
        ("s", "[s]ave", not saved),
        ("u", "[u]nsave", saved),
        ("q", "[q]uit", True),
    )
    return [Choice(key, label) for key, label, works in offered if works]


async def _save(dialogue: Dialogue, question: str, *, forget: bool) -> None:
    store = dialogue.runner.store
    if forget:
        await asyncio.to_thread(store.forget_question, question)
        dialogue.screen.status("Removed from your saved questions.")
    else:
        await asyncio.to_thread(store.save_question, question, dialogue.runner.context.now())
        dialogue.screen.status("Saved for later: interviewer practice --saved")


async def _grade(dialogue: Dialogue, attempt: Attempt, *, estimate: bool) -> Attempt:
    """Grade an answer once more, by the session's grader or as an estimate; earlier gradings are kept."""
    screen, live = dialogue.screen, live_verdicts(dialogue.screen)
    try:
        with screen.spinner("Grading", live):
            graded = await interruptible(dialogue.runner.grade(attempt, live, embedded_grader() if estimate else None))
    except GradingError as error:
        screen.warning(f"The estimate stays: {ended(error.message)}")
        return attempt
    if graded is None:
        screen.warning(f"Stopped; {'the estimate stays' if attempt.score else 'the answer is saved'}.")
        return attempt
    show_result(screen, graded)
    return graded


def _open_points(attempt: Attempt) -> dict[str, PointVerdict]:
    """Return the key points that do not count in full, by their numbers on the score card."""
    score = attempt.score
    numbered = enumerate(score.key_points, 1) if score else ()
    return {str(number): point for number, point in numbered if point.counted != "covered"}


async def _confirm(dialogue: Dialogue, attempt: Attempt) -> Attempt:
    """Have an estimate confirmed or corrected, and show the score that this gives."""
    looked_at = await confirm_estimate(dialogue, attempt)
    if looked_at is not attempt:
        show_result(dialogue.screen, looked_at)
    return looked_at


async def _choose_point(dialogue: Dialogue, attempt: Attempt) -> PointVerdict | None:
    """Show the points that do not count in full, and ask for one of them."""
    points = _open_points(attempt)
    for number, point in points.items():
        shown = LABELS[attempt.grading.label_of(point)] if attempt.grading else ""
        dialogue.screen.out.print(Text.assemble((f"{number}  ", "bold"), (f"{shown} ", QUIET), point.text))
    if len(points) == 1:
        return next(iter(points.values()))
    chosen = await dialogue.answer_input.ask_line("Which number? (Enter goes back) ")
    while chosen and chosen not in points:
        chosen = await dialogue.answer_input.ask_line(f"One of {', '.join(points)} (Enter goes back): ")
    return points.get(chosen)


async def _dispute(dialogue: Dialogue, attempt: Attempt) -> Attempt:
    """Ask for a key point and an argument, and have the point judged again; return the attempt as it is then."""
    screen = dialogue.screen
    if not _open_points(attempt):
        screen.status("There is nothing to dispute: every point counts.")
        return attempt
    if attempt.measure == "confirmed":
        screen.status("There is nothing to dispute: you have judged this answer yourself. To change that: c")
        return attempt
    point = await _choose_point(dialogue, attempt)
    if point is None:
        return attempt
    screen.status(f"Why does your answer say “{shorten(point.text, _POINT)}”?")
    argument = await dialogue.answer_input.ask_line("Your reason (Enter goes back): ")
    if not argument:
        return attempt
    try:
        with screen.spinner("Judging this point again"):
            disputed = await interruptible(dialogue.runner.dispute(attempt, point.id, argument))
    except (GradingError, InputError) as error:
        screen.warning(f"Nothing changed: {ended(error.message)} If you did say it: c")
        return attempt
    if disputed is None:
        screen.warning("Stopped; nothing changed. If you did say it: c")
        return attempt
    show_dispute(screen, attempt, disputed)
    if disputed.grading == attempt.grading:
        screen.status("If you did say it, c counts it by your own judgement.")
    return disputed


async def _count(dialogue: Dialogue, attempt: Attempt) -> Attempt:
    """Ask for a key point, and count it by the person's own judgement, beside the verdict of the grader."""
    point = await _choose_point(dialogue, attempt)
    if point is None:
        return attempt
    said = (await dialogue.answer_input.ask_line("Did you say this? y yes, h half of it (Enter goes back) ")).lower()
    if said not in {"y", "h", "yes", "half"}:
        return attempt
    counted = await dialogue.runner.judge_by_person(attempt, {point.id: "covered" if said[0] == "y" else "partial"})
    show_counted(dialogue.screen, attempt, counted)
    return counted
