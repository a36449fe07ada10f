"""The debrief at the end of an interview."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from interviewer.grading.rubric import load_rubric
from interviewer.models import Attempt, Score
from interviewer.practice.debrief import Debrief, Moment, debrief
from interviewer.report.model import means
from interviewer.text.clean import shorten
from interviewer.ui.screen import Screen
from interviewer.ui.views.highlight import BAD, GOOD, HALF, QUIET
from interviewer.ui.views.score_card import band_style, cropped, scored


def show_debrief(screen: Screen, attempts: Sequence[Attempt], before: Mapping[int, Score]) -> None:
    """Print the means, one line an attempt, the strongest and weakest moments, and what to study.

    `before` has the scores before the follow-ups by the id of the attempt.
    """
    found = debrief(attempts)
    screen.out.print(Text("\nDebrief", style="bold"))
    parts: Iterator[RenderableType] = chain(
        _means(attempts),
        (_summary(found), Text()),
        (_result(attempt, before.get(attempt.id)) for attempt in attempts),
        _moments("Strongest moments", found.strongest, GOOD),
        _moments("Weakest moments", found.weakest, BAD),
        _lessons(found),
    )
    for part in parts:
        screen.out.print(part)


def _means(attempts: Sequence[Attempt]) -> Iterator[Text]:
    for mean in means(attempts):
        overall = round(mean.overall)
        grader = "estimate by the embedded grader" if mean.kind == "embedded" else "graded by an LLM"
        mean_of = f" on average over {mean.answers}, {grader}"
        yield Text.assemble(scored(overall, load_rubric().band(overall).name), (mean_of, QUIET))


def _summary(found: Debrief) -> Text:
    parts = (
        f"{found.points_made} of {found.points} key points made" if found.points else "",
        f"most often held back by {found.held_back_by}" if found.held_back_by else "",
        f"you expected {found.expected:.0f}" if found.expected is not None else "",
    )
    return Text("; ".join(filter(None, parts)))


def _result(attempt: Attempt, before: Score | None) -> Text:
    score = attempt.grading.score if attempt.grading else None
    if score is None:
        return Text.assemble((" –      ", HALF), "not graded  ", shorten(attempt.question.question, 60))
    change = f"{before.overall:>3} → " if before is not None and before.overall != score.overall else "      "
    number = (f"{score.overall:>3} ", f"bold {band_style(score.band)}")
    return cropped(Text.assemble((change, QUIET), number, shorten(attempt.question.question, 200)))


def _moments(title: str, moments: Sequence[Moment], style: str) -> Iterator[RenderableType]:
    if moments:
        yield Text(f"\n{title}", style=f"bold {style}")
    for moment in moments:
        quote = Text.assemble((f"{moment.question.id}: ", "bold"), (f"“{shorten(moment.quote, 110)}”", "italic"))
        note = ": ".join(filter(None, (moment.how, moment.about)))
        yield Padding(quote.append(f"\n{note}", style=QUIET), (0, 0, 0, 2))


def _lessons(found: Debrief) -> Iterator[RenderableType]:
    if not found.study:
        return
    yield Text("\nDrills for tomorrow", style="bold")
    for lesson in found.study:
        missing = f": {' '.join(lesson.missing)}" if lesson.missing else ""
        yield Padding(Text.assemble((lesson.question.id, "bold"), missing), (0, 0, 0, 2))
    yield Text(found.command, style=QUIET)
