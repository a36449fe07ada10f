"""Question lists as people write them: numbered or bold questions under headings, answers below or later.

A numbered line may be the next question or a step of an answer. What decides, in this order: how far it is indented,
whether it continues a run of steps, whether its number is the next question's, and whether it looks like the questions
of this file.
"""

from dataclasses import dataclass, field

from interviewer.bank.importers.blocks import answer_text, fences, untabbed
from interviewer.bank.importers.draft import Draft, Note, slug
from interviewer.bank.importers.marks import (
    Item,
    is_label,
    is_rule,
    opens_bold,
    plain,
    read_heading,
    read_item,
)
from interviewer.text.clean import clean_line

_TOPIC_LENGTH = 40
_NO_TOPICS = {"table of contents", "contents", "toc", "index", "questions", "answers", "questions and answers", ""}
_ENDS = tuple("?？؟.。!:：")
_BOLD_LINES = 4
"""A bold question may be wrapped over this many lines."""


def read_markdown(text: str) -> tuple[list[Draft], list[Note]]:
    """Return the questions of a Markdown or plain text file, in order, each as often as it is there."""
    lines = [untabbed(line) for line in text.split("\n")]
    reader = _Reader(lines)
    reader.read()
    return reader.drafts, reader.notes


@dataclass(slots=True)
class _Open:
    """The question that lines are added to."""

    item: Item
    draft: Draft
    lines: list[str] = field(default_factory=list)
    said: bool = False
    """Some line of the answer has text."""
    rule: int | None = None
    """Where in `lines` the last thematic break was."""
    rule_line: int = 0
    fresh: bool = False
    """Nothing has been said since that break."""
    step: Item | None = None
    """The last numbered step of the answer."""


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.drafts: list[Draft] = []
        self.notes: list[Note] = []
        self.sections: list[Item] = []
        self.open: _Open | None = None
        self.stray: tuple[int, str] | None = None
        self.fenced, unclosed = fences(lines)
        self.notes += [Note(at + 1, "this code fence is never closed; what follows is read as text") for at in unclosed]
        headings = [heading for line in self._unfenced() if (heading := read_heading(line))]
        # A numbered heading is a question only in files whose numbered headings ask; else it is a section.
        self.asking_depths = {heading.depth for heading in headings if heading.asks and heading.number is not None}
        self.numbered = bool(self.asking_depths) or any(
            item.number is not None and item.style in {"listed", "bold"}
            for line in self._unfenced()
            if (item := read_item(line))
        )
        self.section_depths = self._section_depths()

    def read(self) -> None:
        at = 0
        while at < len(self.lines):
            line, size = self.lines[at], 1
            if not self.fenced[at] and opens_bold(line):
                line, size = self._unwrapped(at)
            self._take(line, at + 1, fenced=self.fenced[at])
            at += size
        self._close(ended=True)
        self._tell_stray()

    def _take(self, line: str, number: int, *, fenced: bool) -> None:
        if not line.strip() or fenced:
            self._add(line, number)
        elif heading := read_heading(line):
            self._take_heading(heading, line, number)
        elif is_rule(line):
            if self.open and self.open.said:
                self.open.rule, self.open.rule_line, self.open.fresh = len(self.open.lines), number, True
        elif (item := read_item(line)) and self._is_question(item):
            self._begin(item, number)
        else:
            if item and self.open and item.number is not None:
                self.open.step = item
            self._add(line, number)

    def _take_heading(self, heading: Item, line: str, number: int) -> None:
        if is_label(heading.text):
            return
        asks = heading.style == "marked" or (heading.asks and not self.numbered)
        if heading.depth in self.asking_depths:
            asks = heading.number is not None
        if asks and heading.text:
            self.sections = [section for section in self.sections if section.depth <= heading.depth]
            self._begin(heading, number)
        elif self.open and self._divides_answer(self.open.item, heading):
            self._add(plain(line.lstrip(" #")), number)
        else:
            self._close(ended=True)
            self._tell_stray()
            self.sections = [section for section in self.sections if section.depth < heading.depth] + [heading]

    def _divides_answer(self, question: Item, heading: Item) -> bool:
        """Tell whether a heading stands inside the answer to the open question."""
        if question.depth:
            return question.depth < heading.depth
        below = bool(self.sections) and self.sections[-1].depth < heading.depth
        return below and heading.depth not in self.section_depths

    def _section_depths(self) -> set[int]:
        """Return how deep the headings are that a list of questions follows; those below them only divide an answer."""
        depths: set[int] = set()
        waiting: set[int] = set()
        for line in self._unfenced():
            if heading := read_heading(line):
                waiting.add(heading.depth)
            elif line.strip():
                item = read_item(line)
                listed = item and item.number is not None and (item.style != "plain" or item.asks)
                if item and (listed or item.style == "marked" or not self.numbered):
                    depths |= waiting
                waiting = set()
        return depths

    def _is_question(self, item: Item) -> bool:
        if self.open is None:
            return item.number is not None or item.style == "marked" or not self.numbered
        before, step = self.open.item, self.open.step
        if item.number is None:
            return item.style == "marked" or not self.numbered
        alike = item.style == before.style
        if item.indent > before.indent:
            return False
        if before.number is None:
            return alike or (item.asks and item.style != "plain")
        fresh = self.open.fresh or (item.number == before.number and not item.rest and step is None)
        if alike and (item.asks or fresh):
            return True
        if step is None:
            continues = item.number == 1
        else:
            continues = (item.number, item.indent, item.style) == ((step.number or 0) + 1, step.indent, step.style)
        if continues:
            return False
        return item.number == before.number + 1 or (item.number > before.number and (alike or item.asks))

    def _begin(self, item: Item, number: int) -> None:
        self._close(ended=False)
        self._tell_stray()
        draft = Draft(number, {"question": item.text})
        if item.number is not None:
            draft.fields["number"] = item.number
        topics = [section.text for section in self.sections if section.text.lower() not in _NO_TOPICS]
        if topics:
            draft.fields["topic"] = slug(topics[-1], limit=_TOPIC_LENGTH, kind="topic")
        if level := self._level():
            draft.fields["level"] = level
        self.open = _Open(item, draft)
        if item.rest:
            self._add(item.rest, number)

    def _level(self) -> str | None:
        for section in reversed(self.sections):
            named = [level for level in ("basic", "advanced") if level in section.text.lower()]
            if len(named) == 1:
                return named[0]
        return None

    def _add(self, line: str, number: int) -> None:
        if self.open is not None:
            asked = self.open.draft.text("question")
            wrapped = not self.open.lines and self.open.item.style in {"plain", "marked"} and asked[-1:] not in _ENDS
            if wrapped and line.strip()[:1].islower():
                self.open.draft.fields["question"] = f"{asked} {plain(line)}"
                return
            self.open.lines.append(line)
            if line.strip():
                self.open.said, self.open.fresh = True, False
        elif line.strip() and self.stray is None:
            self.stray = (number, clean_line(line, 60))

    def _close(self, *, ended: bool) -> None:
        """Finish the open question. What stands between a last --- and the end of a section is no part of its answer."""
        if self.open is None:
            return
        opened, self.open = self.open, None
        lines = opened.lines
        if ended and opened.rule is not None:
            if any(line.strip() for line in lines[opened.rule :]):
                after = next(line for line in lines[opened.rule :] if line.strip())
                self.stray = (opened.rule_line, clean_line(after, 60))
            lines = lines[: opened.rule]
        opened.draft.fields["reference"] = answer_text(lines, inline=bool(opened.item.rest))
        self.drafts.append(opened.draft)

    def _tell_stray(self) -> None:
        if self.stray is not None:
            self.notes.append(Note(self.stray[0], f"left out, since it belongs to no question: {self.stray[1]}"))
            self.stray = None

    def _unwrapped(self, at: int) -> tuple[str, int]:
        """Join the lines of a bold question that is wrapped."""
        joined = self.lines[at].rstrip()
        for size in range(1, _BOLD_LINES):
            more = self.lines[at + size].strip() if at + size < len(self.lines) else ""
            if not more or self.fenced[at + size]:
                break
            joined = f"{joined} {more}"
            if "**" in more:
                return joined, size + 1
        return self.lines[at], 1

    def _unfenced(self) -> list[str]:
        return [line for line, fenced in zip(self.lines, self.fenced, strict=True) if not fenced]
