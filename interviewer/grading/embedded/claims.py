"""What the embedded grader claims about each key point: how likely it was said, and in which words, or turned round in which.

With paraphrases, the judge reads the words that the matcher found, and a logistic regression weighs both. Without them, the
score of the match decides.
"""

import math
from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING

from interviewer.grading.segment import segment
from interviewer.models import KeyPoint, PointClaim, Question, ReadingKind, Verdict
from interviewer.text.spans import clauses

if TYPE_CHECKING:
    from interviewer.grading.embedded.judge import Opinion
    from interviewer.grading.embedded.matcher import Comparison, Match

_LEAST_SCORE = 0.2
"""A score up to which no opinion of the judge makes a point likely, so it is not asked."""
_MOST_BEHIND = 0.15
"""A score that is so much lower than the best one of its point: the judge is not asked about these words."""
_INTERCEPT, _RIVAL, _TURNED, _ELSEWHERE = -4.822, -1.725, 0.264, 0.492
_LONG, _RELEVANT, _REVERSALS = -0.745, 8.386, -1.045
"""Logistic regression of what was said rightly: on a match's rivalry; on the logarithms of how much likelier the judge finds it
stated than reversed, in the words where that is least and times the score, and than something else; on the whole answer's
length and relevance, and on how many points are reversed. Learned from the project's labelled answers to the questions that
are `dev` in training/split.json; the intercept is 0.15 lower, so that padding gains little."""
_SURELY_REVERSED, _LEAST_REVERSALS, _MOST_REVERSALS = 0.85, 1, 4
"""The judge's probability from which on a point counts as reversed there. One may be misheard; of several, each makes all
points less likely, up to four."""
_RELEVANCE = 0.55
"""A relevance counts as so much at most: from there on, an answer speaks of its question."""
_USUAL_LENGTH = 15
"""Spans of an answer. In a longer one, something similar to any point is found more often by chance."""
_MOST_RIVALRY = 0.3
"""A rivalry counts as so much at most."""
_SMOOTHING = 1e-3
"""Added to the judge's probabilities: below it, they tell nothing apart."""
_TOUCHED, _NEAR = 0.34, 0.13
"""The lowest likelihood of a point that reads as touched on, and of one whose nearest words are shown."""
_REVERSED, _REVERSED_SCORE = 0.8, 0.35
"""The judge's probability, and the score, from which on a point that is not touched on reads as turned round."""
_CLAUSES_DECIDE, _CLAUSE_STATED, _CLAUSE_REVERSED = 0.5, 0.75, 0.2
"""Where the judge finds a window reversed with the first probability, a clause of it that it finds stated with the second
counts instead, unless it finds any clause reversed with the third. Chosen on the same questions."""
_ONCE_COVERED, _ONCE_TOUCHED = 0.45, 0.20
"""The lowest scores of key points without paraphrases, covered and partly."""
_RIVALRY = 0.4
"""Words that state one key point well come close to others by chance: a point loses this share of the best one's lead."""


def claims_by_judge(question: Question, found: "Comparison", length: int) -> Iterator[PointClaim]:
    """Yield the claims on key points with paraphrases, in an answer of `length` spans."""
    known = _known(question, found)
    heard = [
        _heard(point, windows, texts) for point, windows, texts in zip(question.key_points, found.matches, known, strict=False)
    ]
    reversals = sum(max(opinion.reversed for _, opinion in of_point) >= _SURELY_REVERSED for of_point in heard)
    usual = (
        _INTERCEPT
        + _LONG * max(0.0, math.log(length / _USUAL_LENGTH))
        + _RELEVANT * min(found.relevance, _RELEVANCE)
        + _REVERSALS * (min(max(reversals, _LEAST_REVERSALS), _MOST_REVERSALS) - _LEAST_REVERSALS)
    )
    for point, of_point in zip(question.key_points, heard, strict=False):
        stating, said = max(of_point, key=lambda heard: heard[1].stated)
        turning, denied = max(of_point, key=lambda heard: heard[1].reversed)
        least_over_reversed = min(_log_ratio(opinion.stated, opinion.reversed) for _, opinion in of_point)
        chance = 1 / (1 + math.exp(-usual - _evidence(stating, said, least_over_reversed)))
        turned = denied.reversed >= _REVERSED and turning.score >= _REVERSED_SCORE
        yield _claim(point, chance, stating, turning if turned else None)


