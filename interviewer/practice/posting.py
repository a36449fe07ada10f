"""A job posting: which questions of a bank it asks for, in order, and what it names that the bank lacks."""

import re
from collections import Counter
from math import log
from typing import Annotated

from pydantic import Field

from interviewer.bank.bank import Bank
from interviewer.context import Context
from interviewer.grading.embedded.wordpiece import vocabulary
from interviewer.llm.client import LLMClient
from interviewer.llm.json_reply import InvalidReply, ReplyModel, read_reply
from interviewer.llm.prompts import render
from interviewer.models import FromList, Model, Question, Slug, Text, strict_schema
from interviewer.settings import Settings
from interviewer.text.slug import in_words
from interviewer.text.words import content, substance

PROMPT = "posting.md"
_LONGEST = 20_000
"""Characters of a posting that are read; a long one has 8,000."""
_SHORT = 4
"""Words of an id that names a subject; imported questions have the whole question as their id."""
_SHARE = 0.45
"""Share of the words that a question is about, weighted by their rarity in the bank, of which one line has to say more."""
_MOST = 30
"""Questions that a posting asks for at most: a week's practice."""
_NAME = re.compile(r"(?<![\w.])(?:\w*[A-Z][\w.+#-]*[A-Z0-9+#][\w+#]*|[A-Z][a-z]+(?: ?[A-Z]\w+)*)")
"""Acronyms, words with capitals inside, and capitalised words: the names of tools and methods."""


class Want(Model):
    """Something that a posting asks for, and the questions about it."""

    what: Text
    questions: Annotated[tuple[Slug, ...], FromList]


class Posting(Model):
    """What a posting asks for, the most wanted first, and what of it the bank has no question about."""

    wants: Annotated[tuple[Want, ...], FromList]
    lacking: Annotated[tuple[Text, ...], FromList]

    @property
    def questions(self) -> tuple[Slug, ...]:
        """The questions in order, each once."""
        return tuple(dict.fromkeys(name for want in self.wants for name in want.questions))


def match_posting(text: str, bank: Bank) -> Posting:
    """Compare words: a question is wanted if one line of the posting says most of what the question is about.

    Topics are ordered by how much of the posting is about them, questions by the words shared, weighted by their rarity.
    """
    about = {question.id: _about(question) for question in bank}
    texts = (set(content(f"{question.id.replace('-', ' ')} {question.reference}")) for question in bank)
    rarity = {word: log(1 + len(bank) / count) for word, count in Counter(word for words in texts for word in words).items()}
    lines = [set(content(line)) for line in text[:_LONGEST].splitlines()]
    shared: dict[str, float] = {}
    for name, words in about.items():
        whole = sum(rarity[word] for word in words)
        said = max((sum(rarity[word] for word in words & line) for line in lines), default=0.0)
        if said > _SHARE * whole:
            shared[name] = said
    best = sorted(shared, key=lambda name: -shared[name])[:_MOST]
    topics: dict[str, list[str]] = {}
    for name in best:
        topics.setdefault(bank.find(name).topic, []).append(name)
    by_weight = sorted(topics.items(), key=lambda item: -sum(shared[name] for name in item[1]))
    return Posting(
        wants=tuple(Want(what=in_words(topic), questions=tuple(names)) for topic, names in by_weight),
        lacking=_names_unknown_to(bank, text[:_LONGEST]),
    )


def _about(question: Question) -> set[str]:
    """Return the subject of a question: the words of its id; of a long id only those in its reference answer, too."""
    words = substance(question.id.replace("-", " "), "")
    return words if len(words) <= _SHORT else words & set(content(question.reference))


def _names_unknown_to(bank: Bank, text: str) -> tuple[str, ...]:
    """Return the names of tools and methods in a posting that no question, key point or reference answer has."""
    known = {
        word
        for question in bank
        for part in (question.question, question.reference, question.hint, *(point.text for point in question.key_points))
        for word in content(part)
    }
    found: dict[str, None] = {}
    for line in text.splitlines():
        for match in _NAME.finditer(line):
            opens = not line[: match.start()].rstrip(" \t*•-–\"'(") or line[: match.start()].rstrip()[-1:] in ".!?:;"
            plain = match[0][1:].islower() and _is_common(match[0])
            if not (opens and plain) and known.isdisjoint(content(match[0])) and content(match[0]):
                found.setdefault(match[0])
    return tuple(found)


def _is_common(word: str) -> bool:
    """Tell whether a word is no name: it, or its singular, is one of those that the embedded model knows whole."""
    return word.endswith(("ing", "ed", "ly")) or not {word.lower(), word.lower().removesuffix("s")}.isdisjoint(vocabulary())


class _Topic(ReplyModel):
    topic: Text
    questions: Annotated[tuple[Annotated[int, Field(ge=1)], ...], FromList]
    """Positions in the list of questions, from 1."""


class _Reply(ReplyModel):
    topics: Annotated[tuple[_Topic, ...], FromList, Field(min_length=1)]


async def ask_posting(text: str, bank: Bank, settings: Settings, context: Context) -> Posting:
    """Have the LLM say what a posting asks for.

    Raises:
        GradingError: no usable reply could be had.
    """
    client = LLMClient(settings, context)
    questions = list(bank)

    def read(content: str) -> Posting:
        topics = read_reply(_Reply, content, ("topics",)).topics
        if any(number > len(questions) for topic in topics for number in topic.questions):
            raise InvalidReply(f"the numbers in questions go from 1 to {len(questions)}")
        return Posting(
            wants=tuple(
                Want(what=topic.topic, questions=tuple(questions[number - 1].id for number in topic.questions))
                for topic in topics
                if topic.questions
            ),
            lacking=tuple(topic.topic for topic in topics if not topic.questions),
        )

    try:
        prompt = render(PROMPT, posting=text[:_LONGEST], questions=questions)
        found, _ = await client.complete_json(prompt, "posting", strict_schema(_Reply), lambda reply: read(reply.content))
    finally:
        await client.close()
    return found
