"""Prepares the source of a document for a reader of Markdown: what other programs write in it becomes HTML, or goes.

Every line stays where it was, so that notes name the right one.
"""

import html
import re

from interviewer.bank.importers.escapes import replace_keycaps

_OPEN_PRE = re.compile(r"^[ \t]*<pre\b[^>]*>(?:<code\b[^>]*>)?[ \t]*$", re.IGNORECASE)
_CLOSE_PRE = re.compile(r"^[ \t]*(?:</code>)?</pre>[ \t]*$", re.IGNORECASE)
_CALLOUT = re.compile(r"(?:(\?\?\?\+?) \w+ \"([^\"\n]{1,400})\"|>[ \t]?\[!\w+\][-+] +(\S[^\n]{0,400}))[ \t]*$")
_HEADING_ID = re.compile(r"[ \t]{1,9}\{#[\w:.-]{1,200}\}[ \t]*$", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def prepared(text: str) -> str:
    """Return a text without front matter, comments and the ids of headings, with folded boxes and preformatted text marked."""
    plainer = _without_comments(_HEADING_ID.sub("", without_front_matter(text)))
    return replace_keycaps(_fenced_pre(_folded_callouts(plainer)))


def without_front_matter(text: str) -> str:
    """Return a text with the YAML at its beginning blanked, line by line."""
    if text.startswith("---\n") and (end := text.find("\n---\n", 3)) > 0:
        return "\n" * text.count("\n", 0, end + 5) + text[end + 5 :]
    return text


def _without_comments(text: str) -> str:
    before, end, after = text.rpartition("-->")  # each beginning of a comment before the last end has one: linear time
    return _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), before + end) + after


def _folded_callouts(text: str) -> str:
    """Turn the folded boxes of MkDocs and of Obsidian into <details>: ??? question "Show answer", and > [!faq]- What is tea?"""
    lines = text.split("\n")
    indent = ""
    for at, line in enumerate(lines):
        box = _CALLOUT.match(line)
        if indent and (box or (line.strip() and not line.startswith(indent))):
            lines[at - 1] += "</details>"
            indent = ""
        if box:
            lines[at] = f"<details><summary>{box[2] or box[3]}</summary>"
            indent = "    " if box[2] else ">"
        elif indent:
            lines[at] = line[len(indent) :].removeprefix(" ") if indent == ">" else line[len(indent) :]
    return "\n".join(lines) + "</details>" * bool(indent)


def _fenced_pre(text: str) -> str:
    """Turn the tags of preformatted text that stand on lines of their own into fences."""
    lines = text.split("\n")
    inside = False
    for at, line in enumerate(lines):
        if (_CLOSE_PRE if inside else _OPEN_PRE).match(line):
            lines[at], inside = "```", not inside
        elif inside:
            lines[at] = html.unescape(line)
    return "\n".join(lines)
