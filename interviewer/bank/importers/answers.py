"""The question that blocks are added to, and what its blocks make in the end: question, answer, hint and sources."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from interviewer.bank.importers.build import Draft
from interviewer.bank.importers.heads import BOX, Head
from interviewer.bank.importers.markup import Block, plain, render

_OPTION = re.compile(r"\(?([A-Ha-h])[).:]\s+(\S.*)")
_CHOSEN = re.compile(r"(?:options? )?\(?([A-H])\)?(?:[.):,]+\s*|\s+[-–—]\s+|\s*$|\n\s*)")
Part = Literal["question", "body", "answer", "hint", "other"]
"""What a block of a question is: the body is its answer, or belongs to the question if an answer is announced after it."""


@dataclass(slots=True)
class OpenQuestion:
    """The question that blocks are added to."""

    head: Head
    block: Block
    draft: Draft
    parts: dict[Part, list[Block]] = field(default_factory=lambda: defaultdict(list))
    part: Part = "body"
    rule: tuple[int, int] | None = None
    """How many blocks the part had at the last thematic break, and its line."""
    step: int = 0
    """The number of the last step of the answer."""

    def holds(self, block: Block) -> bool:
        """Tell whether a block is inside the item of a list or the <details> that the question is in, or in further ones."""
        inside = self.block.details - (self.block.kind == "summary")
        in_item = bool(self.block.marker) and not block.marker and block.depth >= self.block.depth
        return in_item or block.details > inside + (block.kind == "summary")

    @property
    def said(self) -> bool:
        return any(block.kind != "source" for part in self.parts.values() for block in part)

    def fields(self) -> dict[str, object]:
        """Return the fields of a bank that its blocks make: its text with code and options, its answer, hint and sources."""
        body, answer = self.parts["body"], self.parts["answer"]
        asked, said = (body, answer) if answer else ([], body)
        choices = _choices(body)
        if any(chosen for chosen, _ in choices):
            options = [block for _, option in choices for block in option]
            before = body[: body.index(options[0])]
            asked = [*before, *options]
            said = [block for chosen, option in choices if chosen for block in option]
            taken = set(map(id, options))
            said += [block for block in [*body[len(before) :], *answer] if id(block) not in taken]
        extra = _unboxed([*self.parts["question"], *asked])
        fields: dict[str, object] = {"reference": _with_option(_unboxed(_without_lead(said)), extra)}
        if extra:
            fields["question"] = f"{self.head.text}\n{extra}".strip()
        if hint := render(self.parts["hint"]):
            fields["hint"] = hint
        if sources := [block.text for part in self.parts.values() for block in part if block.kind == "source"]:
            fields["sources"] = list(dict.fromkeys(sources))
        return fields


def _choices(body: Sequence[Block]) -> list[tuple[bool, list[Block]]]:
    """Return the options of a list with boxes to tick: each with whether it is ticked, and its blocks."""
    options: list[tuple[bool, list[Block]]] = []
    for block in body:
        if block.marker and (box := BOX.match(plain(block.text))):
            options.append((box[1] != " ", [block]))
        elif options and block.depth >= options[-1][1][0].depth:
            options[-1][1].append(block)
    return options


def _without_lead(blocks: Iterable[Block]) -> list[Block]:
    """Leave out what only leads to links that were left out, such as 'Read more:'."""
    kept: list[Block] = []
    for block in blocks:
        if block.kind == "source" and kept and re.fullmatch(r".{0,60}:", plain(kept[-1].text)):
            kept.pop()
        if block.kind != "source":
            kept.append(block)
    return kept


def _unboxed(blocks: Sequence[Block]) -> str:
    return "\n".join(BOX.sub("", line, count=1) for line in render(blocks).split("\n"))


def _with_option(reference: str, options: str) -> str:
    """Return the answer to a multiple-choice question with the text of the option whose letter it begins with."""
    found = _CHOSEN.match(reference)
    if not found:
        return reference
    texts = {match[1].upper(): match[2] for line in options.split("\n") if (match := _OPTION.match(line.strip()))}
    text, rest = texts.get(found[1], ""), reference[found.end() :]
    if not text or rest.startswith(text):
        return reference
    return f"{found[1]}: {text}\n\n{rest}".strip()
