"""Evidence: the spans of the answer that a grader points at for a verdict, and whether code accepts them.

A grader points at spans by number. Numbers cannot be invented as quotes can, and they map back to exact offsets.
"""

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from interviewer.models import (
    Answer,
    ErrorNote,
    Judgement,
    KeyPoint,
    PointClaim,
    PointVerdict,
    Question,
    Reading,
    Rejected,
    Span,
)
from interviewer.resources import load_toml
from interviewer.text.words import content, substance, visible

WORDS_PER_POINT = 2
"""Content words that a span needs for each key point that rests on it: a slogan is no evidence for everything."""
VOCABULARY = 60
"""Stems known about a question from which on a span has to share one to be evidence. A short reference alone has about ten."""


def verify(judgement: Judgement, question: Question, answer: Answer) -> tuple[tuple[PointVerdict, ...], tuple[ErrorNote, ...]]:
    """Return the verdicts and the false statements that have evidence; a verdict without becomes `missing` and says why."""
    spans = {span.number: span for span in answer.spans}
    errors = tuple(
        ErrorNote(
            evidence=answer.text[span.start : span.end],
            span=(span.start, span.end),
            correction=error.correction,
            severity=error.severity,
        )
        for error in judgement.errors
        if (span := spans.get(error.span))
    )
    return verify_points(judgement.points, question, answer), errors


def verify_points(claimed: Sequence[PointClaim], question: Question, answer: Answer) -> tuple[PointVerdict, ...]:
    """Return a verdict on each key point of a question; one without a claim is missing."""
    claims = {claim.key_point: claim for claim in claimed}
    load: Counter[int] = Counter()
    # Words count for a limited number of points: those claimed as covered come first, the likeliest of them before others.
    likely = {claim.key_point: claim.likelihood or 0.0 for claim in claimed if claim.verdict == "covered"}
    points = sorted(question.key_points, key=lambda point: -likely.get(point.id, -1.0))
    found = {point.id: _verdict(point, claims.get(point.id), question, answer, load) for point in points}
    return tuple(found[point.id] for point in question.key_points)


def _verdict(point: KeyPoint, claim: PointClaim | None, question: Question, answer: Answer, load: Counter[int]) -> PointVerdict:
    fields: dict[str, Any] = {"id": point.id, "text": point.text, "weight": point.weight}
    if claim is None:
        return PointVerdict(**fields, verdict="missing")
    samples: dict[str, Any] = {"confidence": claim.confidence, "votes": claim.votes}
    if claim.verdict == "missing":
        near = [span for span in answer.spans if span.number in claim.spans]
        reading = _reading(claim, _words(answer, _longest_run(near) if near else []))
        return PointVerdict(**fields, **samples, verdict="missing", reading=reading)
    cited, reason = _usable(claim, question, answer, load)
    words = _words(answer, cited)
    if not words:
        reading = _reading(claim.model_copy(update={"reading": "not_found"}), words) if claim.reading else None
        rejected = Rejected(claimed=claim.verdict, reason=reason)
        return PointVerdict(**fields, verdict="missing", rejected=rejected, reading=reading)
    return PointVerdict(**fields, **samples, **words, verdict=claim.verdict, reading=_reading(claim, words))


def _words(answer: Answer, run: Sequence[Span]) -> dict[str, Any]:
    """Return the words of some spans that follow one another as the fields `evidence` and `span`; none for no spans."""
    return {"evidence": answer.text[run[0].start : run[-1].end], "span": (run[0].start, run[-1].end)} if run else {}


def _reading(claim: PointClaim, words: dict[str, Any]) -> Reading | None:
    return Reading(kind=claim.reading, likelihood=claim.likelihood or 0.0, **words) if claim.reading else None


def _usable(claim: PointClaim, question: Question, answer: Answer, load: Counter[int]) -> tuple[list[Span], str]:
    """Return the longest run of cited spans that are evidence for the claim, or the reason why none is.

    `load` counts the key points that rest on each span so far.
    """
    if not claim.spans:
        return [], "no words of the answer were given for it"
    known = _known(question)
    rules: tuple[tuple[Callable[[Span], bool], str], ...] = (
        (lambda span: span.number in claim.spans, "it points at words that are not in the answer"),
        (lambda span: not is_injection(span.text), "the words talk about the grading, not the subject"),
        (
            lambda span: len(known) < VOCABULARY or not known.isdisjoint(content(span.text)),
            "the words have nothing to do with the question",
        ),
        (lambda span: bool(substance(span.text, question.question)), "the words only repeat the question"),
        (
            lambda span: load[span.number] < max(1, len(set(content(span.text))) // WORDS_PER_POINT),
            "the same few words already stand for other points",
        ),
    )
    spans = list(answer.spans)
    for accepts, reason in rules:
        spans = [span for span in spans if accepts(span)]
        if not spans:
            return [], reason
    run = _longest_run(spans)
    if claim.verdict in {"covered", "partial"}:
        load.update(span.number for span in run)
    return run, ""


@lru_cache(maxsize=256)
def _known(question: Question) -> frozenset[str]:
    """Return the stems of all texts of a question.

    Plain words and images nearly always share one with them, since key points come with paraphrases; words to the grader mostly
    share none, in whatever language they are.
    """
    phrases = [phrase for point in question.key_points for phrase in (point.text, *point.paraphrases)]
    texts = (question.question, question.reference, *phrases, *question.misconceptions)
    return frozenset(stem for text in texts for stem in content(text))


def _longest_run(spans: list[Span]) -> list[Span]:
    """Return the most spans that follow one another, the first of several runs as long."""
    runs = itertools.groupby(enumerate(spans), key=lambda placed: placed[1].number - placed[0])
    return max(([span for _, span in run] for _, run in runs), key=len)


@lru_cache(maxsize=2_048)
def is_injection(text: str) -> bool:
    """Tell whether a text addresses the grader instead of the question.

    Accents and signs that cannot be seen hide no word: it is the `visible` text that counts, which is also what an LLM gets.
    """
    shown = visible(text)
    if not shown.isascii():
        shown = "".join(sign for sign in unicodedata.normalize("NFKD", shown) if not unicodedata.combining(sign))
    return _grading_talk().search(shown) is not None


@lru_cache(maxsize=1)
def _grading_talk() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in load_toml("words.toml")["grading_talk"]), re.IGNORECASE)
