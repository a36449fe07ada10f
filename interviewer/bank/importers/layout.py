"""The layout of a document: in which form its questions are written. It is known before any block is read as a question.

Authors write all questions of a file in one form: headings of one level, bold lines, items of a list. So the forms whose
blocks ask something are found first, and the outermost that is common is the file's own.
"""

import itertools
import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from interviewer.bank.importers.blocks import DEEPEST_DETAILS, LAST_HEADING, Block, plain, word_pattern
from interviewer.bank.importers.column_contents import named_as_terms, named_by_contents
from interviewer.bank.importers.columns import column_name, holds_questions
from interviewer.bank.importers.question import Form, Head, Rank, asks, is_label, read_head, with_colon

OTHER_PARTS = re.compile(rf"\W*{word_pattern('other_parts')}\W*", re.IGNORECASE)
_RARE = 4
"""A form with fewer than a fourth of the most common form's questions is not the file's own."""
_FLAT = 10
"""Headings of one level, from which a document without others has no sections."""
_REPEATED = 3
"""How often a heading such as "Why use it?" stands in a file, from which it names a part of its answers."""
_FEWEST_CARDS = 2
"""Folded terms or sentences with gaps, of which each is a question."""
_BOLD = (Rank.BOLD, True)
"""Rank and numbering of a bold line with a number."""
_RUN = 3
"""Numbers in a row of which none asks, from which they are no questions."""


class QuestionRow(NamedTuple):
    """A row with a question."""

    cells: dict[str, str]
    """By the names of their columns."""
    guessed: bool
    """Whether what stands in the columns said what they hold, and not their names."""


