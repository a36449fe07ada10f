"""Advice for an estimate: what to do better in this answer, by the kind of gap. An LLM writes its own."""

import re
from collections.abc import Sequence

from interviewer.bank.points import is_derived, point_name
from interviewer.models import PointVerdict, Question
from interviewer.text.clean import shorten
from interviewer.text.slug import in_words
from interviewer.text.words import content, word_list, words

_MOST = 2
_QUOTE = 90
"""The most characters of a quote: the answer itself stands above."""
_SAME_WORDS = 0.5
"""Share of the words of a key point from which on a reversed statement of it has probably exchanged two things."""


def advice(points: Sequence[PointVerdict], question: Question) -> tuple[str, ...]:
    """Return what to do about the heaviest gaps; of equal ones what is said the wrong way round comes first."""
    said = max((p for p in points if p.counted == "covered"), key=lambda p: p.weight, default=None)
    gaps = sorted((p for p in points if p.counted != "covered"), key=lambda p: (-p.weight, not _is_turned(p)))
    return tuple(_action(gap, said, question, first=number == 0) for number, gap in enumerate(gaps[:_MOST]))


def _is_turned(point: PointVerdict) -> bool:
    return point.counted == "contradicted" or (point.reading is not None and point.reading.kind == "turned")


def instruction(point: PointVerdict) -> str:
    """Return the text of a point; one that says what an answer does, "Names a linear model.", becomes an instruction.

    A statement of a reference says no such thing.
    """
    return point.text if is_derived(point.id) else re.sub(r"^(Name|Give|Say)s ", r"\1 ", point.text)


def _action(gap: PointVerdict, said: PointVerdict | None, question: Question, *, first: bool) -> str:
    name, fact = "this" if is_derived(gap.id) else f"“{in_words(gap.id)}”", _inside_a_sentence(gap, question)
    quote = gap.evidence or (gap.reading.evidence if gap.reading else None)
    if quote is not None and _is_turned(gap):
        shown = f"“{shorten(quote, _QUOTE)}”"
        if _exchanges(quote, gap.text):
            return f"In {shown} two things may have changed places: check which is which, then say: {fact}."
        return f"{shown} may be the other way round: check it, then say: {fact}."
    if quote is not None and gap.counted == "partial":
        return f"“{shorten(quote, _QUOTE)}” {'is half of' if gap.by_person else 'comes near'} {name}; add: {fact}."
    if not first:
        return f"Add {name} as well: {fact}."
    if said is not None:
        return f"“{point_name(said.id, said.text)}” was found, {name} was not; add: {fact}."
    return f"Nothing was found about {name}; begin with it: {fact}."


def _exchanges(quote: str, text: str) -> bool:
    """Tell whether a statement that is wrong has the words of the right one and no negation."""
    right, given = set(content(text)), set(content(quote))
    return len(right & given) >= _SAME_WORDS * len(right) and word_list("negations").isdisjoint(words(quote))


def _inside_a_sentence(point: PointVerdict, question: Question) -> str:
    """Return a statement without its full stop and, unless it begins with a name, without its capital letter.

    A name is what the texts of the question write with a capital letter inside a sentence, too. A point that says what an
    answer does, "Names a linear model.", becomes an instruction; a statement of a reference says no such thing.
    """
    text = point.text
    if (told := instruction(point)) != text:
        return (told[:1].lower() + told[1:]).rstrip(". ")
    first = re.match(r"[A-Z][a-z]*\b", text)
    texts = " ".join((question.question, question.reference, *(point.text for point in question.key_points)))
    is_name = first is None or re.search(rf"[\w,] {first[0]}\b", texts) is not None
    return (text if is_name else text[:1].lower() + text[1:]).rstrip(". ")
