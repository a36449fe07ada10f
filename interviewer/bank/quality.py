"""Warnings of `bank validate`: valid questions that make grades worse, as far as a program can tell."""

import re
from collections.abc import Iterable, Iterator

from interviewer.bank.validate import Checked, Problem
from interviewer.models import Question
from interviewer.text.clean import clean_line
from interviewer.text.words import terms, words

_JOINED = re.compile(
    r"\b(?:because|therefore|thus|hence)\b|, (?:so|which|since)\b"
    r"|\bso (?=(?:it|its|they|their|the|these|this|there|we|you|one|an?|each|every|no)\b)",
    re.IGNORECASE,
)
"""What joins a fact with its reason or result. "So that" without a comma names a purpose, which is no second fact."""
_SENTENCE_END = re.compile(r"(?<=[.!?;:])\s+")
_NEAR = 0.6
"""Share of their terms (Jaccard index) that a misconception and a sentence of the reference have in common, from which on a
grader may take one for the other. 0.5 at most in the built-in bank; a negation is one term, a swap none."""
_SAME_SOURCE = 0.9
"""Share of the words of the shorter of two sources that the longer has too. Different ones in the built-in bank: up to 0.8."""

Found = tuple[tuple[str, int], str]
"""The field with the position in it, and the warning."""


def review(files: Iterable[Checked]) -> Iterator[Problem]:
    """Yield the warnings about the files of one bank."""
    sources: dict[str, frozenset[str]] = {}
    for checked in files:
        for question, entry in zip(checked.questions, checked.entries, strict=True):
            for found in (_of_must_haves(question), _of_misconceptions(question), _of_sources(question, sources)):
                for (field, position), message in found:
                    line = entry.line_of((field, position))
                    yield Problem(checked.file, line, f"{entry.title}{field}.{position + 1}", message)


def _of_must_haves(question: Question) -> Iterator[Found]:
    asked = {follow_up.key_point for follow_up in question.follow_ups}
    for position, point in enumerate(question.key_points):
        if point.weight != 3:  # must-have
            continue
        if joined := _JOINED.search(point.text):
            word = joined[0].strip(", ")
            yield ("key_points", position), f"a must-have should be one fact; this one seems to go on after {word!r}"
        if point.id not in asked:
            yield ("key_points", position), "no follow-up asks for this must-have"


def _of_misconceptions(question: Question) -> Iterator[Found]:
    sentences = [(sentence, set(terms(sentence))) for sentence in _SENTENCE_END.split(question.reference)]
    for position, misconception in enumerate(question.misconceptions):
        said = set(terms(misconception))
        for sentence, known in sentences:
            if len(said & known) >= _NEAR * len(said | known) > 0:
                message = f"graders may take true answers for this one, it is close to the reference: {clean_line(sentence)}"
                yield ("misconceptions", position), message
                break


def _of_sources(question: Question, sources: dict[str, frozenset[str]]) -> Iterator[Found]:
    """Compare sources with those of the questions before, and add them to these."""
    for position, source in enumerate(question.sources):
        if source in question.sources[:position]:
            yield ("sources", position), "this source stands here twice"
        if source in sources:
            continue
        named = frozenset(words(source)) - {"and", "et", "al"}
        for known, other in sources.items():
            if len(named & other) >= _SAME_SOURCE * min(len(named), len(other)) > 0:
                yield ("sources", position), f"another spelling of a source: {clean_line(known)}"
                break
        sources[source] = named
