"""Evidence: which words of the answer a credit rests on, and whether they can carry it.

A grader points at spans by number. Numbers cannot be invented as quotes can, and they map back to exact offsets.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from interviewer.cleaning import clean
from interviewer.errors import InputError
from interviewer.grading.fillers import without_fillers
from interviewer.grading.words import content, substance, words
from interviewer.models import (
    ANSWER_LIMIT,
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

LONGEST_SPAN = 30
"""Words. Longer sentences are cut at a clause, so that evidence stays a thing one can look at."""
WORDS_PER_POINT = 2
"""Content words that a span needs for each point that rests on it; below that it is a slogan claimed for everything."""
VOCABULARY = 60
"""Words known about a question, from which on evidence without any of them is none. A short reference alone has about ten."""

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=\S)|\s*[;\n]+\s*|\s+[•▪–-]\s+(?=\w)")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|approx|fig|eq|no|dr|mr|ms)|\b[A-Za-z])\.$", re.IGNORECASE)
_CLAUSE = re.compile(
    r",?\s+(?=(?:and then|and|but|so|because|since|which|where|whereas|while|although|however|if|when|then|or|plus|also)\b)"
    r"|,\s+"
)


def read_answer(text: str) -> Answer:
    """Clean what was typed or piped and cut it into numbered spans. No grader sees a filler: the spans leave them out.

    Raises:
        InputError: it is empty, or longer than `ANSWER_LIMIT` characters.
    """
    text = clean(text).strip()
    if not text:
        raise InputError("the answer is empty", next_step="say what you know, even if it is little")
    if len(text) > ANSWER_LIMIT:
        raise InputError(
            f"the answer has {len(text):,} characters; the limit is {ANSWER_LIMIT:,}",
            next_step="shorten it: a spoken answer of two minutes has about 2,000",
        )
    return Answer(text=text, spans=tuple(_spans(text)))


def _spans(text: str) -> Iterator[Span]:
    number = 0
    plain, places = without_fillers(text)
    for start, end in sentences(plain):
        for first, last in _clauses(plain, start, end):
            piece = plain[first:last]
            stripped = piece.strip()
            if any(character.isalnum() for character in stripped):
                number += 1
                offset = first + piece.index(stripped)
                yield Span(number=number, start=places[offset], end=places[offset + len(stripped) - 1] + 1, text=stripped)
    if number == 0:
        yield Span(number=1, start=0, end=len(text), text=text)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence or line of a text begins and ends."""
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if "\n" not in match[0] and _ABBREVIATION.search(text, max(0, match.start() - 8), match.start()):
            continue
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a long sentence at the clause boundary nearest to its middle, again and again; between words if there is none."""
    if len(re.findall(r"\S+", text[start:end])) <= LONGEST_SPAN:
        yield start, end
        return
    gaps = [start + match.end() for match in re.finditer(r"\S+\s+", text[start:end])]
    middle = gaps[len(gaps) // 2]
    edges = [match.end() for match in _CLAUSE.finditer(text, start, end) if gaps[3] < match.end() < gaps[-4]]
    cut = min(edges, key=lambda edge: abs(edge - middle), default=middle)
    yield from _clauses(text, start, cut)
    yield from _clauses(text, cut, end)


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
    serious = [span for span in spans if not talks_about_grading(span.text)]
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
def talks_about_grading(text: str) -> bool:
    """Tell whether a text addresses the grader instead of the question."""
    return _grading_talk().search(text) is not None


@lru_cache(maxsize=1)
def _grading_talk() -> re.Pattern[str]:
    raw = tomllib.loads(resource("data", "words.toml").read_text(encoding="utf-8"))
    return re.compile("|".join(f"(?:{pattern})" for pattern in raw["grading_talk"]), re.IGNORECASE)


def word_count(text: str) -> int:
    """Return the number of words, as a person would count them."""
    return len(words(text))
