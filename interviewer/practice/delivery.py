"""How an answer was delivered: counted by code, judged by nobody, and never part of a score."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Annotated, Any

from interviewer.models import Listed, Model
from interviewer.resources import load_toml
from interviewer.text.spans import sentences
from interviewer.text.words import fillers, word_count

_REPEATED = re.compile(
    r"\b(?P<said>\w[\w'’-]*(?:[ \t]+\w[\w'’-]*){0,2})(?:[ \t]*,)?[ \t]+(?P<again>(?P=said))\b", re.IGNORECASE
)


class Heard(Model):
    """Words that were counted, and where they stand in the answer, in characters: start, end."""

    text: str
    span: Annotated[tuple[int, int], Listed]


class Delivery(Model):
    """What was counted in one answer."""

    words: int
    seconds: float | None
    """From the question on screen to the answer sent; none where it was not timed."""
    pace: float | None
    """Words a minute, of speech; none for typed text, which has a pace of its own."""
    fillers: Annotated[tuple[Heard, ...], Listed]
    hedges: Annotated[tuple[Heard, ...], Listed]
    repetitions: Annotated[tuple[Heard, ...], Listed]
    """Words said twice in a row: the second time."""
    signposts: Annotated[tuple[Heard, ...], Listed]
    """Words that tell the listener where they are: first, for example, because."""
    sentence_words: float
    """Words of a sentence, on average."""
    remarks: Annotated[tuple[str, ...], Listed]
    """What lies outside the usual range; nothing where all is well."""


def deliver(answer: str, seconds: float | None = None, *, spoken: bool = False) -> Delivery:
    """Count how an answer was delivered. `seconds` are the seconds of speaking for a spoken answer."""
    words = word_count(answer)
    lengths = [count for start, end in sentences(answer) if (count := word_count(answer[start:end]))]
    counted = Delivery(
        words=words,
        seconds=seconds,
        pace=round(60 * words / seconds, 1) if spoken and seconds else None,
        fillers=_heard(answer, fillers(answer)),
        hedges=_heard(answer, _hedges(answer)),
        repetitions=_heard(answer, _repetitions(answer)),
        signposts=_heard(answer, (match.span() for match in _listed("signposts").finditer(answer))),
        sentence_words=round(sum(lengths) / len(lengths), 1) if lengths else 0.0,
        remarks=(),
    )
    return counted.model_copy(update={"remarks": tuple(_remarks(counted, spoken=spoken))})


def told(delivery: Delivery) -> str:
    """Return what was counted as one line."""
    parts = [
        _number(delivery.words, "word"),
        f"{delivery.seconds:.0f} s" if delivery.seconds is not None else "",
        f"{delivery.pace:.0f} words a minute" if delivery.pace is not None else "",
        _number(len(delivery.fillers), "filler") if delivery.fillers else "",
        _number(len(delivery.hedges), "hedge") if delivery.hedges else "",
        _number(len(delivery.repetitions), "repetition") if delivery.repetitions else "",
    ]
    return ", ".join(part for part in parts if part)


def _remarks(found: Delivery, *, spoken: bool) -> Iterator[str]:
    bounds = _words()
    timed = spoken and found.seconds is not None
    length, unit = (found.seconds or 0, "seconds") if timed else (found.words, "words")
    shortest, longest = bounds["length"][unit]
    if not shortest <= length <= longest:
        size = "short" if length < shortest else "long"
        yield f"{size} for an interview: {length:.0f} {unit}, {shortest} to {longest} are usual"
    slowest, fastest = bounds["pace"]["normal"]
    if found.pace is not None and not slowest <= found.pace <= fastest:
        yield f"{'slow' if found.pace < slowest else 'fast'}: {slowest} to {fastest} words a minute are easy to follow"
    minutes = (found.seconds or 0) / 60
    limits = bounds["fillers"]
    if len(found.fillers) >= limits["fewest"]:
        said = _most_heard(found.fillers)
        if timed and len(found.fillers) > limits["per_minute"] * minutes:
            yield f"{len(found.fillers) / minutes:.0f} fillers a minute ({said}); up to {limits['per_minute']} pass unnoticed"
        elif not timed and 100 * len(found.fillers) > limits["per_100_words"] * found.words:
            rate = 100 * len(found.fillers) / found.words
            yield f"{rate:.0f} fillers in 100 words ({said}); up to {limits['per_100_words']} are normal"
    limits = bounds["hedges_rate"]
    if len(found.hedges) >= limits["fewest"] and 100 * len(found.hedges) > limits["per_100_words"] * found.words:
        yield f"much hedging ({_most_heard(found.hedges)}): say what you know as you know it"
    if found.sentence_words > bounds["sentences"]["words"]:
        hard = bounds["sentences"]["words"]
        yield f"long sentences: {found.sentence_words:.0f} words on average; from {hard} on they get difficult"
    if found.words >= bounds["signposting"]["from_words"] and not found.signposts:
        yield "nothing tells the listener where you are: first, for example, because"


def _most_heard(heard: Sequence[Heard]) -> str:
    counts: dict[str, int] = {}
    for one in heard:
        counts[one.text.lower()] = counts.get(one.text.lower(), 0) + 1
    return ", ".join(sorted(counts, key=lambda text: (-counts[text], text))[:3])


def _hedges(text: str) -> Iterator[tuple[int, int]]:
    kinds = set(str(_words()["no_hedge_after"]).split())
    for match in _listed("hedges").finditer(text):
        before = text[: match.start()].split()
        if not (match[0].lower().endswith(" of") and before and before[-1].lower() in kinds):
            yield match.span()


def _repetitions(text: str) -> Iterator[tuple[int, int]]:
    allowed = set(str(_words()["doubled"]).split())
    for match in _REPEATED.finditer(text):
        said = match["said"].lower()
        if said not in allowed and not said.isdigit() and (len(said) > 1 or said in {"a", "i"}):
            yield match.span("again")


def _heard(text: str, spans: Iterable[tuple[int, int]]) -> tuple[Heard, ...]:
    return tuple(Heard(text=text[start:end], span=(start, end)) for start, end in spans)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


@lru_cache(maxsize=2)
def _listed(name: str) -> re.Pattern[str]:
    longest_first = sorted(_words()[name], key=len, reverse=True)
    phrases = "|".join(longest_first).replace(" ", r"\s+").replace("'", "['’]")
    return re.compile(rf"\b(?:{phrases})\b", re.IGNORECASE)


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    return load_toml("delivery.toml")
