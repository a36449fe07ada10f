"""What `progress` prints, on one screen: a bar and a sparkline for each topic, and what to work on."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from interviewer.context import Context
from interviewer.grading.labels import MEASURES, band_tone
from interviewer.grading.rubric import load_rubric
from interviewer.practice.means import Mean
from interviewer.practice.outcomes import DAYS, RealRound, Relation
from interviewer.practice.progress import RECENT, GraderProgress, Progress, TopicTrend
from interviewer.text.slug import in_words
from interviewer.text.words import plural
from interviewer.ui.screen import Screen, sentence
from interviewer.ui.views.styles import QUIET, STYLES

_BAR = 12
_DAYS = 12
_MOST = 5
_SPARE = (1, 6, 5, 4, 3)
"""Columns that a narrow screen does without, the first of these first; the topic and its mean stay."""
_FEW = 20
"""Rounds below which a comparison of their practice proves nothing."""
_STEPS, _PLAIN_STEPS = "▁▂▃▄▅▆▇█", "0123456789"


def show_progress(context: Context, found: Progress) -> None:
    """Print the progress of each kind of grader, or that there is no answer yet."""
    screen = Screen(context.stdout, context.stderr)
    if not found.answers:
        screen.status("There is no answer yet. Start: interviewer")
        return
    screen.out.print(Text(_summary(found), style="bold"))
    for graded in found.graders:
        for part in _parts(graded, width=screen.out.width, plain=screen.plain):
            screen.out.print(part)
    show_real_rounds(screen, found.outcomes, found.relations)


def show_real_rounds(screen: Screen, rounds: Sequence[RealRound], related: Sequence[Relation]) -> None:
    """Print what came of real interviews, each with the practice before it, and how the two go together."""
    if not rounds:
        return
    screen.out.print(Text(f"\nReal interviews, with the mean of first attempts in the {DAYS} days before", style="bold"))
    table = Table.grid(padding=(0, 1))
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for one in rounds:
        scores = [f"practice {_mean(mean)}" for mean in one.practice] + [f"there {_mean(mean)}" for mean in one.transcript]
        table.add_row(f"  {one.day}", one.result, Text("; ".join(filter(None, (one.note, *scores)))))
    screen.out.print(table)
    for relation in related:
        passed, failed = relation.rounds
        about = "about " if relation.kind == "embedded" else ""
        few = " So few prove nothing." if passed + failed < _FEW else ""
        screen.out.print(
            Text(
                f"Practice before those passed: {about}{relation.passed:.0f} on average ({passed}); before those failed: "
                f"{about}{relation.failed:.0f} ({failed}), {MEASURES[relation.kind]}.{few}"
            )
        )


def _mean(mean: Mean) -> str:
    about = "about " if mean.kind == "embedded" else ""
    return f"{about}{mean.total} ({plural(mean.answers, 'answer')}, {MEASURES[mean.kind]})"


def _summary(found: Progress) -> str:
    parts = [
        f"{plural(found.answers, 'first attempt')} on {plural(found.days, 'day')}",
        f"{found.streak} days in a row" if found.streak > 1 else "",
        f"{found.ungraded} not graded (interviewer regrade)" if found.ungraded else "",
    ]
    return ", ".join(filter(None, parts))


def _parts(graded: GraderProgress, *, width: int, plain: bool) -> Iterator[RenderableType]:
    vague = graded.kind == "embedded"
    yield Text(f"\n{sentence(MEASURES[graded.kind])}: {plural(graded.answers, 'first attempt')}", style="bold")
    rows = [_trend(topic, plain=plain, vague=vague) for topic in graded.topics]
    shown = _fitting(rows, width)
    table = Table.grid(padding=(0, 1))
    for column in shown:
        table.add_column(no_wrap=True, justify="right" if column in {2, 3, 4} else "left")
    for row in rows:
        table.add_row(*(row[column] for column in shown))
    yield table
    names = {
        2: f"mean{' range' if vague else ''} of the latest {RECENT} first attempts",
        3: f"change against the {RECENT} before",
        4: "after retries",
        5: "the rung that half of them reach",
        6: "mean of each day",
    }
    yield Text(f"{sentence(', '.join(name for column, name in names.items() if column in shown))}.", style=QUIET)
    if not graded.due:
        yield Text("\nNothing is due today.", style=QUIET)
    missed = [(f"{p.missed} of {p.answers}", f"{p.text} ({in_words(p.question)})") for p in graded.missed]
    mistakes = [(f"{error.times} times", f"{error.text} ({in_words(error.question)})") for error in graded.mistakes]
    waiting = [(f"last {'about ' if vague else ''}{question.overall}/100", question.text) for question in graded.due]
    yield from _listed(f"Due today: {len(graded.due)}", waiting)
    yield from _listed(f"{'Not found' if vague else 'Missed'} again and again", missed)
    yield from _listed(f"{'Perhaps wrong' if vague else 'Wrong'} more than once", mistakes)
    if graded.calibration is not None:
        calibration = graded.calibration
        how = "higher" if calibration.bias > 0 else "lower"
        aim = "range" if vague else "score"
        yield Text.assemble(
            ("\nYour own estimates ", "bold"),
            f"are off by {calibration.off_by:.0f} points, on average {abs(calibration.bias):.0f} {how} than the {aim} "
            f"({plural(len(calibration.guesses), 'answer')}).",
        )


def _trend(topic: TopicTrend, *, plain: bool, vague: bool) -> tuple[Text, ...]:
    style = QUIET if vague else STYLES[band_tone(load_rubric().band(round(topic.lately)).name)]
    filled = round(_BAR * topic.lately / 100)
    full, empty = ("#", ".") if plain else ("█", "░")
    change = f"{topic.change:+.0f}" if topic.change is not None else ""
    return (
        Text(in_words(topic.topic)),
        Text.assemble((full * filled, style), (empty * (_BAR - filled), QUIET)),
        Text(topic.latest.total, style="bold"),
        Text(change, style=QUIET),
        Text(f"{topic.last.total} retried" if topic.last else "", style=QUIET),
        Text(topic.rung or "", style=QUIET),
        Text(_sparkline([day.overall for day in topic.days[-_DAYS:]], _PLAIN_STEPS if plain else _STEPS), style=style),
    )


def _fitting(rows: Sequence[tuple[Text, ...]], width: int) -> list[int]:
    """Return the columns that hold something, without those that a screen of this width has no room for."""
    widths = {column: max(cell.cell_len for cell in cells) for column, cells in enumerate(zip(*rows, strict=True))}
    shown = [column for column, most in widths.items() if most]
    for spare in _SPARE:
        if sum(widths[column] + 1 for column in shown) - 1 > width and spare in shown:
            shown.remove(spare)
    return shown


def _sparkline(values: Sequence[float], steps: str) -> str:
    return "".join(steps[min(len(steps) - 1, int(value / 100 * len(steps)))] for value in values)


def _listed(title: str, rows: Sequence[tuple[str, str]]) -> Iterator[RenderableType]:
    if not rows:
        return
    yield Text(f"\n{title}", style="bold")
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1)
    for count, text in rows[:_MOST]:
        table.add_row(Text(f"  {count}"), Text(text))
    yield table
    if len(rows) > _MOST:
        yield Text(f"  and {len(rows) - _MOST} more (interviewer progress --json)", style=QUIET)
