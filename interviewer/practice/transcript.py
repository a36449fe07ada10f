"""The transcript of a real interview becomes what was asked and what was said: by its speaker labels, or by an LLM without any.

Labels stand as meeting and transcription tools write them: "Anna: …", "[00:12] Anna: …", "ANNA 10:04 AM: …", "[Speaker 1]: …",
"**Anna:** …", "<v Anna>…</v>" in WebVTT, and above a turn "Anna  0:12", or "Anna" and the time on lines of their own.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any, NamedTuple

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
LONGEST_TRANSCRIPT = 100_000
"""Characters of a transcript: an interview of an hour and a half has about 80,000."""
_TIME = r"\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?(?: ?[AaPp]\.?[Mm]\b\.?)?"
_CLOCK = rf"[\[(]?{_TIME}(?: ?(?:-->|[-–—]) ?{_TIME})?[\])]?"
_MARKS = r"[-–—#>*_ ]*+"
"""Before a label: bold in Markdown, a heading, a quote, an item of a list."""
_NAME = r"(?P<name>[^\W\d_][\w .,'’()/|&@+-]{0,59}?)"
_NAMED = rf"(?P<open>[\[(])?{_NAME}(?(open)[\])])[*_]*+"
_TAGGED = re.compile(r"<v(?:\.[\w.]+)? (?P<name>[^>]{1,60})> ?(?P<text>.*)")
_LABELLED = re.compile(
    rf"{_MARKS}(?P<before>{_CLOCK})?{_MARKS}{_NAMED} ?(?P<after>{_CLOCK})?[*_]*+[:：](?!//|:|\d\d\b)[*_]*+ ?(?P<text>.*)"
)
_ABOVE = re.compile(rf"{_MARKS}{_NAMED}[-–—, ]{{1,3}}(?>{_CLOCK})[*_]*+ ?(?P<text>(?<= ).*|)")
_CUE = re.compile(rf"{_TIME} ?--> ?{_TIME}(?: .*)?")
"""The time of a subtitle, with its place on the screen."""
_TIMED = re.compile(rf"[\[(]{_TIME} ?--> ?{_TIME}[\])] ?")
_COMMENT = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)(?: |$)")
"""The beginning of a WebVTT block without spoken words."""
_TAG = re.compile(r"</?[bciuv](?:\.[\w.]+)?>")
_LONGEST_NAME = 4
"""Words."""
_ENDED = re.compile(r"[.?!:;…。？！][\"'”’)\]]*$")


class Turn(NamedTuple):
    """The words of one speaker until another speaks."""

    speaker: str
    text: str


class QuestionAnswer(NamedTuple):
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
    """Return the turns of a transcript with labels; empty if fewer than two speakers are named."""
    lines = _read_lines(text)
    found = [_TAGGED.match(line) or _ABOVE.fullmatch(line) or _LABELLED.fullmatch(line) for line in lines]
    labels = _find_labels(lines, found)
    if len(labels) < 2:  # an interview has two sides
        return ()
    turns: list[tuple[str, list[str]]] = []
    for line, match in zip(lines, found, strict=True):
        if match and match["name"].casefold() in labels:
            if not turns or turns[-1][0].casefold() != match["name"].casefold():
                turns.append((match["name"], []))
            turns[-1][1].append(match["text"])
        elif turns:
            turns[-1][1].append(line)
    joined = [Turn(speaker, _join(said)) for speaker, said in turns]
    return tuple(turn for turn in joined if turn.text)


def _read_lines(text: str) -> list[str]:
    """Return the lines of a transcript, empty ones too, without what subtitles have beside words and labels."""
    lines: list[str] = []
    webvtt, comment, timed = text.startswith("WEBVTT"), False, -1
    for raw in re.sub(r"(?<=\S)\s*(?=<v[ .])", "\n", text).splitlines():
        line = _TIMED.sub("", " ".join(_TAG.sub("", raw).split()), count=1)
        comment = bool(line) and (comment or (webvtt and bool(_COMMENT.match(line))))
        if _CUE.fullmatch(line):
            comment = False
            if lines and lines[-1] and " " not in lines[-1]:  # the number of the subtitle, or its id
                lines.pop()
        elif re.fullmatch(_CLOCK, line):
            if lines and timed != len(lines) - 1 and _is_name(lines[-1]):
                lines[-1] += f" {line}"
            else:
                timed = len(lines)  # the time of the next line, which then is no name above a time
        elif not comment:
            lines.append(line)
    return lines


def _find_labels(lines: Sequence[str], found: Sequence[re.Match[str] | None]) -> set[str]:
    """Return the words before a colon or a time that name a speaker: "Note:" in an answer does not.

    If some names have a form that only labels have, such as a time beside them, exactly these are the labels. Otherwise a
    name is a label if it comes twice, if it comes after an empty line as all other labels do, if it stands alone between two
    turns of one speaker, or if it is the first one and asks. If both sides have usual labels, a name that comes twice, such
    as "Pros:", is part of an answer.
    """
    matches = [(number, match, match["name"].casefold()) for number, match in enumerate(found) if match]
    names = Counter(name for _, _, name in matches)
    formed = {name for _, match, name in matches if _is_formed(match) and (names[name] > 1 or _is_name(match["name"]))}
    if len(formed) > 1 and max(names[name] for name in formed) > 1:
        return formed
    candidate, interviewer = names.keys() & _words().candidate, names.keys() & _words().interviewer
    usual = candidate | interviewer if candidate and interviewer else set()
    labels = usual or {name for name, count in names.items() if count > 1}
    labels |= _between([(name, match["text"]) for _, match, name in matches], labels)
    if usual or not matches:
        return labels
    number, first, _ = matches[0]
    if _is_name(first["name"]) and "?" in first["text"] and (labels or not any(lines[:number])):
        labels |= {name for _, _, name in matches[:2]}
    spaced = {number for number, _, _ in matches if not number or not lines[number - 1]}
    if len(labels) > 1 and all(number in spaced for number, _, name in matches if name in labels):
        labels |= {name for number, match, name in matches if number in spaced and _is_name(match["name"])}
    return labels


def _between(said: Sequence[tuple[str, str]], labels: set[str]) -> set[str]:
    """Return names that stand alone between two turns of one other speaker, if no speaker has two turns in a row."""
    known = [number for number, (name, _) in enumerate(said) if name in labels]
    apart = [said[one + 1 : other] for one, other in pairwise(known) if said[one][0] == said[other][0]]
    if not all(apart):
        return set()
    alone = (one if len(one) == 1 < len(labels) else [each for each in one if "?" in each[1]] for one in apart)
    return {one[0][0] for one in alone if len(one) == 1}


def _is_formed(match: re.Match[str]) -> bool:
    """Tell whether a label has a form that no words of an answer have."""
    return match.re is not _LABELLED or any(match[group] for group in ("before", "after", "open"))


def _is_name(text: str) -> bool:
    """Tell whether a text is written as a name is: in capitals, no date, no end of a sentence."""
    words = text.split()
    capitals = 0 < len(words) <= _LONGEST_NAME and not (words[0][0].islower() or words[-1][0].islower())
    return capitals and not re.search(r"\d{4}|[:;.?!]$", text)


def _join(lines: Iterable[str]) -> str:
    """Return lines as one text: a sentence that goes on in the next line is not cut there."""
    return "".join(f"{line}\n" if _ENDED.search(line) else f"{line} " for line in lines if line).strip()


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


def pair(turns: Sequence[Turn], candidate: str) -> tuple[QuestionAnswer, ...]:
    """Return the questions with the candidate's answers. "Mhm" and the like of others interrupt no answer."""
    return tuple(QuestionAnswer(question, answer) for question, answer in _pairs(turns, candidate) if question and answer)


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


