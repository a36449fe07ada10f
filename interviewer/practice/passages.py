"""Which words of an answer earned which point, and which are wrong: the answer in pieces, each with its marks."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from interviewer.models import Attempt, Dispute, Grading

Mark = Literal["contradicted", "error", "turned", "covered", "partial", "touched"]
_STRONGEST_FIRST: tuple[Mark, ...] = get_args(Mark)
PassageKind = Literal["answer", "follow-up", "objection"]
_Marked = tuple[int, int, Mark, int]
"""From where to where in the transcript, how it is marked, and the number of the key point or error."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of an answer, all with the same marks."""

    text: str
    mark: Mark | None
    """The strongest of its marks."""
    notes: tuple[tuple[Mark, int], ...]
    """What ends with this piece: the key points and errors by their number in the score, from 1."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The answer, an answer to a follow-up, or an objection; and what it replies to."""

    kind: PassageKind
    to: str
    """The follow-up question, or the text of the disputed point."""
    pieces: tuple[Piece, ...]


def passages(attempt: Attempt) -> Iterator[Passage]:
    """Yield all that was said in an attempt, marked as its newest grading says."""
    marks = tuple(_marks(attempt.grading)) if attempt.grading else ()
    said: list[tuple[PassageKind, str, str]] = [
        ("answer", "", attempt.answer),
        *(("follow-up", exchange.follow_up, exchange.answer) for exchange in attempt.exchanges if exchange.answer),
        *(("objection", disputed_text(attempt, dispute), dispute.argument) for dispute in attempt.disputes),
    ]
    start = 0
    for kind, to, text in said:
        yield Passage(kind, to, tuple(_pieces(text, start, marks)))
        start += len(text) + len("\n\n")  # as in Attempt.full_text


def disputed_text(attempt: Attempt, dispute: Dispute) -> str:
    """Return the text of a disputed key point, which only the grading has where it was derived from a reference answer."""
    graded = {point.id: point.text for point in attempt.grading.key_points} if attempt.grading else {}
    texts = {point.id: point.text for point in attempt.question.key_points} | graded
    return texts.get(dispute.key_point, dispute.key_point)


def _marks(grading: Grading) -> Iterator[_Marked]:
    for number, point in enumerate(grading.key_points, 1):
        mark = grading.label_of(point)
        span = point.estimate_reading.span if grading.unconfirmed else point.quoted_span
        if span is not None and mark != "missing" and mark != "not_found":  # noqa: PLR1714  # mypy narrows only by comparison
            yield *span, mark, number
    for number, error in enumerate(grading.errors, 1):
        yield *error.span, "error", number


def _pieces(text: str, offset: int, marks: tuple[_Marked, ...]) -> Iterator[Piece]:
    inside = [
        (max(0, start - offset), min(len(text), end - offset), mark, number)
        for start, end, mark, number in marks
        if start - offset < len(text) and end > offset
    ]
    edges = sorted({0, len(text), *(start for start, *_ in inside), *(end for _, end, *_ in inside)})
    for start, end in itertools.pairwise(edges):
        here = [(mark, number, last) for first, last, mark, number in inside if first <= start and end <= last]
        yield Piece(
            text=text[start:end],
            mark=min((mark for mark, *_ in here), key=_STRONGEST_FIRST.index, default=None),
            notes=tuple((mark, number) for mark, number, last in here if last == end),
        )
