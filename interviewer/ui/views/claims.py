"""The claims of an estimate, for the person to confirm: all on one screen, or one at a time where nothing can be redrawn."""

from collections.abc import Mapping, Sequence

from rich.cells import set_cell_size
from rich.text import Text

from interviewer.grading.confirmation import Claim
from interviewer.models import Attempt, Verdict
from interviewer.text.clean import shorten
from interviewer.ui.inputs.pipe import Styled
from interviewer.ui.screen import Screen
from interviewer.ui.views.styles import BAD, GOOD, HALF, QUIET

_ANSWERS: dict[Verdict, str] = {"covered": "said", "partial": "half", "missing": "no", "contradicted": "opposite"}
_STYLES: dict[Verdict, str] = {"covered": GOOD, "partial": HALF, "missing": "", "contradicted": BAD}
_FOUND = {
    "touched": "Touched on:",
    "turned": "You may have this the other way round:",
    "not_found": "Not found. What comes nearest:",
    "mistake": "This may be wrong:",
}
_MISSED = "A sentence or plain words are often missed: y or h at a point that you said."
_NAME, _ANSWER = 3, 9
"""Characters of the columns of numbers and of answers."""
_AROUND = 11
"""Lines of the screen that are not the list, beside the heading: the question, the claim in full, the keys."""
_LONGEST = 3
"""Lines that a point or its words take at most."""


def answer(claim: Claim, verdict: Verdict) -> str:
    """Return in a word what the person says of a claim."""
    if claim.kind == "mistake":
        return "wrong" if verdict == "contradicted" else "right"
    return _ANSWERS[verdict]


def all_claims(
    screen: Screen, attempt: Attempt, found: Sequence[Claim], said: Mapping[str, Verdict], current: int
) -> list[tuple[str, str]]:
    """Return one line a claim, as many as fit, and below them the current one in full."""
    width = screen.out.width - 1
    told = heading(attempt, found, arrows="Arrows move." if screen.plain else "↑↓ moves.")
    above = "".join(_wrapped(line, screen, width) for line in told.splitlines())
    room = max(3, screen.out.height - _AROUND - above.count("\n"))
    first = min(max(0, current - room // 2), max(0, len(found) - room))
    lines: list[tuple[str, str]] = [
        ("bold", f"\n{shorten(attempt.question.question, width)}\n"),
        (QUIET, above),
    ]
    for place in range(first, min(len(found), first + room)):
        lines += _row(found[place], said, width, is_current=place == current)
    return [*lines, ("", "\n"), *_in_full(found[current], screen, width)]


def one_claim(screen: Screen, claim: Claim, said: Mapping[str, Verdict]) -> list[tuple[str, str]]:
    """Return a claim in full."""
    state = _state(claim, said)
    return [("bold", f"{state}  "), *_in_full(claim, screen, screen.out.width - len(state) - 3)]


def heading(attempt: Attempt, found: Sequence[Claim], arrows: str = "") -> str:
    """Return the total as it is by now, and what is asked."""
    given = attempt.grading
    if given and given.confirmed:
        return f"{given.total}, confirmed by you. Which of these points did you say? {arrows}\n"
    total = f"About {given.total if given else ''}, unconfirmed"
    if all(claim.kind == "not_found" for claim in found):
        return f"{total}. None of these points was found. {arrows}\n{_MISSED}\n"
    return f"{total}. Which of these points did you say? {arrows}\n"


def _row(claim: Claim, said: Mapping[str, Verdict], width: int, *, is_current: bool) -> Styled:
    verdict = said.get(claim.id, claim.proposed)
    texts = [claim.text, *([f"“{' '.join(claim.words.split())}”"] if claim.words else [])]
    room = (width - _NAME - _ANSWER - 5) // len(texts)
    style = "reverse" if is_current else ""
    return [
        (style, f"{'>' if is_current else ' '} {claim.name:<{_NAME}}"),
        (f"{style} {_STYLES[verdict]}", f"{_state(claim, said):<{_ANSWER}} "),
        (style, " ".join(set_cell_size(shorten(text, room), room) for text in texts) + "\n"),
    ]


def _state(claim: Claim, said: Mapping[str, Verdict]) -> str:
    """Return the person's verdict on a claim, or the proposed one with a question mark."""
    if claim.id in said or claim.confirmed:
        return answer(claim, said.get(claim.id, claim.proposed))
    return f"{answer(claim, claim.proposed)}?" if claim.words else "not found"


def _in_full(claim: Claim, screen: Screen, width: int) -> Styled:
    told = [f"{claim.name}  {claim.text}"]
    told.append(f"{_FOUND[claim.kind]} “{' '.join(claim.words.split())}”" if claim.words else "Not found in your answer.")
    return [("bold", _wrapped(told[0], screen, width)), ("", _wrapped(told[1], screen, width))]


def _wrapped(text: str, screen: Screen, width: int) -> str:
    lines = [line.plain.rstrip() for line in Text(text).wrap(screen.out, width)]
    if len(lines) > _LONGEST:
        lines[_LONGEST - 1 :] = [set_cell_size(lines[_LONGEST - 1], width - 2).rstrip() + " …"]
    return "".join(f"{line}\n" for line in lines)