class Layout:
    """The blocks of a document, each read as the beginning of a question, and statistics of their forms."""

    def __init__(self, blocks: list[Block], *, outermost: bool = True) -> None:
        """Read the blocks as beginnings of questions; their form is the outermost that asks, or the one that asks most."""
        self.blocks = blocks
        self.heads = [read_head(block) for block in blocks]
        self._even_level()
        self.inside = self._headings_inside()
        """Headings inside the answers to bold questions with numbers."""
        for at in self.inside:
            self.heads[at] = None
        self.labels = [block.kind in {"text", "heading", "summary"} and is_label(with_colon(block.text)) for block in blocks]
        """Which blocks say that an answer follows."""
        self.tables = _question_rows(blocks)
        """The questions in rows of tables, by the positions of the rows."""
        self._ask_above_labels()
        self._ask_in_details()
        worded = Counter(head.text for head in self.heads if head and not head.number)
        for head in self.heads:
            if head and not head.number and head.form.rank != Rank.MARKED and worded[head.text] >= _REPEATED:
                head.asks = head.may_ask = False
        counted = list(self._counted())
        self.total = Counter(head.form for head in counted)
        self.asking = Counter(head.form for head in counted if head.asks)
        self.maybe_asking = Counter(head.form for head in counted if head.may_ask)
        form = self.question_form = self._find_question_form(outermost=outermost)
        """The form of the file's questions; none if no form is common."""
        guessed = {at for at, rows in self.tables.items() if rows[0].guessed}
        if form and len(guessed) <= self.maybe_asking[form]:  # tables of a file that asks in another form
            self.tables = {at: rows for at, rows in self.tables.items() if at not in guessed}
        self.marked = form is not None and form.rank == Rank.MARKED
        headings = sum(block.kind == "heading" for block in blocks)
        self.flat = form is not None and form.rank == Rank.HEADING and headings - 1 <= self.total[form] >= _FLAT
        """Whether all headings but a title have the questions' form, so that none of them is a section."""
        self.over_questions = self._over_questions()
        questions = [at for at, head in enumerate(self.heads) if head and self.has_question_form(head)]
        self.last_question = questions[-1] if questions else 0
        pairs = [(self.blocks[at - 1], self.blocks[at], at - 1) for at in questions if at]
        titles = {at for above, below, at in pairs if above.kind == "heading" == below.kind and above.level <= below.level}
        self.titles = titles - set(questions)
        """Headings right above a question of their level or below: titles of sections, although questions have that level."""
        self.titled_answers = self._titled_answers(questions)
        self.ruled = self._ruled(questions)
        self.steps = set(self._steps(questions))
        self.guessed = form is not None and 2 * self.maybe_asking[form] < self.total[form] - len(self.steps)
        """Whether most blocks of the questions' form do not ask."""
        self.labelled = 2 * sum(self.labels) >= (self.total[form] if form else 0)
        """Whether answers of this file begin with a label."""

    def _even_level(self) -> None:
        """Give a heading the level of the others, or of the one before it, if it asks and its number goes on from theirs."""
        found = [(at, head) for at, head in enumerate(self.heads) if head and head.number and self.blocks[at].kind == "heading"]
        levels = Counter(self.blocks[at].level for at, _ in found)
        level, most = max(levels.items(), key=lambda item: item[1], default=(0, 0))
        for before, (at, head), after in zip([None, *found], found, [*found[1:], None], strict=False):
            block, number = self.blocks[at], head.number or 0
            single = block.level + 1 == level and head.may_ask and most >= _RARE * levels[block.level]
            steps = ((before, -1), (after, 1))
            beside = [self.blocks[one[0]].level == level and one[1].number == number + step for one, step in steps if one]
            goes_on = before and before[1].number == number - 1 and before[1].form.rank == head.form.rank
            above = self.blocks[before[0]] if before and goes_on else block
            below = self.blocks[after[0]].level if after else 0
            deeper = below <= above.level == block.level - 1 and (head.may_ask or bool(block.marker))
            if deeper or (single and all(beside)):
                self.blocks[at] = replace(block, level=above.level if deeper else level)
                self.heads[at] = read_head(self.blocks[at])

    def _headings_inside(self) -> set[int]:
        """Return the headings inside the answers of a file whose questions are bold lines with numbers that go on.

        Such headings stand neither right over a question nor below a rule, and there are several of one level in an answer,
        as no sections are.
        """
        numbers = {at: head.number for at, head in enumerate(self.heads) if head and head.asks and head.form[::2] == _BOLD}
        begun = list(numbers)
        if len(begun) < _RUN or any(
            one >= other for one, other in itertools.pairwise(map(int, filter(None, numbers.values())))
        ):
            return set()
        over, found = True, list[int]()
        for at in range(len(self.blocks) - 1, begun[0], -1):
            block = self.blocks[at]
            over = at in numbers or (over and block.kind in {"heading", "rule"})
            if block.kind == "heading" and not over and self.blocks[at - 1].kind != "rule":
                found.append(at)
        places = Counter((bisect(begun, at), self.blocks[at].level) for at in found if at < begun[-1])
        return set(found) if max(places.values(), default=0) > 1 else set()

    def _ask_above_labels(self) -> None:
        """Let headings ask below which a label says that an answer follows, without a heading or numbered question between."""
        level, heading = 0, None
        for block, head, label in zip(self.blocks, self.heads, self.labels, strict=True):
            if block.kind == "heading" and not label:
                level, heading = block.level, head
            elif head and head.asks and head.number:
                heading = None
            elif heading and label and not block.depth and not 0 < block.level <= level and len(block.text) > len("A."):
                heading.may_ask = True

    def _ask_in_details(self) -> None:
        """Let summaries ask, as gaps to fill and terms do, where one <details> follows another and little else is there."""
        cards = Counter(head.form for head in self._counted() if head.form.rank == Rank.SUMMARY)
        form = max(cards, key=lambda form: (cards[form], form), default=None)
        found = [(at, head) for at, head in enumerate(self.heads) if head and head.form == form and self.has_body(at, head)]
        following = sum(at > 0 and self.blocks[at - 1].kind in {"end", "rule"} for at, _ in found)
        others = [(block, head) for block, head in zip(self.blocks, self.heads, strict=True) if not block.details]
        outside = sum(len(block.text) for block, _ in others if block.kind != "heading")
        little = 2 * outside <= sum(len(block.text) for block in self.blocks) and not any(
            head and head.asks for _, head in others
        )
        if len(found) < _FEWEST_CARDS or following < len(found) // 2 or not little:
            return
        for _, head in found:
            head.asks = head.may_ask = True

    def has_question_form(self, head: Head) -> bool:
        """Tell whether a block has the form of the file's questions, or is a heading among theirs with a number like them."""
        form = self.question_form
        return head.form == form or (form is not None and form.numbered and head.form == form._replace(rank=Rank.HEADING))

    def always_asks(self, form: Form) -> bool:
        """Tell whether all numbers of a form ask, and are so common beside the file's own that they are questions, too."""
        common = self.question_form is not None and self.asking[form] * _RARE >= self.asking[self.question_form]
        return form.numbered and common and self.asking[form] == self.total[form] >= _RUN

    def _counted(self) -> Iterator[Head]:
        """Yield what may be a question of the file: no label, and nothing that is folded away as an answer or below it."""
        folded, above = 0, None
        for block, head, label in zip(self.blocks, self.heads, self.labels, strict=True):
            answer = label and above is not None and above.may_ask
            above = head
            if block.kind == "summary" and not folded and (answer or OTHER_PARTS.fullmatch(plain(block.text))):
                folded = block.details
            elif block.kind == "end" and block.details <= folded:
                folded = 0
            if head and not folded and not label:
                yield head

    def _find_question_form(self, *, outermost: bool) -> Form | None:
        """Return the outermost of the common forms that ask; else, of those with numbers; none if there is neither."""
        forms = [form for form, count in self.total.items() if self.asking[form] or 2 * self.maybe_asking[form] >= count]
        most = max((self.maybe_asking[form] for form in forms), default=0)
        common = [form for form in forms if self.maybe_asking[form] * (_RARE if outermost else 1) >= most]
        numbered = [form for form, count in self.total.items() if form.numbered and count > 1 and self._mostly_answered(form)]
        return min(common or ([] if self.tables else numbered), default=None)

    def _mostly_answered(self, form: Form) -> bool:
        """Tell whether most blocks of a form have something below them that could be their answer."""
        answered = [self.has_body(at, head) for at, head in enumerate(self.heads) if head and head.form == form]
        return sum(answered) * 2 > len(answered)

    def has_body(self, at: int, head: Head) -> bool:
        """Tell whether something stands below a block that could be its answer."""
        if head.rest:
            return True
        if at + 1 == len(self.blocks) or self.blocks[at + 1].kind in {"end", "rule"}:
            return False
        below = self.heads[at + 1]
        return below is None or self.labels[at + 1] or below.form > head.form

    def _over_questions(self) -> set[int]:
        """Return where headings and summaries stand over questions of the own form: they are sections, even if they ask."""
        over: set[int] = set()
        begun: list[list[int]] = [[] for _ in range(LAST_HEADING + DEEPEST_DETAILS + 2)]  # by level, summaries below headings
        for at, (block, head) in enumerate(zip(self.blocks, self.heads, strict=True)):
            level = block.level if block.kind == "heading" else LAST_HEADING + 1 + block.details
            if block.kind in {"heading", "end"}:
                begun[level:] = [[] for _ in begun[level:]]
            if head and head.asks and head.form == self.question_form:
                over.update(*begun)
                begun = [[] for _ in begun]
            if block.kind in {"heading", "summary"}:
                begun[level].append(at)
        return over

    def _ruled(self, questions: Sequence[int]) -> bool:
        """Tell whether rules stand between questions or sections, or one behind them, and none in answers, which end there."""
        inner = range(questions[0], questions[-1]) if questions else range(0)
        rules = [at for at in inner if self.blocks[at].kind == "rule"]
        level = (questions and self.blocks[questions[0]].level) or LAST_HEADING
        begun = frozenset(questions)
        only = len(questions) > _RUN and sum(block.kind == "rule" for block in self.blocks) == 1
        enough = min(len(questions) - 1, _RUN) <= len(rules) if rules else only
        return enough and all(
            at + 1 in begun
            or below.kind == "rule"
            or (below.kind == "heading" and below.level <= level and not self.titled_answers)
            for at in rules
            for below in [self.blocks[at + 1]]
        )

    def _steps(self, questions: Sequence[int]) -> Iterator[int]:
        """Yield where headings or items are whose numbers begin anew and of which none asks, beside others that do: steps."""
        runs: list[list[tuple[int, Head]]] = []
        for at in questions:
            if (head := self.heads[at]) and head.number:
                runs += [] if runs and head.number > (runs[-1][-1][1].number or 0) else [[]]
                runs[-1].append((at, head))
        quiet = [
            run for run in runs if not any(head.asks for _, head in run) and 2 * sum(h.may_ask for _, h in run) <= len(run)
        ]
        others = [head.may_ask for run in runs if run not in quiet for _, head in run]
        for run in quiet if 3 * sum(others) >= 2 * len(others) > 0 else []:
            yield from (at for at, _ in run if len(run) >= _RUN)

    def _titled_answers(self, questions: Sequence[int]) -> int:
        """Return from which level on answers have headings, if from the questions' own or above; else 0.

        So it is where the file has one question, and where texts were pasted in: there are more such headings than sections.
        """
        if not questions or self.blocks[questions[0]].kind != "heading" or not self.marked:
            return 0
        level = self.blocks[questions[0]].level
        asked = {*questions, *self.titles}
        between = [
            at
            for at in range(questions[0], questions[-1])
            if self.blocks[at].kind == "heading" and self.blocks[at].level <= level and at not in asked
        ]
        labels = [at + 1 for at in questions if at + 1 < len(self.blocks) and self.labels[at + 1]]
        below = any(self.blocks[at].level > level for at in labels)
        directly = any(at + 1 in between for at in labels)
        if below and not directly and len(between) < len(questions):  # what is in an answer is below its label
            return 0
        if len(questions) > 1 and 2 * sum(at in self.over_questions for at in between) >= len(between):
            return 0
        begun = {at + 1 for at in (*questions, *labels)}
        higher = [at for at in between if self.blocks[at].level < level]
        repeated = Counter((bisect(questions, at), self.blocks[at].level) for at in higher)  # in one answer, as no sections are
        inside = len(questions) == 1 or any(at in begun for at in higher) or max(repeated.values(), default=0) > 1
        return 1 if inside else level


