"""The debrief at the end of an interview."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from interviewer.grading.bar import compare_to_bar
from interviewer.grading.labels import MEASURES, band_tone
from interviewer.grading.rubric import load_rubric
from interviewer.models import Attempt, Score
from interviewer.practice.debrief import Debrief, Moment, debrief
from interviewer.practice.means import means
from interviewer.text.clean import shorten
from interviewer.text.words import plural
from interviewer.ui.screen import Screen
from interviewer.ui.views.score_line import cropped, scored
from interviewer.ui.views.styles import BAD, GOOD, HALF, QUIET, STYLES

_TITLE = 60
"""The most characters of a question where it names an answer."""


def show_debrief(screen: Screen, attempts: Sequence[Attempt], before: Mapping[int, Score]) -> None:
    """Print the means, one line an attempt, the strongest and weakest moments, and what to study.

    `before` has the scores before the follow-ups by the id of the attempt.
    """
    found = debrief(attempts)
    good, bad = ("default", "default") if found.looked_for else (GOOD, BAD)
    screen.out.print(Text("\nDebrief", style="bold"))
    parts: Iterator[RenderableType] = chain(
        _means(attempts),
        (Text(found.summary + "\n"),) if found.summary else (),
        _at_the_bar(attempts),
        (_result(attempt, before.get(attempt.id)) for attempt in attempts),
        _moments(found.strongest_title, found.strongest, good),
        _moments("Weakest moments", found.weakest, bad),
        _lessons(found),
    )
    for part in parts:
        screen.out.print(part)
    if found.command:
        screen.out.print(Text(found.command, style=QUIET), soft_wrap=True)  # one line for whoever copies it


def _means(attempts: Sequence[Attempt]) -> Iterator[Text]:
    for mean in means(attempts):
        overall = round(mean.overall)
        mean_of = f" on average over {mean.answers}, {MEASURES[mean.kind]}"
        number = (
            Text(f"about {mean.total}/100") if mean.kind == "embedded" else scored(overall, load_rubric().band(overall).name)
        )
        yield Text.assemble(number, (mean_of, QUIET))


def _at_the_bar(attempts: Sequence[Attempt]) -> Iterator[Text]:
    """Yield how many answers are at the bar of the session."""
    readings = [standing for attempt in attempts if (standing := compare_to_bar(attempt.grading, attempt.bar))]
    if readings:
        standings = [standing.result for standing in readings]
        perhaps = f", {standings.count('perhaps')} perhaps" if "perhaps" in standings else ""
        yield Text(f"At the bar for {readings[0].bar}: {standings.count('at')} of {plural(len(readings), 'answer')}{perhaps}\n")


def _result(attempt: Attempt, before: Score | None) -> Text:
    grading = attempt.grading
    score = attempt.score
    if grading is None or score is None:
        reason = f"\n{grading.reason}" if grading and grading.reason else ""
        return Text.assemble(("  – ", HALF), "not graded  ", shorten(attempt.question.question, _TITLE), reason)
    change = ""
    if before is not None and before.overall != score.overall and not grading.confirmed:
        was = "–".join(map(str, before.range)) if grading.unconfirmed else before.overall
        change = f"({was} before the follow-up) "
    number = (f"{grading.total:>3} ", "bold" if grading.unconfirmed else f"bold {STYLES[band_tone(score.band)]}")
    return cropped(Text.assemble(number, (change, QUIET), shorten(attempt.question.question, 200)))


def _moments(title: str, moments: Sequence[Moment], style: str) -> Iterator[RenderableType]:
    if moments:
        yield Text(f"\n{title}", style=f"bold {style}")
    for moment in moments:
        quote = Text.assemble(
            (f"{shorten(moment.question.question, _TITLE)} ", "bold"), (f"“{shorten(moment.quote, 110)}”", "italic")
        )
        note = ": ".join(filter(None, (moment.how, moment.about)))
        yield Padding(quote.append(f"\n{note}", style=QUIET), (0, 0, 0, 2))


def _lessons(found: Debrief) -> Iterator[RenderableType]:
    if not found.study:
        return
    yield Text("\nPractise tomorrow", style="bold")
    for lesson in found.study:
        title = (f"{shorten(lesson.question.question, _TITLE)} ", "bold")
        missing = " ".join(("Add:", *lesson.missing)) if lesson.missing else ""
        yield Padding(Text.assemble(title, missing), (0, 0, 0, 2))
