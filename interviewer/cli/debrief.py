"""debrief: the transcript of a real interview, graded as if it had been practised here."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from interviewer.bank.bank import open_bank
from interviewer.cli.options import bank_option, bar_option, say_where_answers_go, settings_options
from interviewer.context import Context
from interviewer.errors import ExitCode, InputError, Stopped
from interviewer.models import Attempt, Bar
from interviewer.practice.recorded import Recorded, match, record
from interviewer.practice.session import ungraded
from interviewer.practice.transcript import LONGEST, Asked, find_candidate, pair, read_turns, split_by_llm
from interviewer.settings import Settings
from interviewer.signals import run_async
from interviewer.storage.store import Store, open_store
from interviewer.text.clean import clean, shorten_start
from interviewer.text.read_file import guess_encoding, read_text
from interviewer.ui.screen import Screen
from interviewer.ui.views.debrief import show_debrief

_TITLE = 100
"""The most characters of what was asked where it names an answer."""


@click.command()
@click.option(
    "--transcript",
    "file",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The interview as text or subtitles, with the names of the speakers if it has them.",
)
@click.option("--me", metavar="LABEL", help="How the transcript calls you. Default: found by who asks and who answers.")
@bank_option
@bar_option
@settings_options
def debrief(context: Context, settings: Settings, file: Path, me: str | None, bank: str | None, bar: Bar | None) -> ExitCode:
    """Grade the transcript of a real interview: what was asked is looked for in the bank, your answers are graded and kept.

    Speakers are told apart by their labels (Anna: …); without any, an LLM says which lines ask and which answer. What the bank
    does not have is listed and left out.
    """
    questions = open_bank(bank, context.paths.banks)
    text = clean(read_text(file, guess_encoding(file)))
    if not text.strip() or len(text) > LONGEST:
        what = "is empty" if not text.strip() else f"has more than {LONGEST:,} characters"
        raise InputError(f"{file} {what}", next_step="save the text of one interview there")
    say_where_answers_go(context, settings)
    found = match(_asked(text, settings, context, me), questions)
    screen = Screen(context.stdout, context.stderr)
    _show_matches(screen, found)
    if not any(one.question for one in found):
        raise InputError("the bank has none of these questions", next_step="bring in your own: interviewer bank import FILE")
    with closing(open_store(context.paths.database, screen.status)) as store:
        attempts = record(store, found, context.now(), bar)
        session = attempts[0].session
        try:
            graded = run_async(_grade(context, screen, settings, store, attempts))
        except KeyboardInterrupt:
            raise Stopped("stopped; the answers are saved", next_step=f"grade them: interviewer regrade {session}") from None
        show_debrief(screen, graded, {})
    failed = len(ungraded(graded))
    left = f"; {failed} saved, not graded (interviewer regrade {session})" if failed else ""
    screen.status(f"Session {session}; {len(graded)} answered{left}. Report: interviewer report {session}")
    return ExitCode.UNGRADED if failed else ExitCode.OK


def _asked(text: str, settings: Settings, context: Context, me: str | None) -> tuple[Asked, ...]:
    turns = read_turns(text)
    if turns:
        asked = pair(turns, find_candidate(turns, me))
    elif me is not None or settings.kind == "embedded":
        label = "begin each turn with who speaks, such as Interviewer: and Candidate:"
        other = "" if settings.kind == "llm" else "; or set up an LLM that tells them apart: interviewer doctor"
        raise InputError("the transcript does not say who speaks", next_step=f"{label}{other}")
    else:
        asked = run_async(split_by_llm(text, settings, context))
    if not asked:
        raise InputError("the transcript has no question with an answer", next_step="check who of the speakers you are: --me")
    return asked


def _show_matches(screen: Screen, found: Sequence[Recorded]) -> None:
    """Print what was asked and which question of the bank it was taken for, so that a wrong one is seen."""
    for one in found:
        if one.question is not None:
            screen.out.print(f"Asked: {shorten_start(one.asked, _TITLE)}", style="bold")
            number = f"#{one.question.number} " if one.question.number is not None else ""
            screen.out.print(f"  graded as {number}{one.question.id}: {one.question.question}")
            for follow_up, _ in one.follow_ups:
                screen.out.print(f"  follow-up: {shorten_start(follow_up, _TITLE)}")
    for one in found:
        if one.question is None:
            screen.status(f"Not in the bank, left out: {shorten_start(one.asked, _TITLE)}")


async def _grade(
    context: Context, screen: Screen, settings: Settings, store: Store, attempts: Sequence[Attempt]
) -> tuple[Attempt, ...]:
    from interviewer.batch.regrade import grade_attempts
    from interviewer.grading.grade import open_grader
    from interviewer.practice.proposals import open_proposals
    from interviewer.ui.views.progress_bar import counting

    async with open_grader(settings, context, screen.warning) as grader:
        await grader.warm()
        proposals = open_proposals(store, context, settings, screen.warning)
        with counting(context, "Grading", len(attempts), 0) as progress:
            graded, _ = await grade_attempts(attempts, grader, store, context, progress, settings.timeout, proposals)
    return graded