def _question_rows(blocks: Sequence[Block]) -> dict[int, list[QuestionRow]]:
    """Return the questions in rows of tables, by the positions of the rows; that of a header that asks comes with the first."""
    found: dict[int, list[QuestionRow]] = {}
    terms: dict[int, list[QuestionRow]] = {}
    for names, group in itertools.groupby(range(len(blocks)), lambda at: tuple(name for name, _ in blocks[at].cells)):
        rows = [(at, [cell for _, cell in blocks[at].cells]) for at in group if names]
        named = holds_questions(names, strictly=True)
        term = any(column_name(name) == "term" for name in names)  # of a glossary, which may stand inside an answer
        texts = [cells for _, cells in rows]
        columns = ((term and named_as_terms(names, texts)) or list(names)) if named else named_by_contents(names, texts)
        if columns:
            for at, cells in rows:
                found[at] = [QuestionRow(dict(zip(columns, cells, strict=False)), not named or term)]
            if not named and asks(names[columns.index("question")]):
                found[rows[0][0]].insert(0, QuestionRow(dict(zip(columns, names, strict=False)), True))
        elif columns := named_as_terms(names, texts):
            terms |= {at: [QuestionRow(dict(zip(columns, cells, strict=True)), True)] for at, cells in rows}
    inside = sum(len(cell) for at in terms for _, cell in blocks[at].cells)
    outside = sum(
        len(blocks[at].text) + sum(len(cell) for _, cell in blocks[at].cells) for at in range(len(blocks)) if at not in terms
    )
    return found | (terms if inside > outside else {})  # a glossary, and no table in a text
