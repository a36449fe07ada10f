"""report: sessions, or the output of a batch, as a file to keep."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Literal

import click

from interviewer.bank.bank import load_bank
from interviewer.context import Context
from interviewer.errors import InputError
from interviewer.models import Session
from interviewer.report.cohort import Cohort, read_cohort
from interviewer.report.csv import to_csv
from interviewer.report.html import to_html
from interviewer.report.markdown import to_markdown
from interviewer.report.model import Report, build_report, to_json
from interviewer.storage.store import Store, open_store
from interviewer.text.atomic_write import refuse_overwrite, write_atomically
from interviewer.text.clean import clean_path

Format = Literal["md", "html", "json", "csv"]
WRITERS: dict[Format, Callable[[Report | Cohort], str]] = {
    "md": to_markdown,
    "html": to_html,
    "json": to_json,
    "csv": to_csv,
}


@click.command()
@click.argument("session", type=int, required=False)
@click.option("--last", type=click.IntRange(1), metavar="N", help="The last N sessions with an answer.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Sessions since this day, such as 2026-11-02.")
@click.option("--all", "whole", is_flag=True, help="The whole history.")
@click.option(
    "--from", "graded", type=click.Path(path_type=Path), metavar="FILE", help="Report on a batch output file instead."
)
@click.option("--format", "form", type=click.Choice(list(WRITERS)), default="md", show_default=True, help="Output format.")
@click.option("--output", type=click.Path(), help="Output file, or - for stdout. Default: interviewer-SESSION.FORMAT here.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.pass_obj
def report(
    context: Context,
    session: int | None,
    last: int | None,
    since: datetime | None,
    whole: bool,
    graded: Path | None,
    form: Format,
    output: str | None,
    force: bool,
) -> None:
    """Write SESSION (default: the latest with an answer), or several sessions, as a report you can keep.

    HTML is one page without scripts that prints well; JSON keeps to data/report.schema.json; CSV has one row an answer.
    With --from, the hardest questions come first, with what most people miss and which answers to read again.
    """
    if sum(chosen not in {None, False} for chosen in (session, last, since, whole, graded)) > 1:
        raise InputError("SESSION, --last, --since, --all and --from exclude each other", next_step="give one of them")
    document: Report | Cohort
    if graded is not None:
        document, name = read_cohort(graded, load_bank(), context.now()), graded.stem
    else:
        with closing(open_store(context.paths.database, lambda line: click.echo(line, err=True))) as store:
            sessions = [store.session(session)] if session is not None else _chosen(store, last, since, whole=whole)
            numbers = {one.id for one in sessions}
            document = build_report(sessions, [a for a in store.attempts(session) if a.session in numbers], context.now())
        name = "-".join(["interviewer", *dict.fromkeys((str(sessions[0].id), str(sessions[-1].id)))])
    text = WRITERS[form](document)
    if output == "-":
        click.echo(text, nl=False)
        return
    path = Path(output or f"{name}.{form}")
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
