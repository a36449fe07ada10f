"""Which words of an answer state which key point: each point needs words of its own."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from interviewer.models import Answer, KeyPoint, Question, Span
from interviewer.text.spans import LONGEST_SPAN, phrases
from interviewer.text.words import substance, word_count

Word = tuple[int, str]
"""The number of the span that a word stands in, and its stem."""
_COGNATE = 6
"""Letters at the beginning that make two stems forms of one word: regular, regularis, regularisierung."""


@dataclass(frozen=True, slots=True)
class Credit:
    """A key point and the words that it rests on."""

    point: KeyPoint
    spans: tuple[Span, ...]
    """Neighbours."""
    phrases: tuple[tuple[int, int, frozenset[Word]], ...]
    """Where each phrase of the spans is in the answer, and its words that say something."""
    own: frozenset[Word]
    """The words that the key point or a paraphrase has as well, and the question has not."""

    @property
    def words(self) -> frozenset[Word]:
        return frozenset().union(*(words for *_, words in self.phrases))


def credited(cited: Sequence[tuple[KeyPoint, Sequence[Span]]], question: Question, answer: Answer) -> list[Credit]:
    """Return the credits for key points and the spans that each rests on."""
    spans = {span.number: span for _, run in cited for span in run}
    stems = {number: substance(spans[number].text, question.question) for number in sorted(spans)}
    # What only repeats an earlier span adds no words.
    first = {number: next(other for other in stems if stems[number] <= stems[other]) for number in stems}
    found = {
        number: tuple(
            (start, end, frozenset((first[number], stem) for stem in substance(answer.text[start:end], question.question)))
            for start, end in phrases(answer.text, span.start, span.end)
        )
        for number, span in spans.items()
    }
    given = []
    for point, run in cited:
        own, beginnings = _own_stems(point, question.question)
        parts = tuple(phrase for span in run for phrase in found[span.number])
        matching = (word for *_, words in parts for word in words if word[1] in own or word[1][:_COGNATE] in beginnings)
        given.append(Credit(point, tuple(run), parts, frozenset(matching)))
    return given


@lru_cache(maxsize=2_048)
def _own_stems(point: KeyPoint, asked: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the stems of a key point and its paraphrases, and the first letters of those that other forms may begin with."""
    own = frozenset().union(*(substance(text, asked) for text in (point.text, *point.paraphrases)))
    return own, frozenset(stem[:_COGNATE] for stem in own if len(stem) >= _COGNATE)


def allocate_credits(given: Sequence[Credit], words_per_point: int) -> dict[int, list[Credit]]:
    """Return the credits that each span pays for, by the number of the span. A credit in no span is refused.

    A span pays for one credit per different phrase, or per `words_per_point` words, whichever is more, in any language.
    A credit with a word that no other point has in its texts is always paid; among the others, earlier ones come first.
    """
    places = {
        span.number: max(
            word_count(span.text) // words_per_point,
            len({words for start, _, words in one.phrases if words and span.start <= start < span.end}),
        )
        for one in given
        for span in one.spans
    }
    held: dict[int, list[Credit]] = defaultdict(list)
    for one in sorted(given, key=lambda one: not _distinct(one, given)):
        near = {number for number, _ in one.words}
        free = {number for number in near if len(held[number]) < places[number]}
        if near and (free or _distinct(one, given)):
            held[max(free or near, key=lambda number: (places[number] - len(held[number]), -number))].append(one)
    return held


def _distinct(one: Credit, given: Sequence[Credit]) -> frozenset[Word]:
    """Return the words that only this point has in its texts, of all credited points."""
    return one.own.difference(*(other.own for other in given if other is not one))


def tightest_span(one: Credit, given: Sequence[Credit]) -> tuple[int, int]:
    """Return the offsets of a credit's evidence: all of its spans, or, where other credits share them, the fewest phrases.

    These contain every word that only this point has in its texts. A span that no other credit shares stays whole, since such
    phrases are more often too short than exactly what a person would mark.
    """
    own = _distinct(one, given)
    shared = any(one.words & other.words for other in given if other is not one)
    if len(one.phrases) > LONGEST_SPAN or not shared or not own:
        return one.spans[0].start, one.spans[-1].end
    runs = (
        (first[0], last[1])
        for at, first in enumerate(one.phrases)
        for to, last in enumerate(one.phrases[at:], at)
        if own <= set().union(*(words for *_, words in one.phrases[at : to + 1]))
    )
    return min(runs, key=lambda run: run[1] - run[0])
