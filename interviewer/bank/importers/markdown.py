"""Markdown and the HTML inside it as a flat list of blocks of plain text, read by markdown-it.

HTML is not read in blocks, as CommonMark does, but tag by tag: what stands between two tags is Markdown all the same, as the
authors of question lists expect. Tags that are unknown to HTML, such as <pad> or List<int>, are text.
"""

import re
from collections.abc import Sequence

from interviewer.bank.importers.blocks import (
    DEEPEST_DETAILS,
    HARD_BREAK,
    MARK_CHARACTERS,
    Block,
    BlockKind,
    is_navigation,
    plain,
    read_paragraph,
    render_blocks,
    unindented,
    without_leads,
    word_pattern,
)
from interviewer.bank.importers.escapes import escape_names
from interviewer.bank.importers.inline import PARSER, Tag, pieces
from interviewer.bank.importers.preprocess import prepared
from interviewer.text.clean import clean

_MARKUP = re.compile(r"[*_`<&\[\\#|~>]|^[ \t]*[-+] ", re.MULTILINE)
_INDENTED_TEXT = re.compile(
    rf"(?i)\s*(?:</?[a-z]|(?:(?:\*\*)?{word_pattern('answer_labels')}|\*\*{word_pattern('question_words')} ?\d{{0,6}}) ?[:：])"
)
"""How indented lines begin that are no code: a tag of HTML, or what says that a question or an answer follows."""
_CUT_TAG = re.compile(r"</(?:p|div|ul|ol|li|span|blockquote|h[1-6])\Z", re.IGNORECASE)
"""A closing tag of which an export cut the last character."""
_LONE_TAG = re.compile(r"</?\w{1,20} ?/?>")
"""The whole answer to what a tag is called."""
_BREAK = re.compile(r"(?<!\S)(?!\w:\\)([^\s\\]+)\\[ \t]*$", re.MULTILINE)
"""A hard break of Markdown at the end of an indented line; one that code goes on behind stands behind a blank."""
_PAGE_END = re.compile(r"(?:</(?:body|html)>\s*)+", re.IGNORECASE)
_RULE = 3
"""Signs in a rule, at least; fewer only make a heading of the line above."""
_SIDES, _ABOVE = 2, 8
"""Columns of a table that compares two things, whose cells need the names of these; blocks above it that may name them."""
_ENTRY = 3
"""Words of a cell in a table of contents, at most: a level, a topic."""
_MARKS = dict.fromkeys(map(ord, MARK_CHARACTERS))


def read_blocks(text: str) -> list[Block]:
    """Return the blocks of a Markdown text. Images, comments, anchors, front matter and links within the page are left out."""
    source = prepared(clean(text).translate(_MARKS))
    reader = _Reader()
    reader.read(source)
    return reader.blocks


def plain_text(text: str) -> str:
    """Return the text of a cell or field that may hold Markdown or HTML."""
    text = _CUT_TAG.sub(r"\g<0>>", clean(text).strip())
    if not re.search(r"\w", text) or _LONE_TAG.fullmatch(text):
        return text
    text = escape_names(text)
    return unindented(render_blocks(without_leads(read_blocks(text)))) if _MARKUP.search(text) else text


