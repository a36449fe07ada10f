"""Blocks of a document, and their text: with marks for bold text and links, or without as plain text."""

import itertools
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from interviewer.resources import load_toml

PATTERNS = load_toml("import.toml")
"""Patterns to look for in other people's files."""


def stands_for_none(value: object) -> bool:
    """Tell whether a value is what programs write for a missing one; an answer of "True" or "False" is one."""
    return isinstance(value, str) and value.strip().casefold() in {"nan", "none", "null", "n/a", "<na>"}


def word_pattern(name: str) -> str:
    """Return a list of data/import.toml as a regular expression."""
    return f"(?:{str(PATTERNS[name]).replace(chr(10), '')})"


LAST_HEADING = 6
DEEPEST_DETAILS = 20
"""Further ones inside count as siblings."""

BlockKind = Literal["text", "heading", "summary", "code", "row", "source", "rule", "end", "field"]

# The marks that a reader of questions needs stay in a block's text, as characters of the private use area.
BOLD, END_BOLD, LINK, LINK_TEXT, END_LINK = "\ue000\ue001\ue002\ue003\ue004"
MARK_CHARACTERS = BOLD + END_BOLD + LINK + LINK_TEXT + END_LINK
HARD_BREAK = "\x0b"
_MARKS = re.compile(f"[{BOLD}{END_BOLD}{END_LINK}]|{LINK}[^{LINK_TEXT}]*{LINK_TEXT}")
_LINKED = re.compile(f"{LINK}([^{LINK_TEXT}]*){LINK_TEXT}([^{END_LINK}]*){END_LINK}?")
_CITED = re.compile(rf" ?{LINK}[^{LINK_TEXT}]*{LINK_TEXT}\[[^\[\]{END_LINK}]{{1,20}}\]{END_LINK}")
_TO_TOP = re.compile(rf"\W*{word_pattern('to_top')}\W*", re.IGNORECASE)
_FOLLOW_UPS = re.compile(rf"\W*{word_pattern('follow_up_labels')}\W*", re.IGNORECASE)
_ADDRESS = re.compile(r"<?https?://\S+")
_SOURCE = re.compile(rf"(?:\W|\b{word_pattern('source_words')}\b)*+", re.IGNORECASE)
_LISTED = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff]|(?i:\\(?(?:[a-h]|\\d{1,2})[).]|[•·]) ")
"""How a line of a list begins: with an emoji, a letter, a number or a dot."""
_STOPS = (".", "!", "?", ":", ";")
_WRAPPED = 50
"""A line that is longer than this and ends in no stop goes on in the next."""
_MARGIN = 10
"""How many characters shorter than the longest a line is, with the next word, that was ended on purpose."""


@dataclass(slots=True)
class Block:
    """A heading, a paragraph, an item of a list, code, a row of a table, a card's level or topic, or the end of a <details>."""

    line: int
    kind: BlockKind
    text: str
    """With the marks of bold text and of links, unless it is code."""
    level: int = 0
    """Of a heading: 1 to 6. Of code: 1 if it stands inside a summary. Of a row: 1 if its two columns are compared."""
    depth: int = 0
    """How many lists are around it."""
    marker: str = ""
    """For the first block of a list's item: "-", or its number with a dot."""
    details: int = 0
    """How many <details> are around it. A summary's own counts."""
    cells: tuple[tuple[str, str], ...] = ()
    """Of a row: each with the heading of its column. Of a field: its name and what it says."""


@lru_cache(maxsize=256)
def plain(text: str) -> str:
    """Return a block's text without marks and citations such as [[src]](…); lines that were only wrapped are joined."""
    joined = _unwrapped(_MARKS.sub("", _CITED.sub("", text)))
    text = "\n".join(" ".join(line.split()) for line in re.split(f"[\n{HARD_BREAK}]", joined)).strip()
    return re.sub("\n{3,}", "\n\n", text)


def _unwrapped(text: str) -> str:
    """Return a text whose wrapped lines are joined. Where the next word would have fit into a line, lines end on purpose."""
    lines = text.split("\n")
    pairs = [(before.rstrip(), line, line[:1].islower()) for before, line in itertools.pairwise(lines)]
    width = max(map(len, lines)) - _MARGIN
    apart = any(
        len(f"{before} {line.partition(' ')[0]}") < width
        and not before.endswith(",")
        and (before.endswith(_STOPS) or not small)
        for before, line, small in pairs
    )
    joined = lines[0]
    for before, line, small in pairs:
        if small:
            goes_on = not (apart and before.endswith(_STOPS))
        else:
            goes_on = len(before) > _WRAPPED and not before.endswith(_STOPS) and (before.endswith(",") or not apart)
        wrapped = goes_on and not _LISTED.match(line)
        joined += f" {line}" if wrapped else f"\n{line}"
    return joined


