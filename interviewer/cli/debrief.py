"""debrief: the transcript of a real interview, graded as if it had been practised here."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from interviewer.bank.bank import open_bank
from interviewer.cli.options import bank_option, bar_option, say_where_answers_go, settings_options
from interviewer.context import Context
from interviewer.errors import ExitCode, InputError
from interviewer.models import Bar
from interviewer.practice.transcript import LONGEST_TRANSCRIPT, QuestionAnswer, find_candidate, pair, read_turns, split_by_llm
from interviewer.practice.transcript_import import MatchedAnswer, leave_out_known, match, record
from interviewer.settings import Settings
from interviewer.signals import run_async
from interviewer.storage.store import Store, open_store
from interviewer.text.clean import clean, clean_line, shorten_start
from interviewer.text.read_file import SIZE_LIMIT, decode, guess_encoding, read_bytes
from interviewer.ui.screen import Screen

_TITLE = 100
"""The most characters of what was asked where it names an answer."""


@click.command()
@click.option(
    "--transcript",
    "file",
    type=click.Path(),
    required=True,
    metavar="FILE",
    help="The interview as text or subtitles, with the names of the speakers if it has them; - reads it from the input.",
)
@click.option("--me", metavar="LABEL", help="How the transcript calls you. Default: found by who asks and who answers.")
@bank_option
@bar_option
@settings_options
def debrief(context: Context, settings: Settings, file: str, me: str | None, bank: str | None, bar: Bar | None) -> ExitCode:
    """Grade the transcript of a real interview: what was asked is looked for in the bank, your answers are graded and kept.

    Speakers are told apart by their labels (Anna: …); without any, an LLM says which lines ask and which answer. What the bank
    does not have is listed and left out. A stopped debrief goes on with `interviewer resume`.
    """
    from interviewer.ui.regrade import grade_transcript

    questions = open_bank(bank, context.paths.banks)
    screen = Screen(context.stdout, context.stderr)
    text = _read(context, screen, file)
    say_where_answers_go(context, settings)
    found = match(_asked(text, settings, context, me), questions)
    with closing(open_store(context.paths.database, screen.status)) as store:
        leave_out_known(store, found)
        _show_matches(screen, found)
        _refuse_empty(store, found)
        session = record(store, found, context.now(), bar)[0].session
        return grade_transcript(context, screen, settings, store, session)


def _read(context: Context, screen: Screen, file: str) -> str:
    """Return the text of a transcript from a file, or from stdin for `-`.

    Raises:
        InputError: there is none, or it is no text of one interview.
    """
    where = "the input" if file == "-" else clean_line(file)
    if file == "-" and context.interactive:
        screen.status("Paste the transcript; end with Ctrl-D on an empty line.")
    data = context.stdin.read(SIZE_LIMIT) if file == "-" else read_bytes(Path(file))
    if b"\0" in data and guess_encoding(data) != "UTF-16":
        raise InputError(f"{where} is not text", next_step="export the transcript as text or subtitles (.txt, .vtt, .srt)")
    text = clean(decode(data, where, guess_encoding(data)))
    if not text.strip() or len(text) > LONGEST_TRANSCRIPT:
        what = "is empty" if not text.strip() else f"has more than {LONGEST_TRANSCRIPT:,} characters"
        raise InputError(f"{where} {what}", next_step="give the text of one interview")
    return text


def _refuse_empty(store: Store, found: Sequence[MatchedAnswer]) -> None:
    """Refuse a transcript of which no answer is left."""
    if not all(one.left_out for one in found):
        return
    known = next((one.session for one in found if one.session is not None), None)
    if known is not None:
        step = "go on: interviewer resume" if store.session(known).finished is None else "see it: interviewer show"
        raise InputError(f"this transcript is in session {known} already", next_step=f"{step} {known}")
    if not any(one.question for one in found):
        raise InputError("the bank has none of these questions", next_step="bring in your own: interviewer bank import FILE")
    raise InputError("no answer is short enough to be graded", next_step="check that each turn begins with who speaks")


def _asked(text: str, settings: Settings, context: Context, me: str | None) -> tuple[QuestionAnswer, ...]:
    turns = read_turns(text)
    label = "begin each turn with who speaks, such as Interviewer: and Candidate:"
    if turns:
        asked = pair(turns, find_candidate(turns, me))
    elif me is not None or settings.kind == "embedded":
        other = "" if settings.kind == "llm" else "; or set up an LLM that tells them apart: interviewer doctor"
        raise InputError("the transcript does not say who speaks", next_step=f"{label}{other}")
    else:
        asked = run_async(split_by_llm(text, settings, context))
    if not asked:
        step = "check who of the speakers you are: --me" if turns else label
        raise InputError("the transcript has no question with an answer", next_step=step)
    return asked


def _show_matches(screen: Screen, found: Sequence[MatchedAnswer]) -> None:
    """Print what was asked and which question of the bank it was taken for, so that a wrong one is seen."""
    for one in found:
        if one.question is not None and not one.left_out:
            screen.out.print(f"Asked: {shorten_start(one.asked, _TITLE)}", style="bold")
            number = f"#{one.question.number} " if one.question.number is not None else ""
            screen.out.print(f"  graded as {number}{one.question.id}: {one.question.question}")
            for follow_up, _, _ in one.follow_ups:
                screen.out.print(f"  follow-up: {shorten_start(follow_up, _TITLE)}")
    for one in found:
        if one.left_out:
            screen.status(f"{one.left_out}, left out: {shorten_start(one.asked, _TITLE)}")
    if any(one.question is None for one in found) and not all(one.left_out for one in found):
        screen.status("To have those graded, too: interviewer bank import FILE, then debrief again with --bank NAME.")
