"""Advice for an estimate: what to do better in this answer, by the kind of gap. An LLM writes its own."""

import re
from collections.abc import Sequence

from interviewer.bank.points import is_derived
from interviewer.models import PointVerdict
from interviewer.text.clean import shorten
from interviewer.text.words import content, word_list, words

_MOST = 2
_QUOTE = 90
"""The most characters of a quote: the answer itself stands above."""
_SAME_WORDS = 0.5
"""Share of the words of a key point from which on a reversed statement of it has probably exchanged two things."""


def advice(points: Sequence[PointVerdict]) -> tuple[str, ...]:
    """Return what to do about the heaviest gaps; of equal ones what is said the wrong way round comes first."""
    gaps = sorted((p for p in points if p.counted != "covered"), key=lambda p: (-p.weight, not _is_turned(p)))
    return tuple(map(_action, gaps[:_MOST]))


def _is_turned(point: PointVerdict) -> bool:
    return point.counted == "contradicted" or (point.reading is not None and point.reading.kind == "turned")


def instruction(point: PointVerdict) -> str:
    """Return the text of a point; one that says what an answer does, "Names a linear model.", becomes an instruction.

    A statement of a reference says no such thing.
    """
    return point.text if is_derived(point.id) else re.sub(r"^(Name|Give|Say)s ", r"\1 ", point.text)


def _action(gap: PointVerdict) -> str:
    fact = instruction(gap)
    add = "add" if gap.by_person else "add, or mark as said"  # what was not found may have been said
    words = gap.evidence or (gap.reading.evidence if gap.reading else None)
    quote = f"“{shorten(words or '', _QUOTE)}”"
    if words and _is_turned(gap):
        if _exchanges(words, gap.text):
            return f"In {quote} two things may have changed places: check which is which, then say: {fact}"
        return f"{quote} may be the other way round: check it, then say: {fact}"
    if words and gap.counted == "partial":
        return f"{quote} {'is half of it' if gap.by_person else 'comes near'}; {add}: {fact}"
    return f"{add.capitalize()}: {fact}"


def _exchanges(quote: str, text: str) -> bool:
    """Tell whether a statement that is wrong has the words of the right one and no negation."""
    right, given = set(content(text)), set(content(quote))
    return len(right & given) >= _SAME_WORDS * len(right) and word_list("negations").isdisjoint(words(quote))
