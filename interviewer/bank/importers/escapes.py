"""Escapes text that Markdown would read as marks: formulas, names and tags. Numbers written as emoji become digits."""

import html
import re

from interviewer.bank.importers.blocks import PATTERNS

_FORMULA = re.compile(
    r"(?<!`)(`++)[^`]{1,2000}\1|\$\$[^$]{1,2000}\$\$|\$(?![\s$])[^$\n]{1,500}(?<![\s\\])\$(?!\d)"
    r"|\\\((?:[^\\\n]|\\(?!\))){1,500}\\\)|\\\[(?:[^\\]|\\(?![\]\"'])){1,2000}\\\]|(?<!\w)__[a-z_]{1,40}__(?=\()"
)
"""A formula, or the name of a method such as __init__(); or code, which may hold dollars and stays as it is."""
_CODE_TAG = re.compile(r"<code>([^<>`\n]{1,500})</code>", re.IGNORECASE)
_NAME = re.compile(
    rf"(?<!`)(`+)(?!`)[^`]{{1,2000}}\1(?!`)|(?<!\w)__[a-z]+(?:_[a-z]+)*__(?!\w)|\[\*\]|\A>(?= ?=? ?\d)"
    rf"|<({PATTERNS['framing_tags']})\b[^<>]*>",
    re.IGNORECASE,
)
"""Code, a name such as __init__, the index [*], the sign before a bound such as > 5, or a tag that frames others."""
_KEYCAPS = re.compile(r"^([ \t#>*_-]*)((?:\d\ufe0f?\u20e3)+|🔟)[ .):]*", re.MULTILINE)


def escape_formulas(text: str) -> str:
    """Return Markdown with its formulas, all between dollars, and names of methods escaped: their signs are no marks."""
    return _FORMULA.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    formula = found[0]
    if found[1]:
        return formula
    formula = f"${formula[2:-2].strip()}$" if formula[0] == "\\" else formula
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", formula)


def escape_names(text: str) -> str:
    """Return a field's text with names and tags escaped that it speaks of, and the code in its HTML as code in Markdown."""
    text = _CODE_TAG.sub(lambda code: f"`{html.unescape(code[1])}`", text)
    closed = {name.casefold() for name in re.findall(r"</(\w+)", text)}
    return _NAME.sub(lambda name: _escape_name(name, closed), text)


def _escape_name(found: re.Match[str], closed: set[str]) -> str:
    return found[0] if found[1] or (found[2] or "").casefold() in closed else re.sub("([_<>*])", r"\\\1", found[0])


def replace_keycaps(text: str) -> str:
    """Return a text with the emoji for numbers at the beginning of its lines replaced by numbers."""
    return _KEYCAPS.sub(lambda caps: f"{caps[1]}{''.join(filter(str.isdigit, caps[2])) or 10}. ", text)
