"""Evidence: the spans of the answer that a grader points at for a verdict, and whether code accepts them.

A grader points at spans by number. Numbers cannot be invented as quotes can, and they map back to exact offsets.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any

from interviewer.bank.points import basis
from interviewer.grading.injection import REASON, is_injection
from interviewer.grading.language import is_english, is_partly_foreign
from interviewer.grading.rubric import load_rubric
from interviewer.grading.word_allocation import allocate_credits, credited, tightest_span
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
from interviewer.text.words import SPACELESS, content, stem, substance, terms, word_count, word_list, words

VOCABULARY = 60
"""Stems known about a question from which on an answer has to share one for evidence. A short reference alone has about ten."""
FULL_VOCABULARY = 100
"""Stems from which on each span has to share one: the built-in questions have 130 or more. With about a hundred one honest span
of twenty shares none (docs/measurements.md)."""
TERSE = 3
"""Words up to which a span says too little to share a stem for certain: it shares one together with terse neighbours."""
WORDS_PER_POINT = 5
"""Words of a span, little ones among them, that a further point takes."""
FEWER_WORDS = 3
"""The same number for points that nobody wrote: these overlap, and a short answer's few words state several of them."""


def verify(judgement: Judgement, question: Question, answer: Answer) -> tuple[tuple[PointVerdict, ...], tuple[ErrorNote, ...]]:
    """Return the verdicts and the false statements that have evidence; a verdict without becomes `missing` and says why."""
    spans = {span.number: span for span in answer.spans}
    errors = tuple(
        ErrorNote(**_words(answer, span.start, span.end), correction=error.correction, severity=error.severity)
        for error in judgement.errors
        if (span := spans.get(error.span))
    )
    return verify_points(judgement.points, question, answer), errors


def verify_points(claimed: Sequence[PointClaim], question: Question, answer: Answer) -> tuple[PointVerdict, ...]:
    """Return a verdict on each key point of a question; one without a claim is missing."""
    claims = {claim.key_point: claim for claim in claimed}
    evidence = {key: _find_evidence(claim, question, answer) for key, claim in claims.items() if claim.verdict != "missing"}
    # Words count for what is stated before they count for what is half said, and for the likeliest point of an estimate first.
    likely = {claim.key_point: claim.likelihood or 0.0 for claim in claimed}
    cited = [
        (point, evidence[point.id][0])
        for verdict in ("covered", "partial")
        for point in sorted(question.key_points, key=lambda point: -likely.get(point.id, 0.0))
        if point.id in evidence and evidence[point.id][0] and claims[point.id].verdict == verdict
    ]
    given = {credit.point.id: credit for credit in credited(cited, question, answer)}
    held = allocate_credits(list(given.values()), WORDS_PER_POINT if basis(question) == "key_points" else FEWER_WORDS)
    placed = {credit.point.id for some in held.values() for credit in some}
    numbers = {point.id: number for number, point in enumerate(question.key_points, 1)}

    def verdict(point: KeyPoint) -> PointVerdict:
        fields: dict[str, Any] = {"id": point.id, "text": point.text, "weight": point.weight, "rung": point.rung}
        claim = claims.get(point.id)
        if claim is None:
            return PointVerdict(**fields, verdict="missing")
        samples: dict[str, Any] = {"confidence": claim.confidence, "votes": claim.votes, "unsure": _unsure(claim)}
        if claim.verdict == "missing":
            near = _longest_run([span for span in answer.spans if span.number in claim.spans])
            reading = _reading(claim, _words(answer, near[0].start, near[-1].end) if near else {})
            return PointVerdict(**fields, **samples, verdict="missing", reading=reading)
        spans, reason = evidence[point.id]
        credit = given.get(point.id)
        if credit and credit.words and point.id not in placed:
            others = sorted({numbers[other.point.id] for number, _ in credit.words for other in held[number]})
            named = ", ".join(str(number) for number in others)
            spans, reason = [], f"these few words already count for point {named}, and each point needs words of its own"
        if not spans:
            reading = _reading(claim.model_copy(update={"reading": "not_found"}), {}) if claim.reading else None
            rejected = Rejected(claimed=claim.verdict, reason=reason)
            return PointVerdict(**fields, verdict="missing", rejected=rejected, reading=reading)
        start, end = tightest_span(credit, list(given.values())) if credit else (spans[0].start, spans[-1].end)
        words = _words(answer, start, end)
        return PointVerdict(**fields, **samples, **words, verdict=claim.verdict, reading=_reading(claim, words))

    return tuple(verdict(point) for point in question.key_points)


def _words(answer: Answer, start: int, end: int) -> dict[str, Any]:
    """Return the words at a place of the answer as the fields `evidence` and `span`."""
    return {"evidence": answer.text[start:end], "span": (start, end)}


