"""Which blocks of a document are its questions, and which belong to the answers between them.

Authors write all questions of a file in one form: headings of one level, bold lines, items of a list. So the forms whose
blocks ask something are found first, and the outermost that is common is the file's own. A block of another form is a question
too if it asks and does not stand inside an answer.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from interviewer.bank.importers.build import Draft, Note, level_of
from interviewer.bank.importers.markdown import BOLD, END_BOLD, LINK, Block, plain, read_blocks, render
from interviewer.bank.importers.tables import Columns
from interviewer.text.clean import clean_line
from interviewer.text.slug import slug

_TOPIC_LENGTH = 40
_LONGEST_QUESTION = 400
"""Characters. What is longer is a paragraph with a question in it."""
_RARE = 4
"""A form with fewer than a fourth of the most common form's questions is not the file's own."""
_MOSTLY = 0.7
"""Share of asking headings from which their silent siblings count as questions, too."""

# Every repetition is bounded or ends at a character that it cannot match: a line may have megabytes.
_WORDS = "question|q|frage|pregunta|pergunta|domanda|вопрос|питання|问题|問題|質問|질문"
_WORDED = re.compile(rf"(?:{_WORDS})\.? ?#?(\d{{0,6}})(?: ?(?:[.):](?=\s|$)|[、．：])\s*|(?<=\d) ?[-–—]\s)", re.IGNORECASE)
_NUMBERED = re.compile(r"#?(\d{1,6})(?: ?[.):](?=\s|\D)|[、．]|(?= [A-Z\"“]))\s*")
_PART = re.compile(r"(?:\d{1,3}(?:\.\d{1,3})+[.):]?|\(?[a-h]\))\s+", re.IGNORECASE)
_LABELS = (
    "answers?|ans|a|(?:correct|right|sample|model|short|suggested|possible|good|show|view|see|the)(?: the)? answers?|solutions?"
    "|show solution|click (?:here )?(?:to|for) [\\w ]{1,30}|show|reveal|expand|spoiler|details|answer key|antwort|respuesta|réponse"
    "|resposta|risposta|ответ|відповідь|答案|回答|答|답변|답"
)
_LABEL = re.compile(rf"\W{{0,3}}(?:{_LABELS}) ?\d{{0,6}} ?(?:[:：]\s*|[-–—]\s+)", re.IGNORECASE)
_WHOLE_LABEL = re.compile(rf"\W{{0,3}}(?:{_LABELS})(?: (?:and|&) explanation)? ?\d{{0,6}}\W{{0,3}}", re.IGNORECASE)
_ANSWERS = re.compile(r"\W{0,3}(?:answers|solutions|answer key|antworten|respuestas|réponses|ответы)\W{0,3}", re.IGNORECASE)
_HINT = re.compile(r"\W{0,3}(?:hints?|tips?)\W{0,3}", re.IGNORECASE)
_OTHER_PARTS = re.compile(r"Key points|Misconceptions|Follow-ups|Sources")
"""What `bank export --format md` folds below an answer."""
_NO_TOPICS = {"table of contents", "contents", "toc", "index", "questions", "answers", "questions and answers", ""}
_ASIDE = re.compile(
    r"\W*(?:contributing|contributors?|contributions?|licen[cs]e|about(?: this .*)?|contact|support|sponsors?|donate|credits?"
    r"|acknowledge?ments?|references|resources|further reading|bibliography|links|star history"
    r"|how to (?:use|contribute|read).*|disclaimer|author|changelog|prerequisites|installation|getting started)\W*",
    re.IGNORECASE,
)
_ASKED = re.compile(r"[?？؟](?=[\s\"'”’)\]}.*]|$)")
_INTERROGATIVE = re.compile(
    r"(?:so |and |in |for |on |at |from |to |with |under |of )?(?:what|why|how|when|where|which|who|whose|whom)(?:['’]s|['’]re)?\b"
    r"|(?:is|are|do|does|did|can|could|should|would|will|has|have) (?:you|it|there|a|an|the|we|this)\b|true or false\b"
    r"|(?:was|warum|wie|wann|wo|welche[rsnm]?|wer|qué|cómo|cuál|por qué|qu['’]est|pourquoi|comment|quel(?:le)?s?)\b",
    re.IGNORECASE,
)
_IMPERATIVE = re.compile(
    r"(?:please |briefly |can you )?(?:explain|describe|define|compare|contrast|discuss|name|list|give|state|write|implement|design"
    r"|derive|prove|show|tell|walk|differentiate|distinguish|mention|illustrate|outline|summari[sz]e|identify|calculate|compute"
    r"|find|solve|draw|build|create|suppose|imagine|consider|elaborate|talk|difference|differences|erkläre|beschreibe|nenne"
    r"|definiere|explica|explique|describe|décri[vs]|définir|объясните|опишите)\b",
    re.IGNORECASE,
)
_BOX = re.compile(r"\[([ xX])\]\s+")
_OPTION = re.compile(r"\(?([A-Ha-h])[).:]\s+(\S.*)")
_CHOSEN = re.compile(r"(?:options? )?\(?([A-H])\)?(?:[.):,]+\s*|\s+[-–—]\s+|\s*$|\n\s*)")
_ENDS = tuple("?？؟.。!:：")
_AFTER = re.compile(r"\s*(?:\[[^\[\]]{0,40}\]|\{#[^{}]*\}|[^\w?？؟.!…)\"'”»\]}%+$*/=>-]|#)+$")
_BEFORE = re.compile(r"^[^\w\"'“«¿¡(\[{<$`@#.+=/\\*-]+")

Form = tuple[int, int, bool]
"""How a block is written: its rank (see `_RANKS`), how deep it is, and whether it has a number. Outer forms come first."""
_RANKS = ("marked", "summary", "heading", "bold", "ordered", "bullet", "plain")


@dataclass(slots=True)
class _Head:
    """What a block is if it begins a question."""

    form: Form
    text: str
    number: int | None
    rest: str = ""
    """What follows the question in its block: the beginning of the answer."""
    part: bool = False
    """Numbered as a part of a question, such as 1.2 or b)."""
    strong: bool = False
    """It asks: with a question mark or a word such as 'why'."""
    weak: bool = False
    """It asks, or it is an imperative such as 'explain', which a step of an answer can be as well."""


def asks(text: str) -> bool:
    """Tell whether a line asks something: a question mark, a word such as 'why', or an imperative such as 'explain'."""
    return _strong(text) or bool(_IMPERATIVE.match(text))


def _strong(text: str) -> bool:
    return len(text) <= _LONGEST_QUESTION and bool(_ASKED.search(text) or _INTERROGATIVE.match(text))


def read_markdown(text: str) -> tuple[list[Draft], list[Note]]:
    """Return the questions of a Markdown or plain text document, in order, each as often as it is there."""
    reader = _Reader([part for block in read_blocks(text) for part in _divided(block)])
    reader.read()
    return reader.drafts, [*reader.notes, *reader.columns.notes]


def _divided(block: Block) -> Iterator[Block]:
    """Yield the parts of a paragraph in which lines begin with Q: or A:."""
    lines = block.text.split("\n")
    starts = [at for at, line in enumerate(lines) if at and block.kind == "text" and _begins_part(plain(line))]
    options = any(re.match(r"\(?B[).:]\s", plain(line)) for line in lines)
    if not starts or options:
        yield block
        return
    for start, end in zip([0, *starts], [*starts, len(lines)], strict=True):
        marker = block.marker if not start else ""
        yield Block(block.line + start, "text", "\n".join(lines[start:end]), 0, block.depth, marker, block.details)


def _begins_part(line: str) -> bool:
    return bool(_WORDED.match(line) or _LABEL.match(line) or _WHOLE_LABEL.fullmatch(line) or re.match(r"C:\s", line))


def _read_head(block: Block) -> _Head | None:
    """Return what a block is as the beginning of a question."""
    if block.kind not in {"heading", "summary", "text"} or (_BOX.match(plain(block.text)) and not asks(plain(block.text))):
        return None
    text = _BOX.sub("", _BEFORE.sub("", block.text), count=1) if block.text[:1] != BOLD else block.text
    number = int(block.marker[:-1]) if block.marker[:1].isdigit() else None
    lead = _NUMBERED.match(text)
    bold, rest = _bold_head(text[lead.end() :] if lead else text)
    if bold and lead and number is None:
        number = int(lead[1])
    inner = _BEFORE.sub("", bold or text)
    name = _RANKS[2] if block.kind == "heading" else _RANKS[1] if block.kind == "summary" else "bold" if bold else ""
    part = bool(found := _PART.match(plain(inner)))
    if found:
        inner = plain(inner)[found.end() :]
    elif marked := _WORDED.match(plain(inner)):
        name = "marked" if not name or marked[1] or plain(inner)[marked.end() :] else name
        number = int(marked[1]) if marked[1] else number
        inner = plain(inner)[marked.end() :] or rest
        rest = "" if inner == rest else rest
    elif (digits := _NUMBERED.match(inner)) and (inner[digits.end() - 1 : digits.end()] != digits[1][-1:] or block.level):
        number, inner = int(digits[1]), inner[digits.end() :]
        name = name or "ordered"
    if not bold or name == "marked":
        inner, more = _first_lines(inner) if block.kind == "text" else (inner, "")
        rest = more or rest
    name = name or ("ordered" if block.marker[:1].isdigit() else "bullet" if block.marker else "plain")
    asked = _question_text(inner)
    if not asked or (block.kind == "text" and len(asked) > _LONGEST_QUESTION):
        return None
    depth = block.level or (block.details if block.kind == "summary" else block.depth)
    strong = name == "marked" or _strong(asked)
    form = (_RANKS.index(name), depth, number is not None)
    return _Head(form, asked, number, rest, part, strong, strong or bool(_IMPERATIVE.match(asked)))


def _bold_head(text: str) -> tuple[str, str]:
    """Return the bold text that a paragraph begins with and what follows it; two empty texts where there is none."""
    end = text.find(END_BOLD)
    if not text.startswith(BOLD) or end < 0:
        return "", ""
    inner, rest = text[1:end], text[end + 1 :]
    tail = re.match(rf"[^\w\n{LINK}]*", rest)
    after = rest[tail.end() :] if tail else rest
    if (
        after
        and "\n" not in rest[: len(rest) - len(after)]
        and not plain(inner).rstrip().endswith(_ENDS)
        and ":" not in rest[:2]
    ):
        return "", ""  # bold words at the beginning of a sentence
    return inner, rest.lstrip(" \n:：-–—.?").lstrip() if after else ""


def _first_lines(text: str) -> tuple[str, str]:
    """Divide an unmarked question from the answer below it; it goes on while lines end in nothing and begin in lower case."""
    lines = text.split("\n")
    size = 1
    while size < len(lines) and not plain(lines[size - 1]).endswith(_ENDS) and plain(lines[size])[:1].islower():
        size += 1
    asked, rest = " ".join(lines[:size]), "\n".join(lines[size:])
    inline = re.search(r"(?<=[?.])\s+(?:A|Ans|Answer)\s?[:：]\s+", asked)
    return (asked[: inline.start()], f"{asked[inline.end() :]}\n{rest}".strip()) if inline else (asked, rest)


def _question_text(text: str) -> str:
    """Return a question in plain words: without links, tags of links, emoji and anchors behind its end."""
    ended = max(text.rfind("?"), text.rfind("？"), text.rfind("؟"))
    if 0 <= ended < (linked := text.find(LINK, ended)) and not plain(text[ended + 1 : linked]).strip(" [("):
        text = text[: ended + 1]
    return _AFTER.sub("", plain(text).replace("\n", " ")).strip()


@dataclass(slots=True)
class _Open:
    """The question that blocks are added to."""

    head: _Head
    block: Block
    draft: Draft
    parts: dict[Literal["body", "answer", "hint", "other"], list[Block]] = field(default_factory=lambda: defaultdict(list))
    part: Literal["body", "answer", "hint", "other"] = "body"
    rule: tuple[int, int] | None = None
    """How many blocks the part had at the last thematic break, and its line."""
    step: int = 0
    """The number of the last step of the answer."""

    @property
    def inside(self) -> int:
        """How many <details> are around the question itself."""
        return self.block.details - (self.block.kind == "summary")

    @property
    def said(self) -> bool:
        return any(block.kind != "source" for part in self.parts.values() for block in part)


class _Reader:
    def __init__(self, blocks: list[Block]) -> None:
        self.blocks = blocks
        self.heads = [_read_head(block) for block in blocks]
        self.drafts: list[Draft] = []
        self.notes: list[Note] = []
        self.columns = Columns()
        self.sections: list[tuple[int, str]] = []
        self.open: _Open | None = None
        self.stray: tuple[int, str] | None = None
        self.counts: dict[Form, list[int]] = defaultdict(lambda: [0, 0, 0])
        """Of each form: how many blocks have it, how many ask, and how many ask or are imperatives."""
        for block, head in zip(blocks, self.heads, strict=True):
            if head and not _is_label(plain(block.text)):
                for at, counts in enumerate((True, head.strong, head.weak)):
                    self.counts[head.form][at] += counts
        self.own = self._own_form()
        self.section_levels = self._section_levels()

    def _own_form(self) -> Form | None:
        """Return the outermost of the common forms that ask; else, of those with numbers; none if there is neither."""
        most = max((counts[2] for form, counts in self.counts.items() if self._asks_mostly(form)), default=0)
        common = [form for form, counts in self.counts.items() if self._asks_mostly(form) and counts[2] * _RARE >= most]
        if not common:
            common = [form for form in self.counts if form[2] and self._answered(form)]
        return min(common, default=None)

    def _asks_mostly(self, form: Form) -> bool:
        count, strong, weak = self.counts[form]
        return strong > 0 or (weak > 0 and 2 * weak >= count)

    def _answered(self, form: Form) -> bool:
        """Tell whether most blocks of a form have something below them that could be their answer."""
        places = [at for at, head in enumerate(self.heads) if head and head.form == form]
        return sum(self._has_body(at) for at in places) * 2 > len(places)

    def _has_body(self, at: int) -> bool:
        head = self.heads[at]
        if head and head.rest:
            return True
        if at + 1 == len(self.blocks) or self.blocks[at + 1].kind in {"end", "rule"}:
            return False
        below, after = self.heads[at + 1], self.blocks[at + 1]
        return _is_label(plain(after.text)) or below is None or (head is not None and below.form > head.form)

    def _section_levels(self) -> set[int]:
        """Return the levels of headings that a question follows; those below them only divide an answer."""
        levels: set[int] = set()
        waiting: set[int] = set()
        for block, head in zip(self.blocks, self.heads, strict=True):
            if block.kind == "heading":
                waiting.add(block.level)
            else:
                levels |= waiting if head and head.weak else set()
                waiting = set()
        return levels

    def read(self) -> None:
        for at, (block, head) in enumerate(zip(self.blocks, self.heads, strict=True)):
            self._take(at, block, head)
        self._close(ended=True)
        self._tell_stray()

    def _take(self, at: int, block: Block, head: _Head | None) -> None:
        text = plain(block.text) if block.kind != "code" else ""
        if block.kind == "end":
            if self.open and block.details <= self.open.block.details and self.open.block.kind == "summary":
                self._close(ended=False)
            self.sections = [section for section in self.sections if section[0] < 6 + block.details]
        elif block.kind == "row" and self._take_row(block):
            pass
        elif block.kind == "rule":
            if self.open and self.open.said:
                self.open.rule = (len(self.open.parts[self.open.part]), block.line)
        elif self._take_label(block, text):
            pass
        elif head and self._is_question(at, block, head):
            self._begin(block, head)
        elif block.kind in {"heading", "summary"} and not self._divides_answer(block):
            self._close(ended=True)
            self._tell_stray()
            level = block.level or 6 + block.details
            self.sections = [*(section for section in self.sections if section[0] < level), (level, text)]
        else:
            if head and self.open and head.number is not None:
                self.open.step = head.number
            self._add(block)

    def _take_row(self, block: Block) -> bool:
        """Take a row of a table as a question if it has columns of such names."""
        fields = self.columns.fields(dict(block.cells), block.line)
        if "question" not in fields or ("reference" not in fields and self.open):
            return False
        self._close(ended=False)
        self.drafts.append(Draft(block.line, self._context() | fields))
        return True

    def _take_label(self, block: Block, text: str) -> bool:
        """Take a line that says that an answer or a hint follows; what stands before it belongs to the question."""
        if block.kind == "code":
            return False
        if block.kind == "heading" and _ANSWERS.fullmatch(text):
            return False
        if self.own and self.own[0] == 0 and re.match(r"C:\s", text):
            self._close(ended=False)
            self.notes.append(Note(block.line, "left out: a card with a gap asks no question"))
            return True
        if _HINT.fullmatch(text) and self.open and block.kind in {"summary", "heading"}:
            self.open.part = "hint"
            return True
        if _OTHER_PARTS.fullmatch(text) and self.open and block.kind == "summary":
            self.open.part = "other"
            return True
        if not _is_label(text) or (block.marker and not _WHOLE_LABEL.fullmatch(text)):
            return False
        if self.open is None:
            return block.kind != "text"
        rest = _LABEL.sub("", text, count=1) if not _WHOLE_LABEL.fullmatch(text) else ""
        if self.open.part != "answer":
            self.open.part = "answer"
        if rest:
            self._add(Block(block.line, "text", rest, 0, block.depth, "", block.details))
        return True

    def _is_question(self, at: int, block: Block, head: _Head) -> bool:  # one reason after the other
        if self._aside():
            return False
        counts = self.counts[head.form]
        own = head.form == self.own
        asking = head.strong or (head.weak and (2 * counts[2] >= counts[0] or head.number is not None))
        if self.open is None:
            if self._is_section(at, block, head):
                return False
            numbered = own and head.number is not None
            return self._answers_section() or numbered or (asking and (own or counts[1] >= 3 or self._has_body(at)))
        if block.details > self.open.inside and block.kind != "summary" and not (own and not self.open.said):
            return False
        if block.kind == "summary" and block.details > self.open.block.details + (self.open.block.kind != "summary"):
            return False
        outer = head.form[:2] <= self.open.head.form[:2]
        if own and head.strong:
            return outer or head.form[0] != self.open.head.form[0] or self._is_part(at, head)
        if self._is_section(at, block, head):
            return False
        if block.kind == "heading" and outer and not asking:
            silent = counts[1] and counts[2] >= _MOSTLY * counts[0] and self._has_body(at)
            return bool(counts[2]) and (head.number is not None or bool(silent))
        if not outer:
            return self._is_part(at, head)
        if head.number is None or block.kind in {"heading", "summary"}:
            return asking
        if head.strong:
            return True
        return self._continues_questions(head) and (asking or own)

    def _continues_questions(self, head: _Head) -> bool:
        """Tell whether a numbered line that asks nothing is the next question rather than a step of the answer."""
        assert self.open is not None  # noqa: S101  # asked of blocks within a question only
        number, before = head.number or 0, self.open.head.number or 0
        continues_steps = number == self.open.step + 1
        return number > before and not continues_steps

    def _is_part(self, at: int, head: _Head) -> bool:
        """Tell whether a block inside an answer is a question of its own, with its own answer."""
        if not head.strong or self.open is None or not self._has_body(at):
            return False
        return head.part or (not self.open.said and not self.open.head.rest and head.form[0] in {4, 5})

    def _is_section(self, at: int, block: Block, head: _Head) -> bool:
        """Tell whether a heading or a summary that asks stands over questions of the file's own form."""
        if block.kind not in {"heading", "summary"} or head.form == self.own or self.own is None:
            return False
        for below, lower in zip(self.blocks[at + 1 :], self.heads[at + 1 :], strict=True):
            if below.kind == "heading" and (block.kind == "summary" or below.level <= block.level):
                return False
            if below.kind == "end" and below.details <= block.details and block.kind == "summary":
                return False
            if lower and lower.form == self.own and lower.strong:
                return True
        return False

    def _divides_answer(self, block: Block) -> bool:
        """Tell whether a heading or summary that is no question stands inside the answer to the open one."""
        if self.open is None:
            return False
        if block.details > self.open.inside:
            return True
        if self.open.block.level:
            return block.level > self.open.block.level
        below = bool(self.sections) and self.sections[-1][0] < block.level
        return below and block.level not in self.section_levels

    def _begin(self, block: Block, head: _Head) -> None:
        self._close(ended=False)
        self._tell_stray()
        level = block.level or (6 + block.details if block.kind == "summary" else 99)
        self.sections = [section for section in self.sections if section[0] < level]
        draft = Draft(block.line, self._context())
        if self._answers_section() and not head.strong:
            head = _Head(head.form, "", head.number, plain(block.text) if not head.rest else f"{head.text}\n{head.rest}")
        else:
            draft.fields["question"] = head.text
        if head.number:
            draft.fields["number"] = head.number
        self.open = _Open(head, block, draft)
        if head.rest:
            self._add(Block(block.line, "text", head.rest, 0, block.depth, "", block.details))

    def _context(self) -> dict[str, object]:
        """Return the topic and the level that the sections around name."""
        fields: dict[str, object] = {}
        topics = [title for _, title in self.sections if title.lower().strip(" :") not in _NO_TOPICS]
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
            self.open.parts[self.open.part].append(block)
        elif block.kind != "source" and self.stray is None and (text := block.text or render([block])):
            self.stray = (block.line, clean_line(plain(text), 60))

    def _close(self, *, ended: bool) -> None:
        """Finish the open question. What stands between a last --- and the end of a section is no part of its answer."""
        if self.open is None:
            return
        opened, self.open = self.open, None
        blocks = opened.parts[opened.part]
        if ended and opened.rule is not None and (after := render(blocks[opened.rule[0] :])):
            self.stray = (opened.rule[1], clean_line(after, 60))
            del blocks[opened.rule[0] :]
        opened.draft.fields.update(_answered(opened))
        self.drafts.append(opened.draft)

    def _tell_stray(self) -> None:
        if self.stray is not None:
            self.notes.append(Note(self.stray[0], f"left out, since it belongs to no question: {self.stray[1]}"))
            self.stray = None


