"""Formulas in Markdown: TeX between dollars, or between the brackets that MathJax reads."""

import re

_FORMULA = re.compile(
    r"(?<!`)(`++)[^`]{1,2000}\1|\$\$[^$]{1,2000}\$\$|\$(?![\s$])[^$\n]{1,500}(?<![\s\\])\$(?!\d)"
    r"|\\\((?:[^\\\n]|\\(?!\))){1,500}\\\)|\\\[(?:[^\\]|\\(?!\])){1,2000}\\\]"
)
"""Or code, which may hold dollars as well."""


def escape_formulas(text: str) -> str:
    """Return Markdown with its formulas escaped, all between dollars: their stars and backslashes are no marks."""
    return _FORMULA.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    formula = found[0]
    if found[1]:
        return formula
    formula = f"${formula[2:-2].strip()}$" if formula[0] == "\\" else formula
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", formula)
