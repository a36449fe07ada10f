"""Prepares the source of a document for a reader of Markdown: what other programs write in it becomes HTML, or goes.

Every line stays where it was, so that notes name the right one.
"""

import html
import re

from interviewer.bank.importers.escapes import replace_keycaps
from interviewer.bank.importers.markup import DEEPEST_DETAILS

_OPEN_PRE = re.compile(r"^[ \t]*<pre\b[^>]*>(?:<code\b[^>]*>)?[ \t]*$", re.IGNORECASE)
_CLOSE_PRE = re.compile(r"^[ \t]*(?:</code>)?</pre>[ \t]*$", re.IGNORECASE)
_CODE_TAG = re.compile(r"^[ \t]*</?code\b[^>]*>[ \t]*$", re.IGNORECASE)
_BOX = re.compile(
    r"^(?:(?:\?\?\?\+?|!!!(?=(?:.*\n){1,8}[ \t]+\?\?\?)) (\w+) \"([^\"\n]+)\"|> ?\[!\w+\][-+] +(\S.*))$"
    r"((?:\n(?:(?: {4}|\t).*|>.*|[ \t]*(?=(?:\n[ \t]*){0,3}\n(?: {4}|\t))))*+)(\n(?=\n))?",
    re.MULTILINE,
)
_HEADING_ID = re.compile(r"[ \t]{1,9}\{#[\w:.-]{1,200}\}[ \t]*$", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def prepared(text: str) -> str:
    """Return a text without front matter, comments and the ids of headings, with folded boxes and preformatted text marked."""
    plainer = _without_comments(_HEADING_ID.sub("", without_front_matter(text)))
    boxes = 1
    for _ in range(DEEPEST_DETAILS):  # one inside another
        plainer, boxes = _BOX.subn(_folded, plainer) if boxes else (plainer, 0)
    return replace_keycaps(_fenced_pre(plainer))


def without_front_matter(text: str) -> str:
    """Return a text with the YAML at its beginning blanked, line by line."""
    if text.startswith("---\n") and (end := text.find("\n---\n", 3)) > 0:
        return "\n" * text.count("\n", 0, end + 5) + text[end + 5 :]
    return text


def _without_comments(text: str) -> str:
    before, end, after = text.rpartition("-->")  # each beginning of a comment before the last end has one: linear time
    return _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), before + end) + after


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