def lined(text: str) -> str:
    """Return a block's text as `plain` does, with a line for each that ends in a hard break."""
    return plain(text.replace(HARD_BREAK, "\n"))


def nesting(block: Block) -> int:
    """Return how deep a block is nested: below headings, in lists, as an item or below it, and folded away."""
    inside = block.level or LAST_HEADING + 2 * block.depth - bool(block.marker)
    return inside + 2 * LAST_HEADING * block.details


def render_blocks(blocks: Sequence[Block]) -> str:
    """Return blocks as plain text: items without bullets but with their numbers, code indented by four spaces."""
    written = ""
    columns = [block.depth - bool(block.marker) for block in blocks]
    base = min(columns, default=0)
    after_line = False
    for block, column in zip(blocks, columns, strict=True):
        if text := _rendered(block):
            is_line = bool(block.marker) or block.kind == "row"
            indent = " " * (2 * (column - base) + 4 * (block.kind == "code"))
            written += "\n" if is_line and after_line else "\n\n"
            written += "\n".join(f"{indent}{line}" if line else "" for line in text.split("\n"))
            after_line = is_line
    return written.strip("\n")


def unindented(text: str) -> str:
    """Return an answer without the indentation of the code that it begins with, of which the first line would lose its own."""
    lines = textwrap.dedent(text).split("\n")
    size = next((at for at, line in enumerate(lines) if line and not line.startswith("    ")), len(lines))
    return "\n".join([textwrap.dedent("\n".join(lines[:size])), *lines[size:]] if size else lines)


def _rendered(block: Block) -> str:
    match block.kind:
        case "code":
            return block.text.strip("\n")
        case "row":
            if block.level:
                return "; ".join(f"{heading}: {cell}" for heading, cell in block.cells if cell)
            (_, first), *others = block.cells
            cells = [f"{heading} {cell}".strip() if len(others) > 1 else cell for heading, cell in others if cell]
            return ": ".join(filter(None, (first, "; ".join(cells))))
        case "text" | "heading" | "summary":
            number = f"{block.marker} " if block.marker[:1].isdigit() else ""
            return f"{number}{text}" if (text := plain(block.text)) else ""
        case _:
            return ""


def without_leads(blocks: Iterable[Block]) -> list[Block]:
    """Leave out text that only introduces links that were left out: 'Read more:', or a heading with nothing else below it."""
    kept: list[Block] = []
    linked = False
    for block in blocks:
        if block.kind == "source":
            if kept and re.fullmatch(r".{0,60}:", plain(kept[-1].text)):
                kept.pop()
            linked = True
            continue
        if linked and block.kind == "heading" and kept and kept[-1].kind == "heading":
            kept.pop()
        linked = False
        kept.append(block)
    if linked and kept and kept[-1].kind == "heading":
        kept.pop()
    return kept


def without_follow_ups(blocks: list[Block]) -> list[Block]:
    """Leave out the list at the end of an answer that says what an interviewer may ask next."""
    end = next((at for at, block in enumerate(blocks) if _FOLLOW_UPS.fullmatch(plain(block.text))), len(blocks))
    return blocks[:end] if all(block.marker or "?" in block.text for block in blocks[end + 1 :]) else blocks


def is_navigation(text: str) -> bool:
    """Tell whether a text only leads elsewhere in its page: an entry of a table of contents, a way back to the top."""
    links = _LINKED.findall(text)
    rest = _LINKED.sub("", text)
    inside = bool(links) and all("#" in href or not href for href, _ in links)
    said = plain(text)
    word = re.fullmatch(r"(?:\[.?\] )?\w+", said) and not links  # top is a command, too
    leads = _TO_TOP.fullmatch(said) is not None and not word
    return (inside and not re.search(r"\w", rest)) or leads


def read_paragraph(text: str, marker: str = "") -> tuple[BlockKind, str]:
    """Return a paragraph as what it is: a text, or the titles and addresses of its sources if it has nothing but links."""
    links = [(title, href) for href, title in _LINKED.findall(text) if not href.startswith("#")]
    bare = _ADDRESS.findall(_LINKED.sub("", text))
    rest = _ADDRESS.sub("", _LINKED.sub("", text))
    if not (links or bare) or not _SOURCE.fullmatch(plain(rest)):
        return "text", text
    titled = [f"{plain(title)} {href}" if plain(title) not in {"", href} else href for title, href in links]
    source = "; ".join([*titled, *(address.strip("<>.,;)") for address in bare)])
    asks = marker and any(re.search("[?？؟]", plain(title)) for title, _ in links)
    return ("text", text) if asks else ("source", source)
