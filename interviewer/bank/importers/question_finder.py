"""Finds the questions of a document: which blocks ask, and which belong to the answers between them.

A question is a block of the form that most questions of the file have (`layout`), or a block of another form that asks and
does not stand inside an answer.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from interviewer.bank.importers.blocks import Block, plain, read_paragraph, render_blocks, word_pattern
from interviewer.bank.importers.build import Draft, Note
from interviewer.bank.importers.columns import FIELDS, Columns, holds_answers
from interviewer.bank.importers.layout import OTHER_PARTS, Layout, QuestionRow
from interviewer.bank.importers.markdown import read_blocks
from interviewer.bank.importers.paragraphs import (
    divided,
    joined,
    with_asking_titles,
    with_card_sides,
    with_check_lists,
    with_even_level,
    with_follow_ups,
    with_full_wording,
    with_titles,
)
from interviewer.bank.importers.preprocess import unclosed_code
from interviewer.bank.importers.question import (
    GAP,
    LABEL,
    WHOLE_LABEL,
    Head,
    OpenQuestion,
    Rank,
    may_ask,
    with_colon,
)
from interviewer.bank.importers.sections import ANSWERS, ASIDE, LIST_TITLE, Sections, is_title, topic_slug
from interviewer.bank.importers.text_choices import marked_questions
from interviewer.text.clean import clean_line

_TAGS = ("tag", "tags")
_ASKING_SHARE = 0.6
"""Share of asking headings from which their silent siblings count as questions, too."""
_MOST_TEXT, _MOST_TEXT_INSIDE = 3, 2
"""How many times as much text a file may have as its questions and answers, if most blocks of their form do not ask; and where
the form that asks most was taken, although another encloses it."""
_LEAP = 100
"""Numbers by which a question that does not ask may follow another; further ones are such as "404 Not Found"."""
_LONG_BODY = 3
"""Paragraphs in front of a label, from which it stands inside the answer, in a file whose answers have no labels."""

_HINT, _QUESTION_PARTS = (
    re.compile(rf"\W*{word_pattern(name)}\W*", re.IGNORECASE) for name in ("hint_labels", "question_parts")
)


def read_markdown(text: str) -> tuple[list[Draft], list[Note]]:
    """Return the questions of a Markdown or plain text document, in order, each as often as it is there."""
    marked = marked_questions(
        list(with_asking_titles(list(with_titles(list(with_card_sides(list(with_check_lists(read_blocks(text)))))))))
    )
    parts = list(with_full_wording([part for block in joined(marked) for part in divided(block)]))
    blocks = list(with_even_level(list(with_follow_ups(parts))))
    reader = _QuestionFinder(blocks)
    size, taken = sum(len(block.text) for block in blocks), reader.read()
    if reader.layout.guessed and size > _MOST_TEXT * taken:
        reader = _QuestionFinder(blocks, outermost=False)
        if size > _MOST_TEXT_INSIDE * reader.read():
            return [], [Note(1, "left out: it is no list of questions, since most of its text belongs to none", lost=True)]
    if line := unclosed_code(text):
        reader.notes.append(Note(line, "all below was taken for code, since the fence here is never closed", lost=True))
    return reader.drafts, [*reader.notes, *reader.columns.notes]


class _QuestionFinder:
    def __init__(self, blocks: list[Block], *, outermost: bool = True) -> None:
        self.layout = Layout(blocks, outermost=outermost)
        self.drafts: list[Draft] = []
        self.notes: list[Note] = []
        self.columns = Columns()
        self.sections = Sections()
        self.open: OpenQuestion | None = None
        self.stray: Note | None = None
        """What belongs to no question: the beginning of its text, or a table in it, until that is noted."""

    def read(self) -> int:
        """Read all questions, and return how many characters these have with their answers."""
        for at, (block, head) in enumerate(zip(self.layout.blocks, self.layout.heads, strict=True)):
            self._take(at, block, head)
        self._end_section()
        return sum(len(draft.text("question")) + len(draft.text("reference")) for draft in self.drafts)

    def _take(self, at: int, block: Block, head: Head | None) -> None:
        if block.kind == "end":
            self._take_end(block)
        elif block.kind == "field" and self.open:
            self._take_field(self.open.draft.fields, *block.cells[0])
        elif block.kind == "rule":
            if self.layout.ruled and not any(self.layout.labels[at + 1 : at + 2]):
                self._close()  # the answer ends at a rule, unless its label follows
        elif (rows := self.layout.tables.get(at)) and not (self.open and (rows[0].guessed or not holds_answers(rows[0].cells))):
            self._take_row(block, rows)
        elif self._take_label(at, block):
            pass
        elif head and not self.sections.aside(block) and self._is_question(at, block, head):
            self._begin(block, head)
        elif block.kind == "summary" and self.open and self.open.block.kind != "summary":
            if self.open.has_text:
                self._add(block)
            else:
                self.open.part = "answer"
        elif (block.kind in {"heading", "summary"} and not self._divides_answer(at, block)) or self._is_bold_title(head):
            self._end_section()
            self.sections.begin(block)
        else:
            self._take_answer(block, head)

    def _take_field(self, fields: dict[str, object], name: str, value: str) -> None:
        """Take what a card says about itself; a title above counts for more than its tags do."""
        if FIELDS[name] == "level":
            fields["level"] = value
        elif name not in _TAGS or "topic" not in fields:
            fields["topic"] = topic_slug(value)

    def _take_end(self, block: Block) -> None:
        """Take the end of a <details>: of the open question, or of a part of it."""
        if self.open and block.details <= self.open.block.details:
            self._end_section()
        elif self.open and self.open.part in {"hint", "other"}:
            self.open.part = "answer" if self.open.parts["answer"] else "body"
        self.sections.leave(block)

    def _take_answer(self, block: Block, head: Head | None) -> None:
        """Take a block that begins nothing as a part of the answer to the open question."""
        inner = head is not None and head.form.rank == Rank.MARKED
        if self.open and head:
            self.open.step = self.open.step if head.number is None else head.number
            self.open.inner = self.open.inner or (inner and (self.open.has_text or bool(head.number)))
        if self.open and inner and not self.open.inner:
            self.open.parts["question"].append(block)
        else:
            self._add(block)

    def _take_row(self, block: Block, rows: Sequence[QuestionRow]) -> None:
        """Take the questions in a row of a table."""
        self._close()
        for row in rows:
            fields = self.columns.fields(row.cells, block.line)
            if "question" in fields and ("reference" in fields or may_ask(str(fields["question"]))):  # else it only leads there
                self.drafts.append(Draft(block.line, self.sections.fields() | fields))

    def _take_label(self, at: int, block: Block) -> bool:
        """Take a line that says that an answer or a hint follows; what stands before it belongs to the question."""
        if block.kind not in {"text", "heading", "summary"}:
            return False
        text = with_colon(block.text)
        if block.kind == "heading" and ANSWERS.fullmatch(text):
            return False  # a section with all answers
        if self.layout.marked and GAP.match(text):
            self._close()
            self.notes.append(Note(block.line, "left out: a card with a gap asks no question"))
            return True
        whole = WHOLE_LABEL.fullmatch(text) is not None
        other = block.kind == "summary" and OTHER_PARTS.fullmatch(text)
        if self.open and block.kind != "text" and (_HINT.fullmatch(text) or other):
            self.open.part = "other" if other else "hint"
            return True
        if not self.layout.labels[at] or (self.open is None and block.kind == "text"):
            return False
        option = re.match(r"\W*\w\W", text) and not (self.open and self.open.head.form.rank == Rank.MARKED)
        if block.marker and (option or (not whole and (not self.open or self.open.has_text))):
            return False  # an option, or an item of the answer
        if self.open and (self.open.inner or (block.marker and self.open.parts["answer"])):
            return False  # an item of the answer, or the answer to a question inside it
        if self.open:
            body = self.open.parts["body"]
            before = sum(part.kind == "text" for part in body)
            titled = any(part.kind == "heading" and not _QUESTION_PARTS.fullmatch(plain(part.text)) for part in body)
            rare = not self.layout.labelled and (before >= _LONG_BODY or (before and text.casefold().startswith("solutions")))
            if rare or titled:
                return False
            self.open.part = "answer"
            if not whole:
                self._add(replace(block, kind="text", text=LABEL.sub("", text, count=1), marker=""))
        return True

    def _is_question(self, at: int, block: Block, head: Head) -> bool:
        """Tell whether a block is a question, and not a section, a part of the answer to the open question, or said aside."""
        if at in self.layout.over_questions or at in self.layout.steps:
            return False
        own = self.layout.has_question_form(head)
        titled = block.kind in {"heading", "summary"}
        may_ask, total = self.layout.maybe_asking[head.form], self.layout.total[head.form]
        asking = head.asks or (head.may_ask and (2 * may_ask >= total or head.number is not None))
        bold = own and head.form.rank == Rank.BOLD and not plain(block.text).endswith((":", "："))
        share = 0.5 if (bold and block.marker) or self.layout.flat else _ASKING_SHARE
        if not asking and (titled or bold) and may_ask >= share * total:  # it does not ask, but most others of its form do
            asking = not is_title(head.text) and (
                head.number is not None or block.kind == "summary" or self.layout.has_body(at, head)
            )
        if self.open is None:
            form = self.layout.question_form
            if head.form.rank == Rank.PLAIN and form and Rank.MARKED < form.rank <= Rank.BOLD:
                return False
            known = (own and head.number is not None) or self.sections.hold_answers()
            over = self.layout.marked and at > self.layout.last_question  # what follows is said about the questions
            stands_alone = own or titled or (head.asks and head.number is not None)
            return known or (asking and (stands_alone or (not over and self.layout.has_body(at, head))))
        if self.open.holds(block):
            return False
        follows = head.number == (self.open.head.number or 0) + 1
        if follows and head.form == self.open.head.form and not (self.open.has_text or self.open.head.rest):
            return True  # the next of a list without answers
        if own and (head.asks or (follows and (titled or (head.may_ask and not self.open.step)))):
            return True
        if self.layout.titled_answers:
            return False
        if head.form[:2] > self.open.head.form[:2]:
            begins = head.number != self.open.step + 1 if self.open.step else titled or any(self.layout.labels[at + 1 : at + 2])
            goes_on = (follows and begins) or self.layout.always_asks(head.form)
            return (goes_on and head.asks and self.layout.has_body(at, head)) or self._is_part(at, head, self.open)
        if head.number is None or titled or head.asks:
            leads = own and head.form.rank == Rank.PLAIN and head.may_ask  # such as "Difference between tea and coffee:"
            return asking or (leads and plain(block.text).partition("\n")[0].endswith(":"))
        if not asking and not own:
            return False
        leap = head.number - (self.open.head.number or 0)
        counted = block.marker or re.match(r"\W*\d+ ?[.):–-]", plain(block.text))  # however far on: lists leave some out
        likely = asking or counted or not self.open.head.number or leap <= _LEAP
        return leap > 0 and bool(likely) and head.number != self.open.step + 1  # the next step of the answer

    def _is_part(self, at: int, head: Head, before: OpenQuestion) -> bool:
        """Tell whether a block inside an answer is a question of its own, with its own answer."""
        if not head.asks or not self.layout.has_body(at, head):
            return False
        return head.part or (not before.has_text and not before.head.rest and head.form.rank in {Rank.ORDERED, Rank.BULLET})

    def _divides_answer(self, at: int, block: Block) -> bool:
        """Tell whether a heading or summary that is no question stands inside the answer to the open one."""
        if self.open is None or at in self.layout.titles or at in self.layout.inside:
            return self.open is not None and at in self.layout.inside
        if self.open.holds(block) or (self.open.parts["answer"] and ANSWERS.fullmatch(with_colon(block.text))):
            return True
        if 0 < self.layout.titled_answers <= block.level and self.open.head.form == self.layout.question_form:
            return at < self.layout.last_question or not ASIDE.fullmatch(plain(block.text))
        if self.open.block.level:
            return block.level > self.open.block.level
        below = block.level - (self.sections.innermost or block.level)
        return below > (at in self.layout.over_questions)  # a section's heading skips no level

    def _is_bold_title(self, head: Head | None) -> bool:
        """Tell whether a bold line among bold questions is the title of a section, such as "Docker interview questions"."""
        own = self.layout.question_form
        return bool(head and own and head.form.rank == own.rank == Rank.BOLD and LIST_TITLE.fullmatch(head.text))

    def _begin(self, block: Block, head: Head) -> None:
        self._close()
        self.sections.leave(block)
        draft = Draft(block.line, self.sections.fields())
        if self.sections.hold_answers() and not head.asks:
            head = Head(head.form, "", head.number, plain(block.text))
        else:
            draft.fields["question"] = head.text
        draft.fields |= {name: value for name, value in (("number", head.number), ("level", head.level)) if value}
        self.open = OpenQuestion(head, block, draft)
        if head.rest:
            kind, rest = read_paragraph(head.rest)
            self._add(replace(block, kind=kind, text=rest, marker="", level=0))

    def _add(self, block: Block) -> None:
        if block.marker and block.kind == "text":  # a link whose title asks, which is no question here
            kind, text = read_paragraph(block.text)
            block = replace(block, kind=kind, text=text)
        if self.open is not None:
            self.open.parts["question" if block.kind == "code" and block.level else self.open.part].append(block)
        elif block.kind != "source" and (self.stray is None or (block.kind == "row" and not self.stray.lost)):
            table = block.kind == "row"
            reason = "as a table of which no column asks or is called question" if table else "since it belongs to no question"
            if text := clean_line(plain(block.text or render_blocks([block])), 60):
                self.stray = Note(block.line, f"left out, {reason}: {text}", lost=table)

    def _end_section(self) -> None:
        """Finish the last question of a section, without what is said to the reader behind its answer."""
        for block in self.open.take_closing() if self.open else ():
            text = clean_line(plain(block.text), 60)
            self.notes.append(Note(block.line, f"left out, since it is said about the questions: {text}"))
        self._close()

    def _close(self) -> None:
        """Finish the open question, and note what belonged to none."""
        if self.open is not None:
            self.open.draft.fields.update(self.open.fields())
            self.drafts.append(self.open.draft)
            self.open = None
        if self.stray is not None:
            self.notes.append(self.stray)
            self.stray = None