def _reading(claim: PointClaim, words: dict[str, Any]) -> Reading | None:
    return Reading(kind=claim.reading, likelihood=claim.likelihood or 0.0, **words) if claim.reading else None


def _unsure(claim: PointClaim) -> bool:
    divided = claim.votes is not None and claim.votes[0] < claim.votes[1]
    improbable = claim.confidence is not None and claim.confidence < load_rubric().uncertainty.unsure
    return claim.sure is False or divided or improbable


def _find_evidence(claim: PointClaim, question: Question, answer: Answer) -> tuple[list[Span], str]:
    """Return the longest run of cited spans that are evidence for the claim, or the reason why none is."""
    if not claim.spans:
        return [], "no words of the answer were given for it"
    known = _known(question) if is_english(answer.text) else frozenset()
    rules: tuple[tuple[Callable[[Span], bool], str], ...] = (
        (lambda span: span.number in claim.spans, "it points at words that are not in the answer"),
        (lambda span: not is_injection(span.text), REASON),
        (lambda span: _is_related(span, answer, known), "the words have nothing to do with the question"),
        (lambda span: _says_something(span.text, question), "the words only repeat the question"),
    )
    spans = list(answer.spans)
    for accepts, reason in rules:
        spans = [span for span in spans if accepts(span)]
        if not spans:
            return [], reason
    return _longest_run(spans), ""


def _is_related(span: Span, answer: Answer, known: frozenset[str]) -> bool:
    """Tell whether a span shares a stem with what is known of the question, or need not: it is in another language.

    One sentence in another language in an English answer may be words to the grader. So it need not in an answer that mixes
    languages: most spans are in another one, or one of these shares a stem.
    """
    said = _context(span, answer) if len(known) >= FULL_VOCABULARY else answer.text
    if len(known) < VOCABULARY or not known.isdisjoint(content(said)):
        return True
    foreign = [other.text for other in answer.spans if is_partly_foreign(other.text)]
    mixed = 2 * len(foreign) > len(answer.spans) or any(not known.isdisjoint(content(text)) for text in foreign)
    return mixed and is_partly_foreign(span.text)


def _context(span: Span, answer: Answer) -> str:
    """Return the text of a span; together with that of its neighbours where all are terse: "Chess." in a list of examples."""
    near = answer.spans[max(0, span.number - 2) : span.number + 1]
    return " ".join(one.text for one in near) if all(word_count(one.text) <= TERSE for one in near) else span.text


def _says_something(text: str, question: Question) -> bool:
    """Tell whether a text is more than generic talk and a repetition of the question.

    A word of its own says something, and so does a negation, or a generic word that the reference has as well. Where the
    reference and the key points repeat the question too, so may an answer: "they are connected". The only point of a question
    may be made without a word of content: "as many as you need". Against a reference alone little words and a new order are
    enough, "a function pointer is a pointer to a function": people give credit for such an answer.
    """
    own = set(terms(text)) - set(terms(question.question))
    if substance(text, question.question) or own & word_list("negations").union(terms(question.reference)):
        return True
    if basis(question) != "key_points" and _is_rearranged(text, question.question):
        return True
    known = " ".join((question.reference, *(point.text for point in question.key_points)))
    return not substance(known, question.question) or (len(question.key_points) == 1 and not content(text))


def _is_rearranged(text: str, asked: str) -> bool:
    """Tell whether a text has a little word that the question lacks, or the question's words in another order."""
    skipped = word_list("function_words") | word_list("generic")
    little = {stem(word) for word in words(SPACELESS.sub(" ", text)) if word not in skipped}
    order = set(pairwise(content(text))) - set(pairwise(content(asked)))
    return bool(order) or (bool(content(text)) and not little <= {stem(word) for word in words(asked)})


@lru_cache(maxsize=256)
def _known(question: Question) -> frozenset[str]:
    """Return the stems of all texts of a question in English, of any other none.

    Plain words and images nearly always share one with them, since key points come with paraphrases; words to the grader mostly
    share none, in whatever language they are.
    """
    phrases = [phrase for point in question.key_points for phrase in (point.text, *point.paraphrases)]
    texts = (question.question, question.reference, *phrases, *question.misconceptions)
    if not is_english(" ".join(texts)):
        return frozenset()
    return frozenset(stem for text in texts for stem in content(text))


def _longest_run(spans: list[Span]) -> list[Span]:
    """Return the most spans that follow one another, the first of several runs as long; none of none."""
    runs = groupby(enumerate(spans), key=lambda placed: placed[1].number - placed[0])
    return max(([span for _, span in run] for _, run in runs), key=len, default=[])
