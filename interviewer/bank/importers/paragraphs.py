"""Divides paragraphs that hold several questions and answers, and joins a question with the line above that numbers it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from interviewer.bank.importers.blocks import BOLD, END_BOLD, HARD_BREAK, Block, plain, word_pattern
from interviewer.bank.importers.question import GAP, WORDED, asks, first_lines, is_label
from interviewer.bank.importers.text_choices import OPTION

_ONLY_WORD = re.compile(
    rf"\W{{0,3}}({word_pattern('question_words')} ?#?\d{{0,6}})(?: \([\w ]{{1,20}}\))?\W{{0,3}}", re.IGNORECASE
)
_BOLD_QUESTION = re.compile(rf"{BOLD}[^{END_BOLD}\n]{{5,400}}[?？؟][^\w{END_BOLD}]{{0,9}}{END_BOLD}\W*$")
_COUNTED = re.compile(r"\(?(\d{1,4}) ?[.)]\s*(?=[^\W\d])")
"""The number of a line that CommonMark takes for no item, since it begins amid a paragraph or has no blank."""


def _begins_part(line: str) -> bool:
    return bool(WORDED.match(line) or is_label(line) or GAP.match(line))


def divided(block: Block) -> Iterator[Block]:
    """Yield the parts of a paragraph in which lines begin with Q: or A:, or are bold questions."""
    lines = re.split(f"(?<=[\n{HARD_BREAK}])", block.text)
    bold = {at for at, line in enumerate(lines) if _BOLD_QUESTION.match(line)}
    counted = set(_counted(lines))
    starts = [
        at
        for at, line in enumerate(lines)
        if at and block.kind == "text" and (at in bold or at in counted or _begins_part(plain(line)))
    ]
    if any(re.match(r"\(?[Bb][).:]\s", plain(line)) for line in lines):
        starts = [at for at in starts if not OPTION.match(text := plain(lines[at])) and len(text) > 1]
    if not starts:
        yield block
        return
    for start, end in zip([0, *starts], [*starts, len(lines)], strict=True):
        text = "".join(lines[start:end]).strip(f"\n{HARD_BREAK}")
        depth = 0 if start in bold and block.marker else block.depth  # a line that CommonMark takes for a part of the item
        yield replace(block, line=block.line + start, text=text, depth=depth, marker="" if start else block.marker)


def _counted(lines: Sequence[str]) -> Iterator[int]:
    """Yield which lines begin with a number and ask something, or have the label of an answer below them."""
    for at, line in enumerate(lines):
        text = plain(line)
        if number := _COUNTED.match(text):
            below = plain(lines[at + 1]) if at + 1 < len(lines) else ""
            if is_label(below) or asks(text[number.end() :]):
                yield at


def joined(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield blocks; a line that says nothing but "Question 3" and the question below it become one."""
    word: Block | None = None
    for block in blocks:
        if word and block.kind == "text" and not block.marker:
            asked, rest = first_lines(block.text)
            yield replace(word, text=f"{word.text}: {asked}")
            word = None
            if rest:
                yield replace(block, text=rest)
            continue
        if word:
            yield word
            word = None
        first, _, below = block.text.partition("\n") if block.kind in {"heading", "summary", "text"} else ("", "", "")
        named = _ONLY_WORD.fullmatch(plain(first))
        if named and below:
            yield replace(block, text=f"{named[1]}: {below}")
        elif named:
            word = replace(block, text=named[1])
        else:
            yield block
    if word:
        yield word
