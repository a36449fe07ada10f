"""A score in one line, and how deep the answer goes and how it stands to the bar of its session in one line each."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text

from interviewer.grading.bar import compare_to_bar
from interviewer.grading.labels import MEASURES, STANDINGS, band_tone
from interviewer.grading.ladder import depth_reached
from interviewer.models import Bar, Grading, Score
from interviewer.ui.views.styles import QUIET, STYLES


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier score to compare with."""

    score: Score
    name: str
    """What changed it: "the follow-up", "your last attempt"."""
    when: str
    """What was scored then: "before the follow-up", "in your last attempt"."""


def cropped(line: Text) -> Text:
    """Return a text that takes one line, whatever the width."""
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def headline(grading: Grading, score: Score, before: Before | None = None) -> Text:
    """Return the score in one line: the band, who graded, and the score before it, if any."""
    if grading.unconfirmed:
        was = f"  ({'–'.join(map(str, before.score.range))} {before.when})" if before is not None else ""
        return Text.assemble(("about ", QUIET), (grading.total, "bold"), (f"/100  {MEASURES['embedded']}{was}", QUIET))
    label = MEASURES["confirmed"] if grading.confirmed else grading.grader.model
    was = f"  ({before.score.overall} {before.when})" if before is not None else ""
    between = f" ({score.low} to {score.high})" if score.low is not None else ""
    return Text.assemble(scored(score.overall, score.band), (f"{between}  {label}{was}", QUIET))


def scored(overall: int, band: str) -> Text:
    """Return a score with its band, in the colour of the band."""
    style = STYLES[band_tone(band)]
    return Text.assemble((f"{overall}", f"bold {style}"), ("/100 ", QUIET), (band, style))


def depth_lines(grading: Grading, bar: Bar | None) -> Iterator[Text]:
    """Yield the highest rung that was reached and what would reach the next, then the standing to the bar."""
    if deep := depth_reached(grading):
        yield Text(deep, style=QUIET)
    if standing := compare_to_bar(grading, bar):
        yield Text(str(standing), style=STYLES["quiet" if standing.estimate else STANDINGS[standing.result]])
