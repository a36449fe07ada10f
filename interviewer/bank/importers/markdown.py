"""Markdown and the HTML inside it as a flat list of blocks of plain text, read by markdown-it.

HTML is not read in blocks, as CommonMark does, but tag by tag: what stands between two tags is Markdown all the same, as the
authors of question lists expect. Tags that are unknown to HTML, such as <pad> or List<int>, are text.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from interviewer.text.clean import clean

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Kind = Literal["text", "heading", "summary", "code", "row", "source", "rule", "end"]

# The marks that a reader of questions needs stay in a block's text, as characters of the private use area.
BOLD, END_BOLD, LINK, LINK_TEXT, END_LINK = "\ue000\ue001\ue002\ue003\ue004"
_HARD_BREAK = "\x0b"
_MARKS = re.compile(f"[{BOLD}{END_BOLD}{END_LINK}]|{LINK}[^{LINK_TEXT}]*{LINK_TEXT}")
_LINKED = re.compile(f"{LINK}([^{LINK_TEXT}]*){LINK_TEXT}([^{END_LINK}]*){END_LINK}?")
_PRIVATE = dict.fromkeys(map(ord, BOLD + END_BOLD + LINK + LINK_TEXT + END_LINK))
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\b([^>]*)>", re.DOTALL)
_HREF = re.compile(r"href\s*=\s*[\"']?([^\"'\s>]*)", re.IGNORECASE)
_PRE = re.compile(r"^[ \t]*<pre\b[^>]*>(?:<code\b[^>]*>)?(.*)$|^(.*?)(?:</code>)?</pre>[ \t]*$", re.IGNORECASE)
_INLINE_TAGS = frozenset(
    [
        "a",
        "abbr",
        "big",
        "cite",
        "code",
        "em",
        "i",
        "img",
        "ins",
        "kbd",
        "mark",
        "small",
        "span",
        "strong",
        "b",
        "sub",
        "sup",
        "tt",
        "u",
        "font",
        "picture",
        "source",
    ]
)
_BLOCK_TAGS = frozenset(
    [
        "details",
        "summary",
        "p",
        "div",
        "center",
        "section",
        "blockquote",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "td",
        "th",
        "hr",
        "br",
        "pre",
        "dl",
        "dt",
        "dd",
        "article",
        "main",
        "header",
        "footer",
        "nav",
        "aside",
        "figure",
        "figcaption",
    ]
)
_MARKUP = re.compile(r"[*_`<&\[\\#|~>]|^[ \t]*[-+] ", re.MULTILINE)
_TO_TOP = re.compile(
    r"\W*(?:(?:back|return|go|jump) (?:up )?to (?:the )?)?(?:top|contents|toc|table of contents|index)\W*", re.IGNORECASE
)
_ADDRESS = re.compile(r"<?https?://\S+")
_SOURCE = re.compile(
    r"\W*(?:sources?|references?|see(?: also)?|read more|more|further reading|links?|via|credits?)?\W*", re.IGNORECASE
)
_INLINE_LIMIT = 20_000
"""Characters of one paragraph in which markup is looked for: the most that a question or an answer may have."""
_WRAPPED = 50
"""A line that is longer than this and ends in no stop goes on in the next."""


@dataclass(slots=True)
class Block:
    """A heading, a paragraph, an item of a list, code, a row of a table, or the end of a <details>."""

    line: int
    kind: Kind
    text: str
    """With the marks of bold text and of links, unless it is code."""
    level: int = 0
    """Of a heading: 1 to 6."""
    depth: int = 0
    """How many lists are around it."""
    marker: str = ""
    """For the first block of a list's item: "-", or its number with a dot."""
    details: int = 0
    """How many <details> are around it. A summary's own counts."""
    cells: tuple[tuple[str, str], ...] = ()
    """Of a row: each with the heading of its column."""


class _Tag(NamedTuple):
    name: str
    closes: bool


def read_blocks(text: str) -> list[Block]:
    """Return the blocks of a Markdown text. Images, comments, anchors, front matter and links within the page are left out."""
    source = _fenced_pre(_without_comments(_without_front_matter(clean(text).translate(_PRIVATE))))
    reader = _Reader()
    reader.read(_parser().parse(source))
    return reader.blocks


def plain_text(text: str) -> str:
    """Return the text of a cell or field that may hold Markdown or HTML."""
    text = clean(text).strip()
    return render(read_blocks(text)) if _MARKUP.search(text) else text


def plain(text: str) -> str:
    """Return a block's text without marks; lines that were only wrapped are joined."""
    lines = [" ".join(line.split(" ")) for line in _MARKS.sub("", text).split("\n")]
    joined = lines[0]
    for before, line in zip(lines, lines[1:], strict=False):
        wrapped = line[:1].islower() or (len(before) > _WRAPPED and not before.rstrip().endswith((".", "!", "?", ":", ";")))
        joined += f" {line}" if wrapped and before.strip() else f"\n{line}"
    return "\n".join(" ".join(line.split()) for line in re.split(f"[\n{_HARD_BREAK}]", joined)).strip()


