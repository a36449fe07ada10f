"""Evidence: which words of the answer a credit rests on, and whether they can carry it.

A grader points at spans by number. Numbers cannot be invented as quotes can, and they map back to exact offsets.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from interviewer.models import (
    Answer,
    ErrorNote,
    Judgement,
    KeyPoint,
    PointClaim,
    PointVerdict,
    Question,
    Rejected,
    Span,
)
from interviewer.resources import resource
from interviewer.text.words import content, substance

WORDS_PER_POINT = 2
"""Content words that a span needs for each point that rests on it; below that it is a slogan claimed for everything."""
VOCABULARY = 60
"""Words known about a question, from which on evidence without any of them is none. A short reference alone has about ten."""


def verify(judgement: Judgement, question: Question, answer: Answer) -> tuple[tuple[PointVerdict, ...], tuple[ErrorNote, ...]]:
    """Keep what the answer bears out: a verdict without usable evidence falls to `missing` and says why."""
    errors = tuple(
        ErrorNote(
            evidence=answer.text[span.start : span.end],
            span=(span.start, span.end),
            correction=error.correction,
            severity=error.severity,
        )
        for error in judgement.errors
        if 1 <= error.span <= len(answer.spans)
        for span in (answer.spans[error.span - 1],)
    )
    return verify_points(judgement.points, question, answer), errors


def verify_points(claimed: Sequence[PointClaim], question: Question, answer: Answer) -> tuple[PointVerdict, ...]:
    """Return a verdict on each key point of a question; one without a claim is missing."""
    claims = {claim.key_point: claim for claim in claimed}
    load: Counter[int] = Counter()
    # What is claimed as stated comes first: a point that is half said at most must not take the words away from it.
    stated = {claim.key_point for claim in claimed if claim.verdict == "covered"}
    points = sorted(question.key_points, key=lambda point: point.id not in stated)
    found = {point.id: _verdict(point, claims.get(point.id), question, answer, load) for point in points}
    return tuple(found[point.id] for point in question.key_points)


def _verdict(point: KeyPoint, claim: PointClaim | None, question: Question, answer: Answer, load: Counter[int]) -> PointVerdict:
    if claim is None:
        return PointVerdict(id=point.id, text=point.text, weight=point.weight, verdict="missing")
    if claim.verdict == "missing":
        return PointVerdict(
            id=point.id, text=point.text, weight=point.weight, verdict="missing", confidence=claim.confidence, votes=claim.votes
        )
    cited, reason = _usable(claim, question, answer, load)
    if not cited:
        rejected = Rejected(claimed=claim.verdict, reason=reason)
        return PointVerdict(id=point.id, text=point.text, weight=point.weight, verdict="missing", rejected=rejected)
    start, end = cited[0].start, cited[-1].end
    return PointVerdict(
        id=point.id,
        text=point.text,
        weight=point.weight,
        verdict=claim.verdict,
        evidence=answer.text[start:end],
        span=(start, end),
        confidence=claim.confidence,
        votes=claim.votes,
    )


def _usable(claim: PointClaim, question: Question, answer: Answer, load: Counter[int]) -> tuple[list[Span], str]:
    """Return the longest run of cited spans that can carry the claim, or the reason why none can."""
    spans = [answer.spans[number - 1] for number in sorted(set(claim.spans)) if 1 <= number <= len(answer.spans)]
    if not claim.spans:
        return [], "no words of the answer were given for it"
    if not spans:
        return [], "it points at words that are not in the answer"
    serious = [span for span in spans if not is_injection(span.text)]
    if not serious:
        return [], "the words talk about the grading, not the subject"
    known = _known(question)
    about = [span for span in serious if len(known) < VOCABULARY or not known.isdisjoint(content(span.text))]
    if not about:
        return [], "the words have nothing to do with the question"
    telling = [span for span in about if substance(span.text, question.question)]
    if not telling:
        return [], "the words only repeat the question"
    free = [span for span in telling if load[span.number] < max(1, len(set(content(span.text))) // WORDS_PER_POINT)]
    if not free:
        return [], "the same few words already stand for other points"
    run = _longest_run(free)
    if claim.verdict in {"covered", "partial"}:
        load.update(span.number for span in run)
    return run, ""


@lru_cache(maxsize=256)
def _known(question: Question) -> frozenset[str]:
    """Return the words of all that is known about a question.

    Plain words and images nearly always share one with it, since key points come with paraphrases; talk to the grader mostly
    shares none, in whatever language it is.
    """
    said = [phrase for point in question.key_points for phrase in (point.text, *point.paraphrases)]
    texts = (question.question, question.reference, *said, *question.misconceptions)
    return frozenset(stem for text in texts for stem in content(text))


def _longest_run(spans: list[Span]) -> list[Span]:
    runs: list[list[Span]] = []
    for span in spans:
        if runs and runs[-1][-1].number == span.number - 1:
            runs[-1].append(span)
        else:
            runs.append([span])
    return max(runs, key=len)


@lru_cache(maxsize=2_048)
def is_injection(text: str) -> bool:
    """Tell whether a text addresses the grader instead of the question."""
    return _grading_talk().search(text) is not None


@lru_cache(maxsize=1)
def _grading_talk() -> re.Pattern[str]:
    raw = tomllib.loads(resource("data", "words.toml").read_text(encoding="utf-8"))
    return re.compile("|".join(f"(?:{pattern})" for pattern in raw["grading_talk"]), re.IGNORECASE)
