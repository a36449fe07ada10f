"""report and history."""

from datetime import datetime
from pathlib import Path
from typing import Literal

import click

from interviewer.context import Context
from interviewer.errors import InputError
from interviewer.models import Session
from interviewer.report.model import Report, build_report, summarise
from interviewer.storage.store import Store, open_store
from interviewer.text.clean import clean_line

Format = Literal["md", "html", "json", "csv"]


@click.command()
@click.argument("session", type=int, required=False)
@click.option("--last", type=click.IntRange(1), metavar="N", help="The last N sessions with an answer.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Sessions since this day, such as 2026-11-02.")
@click.option("--all", "whole", is_flag=True, help="The whole history.")
@click.option(
    "--from", "graded", type=click.Path(path_type=Path), metavar="FILE", help="Report on a batch output file instead."
)
@click.option(
    "--format", "face", type=click.Choice(["md", "html", "json", "csv"]), default="md", show_default=True, help="Output format."
)
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
    face: Format,
    output: str | None,
    force: bool,
) -> None:
    """Write SESSION (default: the latest with an answer), or several sessions, as a report you can keep.

    HTML is one page without scripts that prints well; JSON keeps to data/report.schema.json; CSV has one row an answer.
    With --from, the hardest questions come first, with what most people miss and which answers to read again.
    """
    if sum(chosen not in {None, False} for chosen in (session, last, since, whole, graded)) > 1:
        raise InputError("SESSION, --last, --since, --all and --from exclude each other", next_step="give one of them")
    if graded is not None:
        _write(context, _cohort(context, graded, face), graded.with_suffix(f".{face}").name, output, force=force)
        return
    store = open_store(context.paths.database)
    try:
        sessions = _answered(store) if session is None else [store.session(session)]
        if since is not None:
            sessions = [one for one in sessions if one.created >= since.astimezone()]
        elif session is None and not whole:
            sessions = sessions[-(last or 1) :]
        if not sessions:
            raise InputError(
                "there is no answer yet" if since is None else f"there is no answer since {since:%Y-%m-%d}",
                next_step="start: interviewer practice",
            )
        numbers = {one.id for one in sessions}
        built = build_report(sessions, [a for a in store.attempts(session) if a.session in numbers], context.now())
    finally:
        store.close()
    ends = dict.fromkeys((sessions[0].id, sessions[-1].id))
    _write(context, _written(built, face), f"interviewer-{'-'.join(map(str, ends))}.{face}", output, force=force)


def _write(context: Context, text: str, name: str, output: str | None, *, force: bool) -> None:
    if output == "-":
        click.echo(text, nl=False)
        return
    path = Path(output or name)
    from interviewer.text.atomic_write import refuse_overwrite, write_atomically

    refuse_overwrite(path, text, force=force, interactive=context.interactive and output is not None)
    write_atomically(path, text)
    click.echo(clean_line(str(path), 4096))


def _answered(store: Store) -> list[Session]:
    having = {attempt.session for attempt in store.attempts()}
    return [session for session in store.sessions() if session.id in having]


def _written(built: Report, face: Format) -> str:
    match face:
        case "md":
            from interviewer.report.render import to_markdown

            return to_markdown(built)
        case "html":
            from interviewer.report.render import to_html

            return to_html(built)
        case "csv":
            from interviewer.report.csv import to_csv

            return to_csv(built)
        case "json":
            return built.model_dump_json(indent=2) + "\n"


def _cohort(context: Context, graded: Path, face: Format) -> str:
    from interviewer.bank.bank import load_bank
    from interviewer.report.cohort import read_cohort

    cohort = read_cohort(graded, load_bank(), context.now())
    match face:
        case "md":
            from interviewer.report.render import to_markdown

            return to_markdown(cohort)
        case "html":
            from interviewer.report.render import to_html

            return to_html(cohort)
        case "csv":
            from interviewer.report.csv import to_csv

            return to_csv(cohort)
        case "json":
            return cohort.model_dump_json(indent=2) + "\n"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_obj
def history(context: Context, as_json: bool) -> None:
    """List past sessions, newest last, with their mean scores. Estimates and LLM scores are kept apart."""
    import json

    store = open_store(context.paths.database)
    try:
        attempts = store.attempts()
        rows = [summarise(session, [a for a in attempts if a.session == session.id]) for session in store.sessions()]
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps([row.model_dump(mode="json") for row in rows], indent=2))
        return
    from interviewer.ui.screen import Screen
    from interviewer.ui.views.listings import show_history

    show_history(Screen(context.stdout, context.stderr), rows)