def _known(question: Question, found: "Comparison") -> list[set[str]]:
    """Return for each key point the texts that state it and need no judge: its own, and what speaks of it in the reference."""
    from interviewer.grading.embedded.matcher import compare

    texts = [{point.text, *point.paraphrases} for point in question.key_points]
    reference = segment(question.reference or "")
    spans = {span.text for span in reference.spans}
    if any(match.text in spans for windows in found.matches for match in windows):
        for known, windows in zip(texts, compare(question, reference).matches, strict=False):
            known.update(match.text for match in windows)
    return texts


def _heard(point: KeyPoint, windows: Sequence["Match"], known: Container[str]) -> list[tuple["Match", "Opinion"]]:
    """Return what the judge hears about a point in the words that may speak of it, if none are known to state it."""
    from interviewer.grading.embedded.judge import NOTHING, SAID, opinion

    stating = [(match, SAID) for match in windows if match.text in known]
    likely = [match for match in windows if match.score > max(_LEAST_SCORE, windows[0].score - _MOST_BEHIND)]
    return (
        stating
        or [(match, _by_clause(opinion(match.text, point.text), match.text, point.text)) for match in likely]
        or [(windows[0], NOTHING)]
    )


def _by_clause(whole: "Opinion", text: str, point: str) -> "Opinion":
    """Return what the judge hears in a window that it finds reversed: in the clause that states the point, if none turns it.

    In a sentence that states several facts, it takes the contrast between two of them for a reversal.
    """
    from interviewer.grading.embedded.judge import opinion

    if whole.reversed < _CLAUSES_DECIDE:
        return whole
    parts = [opinion(text[start:end], point) for start, end in clauses(text)]
    best = max(parts, key=lambda part: part.stated)
    return best if best.stated >= _CLAUSE_STATED and max(part.reversed for part in parts) < _CLAUSE_REVERSED else whole


def _log_ratio(chance: float, other: float) -> float:
    """Return the logarithm of the ratio of two probabilities."""
    return math.log(chance + _SMOOTHING) - math.log(other + _SMOOTHING)


def _evidence(match: "Match", heard: "Opinion", least_over_reversed: float) -> float:
    """Return what the words that state a point best add to its logit.

    `least_over_reversed` is the log ratio of stated to reversed, in the words about the point in which it is lowest.
    """
    elsewhere = _ELSEWHERE * _log_ratio(heard.stated, heard.neighbour)
    return _RIVAL * min(match.rivalry, _MOST_RIVALRY) + _TURNED * match.score * least_over_reversed + elsewhere


def _claim(point: KeyPoint, chance: float, stating: "Match", turning: "Match | None") -> PointClaim:
    """Return the claim on a point that is said with this chance, and may be turned round in some words."""
    claim = PointClaim(key_point=point.id, spans=stating.spans, verdict="missing", reading="not_found", likelihood=chance)
    if chance >= _TOUCHED:
        return claim.model_copy(update={"verdict": "covered", "reading": "touched"})
    if turning:
        return claim.model_copy(update={"reading": "turned", "spans": turning.spans})
    return claim if chance >= _NEAR else claim.model_copy(update={"spans": ()})


def claim_by_score(point: KeyPoint, match: "Match") -> PointClaim:
    """Return the claim on a key point without paraphrases, for display: the total comes from the recall of the reference."""
    score = match.score - _RIVALRY * match.rivalry
    verdict: Verdict = "covered" if score >= _ONCE_COVERED else "partial" if score >= _ONCE_TOUCHED else "missing"
    kind: ReadingKind = "not_found" if verdict == "missing" else "touched"
    spans = () if verdict == "missing" else match.spans
    return PointClaim(key_point=point.id, spans=spans, verdict=verdict, reading=kind, likelihood=min(1.0, max(0.0, score)))
