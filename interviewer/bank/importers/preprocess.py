"""Preprocesses Markdown before it is parsed: syntax of other programs becomes HTML or is left out.

Every line stays where it was, so that notes name the right one.
"""

import html
import itertools
import re
from collections.abc import Iterator

from interviewer.bank.importers.blocks import DEEPEST_DETAILS, word_pattern
from interviewer.bank.importers.escapes import replace_keycaps

_OPEN_PRE = re.compile(r"^[ \t]*<pre\b[^>]*>(?:<code\b[^>]*>)?[ \t]*$", re.IGNORECASE)
_CLOSE_PRE = re.compile(r"^[ \t]*(?:</code>)?</pre>[ \t]*$", re.IGNORECASE)
_CODE_TAG = re.compile(r"^[ \t]*</?code\b[^>]*>[ \t]*$", re.IGNORECASE)
_BOX = re.compile(
    r"^(?:(?:\?\?\?\+?|!!!(?=(?:.*\n){1,8}[ \t]+\?\?\?)) (\w+) \"([^\"\n]+)\"|> ?\[!\w+\][-+] +(\S.*))$"
    r"((?:\n(?:(?: {4}|\t).*|>.*|[ \t]*(?=(?:\n[ \t]*){0,3}\n(?: {4}|\t))))*+)(\n(?=\n))?",
    re.MULTILINE,
)
_WRAPPER = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*(?:markdown|md)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[ \t]*(\w?).*$", re.MULTILINE)
_NO_CODE = re.compile(r"^(?:#{2,6} |\*\*\w)", re.MULTILINE)
"""What stands in questions and answers, and hardly in code without a language."""
_FRONT_MATTER = re.compile(r"\A---\n(?=[\w\"'-][^\n:]{0,60}:(?:\s|$))(?:.*\n)*?---\n")
_HEADING_ID = re.compile(r"[ \t]{1,9}\{#[\w:.-]{1,200}\}[ \t]*$", re.MULTILINE)
_COMMENT_OR_FENCE = re.compile(r"<!--|^[ \t>]*(?:[-*+] +)?(`{3,}|~{3,})[^`\n]*$", re.MULTILINE)
_SHORTEST = 3
_ESCAPED_NUMBER = re.compile(r"^(\**\d{1,3})\\(?=\. )", re.MULTILINE)
"""The number of a question as editors write it that show no Markdown: `2\\. What is Git?`."""
_WORDS = re.compile(
    rf"^({word_pattern('question_words')})(?<=\w\w)(?= [^\W\d])(.*[?？؟] *\n+)"
    rf"({word_pattern('answer_labels')})(?<=\w\w)(?= \w)",
    re.IGNORECASE | re.MULTILINE,
)
"""The words before a question and the answer in the next line, without colons."""
_NOTE_MARKS = re.compile(
    r"[ \t]+#(?:flash)?cards?(?:/[\w/-]+)?[ \t]*$|^[ \t]*(?:id|collapsed|card-[a-z-]+)::[ \t].*$", re.MULTILINE
)
"""Tags of flashcards, and properties of Logseq."""
_CLOSING_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})[ \t]*$", re.MULTILINE)


def prepared(text: str) -> str:
    """Return a text without front matter, comments and the ids of headings, with folded boxes and preformatted text marked."""
    plainer = _without_comments(_HEADING_ID.sub("", unwrapped(without_front_matter(text))))
    boxes = 1
    for _ in range(DEEPEST_DETAILS):  # one inside another
        plainer, boxes = _BOX.subn(_folded, plainer) if boxes else (plainer, 0)
    return replace_keycaps(_ESCAPED_NUMBER.sub(r"\1", _WORDS.sub(r"\1:\2\3:", _fenced_pre(plainer))))


def without_note_marks(text: str) -> str:
    """Return a text without what programs for notes write for themselves: the tags of cards, and properties such as id::."""
    return _NOTE_MARKS.sub("", text)


def without_front_matter(text: str) -> str:
    """Return a text with the YAML at its beginning blanked, line by line."""
    return _FRONT_MATTER.sub(lambda matter: "\n" * matter[0].count("\n"), text, count=1)


