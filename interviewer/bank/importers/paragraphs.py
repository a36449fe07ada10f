"""Divides paragraphs that hold several questions and answers, and joins a question with the line above that numbers it."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from interviewer.bank.importers.blocks import BOLD, END_BOLD, HARD_BREAK, LAST_HEADING, Block, plain, word_pattern
from interviewer.bank.importers.columns import FIELDS
from interviewer.bank.importers.levels import is_level, is_level_title, is_numbered_level
from interviewer.bank.importers.question import GAP, LABEL, WORDED, asks, first_lines, is_label, may_ask, with_colon
from interviewer.bank.importers.text_choices import BOX, OPTION
from interviewer.text.words import word_count

_ONLY_WORD = re.compile(
    rf"\W{{0,3}}({word_pattern('question_words')} ?#?\d{{0,6}})(?: \([\w ]{{1,20}}\))?\W{{0,3}}", re.IGNORECASE
)
_FEWEST_CARDS = 2
_FEWEST_LINES, _MOST_LINES = 3, 0.8
"""Lines of a paragraph that ask, and their share, from which each of them is a question."""
_BOLD_QUESTION = re.compile(rf"{BOLD}[^{END_BOLD}\n]{{5,400}}[?？؟][^\w{END_BOLD}]{{0,9}}{END_BOLD}\W*$")
_COUNTED = re.compile(r"\(?(\d{1,4}) ?[.)]\s*(?=[^\W\d])")
"""The number of a line that CommonMark takes for no item, since it begins amid a paragraph or has no blank."""
_CARD_SIDES = {"front": "back", "card front": "card back", "side 1": "side 2", "term": "definition"}
_ANSWER_TITLE = re.compile(rf"\W{{0,3}}{word_pattern('answer_labels')} ?(\d{{1,4}}) ?[:.–—-]\s*(?=\S+\s+\S)", re.IGNORECASE)
_LONGEST_TOPIC = 5
"""Words."""
_STOPS = tuple(".?!。？！")
_REASONS = [name for name, field in FIELDS.items() if field == "reason"]
_LABELLED = re.compile(rf"({BOLD}?)(\w[\w ]{{1,17}}?)( ?[:：]{END_BOLD}?|{END_BOLD}[:：])[ \t]*")
_FOLLOW_UP = re.compile(
    rf"{BOLD}?{word_pattern('follow_up_labels')} ?(?:[:：]{END_BOLD}?|{END_BOLD}[:：])\s*(?=\S)", re.IGNORECASE
)


def with_card_sides(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield blocks, the sides of cards such as Front: and Back: labelled as questions and answers.

    Of a card's further lines those that name its level, its topic or its tags are its fields; others belong to the answer.
    """
    lines = [re.split(f"(?<=[\n{HARD_BREAK}])", block.text) if block.kind == "text" else [] for block in blocks]
    counts = Counter(label[2].casefold() for some in lines for line in some if (label := _LABELLED.match(line)))
    sides = {front: back for front, back in _CARD_SIDES.items() if min(counts[front], counts[back]) >= _FEWEST_CARDS}
    signs = dict.fromkeys(sides, "Q: ") | dict.fromkeys(sides.values(), "A: ") | dict.fromkeys(_REASONS, "")
    usual = {name for name, count in counts.items() if 2 * count >= sum(counts[front] for front in sides)}
    paragraphs: list[list[Block]] = []
    for block, some in zip(blocks, lines, strict=True):
        text, parts = "", list[Block]()
        for at, line in enumerate(some if sides else ()):
            label = _LABELLED.match(line)
            name, value = (label[2].casefold(), plain(line[label.end() :])) if label else ("", "")
            if _is_field(name, value, usual):
                parts += [replace(block, text=text)] if text else []
                parts.append(Block(block.line + at, "field", plain(line), cells=((name, value),)))
                text = ""
            else:
                text += f"{signs[name]}{line[label.end() :]}" if label and name in signs else line
        if text or not (sides and some):
            parts.append(replace(block, text=text) if text else block)
        paragraphs.append(parts)
    whole = list(itertools.chain(*paragraphs))
    above = any(map(_begins_with_field, [whole, *paragraphs]))
    return _below_sides(whole) if above else iter(whole)


def _begins_with_field(parts: Sequence[Block]) -> bool:
    """Tell whether a field stands above the first front of a card."""
    fronts = (part.kind != "field" for part in parts if part.kind == "field" or part.text.startswith("Q: "))
    return not next(fronts, True) and any(fronts)