def _is_label(text: str) -> bool:
    return bool(_WHOLE_LABEL.fullmatch(text) or _LABEL.match(text))


def _answered(opened: _Open) -> dict[str, object]:
    """Return the fields that the blocks of a question make: its text with code and options, its answer, hint and sources."""
    body, answer = opened.parts["body"], opened.parts["answer"]
    extra: Sequence[Block] = body if answer else ()
    said: Sequence[Block] = answer or body
    boxes = [block for block in body if _BOX.match(plain(block.text))]
    chosen = [block for block in boxes if plain(block.text)[1:2] in "xX"]
    if chosen and len(chosen) < len(boxes):
        extra = [block for block in body if block.kind == "code" or block in boxes]
        said = [*chosen, *(block for block in [*body, *answer] if block not in extra)]
    options = _unboxed(extra)
    reference = _with_option(_unboxed(_without_lead(said)), options)
    fields: dict[str, object] = {"reference": reference}
    if options:
        fields["question"] = f"{opened.head.text}\n{options}".strip()
    if hint := render(opened.parts["hint"]):
        fields["hint"] = hint
    sources = [block.text for part in opened.parts.values() for block in part if block.kind == "source"]
    if sources:
        fields["sources"] = list(dict.fromkeys(sources))
    return fields


def _without_lead(blocks: Iterable[Block]) -> list[Block]:
    """Leave out what only leads to links that were left out, such as 'Read more:'."""
    kept: list[Block] = []
    for block in blocks:
        if block.kind == "source" and kept and re.fullmatch(r".{0,60}:", plain(kept[-1].text)):
            kept.pop()
        if block.kind != "source":
            kept.append(block)
    return kept


def _unboxed(blocks: Sequence[Block]) -> str:
    return "\n".join(_BOX.sub("", line, count=1) for line in render(blocks).split("\n"))


def _with_option(reference: str, options: str) -> str:
    """Return the answer to a multiple-choice question with the text of the option whose letter it begins with."""
    found = _CHOSEN.match(reference)
    if not found:
        return reference
    texts = {match[1].upper(): match[2] for line in options.split("\n") if (match := _OPTION.match(line.strip()))}
    text, rest = texts.get(found[1], ""), reference[found.end() :]
    if not text or text in rest.split("\n", 1)[0]:
        return reference
    return f"{found[1]}: {text}\n\n{rest}".strip()
