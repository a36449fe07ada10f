"""How an answer was delivered: words, pace, fillers, hedges, repetitions. All of it is counted, none is part of a score."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Annotated, Any

from interviewer.grading.language import is_english
from interviewer.models import Attempt, FromList, Model
from interviewer.resources import load_toml
from interviewer.text.spans import sentences
from interviewer.text.words import fillers, plural, word_count

# One to three words that come twice. Each attempt starts at the beginning of a word and never gives characters back, so that
# the time is linear in the length of the text.
_REPEATED = re.compile(
    r"(?<![\w'’-])(?P<first>\w[\w'’-]*+(?:[ \t]++\w[\w'’-]*+){0,2})(?:[ \t]*+,)?+[ \t]++(?P<again>(?P=first))\b", re.IGNORECASE
)
_ENOUGH = 0.75
"""The coverage from which on an answer is not too short."""
_SHORT = "short"
_NEARBY = 40
"""Characters before a hedge in which the word before it is looked for."""


class CountedWords(Model):
    """Words that were counted, and where they stand in the answer, in characters: start, end."""

    text: str
    span: Annotated[tuple[int, int], FromList]


class Delivery(Model):
    """The counts of one answer."""

    words: int
    seconds: float | None
    """From the question on screen to the answer sent; None if not timed."""
    pace: float | None
    """Words a minute of speech; None for typed text, which has a pace of its own."""
    fillers: Annotated[tuple[CountedWords, ...], FromList]
    hedges: Annotated[tuple[CountedWords, ...], FromList]
    repetitions: Annotated[tuple[CountedWords, ...], FromList]
    """Words that come twice in a row: the second ones."""
    signposts: Annotated[tuple[CountedWords, ...], FromList]
    """Words that show the structure of the answer: first, for example, because."""
    sentence_words: float
    """Words of a sentence, on average."""
    remarks: Annotated[tuple[str, ...], FromList]
    """Remarks on counts outside the usual range."""


def measure_attempt(attempt: Attempt, *, again: bool = False) -> Delivery:
    """Count how an attempt was delivered.

    Its length is judged where it matters: not of a retry, which may be about one point, and an answer that covers most of the
    key points is not too short.
    """
    enough = attempt.score is not None and attempt.score.coverage >= _ENOUGH
    found = measure_delivery(
        attempt.answer,
        attempt.seconds,
        spoken=attempt.spoken,
        asked=None if again else attempt.question.question,
        reference=attempt.question.reference,
    )
    remarks = tuple(remark for remark in found.remarks if not (enough and remark.startswith(_SHORT)))
    return found.model_copy(update={"remarks": remarks})


def measure_delivery(
    answer: str, seconds: float | None = None, *, spoken: bool = False, asked: str | None = "", reference: str = ""
) -> Delivery:
    """Count how an answer was delivered.

    Fillers, hedges and signposts are English ones; in other languages "um" and "er" are words.

    Args:
        answer: what was said or typed.
        seconds: those of speaking for a spoken answer.
        spoken: whether it was.
        asked: the question, which decides how long an answer usually is; None where the length is not to be judged.
        reference: the model answer; whoever says as many words is not short.
    """
    words = word_count(answer)
    english = is_english(answer)
    lengths = [count for start, end in sentences(answer) if (count := word_count(answer[start:end]))]
    counted = Delivery(
        words=words,
        seconds=seconds,
        pace=round(60 * words / seconds, 1) if spoken and seconds else None,
        fillers=_counted(answer, fillers(answer) if english else ()),
        hedges=_counted(answer, _hedges(answer)),
        repetitions=_counted(answer, _repetitions(answer)),
        signposts=_counted(answer, (match.span() for match in _listed("signposts").finditer(answer))),
        sentence_words=round(sum(lengths) / len(lengths), 1) if lengths else 0.0,
        remarks=(),
    )
    remarks = tuple(_remarks(counted, asked, word_count(reference), spoken=spoken, english=english))
    return counted.model_copy(update={"remarks": remarks})


def describe_delivery(delivery: Delivery) -> str:
    """Return in one line what was counted."""
    parts = [
        plural(delivery.words, "word"),
        f"{delivery.seconds:.0f} s" if delivery.seconds is not None else "",
        f"{delivery.pace:.0f} words a minute" if delivery.pace is not None else "",
        plural(len(delivery.fillers), "filler") if delivery.fillers else "",
        plural(len(delivery.hedges), "hedge") if delivery.hedges else "",
        plural(len(delivery.repetitions), "repetition") if delivery.repetitions else "",
    ]
    return ", ".join(part for part in parts if part)


def _remarks(found: Delivery, asked: str | None, needed: int, *, spoken: bool, english: bool) -> Iterator[str]:
    """Yield what is unusual; `needed` are the words of a model answer, 0 without one."""
    bounds = _words()
    slowest, fastest = bounds["pace"]["normal"]
    seconds = found.seconds if spoken else None
    length, unit = (round(seconds), "second") if seconds is not None else (found.words, "word")
    if asked is not None:
        kind = next(kind for kind in bounds["length"] if re.search(kind["asks"], asked, re.IGNORECASE))
        shortest, longest = kind[f"{unit}s"]
        if needed:
            shortest = min(shortest, needed if seconds is None else round(60 * needed / fastest))
        if not shortest <= length <= longest:
            size = _SHORT if length < shortest else "long"
            yield f"{size} for this question: {plural(length, unit)}, {shortest} to {longest} are usual"
    if found.pace is not None and not slowest <= found.pace <= fastest:
        yield f"{'slow' if found.pace < slowest else 'fast'}: {slowest} to {fastest} words a minute are easy to follow"
    limits = bounds["fillers"]
    if len(found.fillers) >= limits["fewest"]:
        most = _most_frequent(found.fillers)
        if seconds:
            rate, usual, where = 60 * len(found.fillers) / seconds, limits["per_minute"], "a minute"
        else:
            rate, usual, where = 100 * len(found.fillers) / found.words, limits["per_100_words"], "in 100 words"
        if rate > usual:
            yield f"{rate:.0f} fillers {where} ({most}); up to {usual} are normal"
    limits = bounds["hedges_rate"]
    if len(found.hedges) >= limits["fewest"] and 100 * len(found.hedges) > limits["per_100_words"] * found.words:
        yield f"much hedging ({_most_frequent(found.hedges)}): say what you know as you know it"
    if found.sentence_words > bounds["sentences"]["words"]:
        hard = bounds["sentences"]["words"]
        yield f"long sentences: {found.sentence_words:.0f} words on average; from {hard} on they get difficult"
    if english and found.words >= bounds["signposting"]["from_words"] and not found.signposts:
        yield "nothing tells the listener where you are: first, for example, because"


def _most_frequent(words: Sequence[CountedWords]) -> str:
    counts = Counter(one.text.lower() for one in words)
    return ", ".join(sorted(counts, key=lambda text: (-counts[text], text))[:3])


def _hedges(text: str) -> Iterator[tuple[int, int]]:
    kinds = set(str(_words()["no_hedge_after"]).split())
    for match in _listed("hedges").finditer(text):
        before = text[max(0, match.start() - _NEARBY) : match.start()].split()
        if not (match[0].lower().endswith("of") and before and before[-1].lower() in kinds):
            yield match.span()


def _repetitions(text: str) -> Iterator[tuple[int, int]]:
    allowed = set(str(_words()["doubled"]).split())
    for match in _REPEATED.finditer(text):
        words = match["first"].lower()
        if words not in allowed and not words.isdigit() and (len(words) > 1 or words in {"a", "i"}):
            yield match.span("again")


def _counted(text: str, spans: Iterable[tuple[int, int]]) -> tuple[CountedWords, ...]:
    return tuple(CountedWords(text=text[start:end], span=(start, end)) for start, end in spans)


@lru_cache(maxsize=2)
def _listed(name: str) -> re.Pattern[str]:
    longest_first = sorted(_words()[name], key=len, reverse=True)
    phrases = "|".join(longest_first).replace(" ", r"\s+").replace("'", "['’]")
    return re.compile(rf"\b(?:{phrases})\b", re.IGNORECASE)


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    return load_toml("delivery.toml")
