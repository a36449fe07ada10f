"""What the embedded grader claims about each key point: how likely it was said, and near which words, or turned round in which.

The judge reads the words that the matcher found together with those around them, since a point is often said in several
sentences; a logistic regression weighs what it hears.
"""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from interviewer.grading.segment import segment
from interviewer.models import KeyPoint, PointClaim, Question

if TYPE_CHECKING:
    from interviewer.grading.embedded.judge import Opinion
    from interviewer.grading.embedded.matcher import Comparison, Match, Window

_LEAST_SCORE = 0.22
"""A score up to which no opinion of the judge makes a point likely, so it is not asked: up to 0.25 it heard nine points in the
answers to the `dev` questions that were not said, and four that were. A term alone ("I would use dropout.") may have 0.24."""
_INTERCEPT, _RELEVANT, _WITHOUT_PARAPHRASES = -9.0, 22.0, 1.3
_OVER_REVERSED, _OVER_NEIGHBOUR, _RIVAL, _OTHERS_REVERSED = 0.28, 0.49, -7.9, -6.3
"""Logistic regression of what was said rightly: on the whole answer's relevance, which is known only of points with paraphrases
(the third number is the intercept of others); on the logarithms of how much likelier the judge finds a point stated than
reversed, in few words, and than something else, in many; on the match's rivalry; and on `_others_reversed`. Learned from the
project's labelled answers to the questions that are `dev` in training/split.json, with paraphrases and without; the intercepts
are 0.5 lower, so that padding and fluent falsehoods gain little."""
_UNSAID = 0.02
"""Where the judge finds a point stated with less in many words, and not reversed, nothing that it hears in few changes much."""
_EXPECTED_REVERSED, _AS_MANY = 0.25, 2
"""The share of points that is expected to be turned round before any is heard, which counts as much as so many points."""
_LONG = 600
"""Words from which on an answer says less than it seems to: the more there are, the more of them resemble a point by chance, so
the odds fall as their number rises. An answer of four minutes has as many."""
_RELEVANCE = 0.47
"""A relevance counts as so much at most: from there on, an answer speaks of its question."""
_MOST_RIVALRY = 0.3
"""A rivalry counts as so much at most."""
_SMOOTHING = 1e-3
"""Added to the judge's probabilities: below it, they tell nothing apart."""
_TOUCHED, _NEAR, _HARDLY = 0.28, 0.1, 0.08
"""The lowest likelihood of a point that reads as touched on, of one whose nearest words are shown, and of one that may not be
called turned round in words that state another point."""
_STATED_ALONE = 0.5
"""The judge's probability from which on words are shown as evidence without looking at others."""
_REVERSED, _REVERSED_SCORE = 0.9, 0.3
"""The judge's probability, of the words alone and of those with others around them, and the score, from which on a point that
is not touched on reads as turned round. A contrast of two facts in one breath is heard as a reversal now and then: of right
statements to the `dev` questions 11 of 1,005 are told the other way round, of wrong ones 195 of 342."""


def point_claims(question: Question, found: "Comparison") -> Iterator[PointClaim]:
    """Yield the claims on a question's key points.

    Words that state one point turn another round only if that is hardly said: of a contrast, the judge hears one half the other
    way round now and then.
    """
    claims = list(_claims(question, found))
    evidence = {claim.spans for claim in claims if claim.reading == "touched"}
    for claim in claims:
        contrast = claim.reading == "turned" and claim.spans in evidence and (claim.likelihood or 0) >= _HARDLY
        yield claim.model_copy(update={"reading": "not_found"}) if contrast else claim


def _claims(question: Question, found: "Comparison") -> Iterator[PointClaim]:
    """Yield the claims on key points, each by itself."""
    known = _known(question, found)
    heard = [_heard(*of_point) for of_point in zip(question.key_points, found.matches, known, strict=True)]
    relevant = _INTERCEPT + _RELEVANT * min(found.relevance, _RELEVANCE)
    long = math.log(max(1.0, found.words / _LONG))
    of_points = zip(question.key_points, found.matches, heard, _others_reversed(heard), strict=True)
    for point, windows, (closely, around), others_reversed in of_points:
        logit = (
            (relevant if point.paraphrases else _WITHOUT_PARAPHRASES)
            - long
            + _OVER_REVERSED * _log_ratio(closely.stated, closely.reversed)
            + _OVER_NEIGHBOUR * _log_ratio(around.stated, around.neighbour)
            + _RIVAL * min(windows[0].rivalry, _MOST_RIVALRY)
            + _OTHERS_REVERSED * others_reversed
        )
        yield _claim(point, windows, closely, around, 1 / (1 + math.exp(-logit)))


