"""Markdown and the HTML inside it as a flat list of blocks of plain text, read by markdown-it.

HTML is not read in blocks, as CommonMark does, but tag by tag: what stands between two tags is Markdown all the same, as the
authors of question lists expect. Tags that are unknown to HTML, such as <pad> or List<int>, are text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from interviewer.bank.importers.blocks import (
    BOLD,
    DEEPEST_DETAILS,
    END_BOLD,
    END_LINK,
    HARD_BREAK,
    LINK,
    LINK_TEXT,
    MARK_CHARACTERS,
    PATTERNS,
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
from interviewer.bank.importers.escapes import escape_formulas, escape_names
from interviewer.bank.importers.preprocess import prepared
from interviewer.text.clean import clean

_MARKUP = re.compile(r"[*_`<&\[\\#|~>]|^[ \t]*[-+] ", re.MULTILINE)
_INDENTED_TEXT = re.compile(
    rf"(?i)\s*(?:</?[a-z]|(?:(?:\*\*)?{word_pattern('answer_labels')}|\*\*{word_pattern('question_words')} ?\d{{0,6}}) ?[:：])"
)
"""How indented lines begin that are no code: a tag of HTML, or what says that a question or an answer follows."""
_DIVIDING_TAG = r"(?=[ \t]*</?(?:details|summary|ul|ol|li|p|div|h[1-6]|table|tr)\b)"
_AT_TAG_LINES = re.compile(rf"(?<=\n){_DIVIDING_TAG}", re.IGNORECASE)
_AT_TAGS = re.compile(rf"(?<![ \t]){_DIVIDING_TAG}", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\b([^>]*)>", re.DOTALL)
_PAGE_END = re.compile(r"(?:</(?:body|html)>\s*)+", re.IGNORECASE)
_UNREAD_BOLD = re.compile(r"\*\*(?=\S)([^*]{1,200})(?:(?<=\S)\*\*|\s\*\*(?!\w))")
"""Where CommonMark sees no bold text: it begins or ends in a quotation mark beside a letter, or ends in a blank."""
_EMPHASIZED = re.compile(r"\A_(?=[^\s_])([^\x00]{1,5000})(?<=[^\s_])_(?=\s*\Z)")
_HREF = re.compile(r"href\s*=\s*[\"']?([^\"'\s>]*)", re.IGNORECASE)
_INLINE_TAGS, _BLOCK_TAGS, _DRAWING_TAGS = (
    str(PATTERNS[name]).replace("\n", "").split("|") for name in ("inline_tags", "block_tags", "drawing_tags")
)
_INLINE_LIMIT = 20_000
"""Characters of one paragraph; a question or an answer may not have more, so that the rest of it need not be read."""
_SIDES, _ABOVE = 2, 8
"""Columns of a table that compares two things, whose cells need the names of these; blocks above it that may name them."""
_MARKS = dict.fromkeys(map(ord, MARK_CHARACTERS))

# HTML is nothing but text to it. The inline rule is applied by paragraph in `_pieces`, where it is bounded.
_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("html_block")
_PARSER.core.ruler.disable("inline")


def read_blocks(text: str) -> list[Block]:
    """Return the blocks of a Markdown text. Images, comments, anchors, front matter and links within the page are left out."""
    source = prepared(clean(text).translate(_MARKS))
    reader = _Reader()
    reader.read(_PARSER.parse(source))
    return reader.blocks


def plain_text(text: str) -> str:
    """Return the text of a cell or field that may hold Markdown or HTML."""
    text = escape_names(clean(text).strip())
    return unindented(render_blocks(without_leads(read_blocks(text)))) if _MARKUP.search(text) else text


class _Tag(NamedTuple):
    """A tag of HTML that divides text."""

    name: str
    closes: bool


def _pieces(content: str) -> Iterator[str | _Tag]:
    """Yield the text of a paragraph with its marks, and the tags of HTML that divide it."""
    parts = _AT_TAG_LINES.split(content)  # HTML without blank lines is one paragraph, be it a whole file
    for part in (piece for line in parts for piece in ([line] if len(line) <= _INLINE_LIMIT else _AT_TAGS.split(line))):
        if len(part) > _INLINE_LIMIT:
            yield part[: _INLINE_LIMIT + 1]
            continue
        tokens: list[Token] = []
        _PARSER.inline.parse(escape_formulas(_EMPHASIZED.sub(_escape_inner, part)), _PARSER, {}, tokens)
        yield from _marked(tokens)


def _escape_inner(paragraph: re.Match[str]) -> str:
    """Escape names such as _id inside a paragraph that is emphasized as a whole."""
    inner = paragraph[1]
    names = re.sub(r"(?<!\w)_(?=\w)", r"\\_", inner) if not re.search(r"\w_(?!\w)", inner) else inner
    return f"_{names}_"


def _marked(tokens: Iterable[Token]) -> Iterator[str | _Tag]:
    text = ""
    for token in tokens:
        if token.type in {"text", "softbreak"}:
            text += "\n" if token.type == "softbreak" else token.content
            continue
        yield _UNREAD_BOLD.sub(rf"{BOLD}\1{END_BOLD}", text)
        text = ""
        match token.type:
            case "hardbreak":
                yield HARD_BREAK
            case "strong_open":
                yield BOLD
            case "strong_close":
                yield END_BOLD
            case "link_open":
                yield f"{LINK}{token.attrGet('href')}{LINK_TEXT}"
            case "link_close":
                yield END_LINK
            case "html_inline":
                yield _read_tag(token.content)
            case "image":
                pass
            case _:
                yield re.sub(r"\A\*\*([^*]+)\*\*\Z", r"\1", token.content)  # `**bold code**`
    yield _UNREAD_BOLD.sub(rf"{BOLD}\1{END_BOLD}", text)


def _read_tag(tag: str) -> str | _Tag:
    found = _TAG.fullmatch(tag)
    if found is None:
        return tag
    name, closes = found[2].lower(), bool(found[1])
    if name in _DRAWING_TAGS and (closes or found[3].strip(" /")):
        return ""
    if name not in {*_INLINE_TAGS, *_BLOCK_TAGS}:
        return tag
    match name:
        case "b" | "strong":
            return END_BOLD if closes else BOLD
        case "a":
            href = _HREF.search(found[3])
            return END_LINK if closes else f"{LINK}{href[1]}{LINK_TEXT}" if href else ""
        case "sub" | "sup":
            return "" if closes else "_" if name == "sub" else "^"
        case _:
            return _Tag(name, closes) if name in _BLOCK_TAGS else ""


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

    def read(self, tokens: Iterable[Token]) -> None:
        for token in tokens:
            if token.map:
                self.line = token.map[0] + 1
            if token.type == "inline":
                if self.underlined and ("\n" in token.content or token.content.endswith(".")):
                    self.heading = 0  # a paragraph with a rule right below it, which CommonMark takes for a heading
                self._inline(token.content)
            elif token.type == "fence" or (token.type == "code_block" and not _INDENTED_TEXT.match(token.content)):
                self._table()
                self._add("code", token.content.rstrip("\n"), level=int(self.summary is not None))
            elif token.type == "code_block":
                for part in token.content.split("\n\n"):
                    self._inline(part)
                    self.line += part.count("\n") + 2
            elif token.tag != "p":  # whose text is finished after it has been read
                self.underlined = token.markup in {"-", "="}
                self._tag(_Tag(token.tag, token.nesting < 0))
                self.marker = f"{token.info}." if token.info and token.tag == "li" else self.marker
        self._table()
        self._flush()

    def _inline(self, content: str) -> None:
        for piece in _pieces(content):
            if isinstance(piece, _Tag):
                self._tag(piece)
            else:
                self.buffer.append(piece)
        if self.rows is None:
            self._flush()

    def _tag(self, tag: _Tag) -> None:
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

    def _block_tag(self, tag: _Tag) -> None:
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

    def _table_tag(self, tag: _Tag) -> None:
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
            self.rows[-1][1].append("" if is_navigation(text) else plain(text))

    def _table(self) -> None:
        """Finish the table at hand, if any: its first row names the columns of the others."""
        ((_, head), *rows), self.rows = self.rows or [(0, [])], None
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