def render(blocks: Sequence[Block]) -> str:
    """Return blocks as plain text: items without bullets but with their numbers, code indented by four spaces."""
    written: list[str] = []
    columns = [block.depth - bool(block.marker) for block in blocks]
    base = min(columns, default=0)
    before: Block | None = None
    for block, column in zip(blocks, columns, strict=True):
        text = _rendered(block)
        if not text:
            continue
        indent = " " * (2 * (column - base)) + ("    " if block.kind == "code" else "")
        tight = before is not None and _is_line(before) and _is_line(block)
        written += ["\n" if tight else "\n\n"] if written else []
        written.append("\n".join(f"{indent}{line}" if line else "" for line in text.split("\n")))
        before = block
    return "".join(written).strip("\n")


def _rendered(block: Block) -> str:
    match block.kind:
        case "code":
            return block.text.strip("\n")
        case "row":
            (_, first), *others = block.cells
            said = [f"{heading} {cell}" if len(others) > 1 else cell for heading, cell in others if cell]
            return ": ".join(filter(None, (first, "; ".join(said))))
        case "text" | "heading" | "summary":
            number = f"{block.marker} " if block.marker[:1].isdigit() else ""
            return f"{number}{text}" if (text := plain(block.text)) else ""
        case _:
            return ""


def _is_line(block: Block) -> bool:
    return bool(block.marker) or block.kind == "row"


@lru_cache(maxsize=1)
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("html_block")
    parser.core.ruler.disable("inline")  # done block by block here, where it is bounded
    return parser


def _without_front_matter(text: str) -> str:
    if text.startswith("---\n") and (end := text.find("\n---\n", 3)) > 0:
        return "\n" * text.count("\n", 0, end + 5) + text[end + 5 :]
    return text


def _without_comments(text: str) -> str:
    kept: list[str] = []
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept += [text[at:start], "\n" * text.count("\n", start, end)]
        at = end + 3
    return "".join([*kept, text[at:]])


def _fenced_pre(text: str) -> str:
    """Turn the tags of preformatted blocks that begin or end a line into fences."""
    if "<pre" not in text.lower():
        return text
    lines = text.split("\n")
    inside = False
    for at, line in enumerate(lines):
        found = _PRE.match(line)
        if found and not inside and found[1] is not None and "</pre" not in line.lower():
            lines[at], inside = f"```\n{found[1]}" if found[1].strip() else "```", True
        elif found and inside and found[2] is not None:
            lines[at], inside = f"{html.unescape(found[2])}\n```" if found[2].strip() else "```", False
        elif inside:
            lines[at] = html.unescape(line)
    return "\n".join(lines)


