"""Code blocks, and the text of an answer between two questions."""

from interviewer.bank.importers.marks import plain, unlabelled


def fences(lines: list[str]) -> tuple[list[bool], list[int]]:
    """Tell for each line whether it belongs to a block of code, and which fences are never closed: those fence nothing."""
    marks = [_fence(line) for line in lines]
    longest = {"`": 0, "~": 0}
    closable = [False] * len(marks)
    for at in range(len(marks) - 1, -1, -1):
        mark, bare = marks[at]
        if mark:
            closable[at] = longest[mark[0]] >= len(mark)
            if bare:
                longest[mark[0]] = max(longest[mark[0]], len(mark))
    fenced: list[bool] = []
    unclosed: list[int] = []
    opener = ""
    for at, (mark, bare) in enumerate(marks):
        if opener:
            fenced.append(True)
            if mark.startswith(opener) and bare:
                opener = ""
            continue
        fenced.append(bool(mark) and closable[at])
        if mark and closable[at]:
            opener = mark
        elif mark:
            unclosed.append(at)
    return fenced, unclosed


def answer_text(lines: list[str], *, inline: bool) -> str:
    """Return the text of an answer: indentation that all lines share and bold marks removed, code as it is."""
    margins = [len(line) - len(line.lstrip()) for line in lines[inline:] if line.strip()]
    margin = min(margins, default=0)
    said: list[str] = []
    opener = ""
    for line in lines:
        indent = len(line) - len(line.lstrip())
        cut = line[min(margin, indent) :].rstrip()
        mark, bare = _fence(line)
        if not mark and not opener and cut:
            cut = cut[: max(0, indent - margin)] + plain(cut)
        said.append(cut)
        if mark and not opener:
            opener = mark
        elif mark.startswith(opener) and bare:
            opener = ""
    return unlabelled("\n".join(said).strip())


def untabbed(line: str) -> str:
    """Return a line whose indentation is spaces."""
    body = line.lstrip(" \t")
    return line[: len(line) - len(body)].expandtabs(4) + body


def _fence(line: str) -> tuple[str, bool]:
    """Return the fence that a line begins with, and whether nothing follows it."""
    body = line.strip()
    for character in "`~":
        if body.startswith(character * 3):
            rest = body.lstrip(character)
            if character not in rest:
                return character * (len(body) - len(rest)), not rest
    return "", False
