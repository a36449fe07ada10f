"""Multiple choice in text: options below a question, and which are right by their ticks or by the letters after them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from interviewer.bank.importers.blocks import Block, plain, render_blocks, unindented

BOX = re.compile(r"\[([ xX])\]\s+")
_TICK = re.compile(r"\s*(?:[✅✔☑]\ufe0f?|\((?:correct|right)(?: answer)?\))\s*$", re.IGNORECASE | re.MULTILINE)
_HOW_MANY = re.compile(r"\W*(?:select|choose|pick|tick|check|mark) (?:all|any|one|two|three|a single|the)\b.*", re.IGNORECASE)
_AT_END = re.compile(r"[A-H]{1,4}|[a-h]{2,4}")
_FEWEST_LINES = 2
"""Lines of letters in a file, from which they are its answers."""
_LETTERS = re.compile(r"\(?[A-H](?:(?:[\s,;&()]|and)*[A-H])*\)?|[a-h](?:[\s,;&]*[a-h])*")
OPTION = re.compile(r"\(?([A-Ha-h])[).:]\s+(\S.*)")
_CHOSEN = re.compile(r"(?:options? )?\(?(?:([A-H])\)?(?:[.):,]+\s*|\s+[-–—]\s+|\s*$|\n\s*)|([a-h])(?:[.)]+\s*|\s*$|\n\s*))")


def marked_questions(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield blocks; where lines of letters say which options are right, a paragraph above options is marked as a question."""
    texts = [plain(block.text) if block.kind == "text" and not block.marker else "" for block in blocks]
    letters = sum(_LETTERS.fullmatch(text.rpartition("\n")[2]) is not None for text in texts)
    for block, text, below in zip(blocks, texts, [*texts, ""][1:], strict=True):
        stands_over = text and re.match(r"[Aa][.)] ", below)
        holds = {"A", "B"} <= _option_texts(text).keys()
        asks = letters >= _FEWEST_LINES and (stands_over or holds) and not re.match(r"\(|[A-Ha-h][.)] ", text)
        yield replace(block, text=f"Q: {block.text}") if asks else block


def part_at_ticks(body: Sequence[Block]) -> tuple[list[Block], list[Block]] | None:
    """Divide the blocks below a question into what is asked, with all options, and the ticked ones with the reason after them.

    None where no option is ticked.
    """
    ticked = _ticked(body)
    if True not in ticked:
        return None
    first = next(at for at, chosen in enumerate(ticked) if chosen is not None)
    asked = list(body[:first])
    right: list[Block] = []
    reason: list[Block] = []
    for block, chosen in list(zip(body, ticked, strict=True))[first:]:
        (reason if chosen is None and not _HOW_MANY.fullmatch(plain(block.text)) else asked).append(block)
        right += [block] if chosen else []
    return asked, right + reason


def _ticked(body: Sequence[Block]) -> list[bool | None]:
    """Return for each block whether the option that it belongs to is ticked, in its box or at its end; None outside options."""
    found: list[bool | None] = []
    chosen, depth = None, 0
    for block in body:
        text = plain(block.text) if block.marker else ""
        if box := BOX.match(text):
            chosen, depth = box[1] != " ", block.depth
        elif OPTION.match(text):
            chosen, depth = _TICK.search(text) is not None, block.depth
        elif block.depth < depth:
            chosen = None
        found.append(chosen)
    return found


def without_ticks(blocks: Sequence[Block]) -> str:
    """Return blocks as plain text, options without their boxes and ticks."""
    lines = [BOX.sub("", line, count=1) for line in render_blocks(blocks).split("\n")]
    return "\n".join(_TICK.sub("", line) if OPTION.match(line.strip()) else line for line in lines)


def _option_texts(text: str) -> dict[str, str]:
    lines = re.split(r"\n|(?<=\S) (?=[B-H][.)] )", text)
    return {match[1].upper(): match[2] for line in lines if (match := OPTION.match(line.strip()))}


def part_at_letters(text: str) -> tuple[str, str]:
    """Divide options from the letters below them that say which are right; no options where there are no such letters."""
    lines = text.split("\n")
    options: dict[str, str] = {}
    for at, line in enumerate(lines):
        if chosen_letters(line, options):
            return "\n".join(lines[:at]).strip(), "\n".join(lines[at:])
        options |= _option_texts(line)
    listed, _, letters = text.rpartition(" ")  # nothing but options, and their letters at the end of the last
    if _AT_END.fullmatch(letters) and re.match("[Aa][.)] ", text) and chosen_letters(letters, _option_texts(listed)):
        return listed, letters
    return "", text


def chosen_letters(line: str, options: Mapping[str, str]) -> list[str]:
    """Return the letters of which a line consists, such as "B" or "A, C", if they are those of options.

    Without anything between them they are in order and no two are the same, since "DEAD" is a word.
    """
    letters = _letters(line)
    apart = re.search(r"[\s,;&]", line.strip())
    chosen = sorted(set(letters))
    return chosen if options.keys() >= set(letters) and (apart or letters == chosen) else []


def unknown_letters(line: str, options: Mapping[str, str]) -> list[str]:
    """Return which of the letters that a line consists of are those of no option, as people mistype them."""
    known = not options or not line.isupper() or line.strip() in options.values()
    return [] if known else sorted(set(_letters(line)) - options.keys())


def _letters(line: str) -> list[str]:
    return re.findall("[A-H]", line.replace("and", "").upper()) if _LETTERS.fullmatch(line.strip()) else []


def with_options(reference: str, asked: str) -> str:
    """Return the answer to a multiple-choice question with the texts of the options whose letters it begins with."""
    options = _option_texts(asked)
    first, _, below = reference.partition("\n")
    letters = chosen_letters(first, options)
    if unknown := unknown_letters(first, options):
        letters = sorted(set(_letters(first)) - set(unknown))
    if letters or unknown:
        return "\n".join(f"{letter}: {options[letter]}" for letter in letters) + f"\n\n{below.strip()}".rstrip()
    found = _CHOSEN.match(reference)
    letter = (found[1] or found[2]).upper() if found else ""
    text = options.get(letter, "")
    if not found or not text or (rest := reference[found.end() :]).startswith(text):
        return unindented(reference)
    return f"{letter}: {text}\n\n{rest}".strip()
