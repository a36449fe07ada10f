"""Checks of the follow-up that a model asks: it quotes the answer, and it is one new question that gives nothing away."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from interviewer.grading.injection import is_injection
from interviewer.grading.segment import segment
from interviewer.llm.json_reply import InvalidReply, ReplyModel, read_reply
from interviewer.models import Attempt, Depth, KeyPoint, Probe, strict_schema
from interviewer.text.clean import clean_line
from interviewer.text.words import SPACELESS, content, stem, visible, word_count, words

_MOST_WORDS = 40
"""The prompt asks for 30 at most."""
_MOST_QUOTED = 8
"""Words of a quote; the prompt asks for 6 at most."""
_QUESTION_MARK = re.compile("[?？؟]")
_QUOTED = re.compile(r"[“\"]([^“”\"]+)[”\"]")
_ADDRESS = frozenset(map(stem, ("you", "said", "say", "mentioned", "called", "then", "so")))
"""Words with which a follow-up addresses the person, apart from its question."""
_SAME = 0.8
"""Share of the words of the shorter question that the longer has, from which on both ask the same."""
_FEW = 3
"""Words below which such a share says nothing."""
_GIVEN_AWAY = 0.5
"""Share of the words of a point that nobody has said yet; a question with more of them says the point itself."""


class FollowUpReply(ReplyModel):
    """The JSON object that prompts/follow-up.md asks for: the quote first, so that the question grows out of it."""

    said: str = ""
    key_point: Annotated[int, Field(ge=0)]
    depth: str = ""
    question: str


def follow_up_schema(depths: Sequence[Depth]) -> dict[str, Any]:
    """Return the JSON schema of a reply that may go so deep."""
    schema = strict_schema(FollowUpReply)
    schema["properties"]["depth"]["enum"] = list(depths)
    return schema


def read_follow_up(content: str, attempt: Attempt, points: Sequence[KeyPoint], depths: Sequence[Depth]) -> Probe | None:
    """Return the follow-up of a reply, about one of these points and as deep as asked; None if the model has none.

    Raises:
        InvalidReply: it is not what was asked for, or does not go on from what the person said.
    """
    reply = read_reply(FollowUpReply, content)
    if reply.key_point == 0:
        return None
    if reply.key_point > len(points):
        raise InvalidReply(f"key_point must be 0 to {len(points)}")
    depth = next((one for one in depths if one == re.sub(r"\W+", "_", reply.depth.strip().lower())), None)
    if depth is None:
        raise InvalidReply(f"depth must be one of {', '.join(depths)}")
    text, point = clean_line(reply.question, 400), points[reply.key_point - 1]
    turns = [said for said in (attempt.answer, *(exchange.answer for exchange in attempt.exchanges)) if said]
    heard = " ".join(span.text for said in turns for span in segment(said).spans if not is_injection(span.text))
    problem = (
        _malformed(text)
        or _unheard(reply.said, text, heard, attempt.question.question)
        or _repeated(reply.said, text, attempt)
        or _revealing(text, point, heard, attempt.question.question)
    )
    if problem:
        raise InvalidReply(problem)
    return Probe(text=text, key_point=point.id, depth=depth)


def _malformed(text: str) -> str:
    if len(_QUESTION_MARK.findall(text)) != 1:
        return "question must be one question, with one question mark"
    return f"question has more than {_MOST_WORDS} words" if word_count(text) > _MOST_WORDS else ""


def _unheard(said: str, text: str, heard: str, question: str) -> str:
    """Tell what is wrong with the quote: not said, not in the question, or nothing but words of the interviewer."""
    if not _occurs(said, heard) or word_count(said) > _MOST_QUOTED:
        return f"said must be copied from what the candidate said, 1 to 6 words: {clean_line(said, 80)!r} is not"
    if not set(content(said)) - set(content(question)):
        return "said must be words with which the candidate says something, not words of the question"
    if not _occurs(said, text):
        return f"question must contain the words of said as they are: {clean_line(said, 80)!r}"
    strange = next((quote for quote in _QUOTED.findall(text) if not _occurs(quote, heard)), None)
    return f"question quotes what the candidate never said: {clean_line(strange, 80)!r}" if strange else ""


def _repeated(said: str, text: str, attempt: Attempt) -> str:
    """Tell which earlier question this one repeats."""
    asks = _question_words(text) - set(map(stem, words(said)))
    for earlier in (attempt.question.question, *(exchange.follow_up for exchange in attempt.exchanges)):
        asked = _question_words(earlier)
        shorter = min(len(asks), len(asked))
        if shorter >= _FEW and len(asks & asked) >= _SAME * shorter:
            return f"question repeats what was asked already: {clean_line(earlier, 120)}"
    return ""


def _revealing(text: str, point: KeyPoint, heard: str, question: str) -> str:
    unsaid = set(content(point.text)) - set(content(f"{heard} {question}"))
    given = unsaid & set(content(text))
    many = len(given) >= _FEW and len(given) > _GIVEN_AWAY * len(unsaid)
    return f"question gives point away: {clean_line(point.text, 120)}" if many else ""


def _question_words(text: str) -> set[str]:
    return {stem(word) for word in words(text)} - _ADDRESS


def _occurs(phrase: str, text: str) -> bool:
    """Tell whether the words of a phrase stand in a text one after the other, whatever the signs between them."""
    plain = [" ".join(re.findall(r"\w+", visible(part).casefold())) for part in (phrase, text)]
    if not plain[0]:
        return False
    return plain[0] in plain[1] if SPACELESS.search(plain[0]) else f" {plain[0]} " in f" {plain[1]} "
