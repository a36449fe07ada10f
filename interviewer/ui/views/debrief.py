"""The debrief of an interview on a screen."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from interviewer.grading.rubric import load_rubric
from interviewer.models import Attempt, Score
from interviewer.practice.debrief import Debrief, Moment
from interviewer.report.model import means
from interviewer.ui.views.colours import BAD, GOOD, HALF, QUIET
from interviewer.ui.views.score_card import band_style, cut


def debriefing(told: Debrief, results: Sequence[tuple[Attempt, Score | None]]) -> Iterator[RenderableType]:
    """Yield the overall picture, each result in a line, the moments, and what to study.

    A result is an attempt, and its score before the follow-ups if there were any.
    """
    attempts = tuple(attempt for attempt, _ in results)
    yield Text("Debrief", style="bold")
    for mean in means(attempts):
        band = load_rubric().band(round(mean.overall)).name
        who = "estimate by the embedded grader" if mean.kind == "embedded" else "graded by an LLM"
        yield Text.assemble(
            (f"{mean.overall:.0f}", f"bold {band_style(band)}"),
            ("/100 ", QUIET),
            (band, band_style(band)),
            (f" on average over {mean.answers}, {who}", QUIET),
        )
    parts = [
        f"{told.points_made} of {told.points} key points made" if told.points else "",
        f"most often held back by {told.held_back_by}" if told.held_back_by else "",
        f"you expected {told.expected:.0f}" if told.expected is not None else "",
    ]
    yield Text("; ".join(part for part in parts if part))
    yield Text()
    for attempt, before in results:
        yield _result(attempt, before)
    yield from _moments("Strongest moments", told.strongest, GOOD)
    yield from _moments("Weakest moments", told.weakest, BAD)
    if told.study:
        yield Text("\nStudy next", style="bold")
        for lesson in told.study:
            missing = f": {' '.join(lesson.missing)}" if lesson.missing else ""
            yield Padding(Text.assemble((lesson.question.id, "bold"), missing), (0, 0, 0, 2))
        keys = " ".join(f"--question {lesson.question.id}" for lesson in told.study)
        yield Text(f"interviewer practice {keys}", style=QUIET)


def _result(attempt: Attempt, before: Score | None) -> Text:
    score = attempt.grading.score if attempt.grading else None
    if score is None:
        return Text.assemble((" –      ", HALF), "not graded  ", cut(attempt.question.question, 60))
    was = f"{before.overall:>3} → " if before is not None and before.overall != score.overall else "      "
    line = Text.assemble(
        (was, QUIET), (f"{score.overall:>3} ", f"bold {band_style(score.band)}"), cut(attempt.question.question, 200)
    )
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def _moments(title: str, moments: Sequence[Moment], style: str) -> Iterator[RenderableType]:
    if moments:
        yield Text(f"\n{title}", style=f"bold {style}")
    for moment in moments:
        said = Text.assemble((f"{moment.question.id}: ", "bold"), (f"“{cut(moment.quote, 110)}”", "italic"))
        note = ": ".join(filter(None, (moment.how, moment.about)))
        yield Padding(said.append(f"\n{note}", style=QUIET), (0, 0, 0, 2))
