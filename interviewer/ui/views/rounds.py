"""The rounds of a drill side by side: the first and the latest, and those between where the screen is wide enough."""

from collections.abc import Sequence
from typing import get_args

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from interviewer.bank.points import point_name
from interviewer.models import Attempt, ReadingKind
from interviewer.practice.rounds import Change, RoundComparison, Said
from interviewer.text.clean import shorten
from interviewer.ui.screen import Screen, sentence
from interviewer.ui.views.score_card import LINES_BELOW
from interviewer.ui.views.score_line import cropped, depth_lines, headline
from interviewer.ui.views.styles import BAD, GOOD, QUIET, sign

_STYLES: dict[Change, str] = {"lost": BAD, "kept": "bold", "gained": GOOD, "never": QUIET}
_NAMES, _COLUMN = 20, 24
"""Characters that the names of the points, and the words of one round, need to be read."""
_QUOTE = 70
"""The most characters of a quote in a table."""


def show_round(screen: Screen, attempt: Attempt, compared: RoundComparison) -> None:
    """Print the score of a round, and below it what of the first round was lost and kept."""
    assert attempt.round is not None and attempt.grading is not None and attempt.grading.score is not None  # noqa: S101, PT018
    place = attempt.round
    line = Text.assemble((f"\nRound {place.number} of {place.of}, {place.seconds} seconds  ", "bold"))
    line.append_text(headline(attempt.grading, attempt.grading.score))
    below = list(map(cropped, depth_lines(attempt.grading, attempt.bar)))
    shown = Group(line, *below, comparison(compared, screen.out.width, plain=screen.plain))
    too_long = len(screen.out.render_lines(shown, pad=False)) > screen.out.height - LINES_BELOW
    if screen.out.is_terminal and too_long:
        shown = Group(line, *below, comparison(compared, screen.out.width, plain=screen.plain, crop=True))
    screen.out.print(shown)


def comparison(compared: RoundComparison, width: int, *, plain: bool, crop: bool = False) -> Group:
    """Return the rounds as a table, a row a key point; with `crop` one line each."""
    places = _shown(len(compared.rounds), width)
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(width=_NAMES if width >= 3 * _COLUMN else None, no_wrap=crop, overflow="ellipsis")
    for _ in places:
        table.add_column(ratio=1, no_wrap=crop, overflow="ellipsis" if crop else "fold")
    rounds = [compared.rounds[place] for place in places]
    heads = [f"round {one.place.number}: {one.place.seconds} s, {one.total or 'not graded'}" for one in rounds]
    table.add_row("", "", *(Text(head, style="bold") for head in heads))
    never = []
    for point in compared.key_points:
        said = [point.said[place] for place in places]
        if point.change == "never" and all(one.words is None for one in said):
            never.append(point_name(point.id, point.text))
            continue
        cells = (_cell(one, plain=plain) for one in said)
        found = {one.verdict for one in said} & set(get_args(ReadingKind))
        table.add_row(
            Text(point.label, style="bold" if found else _STYLES[point.change]), point_name(point.id, point.text), *cells
        )
    lines: list[RenderableType] = [table]
    if never:
        lines.append(Text.assemble((f"in {'neither' if len(places) == 2 else 'none'}: ", QUIET), ", ".join(never)))
    return Group(*lines, Text(f"{sentence(compared.summary)}.", style=QUIET))


def _shown(count: int, width: int) -> Sequence[int]:
    """Return the rounds that have room, by their places: all, or the first and the latest."""
    room = (width - _NAMES - len("in neither ")) // (_COLUMN + 1)
    return range(count) if count <= room else (0, count - 1)


def _cell(said: Said, *, plain: bool) -> Text:
    if said.verdict is None:
        return Text()
    none = " not found" if said.verdict == "not_found" else " not said"
    return Text.assemble(sign(said.verdict, plain=plain), f" “{shorten(said.words, _QUOTE)}”" if said.words else none)
