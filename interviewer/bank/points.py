"""The key points that an answer is graded against: those of the question, or else derived from its reference answer."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from math import fsum, log, sqrt
from typing import TYPE_CHECKING

from interviewer.models import Basis, KeyPoint, Question
from interviewer.text.clean import shorten
from interviewer.text.slug import in_words
from interviewer.text.words import terms, word_count, words

if TYPE_CHECKING:
    from interviewer.bank.statements import Statement

MOST_POINTS = 10
"""Models judge longer lists badly, and no spoken answer states more."""
_FEWEST_POINTS = 3
"""An LLM proposes no points for a reference with fewer statements: it would cut one sentence into points that the same few
words of a short answer have to state, and then grade less like people (docs/measurements.md)."""
_DERIVED = "derived-"
"""How the ids of derived points begin."""
_NUMBERS = {"one", "two"}
"""Stop words that tell statements apart all the same."""
_NAME = 32
"""The most characters of a statement that stand for it."""
_SAME = 0.75
"""Share of their terms, and pairs of terms, that two statements have in common, from which on they say the same."""


def with_key_points(question: Question) -> Question:
    """Return the question itself if it has key points, else with points derived from its reference answer."""
    if question.key_points or not question.reference.strip():
        return question
    return question.model_copy(update={"key_points": derived_key_points(question.reference)})


def lacks_key_points(question: Question) -> bool:
    """Tell whether an LLM is to propose key points: there are none, and the reference answer makes several statements."""
    return not question.key_points and len(derived_key_points(question.reference)) >= _FEWEST_POINTS


def basis(question: Question) -> Basis:
    """Return the basis of grading an answer to this question: where its key points come from, derived already or not."""
    if all(is_derived(point.id) for point in question.key_points):
        return "reference"
    return "proposed" if "key_points" in question.proposed else "key_points"


def is_derived(point: str) -> bool:
    """Tell from the id of a point whether it was derived from a reference answer, so that the id says nothing."""
    return point.startswith(_DERIVED)


def point_name(point: str, text: str) -> str:
    """Return a short name for a point: its id in words or, of a derived one, the beginning of its text."""
    return shorten(text, _NAME) if is_derived(point) else in_words(point)


@lru_cache(maxsize=1_024)
def derived_key_points(reference: str) -> tuple[KeyPoint, ...]:
    """Return at most `MOST_POINTS` key points of a reference answer, in its own words; empty if it says nothing.

    The opening statement is a must-have; examples, notes and the further items of a long list are a bonus.
    """
    from interviewer.bank.statements import statements  # markdown-it takes a while to load

    signs = not word_count(reference)  # such as "!="
    said = [statement for statement in statements(reference) if (statement.own if signs else word_count(statement.own))]
    found = [statement for statement in said if terms(statement.own) and not statement.empty]
    chosen = _chosen(found or said)
    opening = chosen[0] if chosen and not (chosen[0].item or chosen[0].bonus) else None
    return tuple(
        KeyPoint(
            id=f"{_DERIVED}{number}",
            text=statement.text,
            weight=3 if statement is opening else 1 if statement.bonus else 2,
        )
        for number, statement in enumerate(chosen, 1)
    )


def _chosen(found: "Sequence[Statement]") -> "list[Statement]":
    """Return the statements that say the most, in order, without those that repeat another.

    Few are all taken. Of many, those with the words that the whole reference is about, as in extractive summaries (Nenkova and
    Vanderwende, The Impact of Frequency on Summarization, 2005), less if they are a bonus; the first one always.
    """
    known = [terms(statement.own) for statement in found]
    spread = Counter(term for some in known for term in set(some))
    few = len(found) <= MOST_POINTS

    def worth(at: int) -> float:
        if few:
            return len(known[at]) // 4
        central = fsum(log(spread[term]) for term in set(known[at])) / sqrt(5 + len(known[at]))  # exact in any order
        return (1.0 if at == 0 else 0.5 if found[at].bonus else 0.7) * central + (1_000 if at == 0 else 0)

    numbered = [[word for word in words(statement.own) if word in _NUMBERS] for statement in found]
    taken: dict[int, set[object]] = {}
    for at in sorted(range(len(found)), key=worth, reverse=True):
        features: set[object] = {term for term in (found[at].lead, *numbered[at], *known[at], *pairwise(known[at])) if term}
        if not any(len(features & other) >= _SAME * len(features | other) for other in taken.values()):
            taken[at] = features
        if len(taken) == MOST_POINTS:
            break
    return [found[at] for at in sorted(taken)]
