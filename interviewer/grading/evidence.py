"""Which words of an answer state which key point: two points need different words, wherever these stand."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from interviewer.models import Answer, KeyPoint, Question, Span
from interviewer.text.spans import LONGEST_SPAN, phrases
from interviewer.text.words import substance

Word = tuple[int, str]
"""The number of the span that a word stands in, and its stem."""
WORDS_PER_POINT = 2
"""Words that a point takes for itself, if its phrase has so many."""
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


def owners(given: Sequence[Credit]) -> dict[Word, Credit]:
    """Return whose each word is. A credit without a word is one too many for what was said; of two rivals the first gets it.

    A word that only one of the points has in its own texts is that point's. A point without such a word needs
    `WORDS_PER_POINT` that no other has, or a phrase.
    """
    owner: dict[Word, Credit] = {}

    def take(one: Credit, wanted: frozenset[Word]) -> None:
        chosen = max((words & wanted for *_, words in one.phrases), key=lambda words: (len(words & one.own), len(words)))
        ordered = sorted(chosen, key=lambda word: (word not in one.own, word))
        owner.update(dict.fromkeys(ordered[:WORDS_PER_POINT], one))

    shared = Counter(word for one in given for word in one.own)
    rest = []
    for one in given:
        if distinct := frozenset(word for word in one.own if shared[word] == 1):
            take(one, distinct)
        else:
            rest.append(one)
    for one in rest:
        free = one.words - owner.keys()
        if len(free) >= WORDS_PER_POINT or any(words and words <= free for *_, words in one.phrases):
            take(one, free)
    return owner


def narrowest(one: Credit, owner: dict[Word, Credit]) -> tuple[int, int]:
    """Return the offsets of a credit's evidence: its spans, or of a span that others share, the phrases with its own words.

    Of an unshared span the point's own words find a part only, more often than all of what a person would mark.
    """
    own = {word for word in one.own if owner.get(word) is one}
    shared = any(owner.get(word, one) is not one for word in one.words)
    if len(one.phrases) > LONGEST_SPAN or not shared or not own:
        return one.spans[0].start, one.spans[-1].end
    runs = (
        (first[0], last[1])
        for at, first in enumerate(one.phrases)
        for to, last in enumerate(one.phrases[at:], at)
        if own <= set().union(*(words for *_, words in one.phrases[at : to + 1]))
    )
    return min(runs, key=lambda run: run[1] - run[0])
