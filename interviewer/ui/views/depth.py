"""How deep an answer goes, and how it stands to the bar of a session: a line each, where there is something to say."""

from collections.abc import Iterator
from typing import Literal

from rich.text import Text

from interviewer.grading.bar import read_against
from interviewer.grading.ladder import depth_reached
from interviewer.models import Bar, Grading
from interviewer.ui.views.highlight import BAD, GOOD, HALF, QUIET

_STYLES: dict[Literal["at", "perhaps", "below"], str] = {"at": GOOD, "perhaps": HALF, "below": BAD}


def depth_lines(grading: Grading, bar: Bar | None) -> Iterator[Text]:
    """Yield the highest rung that was reached and what would reach the next, then the standing to the bar."""
    if deep := depth_reached(grading):
        yield Text(deep, style=QUIET)
    if standing := read_against(grading, bar):
        yield Text(str(standing), style=_STYLES[standing.result])
