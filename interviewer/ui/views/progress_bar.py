"""What a long run will take, its progress (a bar on a terminal, elsewhere a line every 15 seconds), and how it went."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interviewer.batch.rows import name_rows
from interviewer.batch.runner import Totals
from interviewer.batch.writer import ResultWriter
from interviewer.context import Context
from interviewer.grading.rubric import load_rubric
from interviewer.practice.means import mean_range
from interviewer.text.clean import clean_line, fitted
from interviewer.text.words import plural

if TYPE_CHECKING:
    from rich.console import Console

    from interviewer.batch.budget import Budget, CostEstimate

_QUIET_SECONDS = 15.0
_REASONS = 5
"""Reasons that are named after a batch, or before it; the output has that of each row."""


@contextmanager
def progress_bar(
    context: Context, what: str, total: int | None, already: int, extra: Callable[[Totals], str] = lambda _: ""
) -> Iterator[Callable[[Totals], None]]:
    """Show progress during the block; call the yielded function with the totals after each row.

    `what` names the work, `total` is the number of rows if it is known, `already` of those graded in earlier runs, and
    `extra` returns what else to show about the totals.
    """
    began = context.monotonic()

    def describe(totals: Totals) -> str:
        rate = totals.counted / max(0.001, context.monotonic() - began)
        tokens = totals.prompt_tokens + totals.completion_tokens
        parts = [f"{rate:.1f} a second", f"{tokens:,} tokens" if tokens else "", extra(totals)]
        failed = totals.ungraded.total()
        parts += [f"{failed} ungraded" if failed else "", totals.paused and f"waiting until {totals.paused}"]
        return ", ".join(part for part in parts if part)

    if already:
        _print(context, f"{already}{f' of {total}' if total else ''} graded in an earlier run")
    if console := _terminal(context):
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[totals]}"),
        )
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(what, total=total, completed=already, totals="")
            yield lambda totals: progress.update(task, completed=already + totals.counted, totals=describe(totals))
    else:
        printed = began

        def print_line(totals: Totals) -> None:
            nonlocal printed
            if context.monotonic() - printed >= _QUIET_SECONDS:
                printed = context.monotonic()
                _print(context, f"{what}: {already + totals.counted} of {total or 'many'}, {describe(totals)}")

        yield print_line


def notifier(context: Context) -> Callable[[str], None]:
    """Return a function that prints messages with their time to stderr, one that repeats the last one only once."""
    last = ""

    def notify(text: str) -> None:
        nonlocal last
        if text != last:
            last = text
            _print(context, f"{context.now():%H:%M} {text}")

    return notify


def show_estimate(found: "CostEstimate", budget: "Budget") -> None:
    """Print what a batch will take, to stdout."""
    invalid = found.invalid.total()
    click.echo(f"{plural(found.gradable + invalid, 'row')}: {found.gradable} can be graded, {invalid} cannot")
    for line in _reason_lines(found.invalid, found.first):
        click.echo(line)
    if found.prompt_tokens:
        click.echo(f"about {found.prompt_tokens:,} prompt and {found.completion_tokens:,} completion tokens")
        if cost := budget.cost_text(found):
            click.echo(f"about {cost}")


def show_totals(context: Context, totals: Totals, writer: ResultWriter, output: Path, spent: str) -> None:
    """Print how a batch went; `spent` is its cost as text, empty if that is unknown."""
    failed = totals.ungraded.total()
    earlier = f", {writer.resumed} in earlier runs" if writer.resumed else ""
    if writer.ungraded:
        earlier += f" ({writer.ungraded} of them ungraded)"
    where = clean_line(str(output), 4096)
    _print(context, f"{totals.graded} graded{earlier}, {failed} ungraded; written to {where}")
    for line in _reason_lines(totals.ungraded, totals.first, ", which the output has"):
        _print(context, line)
    if totals.bands:
        order = [band.name for band in load_rubric().bands]
        _print(context, "  " + ", ".join(f"{totals.bands[name]} {name}" for name in order if totals.bands[name]))
    if estimates := totals.ranges.total():
        mean = "–".join(f"{end:.0f}" for end in mean_range(totals.ranges))
        _print(context, f"  {plural(estimates, 'estimate')}, unconfirmed, mean {mean}")
    if totals.prompt_tokens:
        tokens = f"{totals.prompt_tokens:,} + {totals.completion_tokens:,} tokens"
        _print(context, "  " + ", ".join(part for part in (tokens, spent) if part))
    if totals.stopped:
        _print(context, f"Stopped: {totals.stopped}. The same command goes on from here.")
    elif failed or writer.ungraded:
        _print(context, "The same command tries those without a grade again.")


def _reason_lines(counts: Counter[str], first: Mapping[str, Sequence[str]], where: str = "") -> Iterator[str]:
    """Yield a line for each of the most frequent reasons, with its rows, and one for all others and where these are."""
    named = counts.most_common(_REASONS)
    for reason, count in named:
        yield f"  {name_rows(count, first[reason])}: {reason}"
    if others := counts.total() - sum(count for _, count in named):
        yield f"  {plural(others, 'row')} for other reasons{where}"


def _terminal(context: Context) -> "Console | None":
    """Return a console on stderr if lines can be replaced there; rich is not loaded otherwise."""
    if not context.stderr.isatty():
        return None
    from interviewer.ui.screen import Screen

    screen = Screen(context.stdout, context.stderr)
    return screen.err if screen.redraws else None


def _print(context: Context, text: str) -> None:
    click.echo(fitted(text, context.stderr), file=context.stderr)
