"""bank list, show, validate."""

import json
from pathlib import Path

import click

from interviewer.bank.bank import load_bank
from interviewer.context import Context
from interviewer.errors import ExitCode


@click.group()
def bank() -> None:
    """List, show and check questions."""


@bank.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def list_(as_json: bool) -> None:
    """List the questions."""
    questions = load_bank()
    if as_json:
        click.echo(json.dumps([q.model_dump(mode="json", include=_LISTED) for q in questions], ensure_ascii=False, indent=2))
        return
    topic = ""
    for question in questions:
        if question.topic != topic:
            topic = question.topic
            click.echo(f"\n{topic}")
        click.echo(f"  {question.number or '':>3}  {question.question}  ({question.id})")


_LISTED = {"number", "id", "topic", "level", "question"}


@bank.command()
@click.argument("question")
@click.option("--json", "as_json", is_flag=True, help="Print the whole question as JSON.")
@click.pass_obj
def show(world: Context, question: str, as_json: bool) -> None:
    """Show QUESTION, an id or a number, with its reference answer and key points."""
    found = load_bank().find(question)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    from interviewer.terminal.screen import Screen

    Screen(world.stdout, world.stderr).whole_question(found)


@bank.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
def validate(file: Path | None) -> ExitCode:
    """Check a bank FILE (or the built-in bank) and name every problem with file, line and field."""
    from interviewer.bank.bank import builtin_files
    from interviewer.bank.files import check_file

    problems = 0
    for path in (file,) if file else builtin_files():
        checked = check_file(path)
        for problem in checked.problems:
            click.echo(str(problem))
        problems += len(checked.problems)
        click.echo(f"{path.name}: {len(checked.questions)} questions, {len(checked.problems)} problems", err=True)
    return ExitCode.USAGE if problems else ExitCode.OK
