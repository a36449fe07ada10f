"""The transcript of a real interview becomes what was asked and what was said: by its speaker labels, or by an LLM without any.

Labels stand as in "Anna: …", "[00:12] Anna: …", "Anna (00:12): …", "Anna  00:12" above a turn, or "<v Anna>…" in WebVTT.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from interviewer.context import Context
from interviewer.errors import InputError
from interviewer.llm.client import LLMClient
from interviewer.llm.json_reply import InvalidReply, ReplyModel, read_reply
from interviewer.llm.prompts import render
from interviewer.models import FromList, strict_schema
from interviewer.resources import load_toml
from interviewer.settings import Settings
from interviewer.text.spans import sentences
from interviewer.text.words import word_count

PROMPT = "transcript.md"
LONGEST = 100_000
"""Characters of a transcript: an interview of an hour and a half has about 80,000."""
_CLOCK = r"[\[(]?(?:\d{1,2}:)?\d{1,2}:\d\d(?:[.,]\d+)?[\])]?"
_NAME = r"(?P<name>[^\W\d_][\w .'’-]{0,39}?)"
_LABELLED = re.compile(
    rf"\s*(?:{_CLOCK}\s*[-–—]?\s*)?(?:<v\s+)?[*_]*{_NAME}[*_]*\s*(?:{_CLOCK})?\s*(?:[:>][*_]*)\s*(?P<text>.*)"
)
_ABOVE = re.compile(rf"\s*[*_]*{_NAME}[*_]*\s+{_CLOCK}\s*(?P<text>)")
_MARKUP = re.compile(r"^WEBVTT\b.*|^\s*\d+\s*$|^.*-->.*$|</v>")
"""What subtitles have beside words: their heading, numbers and times."""


class Turn(NamedTuple):
    """What one speaker says before another does."""

    speaker: str
    text: str


class Asked(NamedTuple):
    """A question and the answer to it, in the words of the transcript."""

    question: str
    answer: str


class _Words(NamedTuple):
    candidate: frozenset[str]
    interviewer: frozenset[str]
    backchannel: int


@lru_cache(maxsize=1)
def _words() -> _Words:
    data = load_toml("transcript.toml")
    return _Words(frozenset(data["candidate"]), frozenset(data["interviewer"]), data["backchannel"])


def read_turns(text: str) -> tuple[Turn, ...]:
    """Return the turns of a transcript with labels; none where fewer than two speakers are named.

    A word before a colon is a label if it comes twice, or is one that transcripts use: "Note:" in an answer is none. Where both
    sides are called by such usual labels, nothing else is one: "Pros:" may come twice in an answer.
    """
    lines = [_MARKUP.sub("", line).strip() for line in text.splitlines()]
    found = [_ABOVE.fullmatch(line) or _LABELLED.fullmatch(line) for line in lines]
    names = Counter(match["name"].casefold() for match in found if match)
    candidate, interviewer = names.keys() & _words().candidate, names.keys() & _words().interviewer
    labels = candidate | interviewer
    if not (candidate and interviewer):
        labels |= {name for name, count in names.items() if count > 1}
    if len(labels) < 2:  # an interview has two sides
        return ()
    turns: list[Turn] = []
    for line, match in zip(lines, found, strict=True):
        if match and match["name"].casefold() in labels:
            turns.append(Turn(match["name"], match["text"]))
        elif turns and line:
            turns[-1] = turns[-1]._replace(text=f"{turns[-1].text}\n{line}")
    return tuple(Turn(turn.speaker, turn.text.strip()) for turn in turns if turn.text.strip())


def find_candidate(turns: Sequence[Turn], me: str | None = None) -> str:
    """Return the label of the candidate: `me`, else a usual one, else of those who ask less, whoever says the most.

    Raises:
        InputError: there is no such label, or none of this tells.
    """
    names = list(dict.fromkeys(turn.speaker.casefold() for turn in turns))
    if me is not None:
        if me.casefold() not in names:
            raise InputError(f"nobody is called {me!r} in the transcript", next_step=f"--me one of: {', '.join(names)}")
        return me.casefold()
    usual = [name for name in names if name in _words().candidate]
    if len(usual) == 1 and len(names) > 1:
        return usual[0]
    words, questions = Counter[str](), Counter[str]()
    for turn in turns:
        words[turn.speaker.casefold()] += word_count(turn.text)
        questions[turn.speaker.casefold()] += turn.text.count("?")
    others = [name for name in names if name not in _words().interviewer]
    most = max(others, key=lambda name: words[name], default="")
    if not most or (len(others) > 1 and questions[most] >= max(questions[name] for name in names if name != most)):
        raise InputError("it is not clear who of them is the candidate", next_step=f"--me one of: {', '.join(names)}")
    return most


def pair(turns: Sequence[Turn], candidate: str) -> tuple[Asked, ...]:
    """Return what was asked and what the candidate said to it. "Mhm" and the like of others interrupt no answer."""
    return tuple(Asked(question, answer) for question, answer in _pairs(turns, candidate) if question and answer)


def _pairs(turns: Sequence[Turn], candidate: str) -> Iterator[tuple[str, str]]:
    question: list[str] = []
    answer: list[str] = []
    for turn in turns:
        if turn.speaker.casefold() == candidate:
            answer.append(turn.text)
        elif not answer:
            question.append(turn.text)
        elif "?" in turn.text or word_count(turn.text) > _words().backchannel:
            yield " ".join(question), "\n".join(answer)
            question, answer = [turn.text], []
    yield " ".join(question), "\n".join(answer)


class _Place(ReplyModel):
    question: Annotated[tuple[Annotated[int, Field(ge=1)], ...], FromList]
    answer: Annotated[tuple[Annotated[int, Field(ge=1)], ...], FromList]
    """The first and the last line of each."""


class _Reply(ReplyModel):
    pairs: Annotated[tuple[_Place, ...], FromList]


async def split_by_llm(text: str, settings: Settings, context: Context) -> tuple[Asked, ...]:
    """Have an LLM say which lines of a transcript without labels ask and which answer. It names lines, so it invents no words.

    Raises:
        GradingError: no usable reply could be had.
    """
    lines = [line for each in text.splitlines() if (line := _MARKUP.sub("", each).strip())]
    if len(lines) < 2:  # a transcript as one paragraph
        lines = [sentence for start, end in sentences(text) if (sentence := text[start:end].strip())]

    def read(content: str) -> tuple[Asked, ...]:
        return tuple(Asked(_lines(one.question, lines), _lines(one.answer, lines)) for one in read_reply(_Reply, content).pairs)

    client = LLMClient(settings, context)
    try:
        schema: dict[str, Any] = strict_schema(_Reply)
        found, _ = await client.complete_json(
            render(PROMPT, lines=lines), "transcript", schema, lambda reply: read(reply.content)
        )
    finally:
        await client.close()
    return found


def _lines(place: Sequence[int], lines: Sequence[str]) -> str:
    if len(place) != 2 or not 1 <= place[0] <= place[1] <= len(lines):  # the first and the last
        raise InvalidReply(f"question and answer are each the first and the last line, of 1 to {len(lines)}")
    return "\n".join(lines[place[0] - 1 : place[1]])
