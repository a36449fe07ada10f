"""A reference answer as statements that stand on their own: a lead-in joins its items, markup is gone, framing is marked."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from interviewer.bank.importers.blocks import HARD_BREAK, Block, plain, render_blocks
from interviewer.bank.importers.markdown import read_blocks
from interviewer.bank.markup import as_markdown
from interviewer.bank.sentences import ASKS, STOPS, listed, sentences, size
from interviewer.text.words import SPACELESS, terms

_ITEM_WORDS = 30
"""A longer item of a list is cut into its sentences."""
_LEAD_WORDS = 12
"""Of a longer lead-in only the last clause stands before its items."""
_WHOLE_WORDS = 8
"""An item with at least this many says what it is about."""
_FEWEST_WORDS = 3
"""A shorter example is only a name."""
_EQUAL_ITEMS = 4
"""Further items of a list are a bonus."""
_LINE, _SLACK = 40, 12
"""Characters. A shorter line was not wrapped; wrapped lines differ by more than the next word, since links were taken out."""

_COLONS = " \t:："
_DEFINES = re.compile(r"[ \t]*\n[ \t]*:[ \t]+")
"""Between a term and its definition, as some programs write them in Markdown."""
_UNSAID = re.compile(r"^(?:\S+\s+){,2}\S*$|\b(?:is|are|be|like|as)$")
"""A lead-in that says nothing without the code below it."""
_ADDRESS = re.compile(r" ?[(<\[]?https?://[^\s)>\]]+[)>\]]?")
_BULLET = re.compile(
    r"^(?:\[[ xX]?\]\s+(?=\S)|(?:\d{1,2}[.)、]|[a-h]\) ?)(?=[^\W\d_]{2}))"
    r"|^(?:(?![-−]\d|[≤≥≈≠±√∀∃∂∑∏∞€£¥§¬])(?:[^\w\"'“‘«„(\[`{<$@#.+=/\\&%~|^!?¿¡:;,)\]]|_(?=\W)))+(?=[-−]?\w|[\"'“‘«„(\[`≤≥≈≠±√∀∃∂∑∏∞€£¥§¬])"
)
_DISPLAYED = re.compile(r"\$\$[^$]{1,2000}\$\$")
_EXAMPLE = re.compile(
    r"(?P<label>(?:examples?|beispiele?|ejemplos?|exemples?|примеры?|例子?|示例)\s*[:：]\s*)"
    r"|(?:for (?:example|instance)|e\.g|zum beispiel|z\. ?b|por ejemplo|par exemple|например|例如|比如|notes?:|hinweis:|tip:)",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(r"(?:\s(?:is|are))?\s(?:as follows|the following|wie folgt)[.:]?$", re.IGNORECASE)
"""How a lead-in ends that has no colon."""
_OPENING = re.compile(
    r"(?:(?:sure|certainly|of course|absolutely|(?:great|good) question)[!.,]\s+(?=\S))?"
    r"(?:(?:here(?:['’]s| (?:is|are))|(?:the )?(?:short |long )?answer)\b[^:.]{0,40}:\s+(?=\S))?",
    re.IGNORECASE,
)
"""What only opens a sentence that says something."""
_FRAME = re.compile(
    r"(?:in (?:this|the following|diesem|dieser) \w+,? (?:we|i|you|werden|wird)\b"
    r"|(?:let(?:['’]s| us)|here (?:are|is)|below (?:are|is)|(?:as|like) (?:we|i) (?:said|saw|mentioned)|we will|we['’]ll)\b"
    r"|(?:the )?(?:following|below) (?:table|diagram|figure|image|code)\b"
    r"|(?:this|that|it)(?: is|['’]s) (?:an? )?(?:\w+ ){0,2}(?:question|topic)\b"
    r"|to (?:answer|explain|address) (?:this|that|the|your) (?:\w+ )?question\b|thank(?:s| you)\b"
    r"|(?:i )?hope (?:this|that|it) helps\b|(?:sure|certainly|of course|(?:great|good|excellent) question)\W*$"
    r"|(?:written|posted) by @\w|share (?:this )?on (?:twitter|facebook|linkedin|reddit)\b"
    r"|let me know\b|feel free to\b|read more\b|for (?:more|further) (?:details?|information|reading)\b"
    r"|(?:see|siehe|voir|véase)\b(?!.*\b(?:is|are|was|were)\b).{0,40}$|в этой статье|в этом разделе|在本文中|本文将)"
    r"|.*\b(?:two|three|four|five|six|seven|several|many|various|some|following|zwei|drei|vier|fünf|mehrere|folgende[nr]?|\d)\s"
    r"(?:\w+\s){0,2}(?:aspects?|ways?|types?|kinds?|reasons?|parts?|steps?|respects?|points?|components?|things?|categories"
    r"|hinsichten|arten|gründe|teile|schritte)(?: (?:for|of) (?:this|that|it))?\W*$"
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
    names: bool = False
    """Whether it is the heading of one of several sections, which says what these are about."""
    items: int = 0
    """The number of its entries so far."""

    def holds(self, entry: _Entry) -> bool:
        return entry.depth > self.entry.depth or (entry.depth == self.entry.depth and not (self.items or entry.item))

    def over(self, entry: _Entry, text: str) -> str:
        """Return the text that the first statement of an entry below it begins with, where that is needed to understand it."""
        named = ":" in text and (size(text) >= _WHOLE_WORDS or size(self.entry.text) >= _WHOLE_WORDS)
        whole = named or (size(text) >= _WHOLE_WORDS and self.entry.heading)
        if self.names:
            whole = not {*terms(self.text)}.isdisjoint(terms(text))
        unasked = self.entry.heading and not (entry.item or self.names)
        return "" if whole or unasked or _FRAME.match(self.text) else self.text


def statements(reference: str) -> Iterator[Statement]:
    """Yield the statements of a reference answer, Markdown, HTML or plain text, in order. Takes linear time."""
    leads: list[_Lead] = []
    entries = [entry for block in read_blocks(as_markdown(reference)) for entry in _entries(block) if entry.text]
    headings = {entry.text for entry in entries if entry.heading and _names(entry.text)}
    for entry, following in zip_longest(entries, entries[1:]):
        while leads and not leads[-1].holds(entry):
            yield from _unused(leads.pop())
        if entry.heading or _leads(entry, following):
            *earlier, last = [entry.text] if entry.heading else sentences(entry.text)
            yield from (_statement(sentence) for sentence in earlier)
            start, comma, end = last.rpartition(", ")
            if comma and size(last) > _LEAD_WORDS:
                yield _statement(start)
                last = end
            text = _FOLLOWS.sub("", _BULLET.sub("", last).rstrip(_COLONS))
            leads.append(_Lead(entry, text, names=len(headings) > 1 and entry.text in headings))
            continue
        lead = leads[-1] if leads else None
        if lead and entry.code and "\n" in entry.text:  # code of several lines is not said: the lead-in is all there is
            if not (lead.items or lead.entry.heading):
                yield _statement(leads.pop().text, empty=_UNSAID.search(lead.text) is not None)
        elif lead:
            lead.items += 1
        yield from _of_entry(entry, lead)
    for lead in reversed(leads):
        yield from _unused(lead)


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
            several = len(lines) > 1 and not block.marker
            for at, line in enumerate(lines):
                inside = several and not line.endswith((":", "："))
                item = (inside and not line.endswith(STOPS)) or (at == 0 and bool(block.marker))
                for part, within in listed(line):
                    yield _Entry(part, block.depth + inside + within, item=item or within)


def _leads(entry: _Entry, following: _Entry | None) -> bool:
    """Tell whether an entry is a lead-in to what follows: it ends in a colon, or has no end and something below it."""
    if entry.code or entry.text.endswith((":", "：")):
        return not entry.code
    if following and following.depth > entry.depth and _FOLLOWS.search(entry.text):
        return True
    if following is None or following.heading or entry.text.endswith((*STOPS, ";", "；")):
        return False
    below = following.depth > entry.depth and not (entry.item and following.code)
    return below or (entry.item and following.depth == entry.depth and not following.item and size(entry.text) < _WHOLE_WORDS)


def _names(heading: str) -> bool:
    """Tell whether a heading may say what its section is about."""
    return not (_FRAME.match(heading) or heading.endswith(ASKS)) and size(heading) < _WHOLE_WORDS


def _of_entry(entry: _Entry, lead: _Lead | None) -> Iterator[Statement]:
    bonus = entry.item and lead is not None and lead.items > _EQUAL_ITEMS
    if entry.code or (entry.item and size(entry.text) <= _ITEM_WORDS):
        first, others = entry.text, []
    else:
        first, *others = sentences(entry.text)
    if entry.code:
        said = lead is not None and not lead.entry.heading and "\n" not in first
        yield Statement(first.rstrip(_COLONS), lead.text if lead and said else "", empty=not said)
        return
    yield _statement(first, lead.over(entry, first) if lead else "", item=entry.item, bonus=bonus)
    yield from (_statement(sentence, item=entry.item, bonus=bonus) for sentence in others)


def _unused(lead: _Lead) -> Iterator[Statement]:
    """Yield a lead-in that nothing came after."""
    if not lead.items:
        yield _statement(lead.text, empty=lead.entry.heading or size(lead.text) < _WHOLE_WORDS)


def _statement(text: str, lead: str = "", *, item: bool = False, bonus: bool = False, empty: bool = False) -> Statement:
    """Return a text as a statement: without an item's sign, a label such as "Example:", and a last colon."""
    text = _OPENING.sub("", _BULLET.sub("", text.strip(), count=1), count=1).rstrip(_COLONS)
    example = _EXAMPLE.match(text)
    if example and example["label"]:
        text = text[example.end() :]
        empty = empty or size(text) <= _FEWEST_WORDS
    empty = empty or _FRAME.match(text) is not None or text.endswith(ASKS)
    return Statement(text, lead, item, bonus or example is not None, empty)


