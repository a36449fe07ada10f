"""One question of a document: how a block is read as its beginning, and what the blocks below it make of it."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Literal, NamedTuple

from interviewer.bank.importers.blocks import (
    BOLD,
    END_BOLD,
    HARD_BREAK,
    LINK,
    Block,
    lined,
    nesting,
    plain,
    render_blocks,
    stands_for_none,
    without_follow_ups,
    without_leads,
    word_pattern,
)
from interviewer.bank.importers.build import Draft
from interviewer.bank.importers.levels import level_of, remarked_level, without_level_behind
from interviewer.bank.importers.text_choices import BOX, part_at_letters, part_at_ticks, with_options, without_ticks
from interviewer.models import Level

_LONGEST = 400
"""Characters. What is longer is a paragraph with a question in it."""

# Every repetition is bounded or ends at a character that it cannot match: a line may have megabytes.
WORDED = re.compile(
    rf"(?:[a-z]{{1,4}}-)?{word_pattern('question_words')}\.? ?#?(\d{{0,6}})(?: ?[(\[][^()\[\]\n]{{1,30}}[)\]])?"
    r"(?: ?(?:[.):](?=\s|$)|[、．：])\s*|(?<=\d)[.):](?=[^\W\d])"
    r"|(?<=[\d)\]]) ?[-–—·•|]\s|(?<=\d)(?:[-–—]| [-–—]?)(?-i:(?=[A-Z])))",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?:[#(（]|N[oO]\. ?)?(\d{1,6})(?: ?[.):](?=\s|\D)|[、．：）]| ?[-–—·•|](?= )|(?= (?:[A-Z]['’]?[a-z ]|[\"“])))\s*"
)
_PART = re.compile(r"(?:\d{1,3}(?:\.\d{1,3})+[.):]?|\(?[a-h]\))\s+", re.IGNORECASE)
LABEL = re.compile(
    r"(?![【〔]a\b)\W{0,3}(?:ans\.[:：]?\s*|"
    rf"{word_pattern('answer_labels')} ?\d{{0,6}} ?(?:[:：](?:[-–—](?!\d))?\s*|[-–—]\s+))",
    re.IGNORECASE,
)
WHOLE_LABEL = re.compile(
    rf"\W{{0,3}}{word_pattern('answer_labels')}(?: (?:and|&) (?:explanation|rationale))? ?\d{{0,6}}\W{{0,3}}", re.IGNORECASE
)
_BOLD_LABEL = re.compile(rf"\A{BOLD}(\w[^.{END_BOLD}]{{1,30}})\.{END_BOLD}\s*")
_BOLD_TITLE = re.compile(rf"{BOLD}[^{END_BOLD}\n]{{1,200}}(?:[:：]\W{{0,3}}{END_BOLD}|{END_BOLD}[:：])\W{{0,9}}")
_ANSWERED = re.compile(
    rf"((?:.{{5,400}}[?？])(?=\s{{1,9}}(?:[-–—→]|{BOLD}))|(?={word_pattern('interrogatives')}\b).{{5,400}}\S[?？](?=\s?[:：]))"
    rf"\s{{0,9}}(?:[-–—→]\s{{1,9}}|[:：]\s{{0,9}}|(?={BOLD}))(?=[^?？]+$)",
    re.IGNORECASE,
)
"""A question with its answer in the same line, behind a dash or in bold type, or behind a colon if a word asks."""
_LEVEL_TAG = re.compile(r"\[(E|M|H|easy|medium|hard|beginner|intermediate|advanced)\]\s+(?=\S)", re.IGNORECASE)
_LEVELS = {"E": "easy", "M": "medium", "H": "hard"}
GAP = re.compile(r"C:\s")
"""How a sentence with a gap begins, beside cards that begin with Q: and A:."""
_QUESTION_MARK = re.compile(r"(?<!\s)[?？؟](?=[\s\"'”’)\]}.*]|$)|(?<=\s)\?(?=\s*$|\s+[^\Wa-z])")
_BEGINNING = re.compile(
    rf"{word_pattern('interrogatives')}\b|{word_pattern('imperatives')}\b(?! of\b|\()|{word_pattern('asking_signs')}",
    re.IGNORECASE,
)
_ENDS = tuple("?？؟.。!:：")
_BEFORE = re.compile(rf"^(?:[^\w\"'‘“«¿¡(\[{{<$`@#.+=/\\*{LINK}-]|[问問][:：])+")
_AFTER = re.compile(r"\s*(?:\[[^\[\]]{0,40}\]|\{#[^{}]*\}|(?<!\S):[a-z][\w+-]*:|[^\w?？؟.!…)\"'”»\]}%+$*/=>-]|#)+$")
_EMOJI_NAMES = re.compile(r"\A(?:[ \t]*\(?:[a-z+-][\w+-]*:\)?)+(?!\S)")
_REMARKS = re.compile(rf"(?:\W{{0,4}}{word_pattern('remarks')}\W{{0,3}}[:：].{{1,200}}(?:\n|$))+", re.IGNORECASE)
_HINT, _TASK = (
    re.compile(rf"\W{{0,3}}{word_pattern(name)} ?[:：] ?(\S[^\n]*)", re.IGNORECASE) for name in ("hint_labels", "task_labels")
)
_CLOSING = re.compile(rf"\W*{word_pattern('closings')}\W*", re.IGNORECASE)
_EMOJI_BEHIND = re.compile(r"[^\w\"'”’»)]*[^\x00-\x7f”’»][^\w\"'”’»)]*\w?")
"""An emoji behind a question mark, with a letter slipped in."""


class Rank(IntEnum):
    """How a block is written. Forms that enclose others come first; MARKED is a line that begins with "Q:" or so."""

    MARKED = 0
    SUMMARY = 1
    HEADING = 2
    BOLD = 3
    ORDERED = 4
    BULLET = 5
    PLAIN = 6


class Form(NamedTuple):
    """The form of a block: authors write all questions of a file in one. A form that encloses another is the smaller one."""

    rank: Rank
    depth: int
    """How deep it is nested: see `nesting`; of a summary, how many <details> are around it."""
    numbered: bool


@dataclass(slots=True)
class Head:
    """A block read as the beginning of a question."""

    form: Form
    text: str
    number: int | None
    rest: str = ""
    """The rest of its block behind the question, with its marks: the beginning of the answer."""
    part: bool = False
    """Numbered as a part of a question, such as 1.2 or b)."""
    asks: bool = False
    """It has a question mark, or a word such as "Q:" before it."""
    may_ask: bool = False
    """It asks, or it begins with a word such as 'why' or 'explain', as a part of an answer can as well."""
    level: Level | None = None
    """The one before it, such as [E] or [Hard], or behind it."""


def may_ask(text: str) -> bool:
    """Tell whether a line asks something: a question mark, a word such as 'why', or an imperative such as 'explain'."""
    return asks(text) or bool(_BEGINNING.match(text[:_LONGEST]))


def asks(text: str) -> bool:
    """Tell whether a text of the length of a question has a question mark where one ends."""
    return len(text) <= _LONGEST and bool(_QUESTION_MARK.search(text))


def with_colon(text: str) -> str:
    """Return a block's text as plain text; bold words at its beginning that end in a stop, as "Answer." may, end in a colon."""
    return plain(_BOLD_LABEL.sub(r"\1: ", text, count=1))