class _Reader:
    """Makes blocks of markdown-it's tokens."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.line = 1
        self.heading = 0
        self.underlined = False
        self.details = 0
        self.lists: list[int] = []
        """Of each list around: the number of its next item; 0 for bullets."""
        self.marker = ""
        self.buffer: list[str] = []
        self.summary: list[str] | None = None
        self.summarized = 0
        """How many blocks there were when the summary began."""
        self.rows: list[tuple[int, list[str]]] | None = None
        """Of the table around: the line and the cells of each row."""

    def read(self, source: str) -> None:
        lines = source.split("\n")
        for token in PARSER.parse(source):
            if token.map:
                self.line = token.map[0] + 1
            if token.type == "inline":
                if self.underlined and ("\n" in token.content or token.content.endswith(".")):
                    self.heading = 0  # a paragraph with a rule right below it, which CommonMark takes for a heading
                self._inline(token.content)
            elif token.type == "fence" or (token.type == "code_block" and not _INDENTED_TEXT.match(token.content)):
                self._table()
                code = _BREAK.sub(r"\1", token.content) if token.type == "code_block" else token.content
                self._add("code", code.replace("</br>", "").rstrip("\n"), level=int(self.summary is not None))
            elif token.type == "code_block":
                for part in token.content.split("\n\n"):
                    self._inline(part)
                    self.line += part.count("\n") + 2
            elif token.tag != "p":  # whose text is finished after it has been read
                underline = lines[token.map[1] - 1].strip() if token.map and token.markup in {"-", "="} else ""
                self.underlined = len(underline) >= _RULE
                self._tag(Tag(token.tag, token.nesting < 0))
                self.marker = f"{token.info}." if token.info and token.tag == "li" else self.marker
        self._table()
        self._flush()

    def _inline(self, content: str) -> None:
        for piece in pieces(content):
            if isinstance(piece, Tag):
                self._tag(piece)
            else:
                self.buffer.append(piece)
        if self.rows is None:
            self._flush()

    def _tag(self, tag: Tag) -> None:
        level = int(tag.name[1]) if re.fullmatch("h[1-6]", tag.name) else 0
        if tag.name == "br":
            self.buffer.append(HARD_BREAK)
        elif self.rows is not None and not level and tag.name != "details":
            self._table_tag(tag)
        else:
            self._table()
            self._flush()
            if level:
                self.heading = 0 if tag.closes else level
            else:
                self._block_tag(tag)

    def _block_tag(self, tag: Tag) -> None:
        match tag.name, tag.closes:
            case "details", False:
                self.details = min(self.details + 1, DEEPEST_DETAILS)
            case "details", True:
                self._add("end", "")
                self.details = max(0, self.details - 1)
            case "summary", False:
                self.summary, self.summarized = [], len(self.blocks)
            case "summary", True if self.summary is not None:
                text, self.summary = " ".join(self.summary), None
                inside = self.blocks[self.summarized :]
                del self.blocks[self.summarized :]
                self._add("summary", text)
                self.blocks += [block for block in inside if block.kind == "code"]
            case (("ul" | "ol"), False):
                self.lists.append(int(tag.name == "ol"))
            case (("ul" | "ol"), True):
                self.lists = self.lists[:-1]
                self.marker = ""
            case "li", False:
                number = self.lists[-1] if self.lists else 0
                self.marker = f"{number}." if number else "-"
                self.lists[-1:] = [number + bool(number)] if self.lists else []
            case "table", False:
                self.rows = []
            case "hr", _:
                self._add("rule", "")

    def _table_tag(self, tag: Tag) -> None:
        match tag.name, tag.closes:
            case "table", True:
                self._table()
            case "tr", False if self.rows is not None:
                self.rows.append((self.line, []))
            case (("td" | "th"), True):
                self._cell()
            case _:
                self.buffer.append(" ")

    def _flush(self) -> None:
        if not self.buffer:
            return
        text = "".join(self.buffer).strip(f"\n {HARD_BREAK}")
        start = self.line
        self.line += sum(piece.count("\n") for piece in self.buffer)
        self.buffer = []
        if not plain(text) or _PAGE_END.fullmatch(text) or (is_navigation(text) and not self.heading):
            return
        if self.summary is not None:
            self.summary.append(text)
        else:
            self._add(*(("heading", text) if self.heading else read_paragraph(text, self.marker)), start)

    def _cell(self) -> None:
        text = "".join(self.buffer).strip()
        self.buffer = []
        if self.rows:
            self.rows[-1][1].append(text)

    def _table(self) -> None:
        """Finish the table at hand, if any: its first row names the columns of the others."""
        ((_, head), *rows), self.rows = [(line, _without_navigation(row)) for line, row in self.rows or [(0, [])]], None
        compares = len(head) == _SIDES and self._compares(head, [row for _, row in rows])
        for line, row in rows:
            if row:
                self._add("row", "", line, int(compares), tuple(zip([*head, *[""] * len(row)], row, strict=False)))

    def _compares(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
        """Tell whether a table compares what its two columns name: the question names it, too, or the names are alike."""
        asked = [block.text for block in self.blocks[-_ABOVE:] if block.kind in {"heading", "summary"} or "?" in block.text]
        one, other = (re.findall(r"\w+", name.casefold()) for name in head)
        said = sum(len(row[0].split()) for row in rows if row) >= 2 * len(rows)
        stems = [re.escape(name.casefold().rstrip("s")) for name in head]
        named = all(stem and re.search(rf"(?<!\w){stem}(?!\w\w)", plain("\n".join(asked)).casefold()) for stem in stems)
        return named or (said and bool({*one} & {*other}))

    def _add(self, kind: BlockKind, text: str, line: int = 0, level: int = 0, cells: tuple[tuple[str, str], ...] = ()) -> None:
        place = (level or self.heading, len(self.lists), self.marker, self.details, cells)
        self.blocks.append(Block(line or self.line, kind, text, *place))
        self.marker = ""


def _without_navigation(row: Sequence[str]) -> list[str]:
    """Return the cells of a row as plain text: links within the page are left out, but for a question beside its answer."""
    answers = any(len(plain(cell).split()) > _ENTRY and not is_navigation(cell) for cell in row)
    return [plain(cell) if not is_navigation(cell) or (answers and "?" in cell) else "" for cell in row]
