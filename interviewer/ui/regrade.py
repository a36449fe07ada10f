"""Grading answers that are stored: those of `regrade`, and those of a transcript."""

from collections.abc import Sequence

from interviewer.batch.regrade import grade_attempts, to_regrade
from interviewer.batch.runner import Totals
from interviewer.context import Context
from interviewer.errors import ExitCode, Stopped
from interviewer.grading.grade import open_configured_grader
from interviewer.models import Attempt
from interviewer.practice.proposals import open_proposals
from interviewer.practice.session import ungraded
from interviewer.settings import Settings
from interviewer.signals import run_async
from interviewer.storage.store import Store
from interviewer.text.words import plural
from interviewer.ui.screen import Screen
from interviewer.ui.views.debrief import show_debrief
from interviewer.ui.views.progress_bar import progress_bar

Regraded = tuple[tuple[Attempt, ...], tuple[Attempt, ...], Totals]
"""The answers that were chosen, as they were and as they are, and the totals."""


def regrade(
    context: Context, screen: Screen, settings: Settings, store: Store, attempts: Sequence[Attempt], *, again: bool = False
) -> Regraded:
    """Grade those of some answers that have no score, with `again` also those that another grader has graded.

    Raises:
        KeyboardInterrupt: it was stopped; what was graded is kept.
    """
    return run_async(_regrade(context, screen, settings, store, attempts, again=again))


async def _regrade(
    context: Context, screen: Screen, settings: Settings, store: Store, attempts: Sequence[Attempt], *, again: bool
) -> Regraded:
    async with open_configured_grader(settings, context, screen.warning) as judge:
        await judge.warm()
        chosen = to_regrade(attempts, judge.info) if again else ungraded(attempts)
        if not chosen:
            return (), (), Totals()
        screen.status(f"Grading {plural(len(chosen), 'answer')} …")
        with progress_bar(context, "Grading", len(chosen), 0) as progress:
            proposals = open_proposals(store, context, settings, screen.warning)
            return chosen, *await grade_attempts(chosen, judge, store, context, progress, settings.timeout, proposals)


def grade_transcript(context: Context, screen: Screen, settings: Settings, store: Store, session: int) -> ExitCode:
    """Grade the answers of a real interview that have no score yet, and show the debrief.

    Raises:
        Stopped: by the person; `resume` goes on.
    """
    try:
        _, _, totals = regrade(context, screen, settings, store, store.attempts(session))
    except KeyboardInterrupt:
        raise Stopped("stopped; the answers are saved", next_step=f"go on: interviewer resume {session}") from None
    attempts = store.attempts(session)
    show_debrief(screen, attempts, {})
    if totals.stopped:
        screen.warning(f"Stopped: {totals.stopped}. Go on: interviewer resume {session}")
    else:
        store.mark_finished(session, context.now())
    failed = len(ungraded(attempts))
    left = f"; {failed} saved, not graded (interviewer regrade {session})" if failed else ""
    if unconfirmed := sum(attempt.unconfirmed for attempt in attempts):
        left += f"; {unconfirmed} unconfirmed (interviewer confirm {session})"
    screen.status(f"Session {session}; {len(attempts)} answered{left}. Report: interviewer report {session}")
    return ExitCode.UNGRADED if failed else ExitCode.OK