def is_label(text: str) -> bool:
    """Tell whether a line says that an answer follows, or is one behind such a label."""
    return bool(WHOLE_LABEL.fullmatch(text) or LABEL.match(text))


def read_head(block: Block) -> Head | None:
    """Read a block as the beginning of a question; None if it can be none, such as an option to tick."""
    bare = plain(block.text) if block.kind in {"heading", "summary", "text"} else ""
    if not bare or (BOX.match(bare) and not may_ask(bare)):
        return None
    text, level = without_level_behind(block.text)
    text = text if text[0] == BOLD else BOX.sub("", _BEFORE.sub("", text), count=1)
    number = int(block.marker[:-1]) if block.marker[:1].isdigit() else None
    lead = _NUMBERED.match(text)
    bold, rest = _bold_head(text[lead.end() :] if lead else text)
    number = int(lead[1]) if bold and lead and number is None else number
    rank = {"heading": Rank.HEADING, "summary": Rank.SUMMARY}.get(block.kind, Rank.BOLD if bold else None)
    inner = _BEFORE.sub("", bold or text)
    part = _PART.match(plain(inner))
    if part:
        inner = plain(inner)[part.end() :]
    elif marked := WORDED.match(plain(inner)):
        rank, number = Rank.MARKED, int(marked[1]) if marked[1] else number
        asked = plain(inner)[marked.end() :]
        inner, rest = (asked, rest) if asked else (rest, "")
    elif digits := _NUMBERED.match(inner):
        number, inner = int(digits[1]), inner[digits.end() :]
    if block.kind == "text" and (not bold or rank == Rank.MARKED):
        inner, more = first_lines(inner)
        if answered := _ANSWERED.match(inner):
            inner, more = answered[1], f"{inner[answered.end() :]}\n{more}".strip()
        rest = f"{more}\n{rest}".strip()
    if rank is None:
        rank = Rank.ORDERED if number is not None else Rank.BULLET if block.marker else Rank.PLAIN
    asked = _BEFORE.sub("", _question_text(inner))
    tag = _LEVEL_TAG.match(asked)
    asked = asked[tag.end() :] if tag else asked
    if not asked or asked.startswith("http") or (block.kind == "text" and len(asked) > _LONGEST):
        return None
    depth = block.details if block.kind == "summary" else nesting(block)
    question = rank == Rank.MARKED or asks(asked)
    level = level_of(_LEVELS.get(tag[1], tag[1])) if tag else level
    form = Form(rank, depth, number is not None)
    return Head(form, asked, number, rest, bool(part), question, question or may_ask(asked), level)