def _others_reversed(heard: Sequence[tuple["Opinion", "Opinion"]]) -> Iterator[float]:
    """Yield for each point the share that is turned round of all other points that are stated or turned round, 0 to 1.

    Who has two terms the wrong way round in one place seldom has them right in the next, where the judge may mishear it.
    """
    stated = [max(closely.stated, around.stated) for closely, around in heard]
    turned = [max(closely.reversed, around.reversed) for closely, around in heard]
    for one_stated, one_turned in zip(stated, turned, strict=True):
        right = sum(stated) - one_stated + (1 - _EXPECTED_REVERSED) * _AS_MANY
        wrong = sum(turned) - one_turned + _EXPECTED_REVERSED * _AS_MANY
        yield wrong / (wrong + right)


def _known(question: Question, found: "Comparison") -> list[set[str]]:
    """Return for each key point the texts that state it and need no judge: its own, and what speaks of it in the reference."""
    from interviewer.grading.embedded.matcher import compare

    texts = [{point.text, *point.paraphrases} for point in question.key_points]
    if not question.reference:
        return texts
    reference = segment(question.reference)
    spans = {span.text for span in reference.spans}
    if any(match.nearest.text in spans for windows in found.matches for match in windows):
        for known, windows in zip(texts, compare(question, reference).matches, strict=False):
            known.update(match.nearest.text for match in windows)
    return texts


def _heard(point: KeyPoint, windows: Sequence["Match"], known: set[str]) -> tuple["Opinion", "Opinion"]:
    """Return what the judge hears about a point close to the nearest words, and around them, if none are known to state it."""
    from interviewer.grading.embedded.judge import NOTHING, SAID

    nearest = windows[0]
    if any(match.nearest.text in known for match in windows):
        return SAID, SAID
    if nearest.score <= _LEAST_SCORE:
        return NOTHING, NOTHING
    around = _opinion(nearest.around, point)
    decided = around.stated < _UNSAID and around.reversed < _REVERSED
    return around if decided or nearest.closely == nearest.around else _opinion(nearest.closely, point), around


def _opinion(window: "Window", point: KeyPoint) -> "Opinion":
    """Return what the judge hears about a point in some words; in the terms of a list, if it hears little in all at once."""
    from interviewer.grading.embedded.judge import opinion
    from interviewer.grading.embedded.lexical import as_sentences

    whole = opinion(window.text, point.text)
    if max(whole.stated, whole.reversed) >= _STATED_ALONE or (terms := as_sentences(window.texts)) == window.text:
        return whole
    return max(whole, opinion(terms, point.text), key=lambda heard: heard.stated)


def _log_ratio(chance: float, other: float) -> float:
    """Return the logarithm of the ratio of two probabilities."""
    return math.log(chance + _SMOOTHING) - math.log(other + _SMOOTHING)


def _claim(point: KeyPoint, windows: Sequence["Match"], closely: "Opinion", around: "Opinion", chance: float) -> PointClaim:
    """Return the claim on a point that is said with this chance in the words around the nearest ones.

    Only a point with paraphrases can be turned round: of questions from other fields, as many right answers as wrong ones would
    be told so (a tenth of Beetle's).
    """
    spans = windows[0].nearest.spans
    claim = PointClaim(key_point=point.id, spans=spans, verdict="missing", reading="not_found", likelihood=chance)
    if chance >= _TOUCHED:
        spans = _evidence(point, windows, closely)
        return claim.model_copy(update={"spans": spans, "verdict": "covered", "reading": "touched"})
    if point.paraphrases and around.reversed >= _REVERSED and _turned_alone(point, windows[0]):
        return claim.model_copy(update={"reading": "turned"})
    return claim if chance >= _NEAR else claim.model_copy(update={"spans": ()})


def _evidence(point: KeyPoint, windows: Sequence["Match"], closely: "Opinion") -> tuple[int, ...]:
    """Return the spans that the judge finds to state a point by themselves, of the nearest and those with a few around them."""
    from interviewer.grading.embedded.judge import SAID

    nearest, few = windows[0].nearest, windows[0].closely
    if closely is SAID:
        return nearest.spans
    best, most = nearest.spans, 0.0
    for window in (*(match.nearest for match in windows), few):
        stated = (closely if window == few else _opinion(window, point)).stated
        if stated >= _STATED_ALONE:
            return window.spans
        if stated > most:
            best, most = window.spans, stated
    return best


def _turned_alone(point: KeyPoint, nearest: "Match") -> bool:
    """Tell whether the nearest words turn a point round even by themselves."""
    from interviewer.grading.embedded.judge import opinion

    return nearest.score >= _REVERSED_SCORE and opinion(nearest.nearest.text, point.text).reversed >= _REVERSED