class _Reader:
    """Makes blocks of markdown-it's tokens."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.line = 1
        self.heading = 0
        self.underlined = False
        self.details = 0
        self.lists: list[int | None] = []
        """Of each list around: the number of its next item if it is one of HTML and has numbers."""
        self.marker = ""
        self.buffer: list[str] = []
        self.summary: list[str] | None = None
        self.rows: list[list[str]] | None = None

    def read(self, tokens: Iterable["Token"]) -> None:
        for token in tokens:
            if token.map:
                self.line = token.map[0] + 1
            match token.type:
                case "bullet_list_open" | "ordered_list_open":
                    self.lists.append(None)
                case "bullet_list_close" | "ordered_list_close":
                    self._pop_list()
                case "list_item_open":
                    self.marker = f"{token.info}." if token.info else "-"
                case "heading_open":
                    self._table()
                    self.heading, self.underlined = int(token.tag[1]), token.markup in {"-", "="}
                case "inline":
                    self._inline(token)
                case "td_close" | "th_close":
                    self._cell()
                case "fence" | "code_block":
                    self._code(token)
                case "table_open":
                    self.rows = []
                case "tr_open" if self.rows is not None:
                    self.rows.append([])
                case "table_close":
                    self._table()
                case "hr":
                    self._add("rule", "")
        self._table()
        self._flush()

    def _code(self, token: "Token") -> None:
        if token.type == "code_block" and (tag := _TAG.match(token.content.lstrip())) and tag[2].lower() in _BLOCK_TAGS:
            self._inline(token)  # indented HTML
        else:
            self._table()
            self._add("code", token.content.rstrip("\n"))

    def _inline(self, token: "Token") -> None:
        if self.underlined and ("\n" in token.content or token.content.endswith(".")):
            self.heading = 0  # a paragraph with a rule right below it, which CommonMark takes for a heading
        for piece in _pieces(token.content):
            if isinstance(piece, _Tag):
                self._tag(piece)
            else:
                self.buffer.append(piece)
        if self.rows is None:
            self._flush()
        self.heading, self.underlined = 0, False

    def _tag(self, tag: _Tag) -> None:
        if tag.name == "br":
            self.buffer.append(_HARD_BREAK)
            return
        if self.rows is not None and tag.name != "details":
            self._table_tag(tag)
            return
        self._table()
        self._flush()
        match tag.name, tag.closes:
            case "details", False:
                self.details += 1
            case "details", True:
                self._add("end", "")
                self.details = max(0, self.details - 1)
            case "summary", False:
                self.summary = []
            case "summary", True if self.summary is not None:
                text, self.summary = " ".join(self.summary), None
                self._add("summary", text)
            case (("ul" | "ol"), False):
                self.lists.append(1 if tag.name == "ol" else None)
            case (("ul" | "ol"), True):
                self._pop_list()
            case "li", False:
                number = self.lists[-1] if self.lists else None
                self.marker = "-" if number is None else f"{number}."
                if number is not None:
                    self.lists[-1] = number + 1
            case "table", False:
                self.rows = []
            case "hr", _:
                self._add("rule", "")
            case name, closes if re.fullmatch("h[1-6]", name):
                self.heading = 0 if closes else int(name[1])

    def _table_tag(self, tag: _Tag) -> None:
        match tag.name, tag.closes:
            case "table", True:
                self._table()
            case "tr", False if self.rows is not None:
                self.rows.append([])
            case (("td" | "th"), True):
                self._cell()
            case _:
                self.buffer.append(" ")

    def _pop_list(self) -> None:
        if self.lists:
            self.lists.pop()
        self.marker = ""

    def _flush(self) -> None:
        text = "".join(self.buffer).strip(f"\n {_HARD_BREAK}")
        start = self.line
        self.line += sum(piece.count("\n") for piece in self.buffer)
        self.buffer = []
        if not plain(text) or (_is_navigation(text) and not self.heading):
            return
        if self.summary is not None:
            self.summary.append(text)
        elif self.heading:
            self._add("heading", text, start)
        elif (source := _source(text)) and not (self.marker and "?" in source):
            self._add("source", source, start)
        else:
            self._add("text", text, start)

    def _cell(self) -> None:
        text = "".join(self.buffer).strip()
        self.buffer = []
        if self.rows:
            self.rows[-1].append("" if _is_navigation(text) else plain(text))

    def _table(self) -> None:
        """Finish the table at hand, if any: its first row names the columns of the others."""
        rows, self.rows = self.rows, None
        for row in (rows or ())[1:]:
            headings = [*(rows or [[]])[0], *[""] * len(row)]
            self._add("row", "", cells=tuple(zip(headings, row, strict=False)))

    def _add(self, kind: Kind, text: str, line: int | None = None, cells: tuple[tuple[str, str], ...] = ()) -> None:
        self.blocks.append(
            Block(line or self.line, kind, text, self.heading, len(self.lists), self.marker, self.details, cells)
        )
        self.marker = ""


def _pieces(content: str) -> Iterator[str | _Tag]:
    """Yield the text of a paragraph with its marks, and the tags of HTML that divide it."""
    if len(content) > _INLINE_LIMIT:
        yield content
        return
    children: list[Token] = []
    parser = _parser()
    parser.inline.parse(content, parser, {}, children)
    for token in children:
        match token.type:
            case "softbreak":
                yield "\n"
            case "hardbreak":
                yield _HARD_BREAK
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
                yield token.content


def _read_tag(tag: str) -> str | _Tag:
    found = _TAG.fullmatch(tag)
    name = found[2].lower() if found else ""
    if found is None or name not in _INLINE_TAGS | _BLOCK_TAGS:
        return tag
    closes = bool(found[1])
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


def _is_navigation(text: str) -> bool:
    """Tell whether a text only leads elsewhere in its page: an entry of a table of contents, a way back to the top."""
    links = _LINKED.findall(text)
    rest = _LINKED.sub("", text)
    inside = bool(links) and all(href.startswith("#") for href, _ in links)
    return (inside and not re.search(r"\w", rest)) or (bool(plain(text)) and _TO_TOP.fullmatch(plain(text)) is not None)


def _source(text: str) -> str:
    """Return the title and address of a text that is nothing but links to other pages; empty for any other."""
    links = [(title, href) for href, title in _LINKED.findall(text) if not href.startswith("#")]
    bare = _ADDRESS.findall(_LINKED.sub("", text))
    rest = _ADDRESS.sub("", _LINKED.sub("", text))
    if not (links or bare) or not _SOURCE.fullmatch(plain(rest)):
        return ""
    titled = [f"{plain(title)} {href}" if plain(title) not in {"", href} else href for title, href in links]
    return "; ".join([*titled, *(address.strip("<>.,;)") for address in bare)])
