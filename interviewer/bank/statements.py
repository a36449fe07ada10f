"""A reference answer as statements that stand on their own: a lead-in joins its items, markup is gone, framing is marked."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise, zip_longest

from interviewer.bank.importers.blocks import HARD_BREAK, Block, plain, render_blocks
from interviewer.bank.importers.markdown import read_blocks
from interviewer.text.words import SPACELESS, word_count

_ITEM_WORDS = 30
"""A longer item of a list is cut into its sentences."""
_LEAD_WORDS = 12
"""Of a longer lead-in only the last clause stands before its items."""
_WHOLE_WORDS = 8
"""An item with at least this many says what it is about."""
_FEWEST_WORDS = 3
"""A shorter sentence belongs to the one before it, and a shorter example is only a name."""
_EQUAL_ITEMS = 4
"""Further items of a list are a bonus."""
_LINE, _SLACK = 40, 12
"""Characters. A shorter line was not wrapped; wrapped lines differ by more than the next word, since links were taken out."""

_ASKS = ("?", "？", "؟")
_STOPS = (*_ASKS, *".!…।۔。！｡")
_COLONS = " \t:："
_END = re.compile(r"[.!?…।۔؟]++[\"'”’»)\]]*+\s++(?=[\"'“‘«„(\[¿¡]*\w)|[。！？｡]++[”’」』）)]*+\s*+|(?<!\s)\s*+[•▪●]\s*+")
_NO_END = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|approx|fig|eq|no|dr|mr|ms|bzw|usw|ca|др|см|рис|[^\W\d_])|(?:^|[.!?:;,]\s)\d{1,2})\.$",
    re.IGNORECASE,
)
"""Abbreviations, and the numbers of a list inside a sentence."""
_ADDRESS = re.compile(r" ?[(<\[]?https?://[^\s)>\]]+[)>\]]?")
_BULLET = re.compile(
    r"^(?:(?![-−]\d|[≤≥≈≠±√∀∃∂∑∏∞€£¥§¬])(?:[^\w\"'“‘«„(\[`{<$@#.+=/\\&%~|^!?¿¡:;,)\]]|_(?=\W)))+(?=[-−]?\w|[\"'“‘«„(\[`≤≥≈≠±√∀∃∂∑∏∞€£¥§¬])"
)
_DISPLAYED = re.compile(r"\$\$[^$]{1,2000}\$\$")
_CODE = re.compile(
    r"[;{}]\s*(?://.*)?$|^\s*(?:@\w+(?:\(.*\))?$|//|/\*|\*/|[})\]]+[;,]*$|(?:def|class)\s\w.*:$"
    r"|(?:import|const|let|var) .*[;{=]|from \S+ import )"
)
"""A line that looks like code: references hold code without fences, and at their beginning without indentation."""
_SAID = re.compile(
    r"\s*(?:[-*+•]|\d{1,3}[.)])\s|\s*(?!(?:public|private|protected|static|final|const|let|var|return|throw|else|import|export"
    r"|using|SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER)\b)"
    r"(?:\(?[^\W\d_](?:[\w/'’-]*\w)?[),]* ){2}\(?[^\W\d_][\w/'’-]*(?:[ ,;:)]|$)"
)
"""How a line begins that is no code, whatever it ends in: as an item, or with three words in a row."""
_CODE_LINES = 2
_DUNDER = re.compile(r"(?<![\w`\\])__([a-z]+(?:_[a-z]+)*)__(?![\w`])")
_EXAMPLE = re.compile(
    r"(?P<label>(?:examples?|beispiele?|ejemplos?|exemples?|примеры?|例子?|示例)\s*[:：]\s*)"
    r"|(?:for (?:example|instance)|e\.g|zum beispiel|z\. ?b|por ejemplo|par exemple|например|例如|比如|notes?:|hinweis:|tip:)",
    re.IGNORECASE,
)
_FRAME = re.compile(
    r"(?:in (?:this|the following|diesem|dieser) \w+,? (?:we|i|you|werden|wird)\b"
    r"|(?:let(?:['’]s| us)|here (?:are|is)|below (?:are|is)|(?:as|like) (?:we|i) (?:said|saw|mentioned)|we will|we['’]ll)\b"
    r"|(?:the )?(?:following|below) (?:table|diagram|figure|image|code)\b"
    r"|(?:this|that|it)(?: is|['’]s) (?:an? )?(?:\w+ ){0,2}(?:question|topic)\b|в этой статье|в этом разделе|在本文中|本文将)"
    r"|.*\b(?:two|three|four|five|six|seven|several|many|various|some|following|zwei|drei|vier|fünf|mehrere|folgende[nr]?|\d)\s"
    r"(?:\w+\s){0,2}(?:aspects?|ways?|types?|kinds?|reasons?|parts?|steps?|respects?|points?|components?|things?|categories"
    r"|hinsichten|arten|gründe|teile|schritte)\W*$"
    r"|(?:(?:short |long |detailed |full )?(?:answers?|explanation|solution|summary|overview|introduction|details"
    r"|definition|conclusion|key (?:points|takeaways)|notes?)"
    r"|antwort|erklärung|ответ|объяснение|respuesta|réponse|答案|回答|解释)\W*$",
    re.IGNORECASE,
)
"""Framing: text that announces an answer, counts its items, or names a part that every answer has."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A candidate for a key point."""

    own: str
    lead: str = ""
    """The lead-in that it cannot be understood without."""
    item: bool = False
    """Whether it is one of several in a list or a table."""
    bonus: bool = False
    """Whether it is an example, a note, or a further item of a long list."""
    empty: bool = False
    """Whether it is only a frame, to be used if there is nothing else."""

    @property
    def text(self) -> str:
        return f"{self.lead}: {self.own}" if self.lead else self.own


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the reference: a sentence or several, an item, a row, code or a heading."""

    text: str
    depth: int
    """How many lists are around it."""
    item: bool = False
    heading: bool = False
    code: bool = False


@dataclass(slots=True)
class _Lead:
    """A lead-in or a heading over the entries that follow it and are deeper, or over the next one."""

    entry: _Entry
    text: str
    items: int = 0
    """The number of its entries so far."""

    def holds(self, entry: _Entry) -> bool:
        return entry.depth > self.entry.depth or (entry.depth == self.entry.depth and not (self.items or entry.item))

    def over(self, entry: _Entry, text: str) -> str:
        """Return the text that the first statement of an entry below it begins with, where that is needed to understand it."""
        named = ":" in text and (_size(text) >= _WHOLE_WORDS or _size(self.text) >= _WHOLE_WORDS)
        whole = named or (_size(text) >= _WHOLE_WORDS and self.entry.heading)
        return "" if whole or _FRAME.match(self.text) or (self.entry.heading and not entry.item) else self.text


def statements(reference: str) -> Iterator[Statement]:
    """Yield the statements of a reference answer, Markdown, HTML or plain text, in order. Takes linear time."""
    leads: list[_Lead] = []
    entries = [entry for block in read_blocks(_marked_code(reference)) for entry in _entries(block) if entry.text]
    for entry, following in zip_longest(entries, entries[1:]):
        while leads and not leads[-1].holds(entry):
            yield from _unused(leads.pop())
        if entry.heading or _leads(entry, following):
            *earlier, last = [entry.text] if entry.heading else _sentences(entry.text)
            yield from (_statement(sentence) for sentence in earlier)
            start, comma, end = last.rpartition(", ")
            if comma and _size(last) > _LEAD_WORDS:
                yield _statement(start)
                last = end
            leads.append(_Lead(entry, _BULLET.sub("", last).rstrip(_COLONS)))
            continue
        lead = leads[-1] if leads else None
        if lead and not (entry.code and "\n" in entry.text):  # code of several lines is not said: the lead-in is all there is
            lead.items += 1
        yield from _of_entry(entry, lead)
    for lead in reversed(leads):
        yield from _unused(lead)


def _marked_code(reference: str) -> str:
    """Return a reference with all its code indented and with names such as __init__ escaped elsewhere."""
    if "```" in reference:
        return reference  # its code is marked already
    lines: list[str] = []
    parts: list[tuple[bool, bool, str]] = []
    for line in reference.split("\n"):
        surely = _CODE.search(line) is not None and not (line.endswith(";") and _SAID.match(line))
        parts.append((surely or line.startswith("    ") or (not line and bool(parts) and parts[-1][0]), surely, line))
    for code, group in groupby(parts, lambda part: part[0]):
        run = list(group)
        said = [surely for _, surely, line in run if line]
        if code and 2 * sum(said) >= len(said) >= _CODE_LINES and any(re.search(r"\w\(|[{}=]", line) for *_, line in run):
            lines += ["", *(f"    {line}" for *_, line in run), ""]
        else:
            lines += [line if line.startswith("    ") else _DUNDER.sub(r"\_\_\1\_\_", line) for *_, line in run]
    return "\n".join(lines)


def _entries(block: Block) -> Iterator[_Entry]:
    match block.kind:
        case "heading" | "summary":
            yield _Entry(_without_addresses(plain(block.text)), -1, heading=True)
        case "code":
            yield _Entry(textwrap.dedent(block.text).strip("\n"), block.depth + 1, code=True)
        case "row":
            yield _Entry(_without_addresses(render_blocks([block])), block.depth + 1, item=True)
        case "text":
            lines = [
                said for part in block.text.split(HARD_BREAK) for line in _lines(part) if (said := _without_addresses(line))
            ]
            listed = len(lines) > 1 and not block.marker
            for at, line in enumerate(lines):
                inside = listed and not line.endswith((":", "："))
                item = (inside and not line.endswith(_STOPS)) or (at == 0 and bool(block.marker))
                yield _Entry(line, block.depth + inside, item=item)


def _leads(entry: _Entry, following: _Entry | None) -> bool:
    """Tell whether an entry is a lead-in to what follows: it ends in a colon, or has no end and something below it."""
    if entry.code or entry.text.endswith((":", "：")):
        return not entry.code
    if following is None or following.heading or entry.text.endswith((*_STOPS, ";", "；")):
        return False
    below = following.depth > entry.depth and not (entry.item and following.code)
    return below or (entry.item and following.depth == entry.depth and not following.item and _size(entry.text) < _WHOLE_WORDS)


def _of_entry(entry: _Entry, lead: _Lead | None) -> Iterator[Statement]:
    bonus = entry.item and lead is not None and lead.items > _EQUAL_ITEMS
    if entry.code or (entry.item and _size(entry.text) <= _ITEM_WORDS):
        first, others = entry.text, []
    else:
        first, *others = _sentences(entry.text)
    if entry.code:
        said = lead is not None and not lead.entry.heading and "\n" not in first
        yield Statement(first.rstrip(_COLONS), lead.text if lead and said else "", empty=not said)
        return
    yield _statement(first, lead.over(entry, first) if lead else "", item=entry.item, bonus=bonus)
    yield from (_statement(sentence, item=entry.item, bonus=bonus) for sentence in others)


def _unused(lead: _Lead) -> Iterator[Statement]:
    """Yield a lead-in that nothing came after."""
    if not lead.items:
        yield _statement(lead.text, empty=lead.entry.heading or _size(lead.text) < _WHOLE_WORDS)


def _statement(text: str, lead: str = "", *, item: bool = False, bonus: bool = False, empty: bool = False) -> Statement:
    """Return a text as a statement: without an item's sign, a label such as "Example:", and a last colon."""
    text = _BULLET.sub("", text.strip(), count=1).rstrip(_COLONS)
    example = _EXAMPLE.match(text)
    if example and example["label"]:
        text = text[example.end() :]
        empty = empty or _size(text) <= _FEWEST_WORDS
    empty = empty or _FRAME.match(text) is not None or text.endswith(_ASKS)
    return Statement(text, lead, item, bonus or example is not None, empty)


