"""A paragraph of Markdown, read by markdown-it: its text with marks for bold text and links, and the tags that divide it."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from interviewer.bank.importers.blocks import BOLD, END_BOLD, END_LINK, HARD_BREAK, LINK, LINK_TEXT, PATTERNS, word_pattern
from interviewer.bank.importers.escapes import escape_formulas

_AT_TAG_LINES = re.compile(r"(?<=\n)(?=[ \t]*</?(?:details|summary|ul|ol|li|p|div|h[1-6]|table|tr)\b)", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\b([^>]*)>", re.DOTALL)
_UNREAD_BOLD = re.compile(r"\*\*(?=\S)([^*]{1,200})(?:(?<=\S)\*\*|\s\*\*(?!\w))")
"""Where CommonMark sees no bold text: it begins or ends in a quotation mark beside a letter, or ends in a blank."""
_EMPHASIZED = re.compile(r"\A_(?=[^\s_])([^\x00]{1,5000})(?<=[^\s_])_(?=\s*\Z)")
_HARD_BREAK = re.compile(r"(?<!\S)(?!\w:\\)([^\s\\]+ ?)\\[ \t]*(\n|\Z)")
"""A backslash that ends a line, even where CommonMark sees no break: blanks follow it, or it ends a paragraph."""
_LANGUAGE = re.compile(rf"{word_pattern('code_languages')}\s+(?=[^-\s=(.].*[=;({{<])", re.DOTALL | re.IGNORECASE)
"""The language of code that stands within a line between the signs of a block, and not the name of a command."""
_HREF = re.compile(r"href\s*=\s*[\"']?([^\"'\s>]*)", re.IGNORECASE)
_INLINE_TAGS, _BLOCK_TAGS, _DRAWING_TAGS = (
    str(PATTERNS[name]).replace("\n", "").split("|") for name in ("inline_tags", "block_tags", "drawing_tags")
)
_INLINE_LIMIT = 20_000
"""Characters that are read for their marks at once: some marks take quadratic time."""

# HTML is nothing but text to it. The inline rule is applied by paragraph in `pieces`, where it is bounded.
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("html_block")
PARSER.core.ruler.disable("inline")


class Tag(NamedTuple):
    """A tag of HTML that divides text."""

    name: str
    closes: bool


def pieces(content: str) -> Iterator[str | Tag]:
    """Yield the text of a paragraph with its marks, and the tags of HTML that divide it."""
    content = _HARD_BREAK.sub(lambda found: f"{found[1]}\\\n" if found[2] else found[1], content)
    parts = _AT_TAG_LINES.split(content)  # HTML without blank lines is one paragraph, be it a whole file
    for part in (piece for line in parts for piece in _bounded(line)):
        tokens: list[Token] = []
        PARSER.inline.parse(escape_formulas(_EMPHASIZED.sub(_escape_inner, part)), PARSER, {}, tokens)
        yield from _marked(tokens)


def _bounded(text: str) -> Iterator[str]:
    """Yield a text in parts of bounded length, divided at the ends of lines, else in front of tags or at blanks."""
    start = 0
    while len(text) - start > _INLINE_LIMIT:
        last = start + _INLINE_LIMIT
        ends = (text.rfind(sign, start + 1, last) for sign in "\n< ")
        end = next((at for at in ends if at > 0), last)
        yield text[start:end]
        start = end
    yield text[start:]


def _escape_inner(paragraph: re.Match[str]) -> str:
    """Escape names such as _id inside a paragraph that is emphasized as a whole."""
    inner = paragraph[1]
    names = re.sub(r"(?<!\w)_(?=\w)", r"\\_", inner) if not re.search(r"\w_(?!\w)", inner) else inner
    return f"_{names}_"


def _marked(tokens: Iterable[Token]) -> Iterator[str | Tag]:
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
            case "code_inline" if len(token.markup) > 1:
                yield _LANGUAGE.sub("", token.content, count=1) if _LANGUAGE.match(token.content) else token.content
            case _:
                yield re.sub(r"\A\*\*([^*]+)\*\*\Z", r"\1", token.content)  # `**bold code**`
    yield _UNREAD_BOLD.sub(rf"{BOLD}\1{END_BOLD}", text)


def _read_tag(tag: str) -> str | Tag:
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
            return Tag(name, closes) if name in _BLOCK_TAGS else ""
