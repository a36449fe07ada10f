"""What looks like a key or a password, whoever wrote it: neither a server's words nor a log may repeat one."""

import re

INSTEAD = "…"
SHORTEST_KEY = 8
"""Characters. What is shorter is no secret, but a word such as `none` for a local server, which any text may contain."""
# Where words may follow in an honest message, only what has a digit, the stars of a masked key, or a capital after a small
# letter is taken for a key.
_MARK = r"(?-i:[\d*]|(?<=[a-z])[A-Z])"
_KEYLIKE = re.compile(
    rf"""
    \b(?:sk|pk|rk|gsk|xai|nvapi|pplx)[-_][\w*.-]{{6,}}
    | \b(?:AIza|eyJ)[\w*.-]{{6,}}
    | \b(?:(?:key|hf|gh[oprsu]|github_pat|glpat|r8)[-_] | api[-_](?=\w{{12}}))(?=[\w*.-]{{0,99}}{_MARK})[\w*.-]{{6,}}
    | \bBearer\s+(?=[\w*.~+/-]{{0,99}}{_MARK})[\w*.~+/=-]{{6,}}
    | \bBasic\s+(?=[\w+/]{{0,99}}(?:{_MARK}|=(?!\w)))[\w+/]{{8,}}=*
    | (?<=://)[^\s/@]{{1,999}}(?=@)                                                   # a user and password in an address
    | (?:api[-_ ]?key|authorization|password|passwd|secret)
      (?:["']\s*: | \s*= | \s*:(?=\s*["']?[^\s"',;]{{0,99}}{_MARK}))\s*["']?[^\s"',;]{{8,}}
    """,
    re.IGNORECASE | re.VERBOSE,
)


def without_keylike(text: str) -> str:
    """Return a text without what looks like a key."""
    return _KEYLIKE.sub(INSTEAD, text)
