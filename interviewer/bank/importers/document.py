"""Which blocks of a document are its questions, and which belong to the answers between them.

Authors write all questions of a file in one form: headings of one level, bold lines, items of a list. So the forms whose
blocks ask something are found first, and the outermost that is common is the file's own. A block of another form is a question
too if it asks and does not stand inside an answer.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from interviewer.bank.importers.build import Draft, Note
from interviewer.bank.importers.markdown import read_blocks
from interviewer.bank.importers.markup import (
    DEEPEST_DETAILS,
    LAST_HEADING,
    Block,
    level_of,
    plain,
    read_paragraph,
    render,
    words,
)
from interviewer.bank.importers.question import (
    GAP,
    LABEL,
    WHOLE_LABEL,
    Form,
    Head,
    OpenQuestion,
    Rank,
    divided,
    is_label,
    may_ask,
    read_head,
    with_colon,
)
from interviewer.bank.importers.records import Columns, holds_questions
from interviewer.text.clean import clean_line
from interviewer.text.slug import slug

_TOPIC_LENGTH = 40
_RARE = 4
"""A form with fewer than a fourth of the most common form's questions is not the file's own."""
_MOSTLY = 0.6
"""Share of asking headings from which their silent siblings count as questions, too."""
_MANY = 3
"""Blocks of a form that ask, from which they may be questions without an answer though the file's own form is another."""

_LONG_BODY = 3
"""Paragraphs in front of a label, from which it stands inside the answer, in a file whose answers have no labels."""
_TITLED_OR_TEXT = frozenset({"text", "heading", "summary"})

_ANSWERS, _HINT, _OTHER_PARTS, _NO_TOPIC, _ASIDE, _FRAME = (
    re.compile(rf"\W*{words(name)}\W*", re.IGNORECASE)
    for name in ("answer_sections", "hint_labels", "other_parts", "no_topics", "asides", "frames")
)


def read_markdown(text: str) -> tuple[list[Draft], list[Note]]:
    """Return the questions of a Markdown or plain text document, in order, each as often as it is there."""
    reader = _Reader([part for block in read_blocks(text) for part in divided(block)])
    reader.read()
    return reader.drafts, [*reader.notes, *reader.columns.notes]


