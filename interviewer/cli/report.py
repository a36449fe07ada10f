"""report and history."""

import json
from pathlib import Path

import click

from interviewer.context import Context
from interviewer.errors import InputError
from interviewer.report.model import Report, build_report, means
from interviewer.store import open_store


@click.command()
@click.argument("session", type=int, required=False)
@click.option("--format", "face", type=click.Choice(["md", "json"]), default="md", show_default=True, help="Which face.")
@click.option(
    "--output", type=click.Path(), help="Where to: a file, or - for stdout. Default: interviewer-SESSION.FORMAT here."
)
@click.option("--force", is_flag=True, help="Replace a file that is already there.")
@click.pass_obj
def report(world: Context, session: int | None, face: str, output: str | None, force: bool) -> None:
    """Write SESSION (default: the latest with an answer) as a report you can keep."""
    built = _build(world, session)
    if face == "md":
        from interviewer.report.markdown import to_markdown

        text = to_markdown(built)
    else:
        text = built.model_dump_json(indent=2) + "\n"
    if output == "-":
        click.echo(text, nl=False)
        return
    path = Path(output or f"interviewer-{built.session}.{face}")
    if path.exists() and output is not None and not force and world.interactive:
        raise InputError(f"{path} is already there", next_step="--force replaces it")
    from interviewer.writing import write_atomically

    write_atomically(path, text)
    click.echo(str(path))


def _build(world: Context, number: int | None) -> Report:
    store = open_store(world.places.database)
    try:
        candidates = [store.session(number)] if number is not None else [store.session(), *reversed(store.sessions())]
        for session in candidates:
            attempts = store.attempts(session.id)
            if attempts or number is not None:
                return build_report(session, attempts)
    finally:
        store.close()
    raise InputError("there is no answer yet", next_step="start: interviewer practice")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_obj
def history(world: Context, as_json: bool) -> None:
    """List past sessions, newest last, with their mean scores. Estimates and LLM scores are kept apart."""
    store = open_store(world.places.database)
    try:
        sessions = store.sessions()
        answers = {session.id: store.attempts(session.id) for session in sessions}
    finally:
        store.close()
    if as_json:
        rows = [
            {
                "session": session.id,
                "created": session.created.isoformat(),
                "mode": session.mode,
                "questions": list(session.plan),
                "answered": len(answers[session.id]),
                "ungraded": build_report(session, answers[session.id]).ungraded,
                "means": [mean.model_dump() for mean in means(answers[session.id])],
            }
            for session in sessions
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    from interviewer.terminal.screen import Screen

    Screen(world.stdout, world.stderr).history([build_report(session, answers[session.id]) for session in sessions])
