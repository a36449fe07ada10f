"""Confirming an estimate: the person says point by point whether the words that it found say the point."""

import asyncio
from collections.abc import Container, Mapping, Sequence
from typing import Literal

from interviewer.grading.confirmation import Claim, admits_not_knowing, claims
from interviewer.models import Attempt, Verdict
from interviewer.storage.store import Store
from interviewer.text.clean import shorten
from interviewer.ui.ask import Dialogue
from interviewer.ui.inputs.pipe import Choice
from interviewer.ui.views.claims import all_claims, answer, heading, one_claim
from interviewer.ui.views.score_card import whole_in_pages

_POINT: dict[str, Verdict] = {"y": "covered", "h": "partial", "n": "missing", "o": "contradicted"}
_MISTAKE: dict[str, Verdict] = {"y": "contradicted", "n": "covered"}
_LABELS = {"y": "[y]es", "h": "[h]alf", "n": "[n]o", "o": "[o]pposite"}
_MISTAKE_LABELS = {"y": "[y]es, wrong", "n": "[n]o, right"}
_QUOTE = 50
"""Characters of a question and of an answer that is taken as it is."""
_Said = dict[str, Verdict] | Attempt | Literal["skip", "later"]


async def confirm_estimate(dialogue: Dialogue, attempt: Attempt) -> Attempt:
    """Have an estimate confirmed or corrected; return the attempt as it was where the person leaves that for later."""
    return await _judged(dialogue, attempt, await _ask(dialogue, attempt))


async def confirm_estimates(dialogue: Dialogue, attempts: Sequence[Attempt], *, again: bool = False) -> list[Attempt]:
    """Have the estimates among these gradings confirmed that nobody has confirmed, until the person leaves.

    An answer such as "I do not know" is confirmed by its own words. With `again`, what was confirmed is corrected instead.
    """
    done = list(attempts)
    waiting = [place for place, one in enumerate(attempts) if (one.measure == "confirmed" if again else one.unconfirmed)]
    for place in waiting:
        attempt = attempts[place]
        if not again and admits_not_knowing(attempt):
            asked, said = (shorten(text, _QUOTE) for text in (attempt.question.question, attempt.graded_text))
            dialogue.screen.status(f"{asked} “{said}” is taken as it is: no point counts.")
            given: _Said = {}
        else:
            given = await _ask(dialogue, attempt, is_last=place == waiting[-1])
        if given == "later":
            break
        done[place] = await _judged(dialogue, attempt, given)
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


async def _judged(dialogue: Dialogue, attempt: Attempt, given: _Said) -> Attempt:
    if isinstance(given, Attempt):
        return given
    return attempt if isinstance(given, str) else await dialogue.runner.judge_by_person(attempt, given)


def _keep(store: Store, attempt: Attempt, said: Mapping[str, Verdict]) -> Attempt:
    """Keep what was said of a grading, unless another has replaced it, which no other program can do in between."""
    with store.all_or_nothing():
        (stored,) = (one for one in store.attempts(attempt.session, attempt.question.id) if one.id == attempt.id)
        if stored.grading == attempt.grading:
            store.save_confirmation(attempt.id, said)
    return stored


async def _ask(dialogue: Dialogue, attempt: Attempt, *, is_last: bool = True) -> _Said:
    """Return what the person says of each claim by its id, without those that stay as proposed, or how they leave.

    Each key is kept as it is pressed, and whoever comes back goes on with the rest. Where another program has graded or
    confirmed the answer meanwhile, it is returned as it is stored: keys are about the grading that was on the screen.
    """
    assert attempt.grading is not None  # noqa: S101  # only of an estimate there is something to say
    found = tuple(claims(attempt.grading))
    answer_input, screen, store = dialogue.answer_input, dialogue.screen, dialogue.runner.store
    said = await asyncio.to_thread(store.confirmation, attempt.id)
    current = (_unsaid(found, said) or [0])[0]
    if not answer_input.redraws:
        screen.section(attempt.question.question, heading(attempt, found))
    shown, untouched = dialogue.runner.context.monotonic(), True
    while True:
        redrawn = answer_input.redraws
        above = all_claims(screen, attempt, found, said, current) if redrawn else one_claim(screen, found[current], said)
        verdicts, labels = (_MISTAKE, _MISTAKE_LABELS) if found[current].kind == "mistake" else (_POINT, _LABELS)
        unread = [place for place, claim in enumerate(found) if _is_unread(claim, said)]
        then = f", then {found[unread[0]].name}" if unread else ""
        enter = "" if current in unread else f"Enter: as shown{then}"
        key = await answer_input.choose(_choices(enter, labels, is_last=is_last), above)
        if key == "enter" and untouched and dialogue.is_habit(shown):
            continue
        untouched = False
        if key in {"escape", "q", "s"}:
            if said:
                screen.status("What you said so far is kept.")
            return "skip" if key == "s" else "later"
        if look := {"m": show_model_answer, "v": show_whole}.get(key):
            await look(dialogue, attempt)
        elif key in {"up", "down"}:
            current = (current + (1 if key == "down" else -1)) % len(found)
        else:
            as_shown = {claim.id: claim.proposed for claim in found if not _is_unread(claim, said)}
            said = as_shown | said if key == "enter" else said | {found[current].id: verdicts[key]}
            if key != "enter" and not answer_input.redraws:
                screen.out.print(f"   {answer(found[current], verdicts[key])}")
            if (stored := await asyncio.to_thread(_keep, store, attempt, said)).grading != attempt.grading:
                screen.warning("Another program has graded or confirmed this answer meanwhile; your keys are not kept.")
                return stored
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


def _choices(enter: str, labels: Mapping[str, str], *, is_last: bool) -> list[Choice]:
    return [
        Choice("enter", enter),
        *(Choice(key, label) for key, label in labels.items()),
        Choice("m", "[m]odel"),
        Choice("v", "[v]iew"),
        *([] if is_last else [Choice("s", "[s]kip answer")]),
        *(Choice(key, "") for key in ("up", "down", "q")),
        Choice("escape", "Esc: later"),
    ]