def _below_sides(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield blocks, the fields that stand above their cards below the front."""
    waiting: list[Block] = []
    for block in blocks:
        if block.kind == "field":
            waiting.append(block)
            continue
        yield block
        if block.text.startswith("Q: "):
            yield from waiting
            waiting = []
    yield from waiting


def _is_field(name: str, value: str, usual: AbstractSet[str]) -> bool:
    """Tell whether a card's line is one of its fields: a level, or a topic in a few words where most cards name one."""
    match FIELDS.get(name):
        case "level":
            return is_level(value) or is_numbered_level(value)
        case "topic":
            return name in usual and 0 < word_count(value) <= _LONGEST_TOPIC and not value.endswith(_STOPS)
        case _:
            return False


def with_follow_ups(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield blocks; what may be asked next is a question of its own where its answer is below it."""
    marked = any(block.kind == "text" and WORDED.match(plain(block.text)) for block in blocks)
    for block, below in itertools.zip_longest(blocks, blocks[1:]):
        answered = marked and below is not None and below.kind == "text" and LABEL.match(with_colon(below.text))
        follow_up = _FOLLOW_UP.match(block.text) if answered and block.kind == "text" else None
        yield replace(block, text=f"Q: {block.text[follow_up.end() :]}") if follow_up else block


def with_check_lists(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield blocks; the items of a check list are no options to tick if most of them ask and what stands above does not."""
    for _, group in itertools.groupby(zip([None, *blocks], blocks, strict=False), lambda pair: pair[1].depth > 0):
        pairs = [(above, block, BOX.match(block.text) if block.marker else None) for above, block in group]
        above, outer = next(((above, block.depth) for above, block, box in pairs if box), (None, 0))
        boxes = [block.text[box.end() :] for _, block, box in pairs if box and block.depth == outer]
        asking = sum(may_ask(plain(first_lines(text)[0])) for text in boxes)
        bullets = 2 * asking >= len(boxes) and not (above and asks(plain(above.text)))
        for _, block, box in pairs:
            yield replace(block, text=block.text[box.end() :]) if box and bullets and block.depth == outer else block


def with_full_wording(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield blocks; "Question: …" right below a heading that asks is a part of that question where most headings have none."""
    asked = [block.kind == "heading" and asks(plain(block.text)) for block in blocks]
    words = [WORDED.match(plain(block.text)) if block.kind == "text" else None for block in blocks]
    few = 2 * sum(map(bool, words)) <= sum(asked)
    for block, word, below in zip(blocks, words, [False, *asked], strict=False):
        yield replace(block, text=plain(block.text)[word.end() :]) if few and word and below else block


def with_even_level(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield blocks; the only heading of its level gets the next one if it asks, and has a label of an answer as those have."""
    answered = Counter(
        block.level
        for block, below in itertools.pairwise(blocks)
        if block.kind == "heading" and below.kind == "text" and is_label(with_colon(below.text))
    )
    levels = Counter(block.level for block in blocks if block.kind == "heading")
    for block in blocks:
        alone = block.kind == "heading" and levels[block.level] == answered[block.level] == 1
        single = alone and answered[block.level + 1] >= _FEWEST_LINES and asks(plain(block.text))
        yield replace(block, level=block.level + 1) if single else block


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
    starts = sorted({*starts, *filter(None, _asking_lines(block))})
    if any(re.match(r"\(?[Bb][).:]\s", plain(line)) for line in lines):
        starts = [at for at in starts if not OPTION.match(text := plain(lines[at])) and len(text) > 1]
    if not starts:
        yield block
        return
    for start, end in zip([0, *starts], [*starts, len(lines)], strict=True):
        text = "".join(lines[start:end]).strip(f"\n{HARD_BREAK}")
        depth = 0 if start in bold and block.marker else block.depth  # a line that CommonMark takes for a part of the item
        yield replace(block, line=block.line + start, text=text, depth=depth, marker="" if start else block.marker)


def _asking_lines(block: Block) -> list[int]:
    """Return which lines of a paragraph ask: most of several, or every second, with its answer below; else none.

    A line that begins in lower case, and has no question mark, goes on with a sentence: "what comes in is dropped and".
    """
    lines = re.split(f"[\n{HARD_BREAK}]", block.text) if block.kind == "text" and not block.marker else []
    texts = [plain(line) for line in lines if len(lines) >= _FEWEST_LINES]
    asking = [at for at, text in enumerate(texts) if asks(text) or (may_ask(text) and not text[0].islower())]
    if len(asking) >= max(_FEWEST_LINES, _MOST_LINES * len(lines)):
        return asking
    asking = [at for at, text in enumerate(texts) if asks(text)]
    alternate = len(asking) >= _FEWEST_LINES and asking == [*range(0, len(lines), 2)]
    return asking if alternate and not any(map(_begins_part, texts)) else []


def with_titles(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield blocks; a few words over a list of questions without answers are its title, and so are different levels."""
    level = 0
    named = Counter(
        plain(block.text).casefold() for block in blocks if block.kind == "text" and not (block.marker or block.depth)
    )
    levels = {text for text, count in named.items() if count == 1 and is_level_title(text)}
    for block, below in itertools.zip_longest(blocks, blocks[1:]):
        level = block.level if block.kind == "heading" else level
        text = plain(block.text) if block.kind == "text" and not block.marker and below and _asking_lines(below) else ""
        titled = 0 < word_count(text) <= _LONGEST_TOPIC and not (may_ask(text) or is_label(text) or text.endswith(_STOPS))
        titled = titled or (len(levels) > 1 and block.kind == "text" and plain(block.text).casefold() in levels)
        yield replace(block, kind="heading", level=min(level + 1, LAST_HEADING)) if titled else block


def with_asking_titles(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield blocks; headings such as "Answer 3: Heat and temperature" are the questions of a file that asks none else."""
    texts = [plain(block.text) for block in blocks]
    titles = {
        at: found
        for at, (block, text) in enumerate(zip(blocks, texts, strict=True))
        if block.kind == "heading" and (found := _ANSWER_TITLE.match(text))
    }
    others = sum(
        WORDED.match(text) is not None or (asks(text) and bool(block.marker[:1].isdigit() or _COUNTED.match(text)))
        for at, (block, text) in enumerate(zip(blocks, texts, strict=True))
        if at not in titles
    )
    for at, (block, text) in enumerate(zip(blocks, texts, strict=True)):
        asked = at in titles and len(titles) >= max(_FEWEST_LINES, 2 * others)
        yield replace(block, text=f"Q{titles[at][1]}: {text[titles[at].end() :]}") if asked else block


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
        if word and not block.marker and (block.kind == "text" or (word.kind, block.kind) == ("text", "heading")):
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