def _without_addresses(line: str) -> str:
    """Return a line without addresses of pages, and nothing if it only leads to one."""
    said = _ADDRESS.sub("", line).strip()
    return said if said == line or _size(said) >= _FEWEST_WORDS else ""


def _lines(text: str) -> list[str]:
    """Return the lines of a paragraph, joined where they were only wrapped: where the next word had no room."""
    text = _DISPLAYED.sub(lambda formula: " ".join(formula[0].split()), text)
    lines = [line for line in map(plain, text.split("\n")) if line]
    width = max(map(len, lines), default=0)
    starts = {"item" if line[0].isupper() or _BULLET.match(line) else "text" if line[0].islower() else "" for line in lines}
    listed = starts in ({"item"}, {"text"})  # lines of prose begin now with a capital and now without
    joined = lines[:1]
    for last, line in pairwise(lines):
        room = width - len(last) - len(line.split(maxsplit=1)[0])
        whole = (last.endswith((*_STOPS, ":", "：", ";")) and not line[0].islower()) or _BULLET.match(line)
        wrapped = len(last) >= _LINE and room < _SLACK and not listed
        if not whole and (last.endswith(",") or wrapped):
            joined[-1] += line if SPACELESS.match(line) and SPACELESS.match(last[-1]) else f" {line}"
        else:
            joined.append(line)
    return joined


def _sentences(text: str) -> list[str]:
    """Return the sentences of a line; a very short one with the one before it, or after it if it is the first."""
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        goes_on = text[match.end() : match.end() + 1].islower()
        if goes_on or _NO_END.search(text, max(0, match.start() - 8), match.start() + 1):
            continue
        found.append(text[start : match.end()].strip())
        start = match.end()
    found.append(text[start:].strip())
    sentences: list[list[str]] = []
    size = 0.0
    for sentence in filter(None, found):
        more = _size(sentence)
        asks = sentence.endswith(_ASKS) or (sentences and sentences[-1][-1].endswith(_ASKS))
        if sentences and not asks and min(size, more) < _FEWEST_WORDS:
            sentences[-1].append(sentence)
            size += more
        else:
            sentences.append([sentence])
            size = more
    return [("" if SPACELESS.match(parts[0]) else " ").join(parts) for parts in sentences] or [text]


def _size(text: str) -> float:
    """Return the approximate number of words of a text; a word of Chinese has one or two signs."""
    return word_count(SPACELESS.sub(" ", text)) + sum(map(len, SPACELESS.findall(text))) / 1.5
