"""Which words of an answer state which key point: each point needs words of its own."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from interviewer.models import Answer, KeyPoint, Question, Span
from interviewer.text.spans import LONGEST_SPAN, phrases
from interviewer.text.words import content, substance, terms, word_count, word_list, words

Word = tuple[int, str]
"""The number of the span that a word stands in, and its stem."""
_COGNATE = 6
"""Letters at the beginning that make two stems forms of one word: regular, regularis, regularisierung."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of a span between commas, brackets and conjunctions."""

    start: int
    end: int
    words: frozenset[Word]
    """Those that say something."""
    terms: frozenset[str]
    """What tells it from other phrases: stems of these words, of negations, single letters of the reference."""


@dataclass(frozen=True, slots=True)
class Credit:
    """A key point and the words that it rests on."""

    point: KeyPoint
    spans: tuple[Span, ...]
    """Neighbours."""
    phrases: tuple[Phrase, ...]
    """Those of the spans."""
    own: frozenset[Word]
    """The words that the key point or a paraphrase has as well, and the question has not."""

    @property
    def words(self) -> frozenset[Word]:
        return frozenset().union(*(phrase.words for phrase in self.phrases))


def credited(cited: Sequence[tuple[KeyPoint, Sequence[Span]]], question: Question, answer: Answer) -> list[Credit]:
    """Return the credits for key points and the spans that each rests on."""
    spans = {span.number: span for _, run in cited for span in run}
    stems = {number: _stems_in_order(spans[number].text, question.question) for number in sorted(spans)}
    every = {number: set(words(span.text)) for number, span in spans.items()}
    telling = _telling_terms(question)
    given = []
    for point, run in cited:
        own, beginnings = _own_stems(point, question.question)
        parts = []
        for span in run:
            # What only repeats an earlier span adds no words: "labels" after "labels", but not "no labels", "more labels" for a
            # point that says "more", or "false but called true" after "true but called false".
            novel = every[span.number] & _small_words(point)
            first = next(n for n, known in stems.items() if novel <= every[n] and _is_within(stems[span.number], known))
            for start, end in phrases(answer.text, span.start, span.end):
                said = substance(answer.text[start:end], question.question)
                told = said | telling.intersection(terms(answer.text[start:end]))
                parts.append(Phrase(start, end, frozenset((first, stem) for stem in said), frozenset(told)))
        matching = (w for part in parts for w in part.words if w[1] in own or w[1][:_COGNATE] in beginnings)
        given.append(Credit(point, tuple(run), tuple(parts), frozenset(matching)))
    return given


def _stems_in_order(text: str, asked: str) -> list[str]:
    said = substance(text, asked)
    return [stem for stem in content(text) if stem in said]


def _is_within(later: list[str], earlier: list[str]) -> bool:
    """Tell whether the different stems of a text are among those of an earlier one, in the same order."""
    rest = iter(earlier)
    return all(stem in rest for stem in dict.fromkeys(later))


@lru_cache(maxsize=256)
def _telling_terms(question: Question) -> frozenset[str]:
    """Return the negations, and the single letters that the reference has and the question has not: "k", or "n" of "O(n)"."""
    letters = {term for term in terms(question.reference) if len(term) == 1}
    return word_list("negations").union(letters).difference(terms(question.question))


@lru_cache(maxsize=2_048)
def _small_words(point: KeyPoint) -> frozenset[str]:
    """Return the words that make a repetition a statement of its own: negations, and those of the key point."""
    held = word_list("function_words")  # they hold a sentence together
    return word_list("negations").union((word for word in held if word.endswith("nt")), set(words(point.text)) - held)


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
            len({phrase.terms for phrase in one.phrases if phrase.terms and span.start <= phrase.start < span.end}),
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

    These contain every word that only this point has in its texts. Without such words they are what a list with no more phrases
    than credits has beside those of the others. A span that no other credit shares stays whole, since such phrases are more
    often too short than exactly what a person would mark.
    """
    own, sharing = _distinct(one, given), [other for other in given if one.words & other.words]
    if own and len(sharing) > 1 and len(one.phrases) <= LONGEST_SPAN:
        runs = (
            (first.start, last.end)
            for at, first in enumerate(one.phrases)
            for to, last in enumerate(one.phrases[at:], at)
            if own <= set().union(*(phrase.words for phrase in one.phrases[at : to + 1]))
        )
        return min(runs, key=lambda run: run[1] - run[0])
    if 1 < len(one.phrases) <= len(sharing):
        taken = frozenset().union(*(_distinct(other, given) for other in sharing if other is not one))
        free = [phrase for phrase in one.phrases if phrase.words.isdisjoint(taken)] or one.phrases
        return free[0].start, free[-1].end
    return one.spans[0].start, one.spans[-1].end