_Numbers = Annotated[tuple[int, ...], FromList]


class _Place(ReplyModel):
    question: _Numbers
    answer: _Numbers
    """The first and the last line of each."""
    interjections: _Numbers
    """Of others, in the answer."""


class _Reply(ReplyModel):
    pairs: Annotated[tuple[_Place, ...], FromList]


async def split_by_llm(text: str, settings: Settings, context: Context) -> tuple[QuestionAnswer, ...]:
    """Have an LLM say which lines of a transcript without labels ask and which answer. It names lines, so it invents no words.

    Raises:
        GradingError: no usable reply could be had.
    """
    # A line may hold words of both sides.
    lines = [piece for line in _read_lines(text) for start, end in sentences(line) if (piece := line[start:end].strip())]
    client = LLMClient(settings, context)
    try:
        schema: dict[str, Any] = strict_schema(_Reply)
        found, _ = await client.complete_json(
            render(PROMPT, lines=lines),
            "transcript",
            schema,
            lambda reply: _read_pairs(read_reply(_Reply, reply.content), lines),
        )
    finally:
        await client.close()
    return found


def _read_pairs(reply: _Reply, lines: Sequence[str]) -> tuple[QuestionAnswer, ...]:
    found: list[QuestionAnswer] = []
    used: set[int] = set()
    for one in reply.pairs:
        question = _range(one.question, len(lines))
        answer = [number for number in _range(one.answer, len(lines)) if number not in one.interjections]
        if not answer or answer[0] < question[0]:
            raise InvalidReply("an answer has a line of its own, after the question")
        if repeated := (used & {*question, *answer}) | set(question).intersection(answer):
            raise InvalidReply(f"line {min(repeated)} is in two places")
        used.update(question, answer)
        found.append(QuestionAnswer(*(_join(lines[number - 1] for number in part) for part in (question, answer))))
    return tuple(found)


def _range(place: Sequence[int], last: int) -> range:
    if len(place) != 2 or not 1 <= place[0] <= place[1] <= last:  # the first and the last
        raise InvalidReply(f"question and answer are each the first and the last line, of 1 to {last}")
    return range(place[0], place[1] + 1)
