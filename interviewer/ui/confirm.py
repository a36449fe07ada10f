"""Confirming an estimate: the person says point by point whether the words that it found say the point."""

import asyncio
from collections.abc import Container, Mapping, Sequence

from interviewer.grading.confirmation import Claim, claims
from interviewer.models import Attempt, Verdict
from interviewer.ui.ask import Dialogue
from interviewer.ui.inputs.pipe import Choice
from interviewer.ui.views.claims import all_claims, answer, one_claim
from interviewer.ui.views.score_card import whole_in_pages

_POINT: dict[str, Verdict] = {"y": "covered", "h": "partial", "n": "missing", "o": "contradicted"}
_MISTAKE: dict[str, Verdict] = {"y": "contradicted", "n": "covered"}
_LABELS = {"y": "[y]es", "h": "[h]alf", "n": "[n]o", "o": "[o]pposite"}
_MISTAKE_LABELS = {"y": "[y]es, wrong", "n": "[n]o, right"}


async def confirm_estimate(dialogue: Dialogue, attempt: Attempt) -> Attempt:
    """Have an estimate confirmed or corrected; return the attempt as it was where the person leaves that for later."""
    if attempt.grading is None or attempt.grading.score is None or not attempt.grading.grader.estimate:
        return attempt
    verdicts = await _ask(dialogue, attempt, tuple(claims(attempt.grading)))
    return attempt if verdicts is None else await dialogue.runner.judge_by_person(attempt, verdicts)


async def confirm_estimates(dialogue: Dialogue, attempts: Sequence[Attempt]) -> list[Attempt]:
    """Have the estimates among these gradings confirmed that nobody has confirmed; leaving one leaves those after it."""
    done = list(attempts)
    for place, attempt in enumerate(attempts):
        if attempt.unconfirmed:
            done[place] = await confirm_estimate(dialogue, attempt)
            if done[place] is attempt:
                break
    return done


async def show_model_answer(dialogue: Dialogue, attempt: Attempt) -> None:
    """Print the model answer, once it is on record that it was shown."""
    await asyncio.to_thread(dialogue.runner.store.mark_model_answer_shown, attempt.session, attempt.question.id)
    dialogue.screen.section("A model answer, to be said aloud", attempt.question.reference)


async def show_whole(dialogue: Dialogue, attempt: Attempt) -> None:
    """Print everything about a graded answer, page by page where it is longer than the screen."""
    pages = whole_in_pages(dialogue.screen, attempt)
    for number, page in enumerate(pages, 1):
        dialogue.screen.out.print(page, end="")
        more = [Choice("enter", f"Enter: page {number + 1} of {len(pages)}"), Choice("q", ""), Choice("escape", "Esc: back")]
        if number < len(pages) and await dialogue.answer_input.choose(more) != "enter":
            break


async def _ask(dialogue: Dialogue, attempt: Attempt, found: Sequence[Claim]) -> dict[str, Verdict] | None:
    """Return what the person says of each claim by its id, without those that stay as proposed; none if they leave.

    Each key is kept as it is pressed, and whoever comes back goes on with the rest.
    """
    answer_input, screen, store = dialogue.answer_input, dialogue.screen, dialogue.runner.store
    said = await asyncio.to_thread(store.confirmation, attempt.id)
    current = (_unsaid(found, said) or [0])[0]
    while True:
        view = all_claims if answer_input.redraws else one_claim
        verdicts, labels = (_MISTAKE, _MISTAKE_LABELS) if found[current].kind == "mistake" else (_POINT, _LABELS)
        unread = [place for place, claim in enumerate(found) if _is_unread(claim, said)]
        then = f", then {found[unread[0]].name}" if unread else ""
        enter = "" if current in unread else f"Enter: as shown{then}"
        key = await answer_input.choose(_choices(enter, labels), view(screen, attempt, found, said, current))
        if key in {"escape", "q"}:
            if said:
                screen.status("What you said so far is kept.")
            return None
        if key == "m":
            await show_model_answer(dialogue, attempt)
        elif key == "v":
            await show_whole(dialogue, attempt)
        elif key in {"up", "down"}:
            current = (current + (1 if key == "down" else -1)) % len(found)
        else:
            if key == "enter":
                said = {claim.id: claim.proposed for claim in found if not _is_unread(claim, said)} | said
            else:
                said[found[current].id] = verdicts[key]
                if not answer_input.redraws:
                    screen.out.print(f"   {answer(found[current], verdicts[key])}")
            await asyncio.to_thread(store.save_confirmation, attempt.id, said)
            open_ = _unsaid(found, said)
            if not open_:
                return said
            current = next((place for place in open_ if place > current), open_[0])


def _unsaid(found: Sequence[Claim], said: Container[str]) -> list[int]:
    """Return the places of the claims to ask for: what came near nothing is asked when all that came near is said."""
    unsaid = [place for place, claim in enumerate(found) if claim.id not in said]
    return [place for place in unsaid if found[place].words] or unsaid


def _is_unread(claim: Claim, said: Mapping[str, Verdict]) -> bool:
    """Tell whether a claim needs a key of its own: an Enter by habit neither accuses of a mistake nor takes a point away."""
    return claim.kind in {"mistake", "turned"} and not claim.confirmed and claim.id not in said


def _choices(enter: str, labels: Mapping[str, str]) -> list[Choice]:
    return [
        Choice("enter", enter),
        *(Choice(key, label) for key, label in labels.items()),
        Choice("m", "[m]odel"),
        Choice("v", "[v]iew"),
        *(Choice(key, "") for key in ("up", "down", "q")),
        Choice("escape", "Esc: later"),
    ]
