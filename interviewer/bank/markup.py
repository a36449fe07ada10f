"""A reference answer as Markdown: code is marked, lists and tables of other kinds are rewritten, and no script is left."""

import re
from itertools import groupby

_FENCED = re.compile(r"(^ {0,3}(?:```|~~~)[\s\S]*?(?:^ {0,3}(?:```|~~~)[ \t]*$|\Z))", re.MULTILINE)
_SCRIPT = re.compile(r"(?:(?<=>)|^)[ \t]*<(script|style)\b[^>]{0,200}>[\s\S]{0,5000}?</\1\s*>", re.IGNORECASE | re.MULTILINE)
"""One that begins a line or follows another tag; an answer may speak of one within a sentence."""
_EMBEDDED = re.compile(
    r"^( {0,3}(?:<(?:p|div|center)\b[^>]{0,200}>\s{0,9})?)"
    r"(?:<(iframe|video|audio|object|svg|title|text|canvas|button|form|select)\b"
    r"[^>]{0,1000}>[\s\S]{0,5000}?</\2\s*>|<(?:embed|input)\s[^>]{1,1000}>)(?=[ \t]*(?:$|</))",
    re.IGNORECASE | re.MULTILINE,
)
"""A player, a drawing or a control on lines of its own."""
_FOOTNOTE = re.compile(r"^\[\^([^\]\n]{1,30})\]:.*$", re.MULTILINE)
_FOOTNOTE_SIGN = re.compile(r"\[\^([^\]\n]{1,30})\]")
_LATEX_LIST = re.compile(r"\\(?:begin|end)\{(?:itemize|enumerate|description)\}(?:\[[^\]\n]{0,100}\])?")
_LATEX_ITEM = re.compile(r"\s*\\item\b(?:\[([^\]\n]{0,100})\])?\s*")
_DEFINITIONS = re.compile(r"<(/?d[ltd])\b[^<>]{0,200}>", re.IGNORECASE)
_AS_LIST = {"dl": "<ul>", "/dl": "</ul>", "dt": "<li>", "/dt": "", "dd": "<ul><li>", "/dd": "</li></ul>"}
_UNHEADED = re.compile(
    r"(<table\b[^<>]{0,200}>)(?=\s*(?:<tbody>\s*)?<tr\b[^<>]{0,200}>(?:\s*<td\b(?:(?!</?t[drh]\b)[\s\S]){0,2000}</td>){2}\s*</tr)",
    re.IGNORECASE,
)
"""A table of two columns whose first row names nothing."""
_ROWS = re.compile(r"(?:^[ \t]*\|.*\|[ \t]*(?:\n|\Z)){2,}|(?:^[^\s|][^\t\n]*(?:\t[^\t\n]+)+(?:\n|\Z)){2,}", re.MULTILINE)
_RULE_ROW = re.compile(r"[\s|:-]+")
_HEADED = 3
"""The first of so many rows names the columns, if these are as many."""

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


def as_markdown(reference: str) -> str:
    """Return a reference as Markdown. Takes linear time."""
    parts = _FENCED.split(reference)
    return _marked_code("".join(part if at % 2 else _rewritten(part) for at, part in enumerate(parts)))


def _rewritten(text: str) -> str:
    text = _SCRIPT.sub("", text)
    text = said if re.search(r"\w", said := _EMBEDDED.sub(r"\1", text)) else text  # which may be all the answer
    if footnotes := set(_FOOTNOTE.findall(text)):
        text = _FOOTNOTE_SIGN.sub(lambda sign: "" if sign[1] in footnotes else sign[0], _FOOTNOTE.sub("", text))
    if _LATEX_LIST.search(text):
        text = _LATEX_ITEM.sub(lambda item: f"\n- {item[1]}: " if item[1] else "\n- ", _LATEX_LIST.sub("\n\n", text))
    if "</dl" in text.lower():
        text = _DEFINITIONS.sub(lambda tag: _AS_LIST[tag[1].lower()], text)
    return _ROWS.sub(_table, _UNHEADED.sub(r"\1<tr><th></th><th></th></tr>", text))


def _table(found: re.Match[str]) -> str:
    """Return lines with cells as a table of Markdown, which has a row that names its columns and a rule below it."""
    lines = found[0].rstrip("\n").split("\n")
    tabs = "|" not in lines[0].strip()[:1]
    rows = [line.replace("|", "\\|").split("\t") if tabs else line.strip()[1:-1].split("|") for line in lines]
    columns = len(rows[0])
    if _RULE_ROW.fullmatch(lines[1]) or columns < 2 or any(len(row) != columns for row in rows):
        return found[0]
    if min(columns, len(rows)) < _HEADED:
        rows.insert(0, [" "] * columns)
    rows.insert(1, ["---"] * columns)
    return "\n" + "\n".join(f"|{'|'.join(row)}|" for row in rows) + "\n\n"


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