def _bold_head(text: str) -> tuple[str, str]:
    """Return the bold text that a paragraph begins with and what follows it; two empty texts where there is none."""
    end = text.find(END_BOLD)
    if not text.startswith(BOLD) or end < 0:
        return "", ""
    inner, rest = text[1:end], _EMOJI_NAMES.sub("", text[end + 1 :])
    after = rest.lstrip(" :：-–—.?\n")
    between = rest[: len(rest) - len(after)]
    within = not {"\n", ":", "："} & set(between) and not plain(inner).endswith(_ENDS)
    if after and (within or WORDED.fullmatch(f"{plain(inner)}:")):
        return "", ""  # bold words at the beginning of a sentence, or **Q**:
    return inner, after if re.search(r"\w", after) else ""


def first_lines(text: str) -> tuple[str, str]:
    """Divide an unmarked question from the answer below it; it goes on while lines end in nothing and begin in lower case."""
    lines = text.replace(HARD_BREAK, "\n").split("\n")
    size = 1
    while size < len(lines) and not plain(lines[size - 1]).endswith(_ENDS) and plain(lines[size])[:1].islower():
        size += 1
    asked, rest = " ".join(lines[:size]), "\n".join(lines[size:])
    inline = re.search(r"(?<=[?.])\s+(?:Ans\.|(?:A|Ans|Answer)\s?[:：]-?)\s+", asked)
    return (asked[: inline.start()], f"{asked[inline.end() :]}\n{rest}".strip()) if inline else (asked, rest)


def _question_text(text: str) -> str:
    """Return a question in plain words: without links, tags, emoji and anchors behind its end."""
    ended = 1 + max(text.rfind("?"), text.rfind("？"), text.rfind("؟"))
    linked = text.find(LINK, ended)
    if ended and (
        not plain(text[ended:]).strip("*_ ")
        or _EMOJI_BEHIND.fullmatch(plain(text[ended:]))
        or (linked >= 0 and not plain(text[ended:linked]).strip(" [("))
    ):
        text = text[:ended]
    text = plain(text).replace("\n", " ")
    return (text[:-_LONGEST] + _AFTER.sub("", text[-_LONGEST:])).strip()  # of a long text the end: else its time is quadratic


