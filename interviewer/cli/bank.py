"""bank list, show and validate; the other bank commands are in bank_import."""

import json
from collections.abc import Sized
from pathlib import Path

import click

from interviewer.bank.bank import open_bank, user_banks
from interviewer.cli.bank_import import enrich_, export_, import_
from interviewer.cli.options import bank_option
from interviewer.context import Context
from interviewer.errors import ExitCode
from interviewer.text.clean import clean_line


@click.group()
def bank() -> None:
    """List, show and check questions; bring your own."""


for command in (import_, export_, enrich_):
    bank.add_command(command)


@bank.command("list")
@bank_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_obj
def list_(context: Context, bank: str | None, as_json: bool) -> None:
    """List the questions of a bank."""
    questions = open_bank(bank, context.paths.banks)
    if as_json:
        click.echo(json.dumps([q.model_dump(mode="json", include=_LISTED) for q in questions], ensure_ascii=False, indent=2))
        return
    topic = ""
    for question in questions:
        if question.topic != topic:
            topic = question.topic
            click.echo(f"\n{topic}")
        click.echo(f"  {question.number or '':>3}  {clean_line(question.question)}  ({question.id})")
    if bank is None and (own := user_banks(context.paths.banks)):
        click.echo(f"\nYour own banks: {', '.join(own)}. List one: interviewer bank list --bank {own[0]}", err=True)


_LISTED = {"number", "id", "topic", "level", "question"}


@bank.command()
@click.argument("question")
@bank_option
@click.option("--json", "as_json", is_flag=True, help="Print the whole question as JSON.")
@click.pass_obj
def show(context: Context, question: str, bank: str | None, as_json: bool) -> None:
    """Show QUESTION, an id or a number, with its reference answer and key points."""
    found = open_bank(bank, context.paths.banks).find(question)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    from interviewer.ui.screen import Screen
    from interviewer.ui.views.listings import show_whole_question

    show_whole_question(Screen(context.stdout, context.stderr), found)


@bank.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
def validate(file: Path | None) -> ExitCode:
    """Check a bank FILE (or the built-in bank) and name every problem with file, line and field."""
    from interviewer.bank.bank import builtin_files
    from interviewer.bank.validate import check_file

    problems = 0
    for path in (file,) if file else builtin_files():
        checked = check_file(path)
        for problem in checked.problems:
            click.echo(str(problem))
        problems += len(checked.problems)
        click.echo(
            f"{clean_line(path.name)}: {_count(checked.questions, 'question')}, {_count(checked.problems, 'problem')}", err=True
        )
    return ExitCode.USAGE if problems else ExitCode.OK


def _count(found: Sized, noun: str) -> str:
    return f"{len(found)} {noun}{'' if len(found) == 1 else 's'}"