def _without_addresses(line: str) -> str:
    """Return a line without addresses of pages, and nothing if it only leads to one."""
    said = _ADDRESS.sub("", line).strip()
    return said if said == line or size(said) >= _FEWEST_WORDS else ""


def _lines(text: str) -> list[str]:
    """Return the lines of a paragraph, joined where they were only wrapped: where the next word had no room."""
    text = _DISPLAYED.sub(lambda formula: " ".join(formula[0].split()), _DEFINES.sub(": ", text))
    lines = [line for line in map(plain, text.split("\n")) if line]
    width = max(map(len, lines), default=0)
    starts = {"item" if line[0].isupper() or _BULLET.match(line) else "text" if line[0].islower() else "" for line in lines}
    alike = starts in ({"item"}, {"text"})  # lines of prose begin now with a capital and now without
    joined = lines[:1]
    for last, line in pairwise(lines):
        room = width - len(last) - len(line.split(maxsplit=1)[0])
        whole = (last.endswith((*STOPS, ":", "：", ";")) and not line[0].islower()) or _BULLET.match(line)
        wrapped = len(last) >= _LINE and room < _SLACK and not alike
        begun = joined[-1][0].isupper() and line[0].islower() and lines[-1].endswith(STOPS)
        if not whole and (last.endswith(",") or wrapped or begun):
            joined[-1] += line if SPACELESS.match(line) and SPACELESS.match(last[-1]) else f" {line}"
        else:
            joined.append(line)
    return joined