Section = Literal["question", "body", "answer", "hint", "other"]
"""The part of a question that a block belongs to. The body is its answer, or part of the question if a label announces one."""


@dataclass(slots=True)
class OpenQuestion:
    """The question that blocks are added to."""

    head: Head
    block: Block
    draft: Draft
    parts: dict[Section, list[Block]] = field(default_factory=lambda: defaultdict(list))
    part: Section = "body"
    step: int = 0
    """The number of the last step of the answer."""
    inner: bool = False
    """Its answer holds further questions with answers of their own."""

    def holds(self, block: Block) -> bool:
        """Tell whether a block is inside the item of a list or the <details> that the question is in, or in further ones."""
        inside = self.block.details - (self.block.kind == "summary")
        section = block.kind == "heading" and not block.depth
        in_item = bool(self.block.marker) and not (block.marker or section) and block.depth >= self.block.depth
        return in_item or block.details > inside + (block.kind == "summary")

    @property
    def has_text(self) -> bool:
        """Whether something more than remarks stands below it."""
        blocks = (block for part in self.parts.values() for block in part)
        return any(block.kind != "source" and not _REMARKS.fullmatch(lined(block.text)) for block in blocks)

    def take_closing(self) -> Iterator[Block]:
        """Take off what is said to the reader behind the answer, such as "Good luck!", from its end on."""
        said = self.parts[self.part]
        fewest = int(self.head.form.rank != Rank.ORDERED)  # below the last of a list, whose questions may have no answers
        while (
            len(said) > fewest and said[-1].kind == "text" and not said[-1].marker and _CLOSING.fullmatch(plain(said[-1].text))
        ):
            yield said.pop()

    def _without_remarks(self) -> list[Block]:
        """Return the body without the lines at its beginning that say something about the question: a level, tags, the task."""
        body = list(self.parts["body"])
        if self.parts["answer"] and body and body[0].kind == "text" and (hint := _HINT.fullmatch(plain(body[0].text))):
            self.parts["hint"].append(replace(body.pop(0), text=hint[1]))
        while body and body[0].kind == "text" and (found := _REMARKS.match(text := lined(body[0].text))):
            if level := remarked_level(found[0]):
                self.draft.fields["level"] = level
            body[:1] = [replace(body[0], text=rest)] if (rest := text[found.end() :]) else []
        if len(body) > 1 and body[0].kind == "text" and (task := _TASK.fullmatch(plain(body[0].text))):
            self.parts["question"].append(replace(body.pop(0), text=task[1]))
        return body

    def fields(self) -> dict[str, object]:
        """Return the fields of a bank that its blocks make: its text with code and options, its answer, hint and sources."""
        body, answer = self._without_remarks(), self.parts["answer"]
        asked, answered = (body, answer) if answer else ([], body)
        if parted := part_at_ticks(body):
            asked, answered = parted[0], [*parted[1], *answer]
        answered = without_follow_ups(without_leads(answered))
        while len(answered) > 1 and _BOLD_TITLE.fullmatch(answered[-1].text):
            answered.pop()  # it stands over the next question
        extra, reference = without_ticks([*self.parts["question"], *asked]), without_ticks(answered)
        extra = extra[label.end() :] if (label := WORDED.match(extra)) else extra
        if not answer and not extra:
            extra, reference = part_at_letters(reference)
        whole = f"{self.head.text}\n{extra}\n{reference}"
        if self.head.form.rank == Rank.MARKED and not re.search(r"(?:^|\s)\(?B[).]", whole):
            reference = re.sub(r"\AA\.\s+", "", reference)  # the answer to a question that begins with "Q."
        said = re.search(r"\w", reference) and not stands_for_none(reference)
        fields: dict[str, object] = {"reference": with_options(reference, extra) if said else ""}
        if extra:
            fields["question"] = f"{self.head.text}\n{extra}".strip()
        if hint := render_blocks(self.parts["hint"]):
            fields["hint"] = hint
        if sources := [block.text for part in self.parts.values() for block in part if block.kind == "source"]:
            fields["sources"] = list(dict.fromkeys(sources))
        return fields
