"""report: sessions, or a graded batch, as a document."""

from contextlib import closing
from datetime import datetime
from pathlib import Path

import click

from interviewer.bank.bank import load_bank
from interviewer.cli.completion import complete_session
from interviewer.cli.options import Day, bar_option, format_of, say
from interviewer.context import Context
from interviewer.errors import InputError
from interviewer.grading.bar import with_bar
from interviewer.models import Bar, Session
from interviewer.report.cohort import read_cohort
from interviewer.report.formats import COHORT_WRITERS, WRITERS, Format, file_ending
from interviewer.report.model import build_report
from interviewer.storage.store import Store, open_store
from interviewer.text.atomic_write import refuse_overwrite, write_atomically
from interviewer.text.clean import clean_path


@click.command()
@click.argument("session", metavar="[SESSION]", nargs=-1, shell_complete=complete_session)
@click.option("--last", type=click.IntRange(1), metavar="N", help="The last N sessions with an answer.")
@click.option("--since", type=Day(), metavar="DATE", help="Sessions since this day, such as 2026-11-02.")
@click.option("--all", "whole", is_flag=True, help="The whole history.")
@click.option(
    "--from",
    "graded",
    type=click.Path(),
    multiple=True,
    metavar="FILE …",
    help="Report on outputs of a batch instead, one or several: JSON Lines or Parquet, a folder of them, or a pattern.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(WRITERS)),
    help="Default: the one that the output file ends in, or md.",
)
@click.option("--output", type=click.Path(), help="Output file, or - for stdout. Default: interviewer-SESSION.FORMAT here.")
@bar_option
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.pass_obj
def report(
    context: Context,
    session: tuple[str, ...],
    last: int | None,
    since: datetime | None,
    whole: bool,
    graded: tuple[str, ...],
    form: Format | None,
    output: str | None,
    bar: Bar | None,
    force: bool,
) -> None:
    """Write SESSION (default: the latest with an answer), or several sessions, as a report you can keep.

    HTML is one page without scripts that prints well; JSON keeps to data/report.schema.json; CSV has one row an answer;
    anki is a text file that Anki imports, a card for each question of which something was missed.
    With --from, the hardest questions come first, with what most people miss and which answers to read again.
    """
    form = form or format_of(output, WRITERS, "md")
    if graded:  # the shell makes several words of a pattern, of which the option takes the first
        graded, session = (*graded, *session), ()
    if len(session) > 1 or not all(map(str.isdecimal, session)):
        raise InputError("SESSION is one number", next_step="for several sessions: --last N, --since DATE or --all")
    number = int(session[0]) if session else None
    if sum(chosen not in {None, False, ()} for chosen in (number, last, since, whole, graded)) > 1:
        raise InputError("SESSION, --last, --since, --all and --from exclude each other", next_step="give one of them")
    if graded:
        if form not in COHORT_WRITERS:
            raise InputError(f"a batch has no format {form}", next_step=f"formats: {', '.join(COHORT_WRITERS)}")
        name = (Path(graded[0]).exists() and len(graded) == 1 and Path(graded[0]).stem) or "cohort"
        text = COHORT_WRITERS[form](read_cohort(graded, load_bank(), context.now()))
    else:
        with closing(open_store(context.paths.database, say)) as store:
            sessions = [store.session(number)] if number is not None else _chosen(store, last, since, whole=whole)
            numbers = {one.id for one in sessions}
            attempts = [a for a in store.attempts(number) if a.session in numbers]
            if not attempts:
                raise InputError(f"session {number} has no answer", next_step="list the sessions: interviewer history")
            document = build_report(sessions, with_bar(attempts, bar), context.now())
        text = WRITERS[form](document)
        name = "-".join(["interviewer", *dict.fromkeys((str(sessions[0].id), str(sessions[-1].id)))])
    if output == "-":
        click.echo(text, nl=False)
        return
    path = Path(output or f"{name}.{file_ending(form)}")
    refuse_overwrite(path, text, force=force, interactive=context.interactive and output is not None)
    write_atomically(path, text)
    click.echo(clean_path(path))


def _chosen(store: Store, last: int | None, since: datetime | None, *, whole: bool) -> list[Session]:
    """Return the sessions that are asked for and have an answer, oldest first."""
    having = {attempt.session for attempt in store.attempts()}
    sessions = [session for session in store.sessions() if session.id in having]
    if since is not None:
        sessions = [session for session in sessions if session.created >= since.astimezone()]
    elif not whole:
        sessions = sessions[-(last or 1) :]
    if not sessions:
        raise InputError(
            "there is no answer yet" if since is None else f"there is no answer since {since:%Y-%m-%d}",
            next_step="start: interviewer practice",
        )
    return sessions
