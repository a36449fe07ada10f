"""regrade: what has no grade yet, or a grade by another model."""

import asyncio
from typing import TYPE_CHECKING

import click

from interviewer.cli.options import grader_option, model_option, samples_option, say_where_answers_go
from interviewer.context import Context
from interviewer.errors import ExitCode, Stopped
from interviewer.practice.session import score_of, ungraded
from interviewer.settings import GraderChoice, load_settings
from interviewer.storage.store import open_store
from interviewer.ui.screen import Screen
from interviewer.ui.views.score_card import show_result

if TYPE_CHECKING:
    from interviewer.batch.runner import Totals
    from interviewer.models import Attempt


@click.command()
@click.argument("session", type=int, required=False)
@click.option(
    "--again", is_flag=True, help="Also grade again what another model, or an estimate, has graded. Earlier grades are kept."
)
@grader_option
@model_option
@samples_option
@click.pass_obj
def regrade(
    context: Context, session: int | None, again: bool, grader: GraderChoice | None, model: str | None, samples: int
) -> ExitCode:
    """Grade every answer that was saved and not graded: those of SESSION, or all."""
    settings = load_settings(context.environ, context.paths, grader=grader, model=model, samples=samples)
    screen = Screen(context.stdout, context.stderr)
    store = open_store(context.paths.database, screen.status)

    async def work() -> "tuple[tuple[Attempt, ...], tuple[Attempt, ...], Totals]":
        from interviewer.batch.runner import Totals, grade_attempts, graded_otherwise
        from interviewer.grading.grade import open_grader
        from interviewer.ui.views.progress_bar import counting

        async with open_grader(settings, context, screen.warning) as judge:
            await judge.warm()
            chosen = graded_otherwise(attempts, judge.info) if again else ungraded(attempts)
            if not chosen:
                return (), (), Totals()
            screen.status(f"Grading {len(chosen)} answer{'s' if len(chosen) > 1 else ''} …")
            with counting(context, "Grading", len(chosen), 0) as progress:
                return chosen, *await grade_attempts(chosen, judge, store, context, progress, settings.timeout)

    try:
        attempts = store.attempts(store.session(session).id if session is not None else None)
        if not ungraded(attempts) and not (again and attempts):
            screen.status("Everything is graded.")
            return ExitCode.OK
        say_where_answers_go(context, settings)
        before, after, totals = asyncio.run(work())
    except KeyboardInterrupt:
        raise Stopped("stopped; what was graded is kept", next_step="go on: run the same command again") from None
    finally:
        store.close()
    if not before:
        screen.status("Everything is graded by this grader already.")
        return ExitCode.OK
    for old, new in zip(before, after, strict=True):
        _show(screen, old, new)
    kept = sum(old is new for old, new in zip(before, after, strict=True) if score_of(old))
    left = len(ungraded(after))
    screen.status(f"{totals.graded} graded, {left} still not graded{f', {kept} with their earlier grade' if kept else ''}.")
    for reason, count in totals.ungraded.most_common(3) if kept else ():
        screen.warning(f"  {count}: {reason}")
    if totals.stopped:
        screen.warning(f"Stopped: {totals.stopped}. The same command goes on from here.")
    return ExitCode.OK if totals.graded == len(before) else ExitCode.UNGRADED


def _show(screen: Screen, old: "Attempt", new: "Attempt") -> None:
    """Show a first grade in full, and of another grade how it compares with the one before."""
    title = f"Session {new.session}: {new.question.question}"
    earlier, now = score_of(old), score_of(new)
    if new is old:
        return
    if earlier and now and old.grading:
        estimated = " (estimate)" if old.grading.grader.estimate else ""
        screen.section(title, f"{earlier.overall}{estimated} → {now.overall}/100 {now.band}")
    else:
        screen.section(title, new.answer[:200])
        show_result(screen, new)
