"""A job posting: which questions of a bank it asks for, in order, and what it names that the bank lacks."""

import re
from collections import Counter
from collections.abc import Iterator
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
from interviewer.resources import load_toml
from interviewer.settings import Settings
from interviewer.text.slug import in_words
from interviewer.text.words import content, stem, substance, words

PROMPT = "posting.md"
_LONGEST = 20_000
"""Characters of a posting that are read; a long one has 8,000."""
_SHORT = 4
"""Words of an id that names a subject; imported questions have the whole question as their id."""
_SHARE = 0.45
"""Share of the words that a question is about, weighted by their rarity in the bank, of which one line has to say more."""
_GENERAL = 6
"""Questions that a name finds at most: GANs have six in the bank. One that more are about, such as LLM, tells none apart."""
_MOST = 30
"""Questions that a posting asks for at most: a week's practice."""
_NAME = re.compile(r"(?<![\w.])(?:\w*[A-Z][\w.+#-]*[A-Z0-9+#][\w+#]*|[A-Z][a-z]+(?: ?[A-Z]\w+)*)")
"""Acronyms, words with capitals inside, and capitalised words: the names of tools and methods."""
_CAPITAL_INSIDE = re.compile(r"\w[A-Z0-9+#]")
"""What no ordinary word has, at the beginning of a sentence neither."""


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

    So is a question about a tool or method that the posting names. Topics are ordered by how much of the posting is about them,
    questions by the words shared, weighted by their rarity.
    """
    about = {question.id: _about(question) for question in bank}
    texts = (set(content(f"{question.id.replace('-', ' ')} {question.reference}")) for question in bank)
    rarity = {word: log(1 + len(bank) / count) for word, count in Counter(word for words in texts for word in words).items()}
    lists = load_toml("posting.toml")
    plain = _in_words_of_the_bank(text[:_LONGEST], lists["job"].strip().splitlines(), lists["same"])
    job = {stem(word) for word in words(lists["job"])}
    lines = [set(content(line)) for line in plain.splitlines()]
    shared: dict[str, float] = {}
    for name, subject in about.items():
        whole = sum(rarity[word] for word in subject)
        # "Engineering" is half of prompt engineering, and alone it is no subject.
        said = max((sum(rarity[word] for word in subject & line) for line in lines if not subject & line <= job), default=0.0)
        if said > _SHARE * whole:
            shared[name] = said
    named, lacking = _find_names(bank, plain)
    for name, stems in named.items():
        shared[name] = max(shared.get(name, 0.0), sum(rarity.get(word, 0.0) for word in stems))
    best = sorted(shared, key=lambda name: -shared[name])[:_MOST]
    topics: dict[str, list[str]] = {}
    for name in best:
        topics.setdefault(bank.find(name).topic, []).append(name)
    by_weight = sorted(topics.items(), key=lambda item: -sum(shared[name] for name in item[1]))
    return Posting(
        wants=tuple(Want(what=in_words(topic), questions=tuple(names)) for topic, names in by_weight),
        lacking=lacking,
    )


def _in_words_of_the_bank(text: str, job: list[str], same: list[list[str]]) -> str:
    """Return a posting without what it says of the position, and with the bank's words for subjects that have several names."""
    text = re.sub(rf"\b(?:{'|'.join(job)})\b", " ", text, flags=re.IGNORECASE)
    for names, own in same:
        text = re.sub(rf"\b(?:{names})\b", own, text, flags=re.IGNORECASE)
    return text


def _about(question: Question) -> set[str]:
    """Return the subject of a question: the words of its id; of a long id only those in its reference answer, too."""
    words = substance(question.id.replace("-", " "), "")
    return words if len(words) <= _SHORT else words & set(content(question.reference))


def _find_names(bank: Bank, text: str) -> tuple[dict[str, set[str]], tuple[str, ...]]:
    """Return the questions about tools and methods that a posting names, with the stems of each, and the names of no question.

    What the id or the question itself names is what it is about; where none does, a key point counts, and last the reference.
    """
    layers = [
        {question.id: _singular(f"{question.id.replace('-', ' ')} {question.question}") for question in bank},
        {question.id: _singular("\n".join(point.text for point in question.key_points)) for question in bank},
        {question.id: _singular(f"{question.reference} {question.hint}") for question in bank},
    ]
    known = {word for layer in layers for stems in layer.values() for word in stems}
    named: dict[str, set[str]] = {}
    lacking: dict[str, None] = {}
    own = _own_names(bank)
    for name in _names(text, own):
        stems = _singular(name)
        if known.isdisjoint(stems) and stems:
            lacking.setdefault(name)
        elif _CAPITAL_INSIDE.search(name) or name in own:
            found = next(filter(None, ([one for one, said in layer.items() if stems <= said] for layer in layers)), [])
            named |= dict.fromkeys(found if len(found) <= _GENERAL else (), stems)
    return named, tuple(lacking)


def _singular(text: str) -> set[str]:
    """Return the stems of a text; the stemmer leaves the plural of "CNNs" on."""
    return {word.removesuffix("s") for word in content(text)}


def _names(text: str, own: set[str]) -> Iterator[str]:
    """Yield the names of tools and methods in a posting: by their capitals, or, as some write them, in `own` small letters."""
    for line in text.splitlines():
        for match in _NAME.finditer(line):
            opens = not line[: match.start()].rstrip(" \t*•-–\"'(") or line[: match.start()].rstrip()[-1:] in ".!?:;"
            plain = match[0][1:].islower() and _is_common(match[0])
            if not (opens and plain):
                yield match[0]
        yield from (word for word in words(line) if word in own)


def _own_names(bank: Bank) -> set[str]:
    """Return the names with capitals inside that questions and key points have, in small letters; none that is a word, too."""
    texts = (text for question in bank for text in (question.question, *(point.text for point in question.key_points)))
    names = (
        word for text in texts for match in _NAME.finditer(text) for word in match[0].split() if _CAPITAL_INSIDE.search(word)
    )
    return {name.lower() for name in names} - vocabulary().keys()


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
