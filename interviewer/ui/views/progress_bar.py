"""How far a long run is: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interviewer.batch.runner import Totals
from interviewer.batch.writer import ResultWriter
from interviewer.context import Context
from interviewer.grading.rubric import load_rubric
from interviewer.text.clean import clean_line

if TYPE_CHECKING:
    from rich.console import Console

_QUIET_SECONDS = 15.0


@contextmanager
def counting(
    context: Context, what: str, total: int | None, already: int, extra: Callable[[Totals], str] = lambda _: ""
) -> Iterator[Callable[[Totals], None]]:
    """Show progress on stderr; call the yielded function with the totals after each row."""
    began = time.monotonic()

    def told(totals: Totals) -> str:
        rate = totals.counted / max(0.001, time.monotonic() - began)
        tokens = totals.prompt_tokens + totals.completion_tokens
        parts = [f"{rate:.1f} a second", f"{tokens:,} tokens" if tokens else "", extra(totals)]
        failed = totals.ungraded.total()
        return ", ".join(part for part in (*parts, f"{failed} ungraded" if failed else "") if part)

    if already:
        _say(context, f"{already} graded in an earlier run")
    if console := _redrawn(context):
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[told]}"),
        )
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(what, total=total, completed=already, told="")
            yield lambda totals: progress.update(task, completed=already + totals.counted, told=told(totals))
    else:
        last = [began]

        def tell(totals: Totals) -> None:
            if time.monotonic() - last[0] >= _QUIET_SECONDS:
                last[0] = time.monotonic()
                _say(context, f"{what}: {already + totals.counted} of {total or 'many'}, {told(totals)}")

        yield tell


def telling(context: Context) -> Callable[[str], None]:
    """Return what says on stderr what is new, each thing once."""
    last = ""

    def tell(text: str) -> None:
        nonlocal last
        if text != last:
            last = text
            _say(context, f"{context.now():%H:%M} {text}")

    return tell


def summary(context: Context, totals: Totals, writer: ResultWriter, output: Path, spent: str) -> None:
    """Say how a batch went."""
    failed = totals.ungraded.total()
    earlier = f", {writer.resumed} in earlier runs" if writer.resumed else ""
    if writer.ungraded:
        earlier += f" ({writer.ungraded} of them ungraded)"
    where = clean_line(str(output), 4096)
    _say(context, f"{totals.graded} graded{earlier}, {failed} ungraded; written to {where}")
    for reason, count in totals.ungraded.most_common(5):
        _say(context, f"  {count}: {reason}")
    if totals.bands:
        order = [band.name for band in load_rubric().bands]
        _say(context, "  " + ", ".join(f"{totals.bands[name]} {name}" for name in order if totals.bands[name]))
    if totals.prompt_tokens:
        tokens = f"{totals.prompt_tokens:,} + {totals.completion_tokens:,} tokens"
        _say(context, "  " + ", ".join(part for part in (tokens, spent) if part))
    if totals.stopped:
        _say(context, f"Stopped: {totals.stopped}. The same command goes on from here.")
    elif failed or writer.ungraded:
        _say(context, "The same command tries those without a grade again.")


def _redrawn(context: Context) -> "Console | None":
    """Return the terminal on stderr if a line can be drawn anew there; rich is loaded for no pipe."""
    if not context.stderr.isatty():
        return None
    from rich.console import Console

    console = Console(file=context.stderr, highlight=False, markup=False, emoji=False)
    return console if console.is_terminal and not console.is_dumb_terminal else None


def _say(context: Context, text: str) -> None:
    click.echo(text, file=context.stderr)