def unwrapped(text: str) -> str:
    """Return a text without the fences around Markdown that was pasted with them, as chat programs show it.

    Such a block holds fences of the same kind, at which CommonMark would end it, or is most of the file; others are code.
    """
    pieces: list[str] = []
    at = 0
    while opening := _WRAPPER.search(text, at):
        closing = _wrapper_end(text, opening.end(), opening[1])
        inside = text[opening.end() : closing.start() if closing else len(text)]
        nested = any(inner[0].strip().startswith(opening[1]) for inner in _FENCE.finditer(inside))
        end = closing.end() if closing else len(text)
        unfenced = [text[at : opening.start()], inside, "</details>" if closing else ""]  # the tag ends an answer
        pieces += unfenced if nested or 2 * len(inside) > len(text) else [text[at:end]]
        at = end
    return "".join([*pieces, text[at:]])


def _wrapper_end(text: str, start: int, fence: str) -> re.Match[str] | None:
    """Return the fence that ends a block with further blocks of code in it: one that neither begins nor ends any of these."""
    fences = (found for found in _FENCE.finditer(text, start) if found[0].strip().startswith(fence))
    inside = False
    for found, after in itertools.pairwise(itertools.chain(fences, [None])):
        if found is None or inside or found[1]:
            inside = bool(found and found[1])
        elif after is None or after[1] or _NO_CODE.search(text, found.end(), after.start()):
            return found
        else:
            inside = True
    return None


def _without_comments(text: str) -> str:
    """Return a text without the comments outside code; a fence that only a shorter one closes is as short as that."""
    pieces: list[str] = []
    at = 0
    for found, end in _comments_and_code(text):
        if end < 0:
            break
        fence, inside = found[1], text[found.start() : end]
        if fence is None:
            inside = "\n" * inside.count("\n")
        elif not inside.endswith(fence):
            inside = inside.replace(fence, fence[:_SHORTEST], 1)
        pieces += [text[at : found.start()], inside]
        at = end
    return "".join([*pieces, text[at:]])


def unclosed_code(text: str) -> int:
    """Return the line of the fence that is never closed, if something like a question comes below it; else 0."""
    for found, end in _comments_and_code(text):
        if end < 0 and found[1] and _NO_CODE.search(text, found.end()):
            return text.count("\n", 0, found.start()) + 1
    return 0


def _comments_and_code(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Yield where comments and blocks of code begin, and where each ends; the last may have no end, which is -1."""
    at = 0
    open_to_the_end: set[str] = set()  # the fences that nothing below closes, so that each is looked for once
    while at >= 0 and (found := _COMMENT_OR_FENCE.search(text, at)):
        if fence := found[1]:
            at = -1 if fence in open_to_the_end else _end_of_fence(text, found.end(), fence)
            if at < 0:
                open_to_the_end.add(fence)
                at = _end_of_fence(text, found.end(), fence[:_SHORTEST])
        else:
            at = text.find("-->", found.end())
            at += len("-->") if at >= 0 else 0
        yield found, at


def _end_of_fence(text: str, start: int, fence: str) -> int:
    ends = (found.end(1) for found in _CLOSING_FENCE.finditer(text, start) if found[1].startswith(fence))
    return next(ends, -1)


def _folded(box: re.Match[str]) -> str:
    """Return a folded box of MkDocs or of Obsidian as <details>: ??? question "Show answer", and > [!faq]- What is tea?

    One around boxes with questions is a section.
    """
    body = re.sub(r"^(?: {4}|\t|> ?)", "", box[4], flags=re.MULTILINE)
    if box[1] != "question" and re.search(r"^[ \t]*\?\?\?\+? question", body, re.MULTILINE):
        return f"###### {box[2] or box[3]}{body}{box[5] or ''}"
    return f"<details><summary>{box[2] or box[3]}</summary>{body}{box[5] or ''}</details>"


def _fenced_pre(text: str) -> str:
    """Turn the tags of preformatted text that stand on lines of their own into fences."""
    lines = text.split("\n")
    inside = False
    for at, line in enumerate(lines):
        if (_CLOSE_PRE if inside else _OPEN_PRE).match(line):
            lines[at], inside = "```", not inside
        elif inside:
            lines[at] = html.unescape(_CODE_TAG.sub("", line))
    return "\n".join(lines)
