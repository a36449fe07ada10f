"""What a block is as the beginning of a question: its form, its words, and whether it asks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from interviewer.bank.importers.markup import BOLD, END_BOLD, HARD_BREAK, LINK, Block, plain, words

_LONGEST = 400
"""Characters. What is longer is a paragraph with a question in it."""

# Every repetition is bounded or ends at a character that it cannot match: a line may have megabytes.
_WORDED = re.compile(
    rf"{words('question_words')}\.? ?#?(\d{{0,6}})(?: ?(?:[.):](?=\s|$)|[、．：])\s*|(?<=\d) ?[-–—]\s)", re.IGNORECASE
)
_NUMBERED = re.compile(r"#?(\d{1,6})(?: ?[.):](?=\s|\D)|[、．]|(?= [A-Z\"“]))\s*")
_PART = re.compile(r"(?:\d{1,3}(?:\.\d{1,3})+[.):]?|\(?[a-h]\))\s+", re.IGNORECASE)
LABEL = re.compile(rf"\W{{0,3}}{words('answer_labels')} ?\d{{0,6}} ?(?:[:：]\s*|[-–—]\s+)", re.IGNORECASE)
WHOLE_LABEL = re.compile(rf"\W{{0,3}}{words('answer_labels')}(?: (?:and|&) explanation)? ?\d{{0,6}}\W{{0,3}}", re.IGNORECASE)
BOX = re.compile(r"\[([ xX])\]\s+")
GAP = re.compile(r"C:\s")
_ASKED = re.compile(r"[?？؟](?=[\s\"'”’)\]}.*]|$)")
_INTERROGATIVE = re.compile(rf"{words('interrogatives')}\b", re.IGNORECASE)
_IMPERATIVE = re.compile(rf"{words('imperatives')}\b(?! of\b)", re.IGNORECASE)
_ENDS = tuple("?？؟.。!:：")
_BEFORE = re.compile(r"^[^\w\"'“«¿¡(\[{<$`@#.+=/\\*-]+")
_AFTER = re.compile(r"\s*(?:\[[^\[\]]{0,40}\]|\{#[^{}]*\}|[^\w?？؟.!…)\"'”»\]}%+$*/=>-]|#)+$")
_STRAY = re.compile(r"\W*[^\x00-\x7f]\W*\w?")
"""An emoji behind a question mark, with a letter slipped in."""

Form = tuple[int, int, bool]
"""How a block is written: its rank (see `_RANKS`), how deep it is, and whether it has a number. Outer forms come first."""
_RANKS = ("marked", "summary", "heading", "bold", "ordered", "bullet", "plain")
MARKED, _, _, _, ORDERED, BULLET, _ = range(len(_RANKS))


@dataclass(slots=True)
class Head:
    """What a block is if it begins a question."""

    form: Form
    text: str
    number: int | None
    rest: str = ""
    """What follows the question in its block, with its marks: the beginning of the answer."""
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
    return len(text) <= _LONGEST and bool(_ASKED.search(text) or _INTERROGATIVE.match(text))


def is_label(text: str) -> bool:
    """Tell whether a line says that an answer follows, or is one behind such a label."""
    return bool(WHOLE_LABEL.fullmatch(text) or LABEL.match(text))


def _begins_part(line: str) -> bool:
    return bool(_WORDED.match(line) or is_label(line) or GAP.match(line))


def divided(block: Block) -> Iterator[Block]:
    """Yield the parts of a paragraph in which lines begin with Q: or A:."""
    lines = block.text.split("\n")
    starts = [at for at, line in enumerate(lines) if at and block.kind == "text" and _begins_part(plain(line))]
    options = any(re.match(r"\(?B[).:]\s", plain(line)) for line in lines)
    if not starts or options:
        yield block
        return
    for start, end in zip([0, *starts], [*starts, len(lines)], strict=True):
        text = "\n".join(lines[start:end])
        yield replace(block, line=block.line + start, text=text, marker="" if start else block.marker)


def read_head(block: Block) -> Head | None:
    """Return what a block is as the beginning of a question; nothing if it can be none, such as an option to tick."""
    bare = plain(block.text) if block.kind in {"heading", "summary", "text"} else ""
    if not bare or (BOX.match(bare) and not asks(bare)):
        return None
    text = block.text if block.text[0] == BOLD else BOX.sub("", _BEFORE.sub("", block.text), count=1)
    number = int(block.marker[:-1]) if block.marker[:1].isdigit() else None
    lead = _NUMBERED.match(text)
    bold, rest = _bold_head(text[lead.end() :] if lead else text)
    number = int(lead[1]) if bold and lead and number is None else number
    name = "heading" if block.kind == "heading" else "summary" if block.kind == "summary" else "bold" if bold else ""
    inner = _BEFORE.sub("", bold or text)
    part = _PART.match(plain(inner))
    if part:
        inner = plain(inner)[part.end() :]
    elif marked := _WORDED.match(plain(inner)):
        name, number = "marked", int(marked[1]) if marked[1] else number
        asked = plain(inner)[marked.end() :]
        inner, rest = (asked, rest) if asked else (rest, "")
    elif digits := _NUMBERED.match(inner):
        name, number, inner = name or "ordered", int(digits[1]), inner[digits.end() :]
    if block.kind == "text" and (not bold or name == "marked"):
        inner, more = _first_lines(inner)
        rest = more or rest
    name = name or ("ordered" if number is not None else "bullet" if block.marker else "plain")
    asked = _question_text(inner)
    if not asked or asked.startswith("http") or (block.kind == "text" and len(asked) > _LONGEST):
        return None
    depth = block.level or (block.details if block.kind == "summary" else block.depth)
    strong = name == "marked" or _strong(asked)
    form = (_RANKS.index(name), depth, number is not None)
    return Head(form, asked, number, rest, bool(part), strong, strong or asks(asked))


def _bold_head(text: str) -> tuple[str, str]:
    """Return the bold text that a paragraph begins with and what follows it; two empty texts where there is none."""
    end = text.find(END_BOLD)
    if not text.startswith(BOLD) or end < 0:
        return "", ""
    inner, rest = text[1:end], text[end + 1 :]
    after = rest.lstrip(" :：-–—.?\n")
    between = rest[: len(rest) - len(after)]
    if after and not {"\n", ":", "："} & set(between) and not plain(inner).endswith(_ENDS):
        return "", ""  # bold words at the beginning of a sentence
    return inner, after if re.search(r"\w", after) else ""


def _first_lines(text: str) -> tuple[str, str]:
    """Divide an unmarked question from the answer below it; it goes on while lines end in nothing and begin in lower case."""
    lines = text.replace(HARD_BREAK, "\n").split("\n")
    size = 1
    while size < len(lines) and not plain(lines[size - 1]).endswith(_ENDS) and plain(lines[size])[:1].islower():
        size += 1
    asked, rest = " ".join(lines[:size]), "\n".join(lines[size:])
    inline = re.search(r"(?<=[?.])\s+(?:A|Ans|Answer)\s?[:：]\s+", asked)
    return (asked[: inline.start()], f"{asked[inline.end() :]}\n{rest}".strip()) if inline else (asked, rest)


def _question_text(text: str) -> str:
    """Return a question in plain words: without links, tags, emoji and anchors behind its end."""
    ended = 1 + max(text.rfind("?"), text.rfind("？"), text.rfind("؟"))
    linked = text.find(LINK, ended)
    if ended and (_STRAY.fullmatch(plain(text[ended:])) or (linked >= 0 and not plain(text[ended:linked]).strip(" [("))):
        text = text[:ended]
    return _AFTER.sub("", plain(text).replace("\n", " ")).strip()