class _Reader:
    def __init__(self, blocks: list[Block]) -> None:
        self.blocks = blocks
        self.heads = [read_head(block) for block in blocks]
        self.drafts: list[Draft] = []
        self.notes: list[Note] = []
        self.columns = Columns()
        self.sections: list[tuple[int, str]] = []
        """The level and the title of each section around."""
        self.open: OpenQuestion | None = None
        self.stray: tuple[int, str] | None = None
        """The line and the text of what belongs to no question, until that is noted."""
        counted = list(self._counted())
        self.total = Counter(head.form for head in counted)
        self.asking = Counter(head.form for head in counted if head.asks)
        self.maybe_asking = Counter(head.form for head in counted if head.may_ask)
        self.own = self._own_form()
        self.over_questions = self._over_questions()
        self.section_levels = self._section_levels()
        self.titled_answers = self._titled_answers()
        labels = sum(block.kind in _TITLED_OR_TEXT and is_label(with_colon(block.text)) for block in self.blocks)
        self.labelled = 2 * labels >= (self.total[self.own] if self.own else 0)
        """Whether answers of this file begin with a label."""

    def _counted(self) -> Iterator[Head]:
        """Yield what may be a question of the file: no label, and nothing that is folded away below an answer (follow-ups)."""
        folded = 0
        for block, head in zip(self.blocks, self.heads, strict=True):
            if block.kind == "summary" and not folded and _OTHER_PARTS.fullmatch(plain(block.text)):
                folded = block.details
            elif block.kind == "end" and block.details <= folded:
                folded = 0
            if head and not folded and not is_label(with_colon(block.text)):
                yield head

    def _own_form(self) -> Form | None:
        """Return the outermost of the common forms that ask; else, of those with numbers; none if there is neither."""
        forms = [form for form, count in self.total.items() if self.asking[form] or 2 * self.maybe_asking[form] >= count]
        most = max((self.maybe_asking[form] for form in forms), default=0)
        common = [form for form in forms if self.maybe_asking[form] * _RARE >= most]
        numbered = [form for form, count in self.total.items() if form.numbered and count > 1 and self._mostly_answered(form)]
        return min(common or numbered, default=None)

    def _mostly_answered(self, form: Form) -> bool:
        """Tell whether most blocks of a form have something below them that could be their answer."""
        answered = [self._has_body(at, head) for at, head in enumerate(self.heads) if head and head.form == form]
        return sum(answered) * 2 > len(answered)

    def _has_body(self, at: int, head: Head) -> bool:
        """Tell whether something stands below a block that could be its answer."""
        if head.rest:
            return True
        if at + 1 == len(self.blocks) or self.blocks[at + 1].kind in {"end", "rule"}:
            return False
        below = self.heads[at + 1]
        return below is None or is_label(with_colon(self.blocks[at + 1].text)) or below.form > head.form

    def _section_levels(self) -> set[int]:
        """Return the levels of headings that a question follows; those below them only divide an answer."""
        levels: set[int] = set()
        waiting: set[int] = set()
        for block, head in zip(self.blocks, self.heads, strict=True):
            if block.kind == "heading":
                waiting.add(block.level)
            else:
                levels |= waiting if head and head.may_ask else set()
                waiting = set()
        return levels

    def _over_questions(self) -> set[int]:
        """Return where headings and summaries stand over questions of the own form: they are sections, even if they ask."""
        over: set[int] = set()
        never = question = len(self.blocks)
        headings = [never] * (LAST_HEADING + 1)
        ends = [never] * (DEEPEST_DETAILS + 1)
        for at in range(never - 1, -1, -1):
            block, head = self.blocks[at], self.heads[at]
            own = head is not None and head.form == self.own
            section_end = never
            if block.kind == "heading":
                section_end = min(headings[: block.level + 1])
                headings[block.level] = at
            elif block.kind == "summary":
                section_end = min(*headings, *ends[: block.details + 1])
            elif block.kind == "end":
                ends[block.details] = at
            if not own and block.kind in {"heading", "summary"} and question < section_end:
                over.add(at)
            if own and head and head.asks:
                question = at
        return over

    def _titled_answers(self) -> bool:
        """Tell whether answers were pasted in with headings of the questions' level or above: more of them than of sections."""
        places = [
            at for at, head in enumerate(self.heads) if head and head.form == self.own and self.blocks[at].kind == "heading"
        ]
        if not places or self.own is None or self.own.rank != Rank.MARKED:
            return False
        level = self.blocks[places[0]].level
        between = [
            at
            for at in range(places[0], places[-1])
            if self.blocks[at].kind == "heading" and self.blocks[at].level <= level and at not in places
        ]
        return 2 * sum(at in self.over_questions for at in between) < len(between)

    def read(self) -> None:
        for at, (block, head) in enumerate(zip(self.blocks, self.heads, strict=True)):
            self._take(at, block, head)
        self._close()

    def _take(self, at: int, block: Block, head: Head | None) -> None:
        if block.kind == "end":
            if self.open and block.details <= self.open.block.details:
                self._close()
            elif self.open and self.open.part in {"hint", "other"}:
                self.open.part = "answer" if self.open.parts["answer"] else "body"
            self.sections = [section for section in self.sections if section[0] < LAST_HEADING + block.details]
        elif block.kind == "rule" or (block.kind == "row" and self._take_row(block)) or self._take_label(block):
            pass
        elif head and not self._aside() and self._is_question(at, block, head):
            self._begin(block, head)
        elif block.kind == "summary" and self.open and self.open.block.kind != "summary" and at not in self.over_questions:
            if self.open.has_text:
                self._add(block)
            else:
                self.open.part = "answer"
        elif block.kind in {"heading", "summary"} and not self._divides_answer(block):
            self._close()
            level = _level(block)
            self.sections = [*(section for section in self.sections if section[0] < level), (level, plain(block.text))]
        else:
            if head and head.number is not None and self.open:
                self.open.step = head.number
            if head and head.asks and head.form == self.own and not self._aside() and at not in self.over_questions:
                self.notes.append(Note(block.line, f"taken for a part of an answer: {clean_line(head.text, 60)}", lost=True))
            self._add(block)

    def _take_row(self, block: Block) -> bool:
        """Take a row of a table as a question if it has columns of such names."""
        if not holds_questions([name for name, _ in block.cells], strictly=True):
            return False
        fields = self.columns.fields(dict(block.cells), block.line)
        if "question" not in fields or ("reference" not in fields and not may_ask(str(fields["question"]))):
            return True  # an entry of a table of contents, whose link was left out
        self._close()
        self.drafts.append(Draft(block.line, self._context() | fields))
        return True

    def _take_label(self, block: Block) -> bool:
        """Take a line that says that an answer or a hint follows; what stands before it belongs to the question."""
        text = with_colon(block.text)
        if block.kind not in _TITLED_OR_TEXT:
            return False
        if block.kind == "heading" and _ANSWERS.fullmatch(text):
            return False  # a section with all answers
        if self.own and self.own.rank == Rank.MARKED and GAP.match(text):
            self._close()
            self.notes.append(Note(block.line, "left out: a card with a gap asks no question"))
            return True
        whole = WHOLE_LABEL.fullmatch(text) is not None
        if self.open and block.kind != "text" and (_HINT.fullmatch(text) or _OTHER_PARTS.fullmatch(text)):
            self.open.part = "hint" if _HINT.fullmatch(text) else "other"
        elif not self._is_label(text, block):
            return False
        elif self.open:
            self.open.part = "answer"
            if not whole:
                self._add(replace(block, kind="text", text=LABEL.sub("", text, count=1), marker=""))
        return True

    def _is_label(self, text: str, block: Block) -> bool:
        whole = WHOLE_LABEL.fullmatch(text) is not None
        if not is_label(text) or (block.marker and not whole):
            return False
        if self.open is None:
            return block.kind != "text"
        before = sum(part.kind == "text" for part in self.open.parts["body"])
        return self.labelled or before < _LONG_BODY

    def _is_question(self, at: int, block: Block, head: Head) -> bool:
        """Tell whether a block is a question, and not a section, a part of the answer to the open question, or said aside."""
        if at in self.over_questions:
            return False
        own = head.form == self.own
        titled = block.kind in {"heading", "summary"}
        may_ask, total = self.maybe_asking[head.form], self.total[head.form]
        asking = head.asks or (head.may_ask and (2 * may_ask >= total or head.number is not None))
        if titled and not asking and may_ask >= _MOSTLY * total:  # it does not ask, but most others of its form do
            named = any(names.fullmatch(head.text) for names in (_ASIDE, _NO_TOPIC, _FRAME))
            asking = not named and (head.number is not None or block.kind == "summary" or self._has_body(at, head))
        if self.open is None:
            known = (own and head.number is not None) or self._answers_section()
            stands_alone = own or titled or self.asking[head.form] >= _MANY or (head.asks and head.number is not None)
            return known or (asking and (stands_alone or self._has_body(at, head)))
        if self.open.holds(block):
            return False
        if own and head.asks:
            return True
        if self.titled_answers:
            return False
        if head.form[:2] > self.open.head.form[:2]:
            return self._is_part(at, head, self.open)
        if head.number is None or titled or head.asks:
            return asking
        return (asking or own) and self._continues_questions(head.number, self.open)

    def _continues_questions(self, number: int, before: OpenQuestion) -> bool:
        """Tell whether a numbered line that asks nothing is the next question rather than the next step of an answer."""
        return number > (before.head.number or 0) and number != before.step + 1

    def _is_part(self, at: int, head: Head, before: OpenQuestion) -> bool:
        """Tell whether a block inside an answer is a question of its own, with its own answer."""
        if not head.asks or not self._has_body(at, head):
            return False
        return head.part or (not before.has_text and not before.head.rest and head.form.rank in {Rank.ORDERED, Rank.BULLET})

    def _divides_answer(self, block: Block) -> bool:
        """Tell whether a heading or summary that is no question stands inside the answer to the open one."""
        if self.open is None:
            return False
        if self.open.holds(block):
            return True
        if self.titled_answers and self.open.head.form == self.own:
            return True
        if self.own and self.own.rank == Rank.MARKED and self.open.head.form == self.own and self.total[self.own] == 1:
            return not _ASIDE.fullmatch(plain(block.text))  # the file's only question: its sections are the answer's
        if self.open.block.level:
            return block.level > self.open.block.level
        below = bool(self.sections) and self.sections[-1][0] < block.level
        return below and block.level not in self.section_levels

    def _begin(self, block: Block, head: Head) -> None:
        self._close()
        self.sections = [section for section in self.sections if section[0] < _level(block)]
        draft = Draft(block.line, self._context())
        if self._answers_section() and not head.asks:
            head = Head(head.form, "", head.number, plain(block.text) if not head.rest else f"{head.text}\n{head.rest}")
        else:
            draft.fields["question"] = head.text
        if head.number:
            draft.fields["number"] = head.number
        self.open = OpenQuestion(head, block, draft)
        if head.rest:
            kind, rest = read_paragraph(head.rest)
            self._add(replace(block, kind=kind, text=rest, marker="", level=0))

    def _context(self) -> dict[str, object]:
        """Return the topic and the level that the sections around name."""
        fields: dict[str, object] = {}
        topics = [title for _, title in self.sections if re.search(r"\w", title) and not _NO_TOPIC.fullmatch(title)]
        if topics:
            fields["topic"] = slug(topics[-1], limit=_TOPIC_LENGTH, kind="topic")
        levels = [level for _, title in self.sections if (level := level_of(title))]
        if levels:
            fields["level"] = levels[-1]
        return fields

    def _aside(self) -> bool:
        return any(_ASIDE.fullmatch(title) for _, title in self.sections)

    def _answers_section(self) -> bool:
        return any(_ANSWERS.fullmatch(title) for _, title in self.sections[-1:])

    def _add(self, block: Block) -> None:
        if self.open is not None:
            self.open.parts["question" if block.kind == "code" and block.level else self.open.part].append(block)
        elif block.kind != "source" and self.stray is None and (text := block.text or render([block])):
            self.stray = (block.line, clean_line(plain(text), 60))

    def _close(self) -> None:
        """Finish the open question, and note what belonged to none."""
        if self.open is not None:
            self.open.draft.fields.update(self.open.fields())
            self.drafts.append(self.open.draft)
            self.open = None
        if self.stray is not None:
            self.notes.append(Note(self.stray[0], f"left out, since it belongs to no question: {self.stray[1]}"))
            self.stray = None


def _level(block: Block) -> int:
    """Return how deep a section that begins with a block is; a question in a line of text is below all."""
    return block.level or (LAST_HEADING + block.details if block.kind == "summary" else LAST_HEADING + DEEPEST_DETAILS + 1)
