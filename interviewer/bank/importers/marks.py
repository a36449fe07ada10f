"""What a line of a question list can be: a heading, a numbered item, a bold or a marked question."""

import re
from dataclasses import dataclass
from typing import Literal

Style = Literal["heading", "listed", "bold", "plain", "marked"]
"""`## 1. Why?`, `1. **Why?**`, `**1. Why?**`, `1. Why?`, `Q: Why?`"""

# Every repetition is bounded or ends at a character that it cannot match: a line may have megabytes.
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+|$)")
_NUMBER = re.compile(r"(\d{1,6})(?:\\?[.)](?=\s|$|\*\*)|[、．])\s*")
_END = r" ?(?:[.):](?=\s|$)|[、．：])\s*"
_WORDS = "question|q|frage|pregunta|pergunta|domanda|вопрос|питання|问题|問題|質問|질문"
_WORDED = re.compile(rf"(?:{_WORDS})\.? ?#?(\d{{0,6}}){_END}", re.IGNORECASE)
_NUMBERED = re.compile(rf"#?(\d{{1,6}}){_END}")
_LABEL = re.compile(
    r"(?:\*\*|__)?(?:answer|ans|a|solution|antwort|respuesta|réponse|resposta|risposta|ответ|відповідь|答案|回答|答|답변|답)"
    r" ?\d{0,6} ?(?:[:：](?:\*\*|__)?|(?:\*\*|__)[:：])\s*",
    re.IGNORECASE,
)
_LINK = re.compile(r"\[([^\[\]]+)\]\([^()]*\)")
_BOLD = re.compile(r"(?<![\w*])\*\*(?=[^\s*])([^*\n]*[^\s*])\*\*(?![\w*])")


@dataclass(frozen=True, slots=True)
class Item:
    """A line that may begin a question."""

    style: Style
    number: int | None
    text: str
    rest: str = ""
    """What follows the question on its line: the beginning of the answer."""
    indent: int = 0
    depth: int = 0
    """How deep a heading is: the number of its #."""

    @property
    def asks(self) -> bool:
        return self.text.endswith(("?", "？", "؟"))


def read_heading(line: str) -> Item | None:
    """Return the heading that a line is, with the number before its text taken off."""
    match = _HEADING.match(line)
    if match is None:
        return None
    title = line[match.end() :].strip()
    bare = title.rstrip("#")
    title = bare.rstrip() if bare != title and (not bare or bare[-1].isspace()) else title
    style, number, text = _marked(plain(title)) or ("heading", None, plain(title))
    return Item("heading" if style == "bold" else style, number, text, depth=len(match[1]))


def read_item(line: str) -> Item | None:
    """Return the numbered, bold or marked question that a line may begin."""
    body = line.lstrip(" ")
    indent = len(line) - len(body)
    if indent > 3:
        return None
    if body[:1].isdigit() and (match := _NUMBER.match(body)):
        rest = body[match.end() :].strip()
        inner, after = _bold_head(rest)
        if inner:
            return Item("listed", int(match[1]), plain(inner), after, indent)
        return Item("plain", int(match[1]), plain(rest), "", indent) if rest else None
    inner, after = _bold_head(body.removeprefix("- ").removeprefix("* "))
    if inner and (marked := _marked(inner)):
        style, number, text = marked
        return Item(style, number, plain(text or after), after if text else "", indent) if text or after else None
    if inner:
        unnumbered = Item("bold", None, plain(inner), after, indent)
        return unnumbered if unnumbered.asks and not after else None
    if (marked := _marked(body)) and marked[0] == "marked" and marked[2]:
        return Item("marked", marked[1], plain(marked[2]), "", indent)
    return None


def opens_bold(line: str) -> bool:
    """Tell whether a bold question begins on this line and goes on after it."""
    body = line.strip()
    body = body[match.end() :] if (match := _NUMBER.match(body)) else body
    return body.startswith("**") and body.count("**") == 1


def is_rule(line: str) -> bool:
    """Tell whether a line is a thematic break, such as ---."""
    marks = line.replace(" ", "")
    return len(marks) >= 3 and marks[0] in "-*_" and marks == marks[0] * len(marks)


def unlabelled(text: str) -> str:
    """Return an answer without the 'Answer:' before it."""
    match = _LABEL.match(text)
    return text[match.end() :] if match else text


def is_label(text: str) -> bool:
    """Tell whether a heading only says that an answer follows."""
    return _LABEL.fullmatch(f"{text.rstrip(':：')}:") is not None


def plain(text: str) -> str:
    """Return a line without the marks of bold text and without the address of a link that is all of it."""
    text = _BOLD.sub(r"\1", text.strip())
    link = _LINK.fullmatch(text)
    return (link[1] if link else text).strip()


def _marked(text: str) -> tuple[Style, int | None, str] | None:
    """Return the style, number and text of '12. Why?' or 'Question 12: Why?'."""
    if match := _WORDED.match(text):
        return "marked", int(match[1]) if match[1] else None, text[match.end() :].strip()
    if match := _NUMBERED.match(text):
        return "bold", int(match[1]), text[match.end() :].strip()
    return None


def _bold_head(text: str) -> tuple[str, str]:
    """Return the bold text that a line begins with and what follows it; two empty texts where there is none."""
    for mark in ("**", "__"):
        if text.startswith(mark) and (end := text.find(mark, 2)) > 2:
            return text[2:end].strip(), text[end + 2 :].strip().lstrip(":：").strip()
    return "", ""
