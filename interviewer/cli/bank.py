"""bank list, show, validate, import, export and enrich: the built-in questions and the user's own."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interviewer.bank.bank import bank_file, builtin_files, load_bank, open_bank, user_banks
from interviewer.cli.completion import complete_bank, complete_question
from interviewer.cli.options import bank_option, format_of, model_option, numbers_option, say
from interviewer.context import Context
from interviewer.errors import ExitCode, GradingError, InputError
from interviewer.models import Question
from interviewer.settings import load_settings
from interviewer.text.atomic_write import refuse_overwrite, write_atomically
from interviewer.text.clean import clean_line, clean_path
from interviewer.text.slug import slug
from interviewer.text.words import plural

if TYPE_CHECKING:
    from interviewer.bank.export import BankFormat
    from interviewer.bank.importers import Imported
    from interviewer.llm.client import LLMClient

_FORMATS: "tuple[BankFormat, ...]" = ("yaml", "jsonl", "csv", "md")
_LISTED = {"number", "id", "topic", "level", "question"}
_SHOWN_NOTES = 50
_PREVIEWED = 3
"""Questions that --dry-run shows."""
_FAILURES = 2
"""Failures in a row after which `enrich` stops asking the server."""


@click.group()
def bank() -> None:
    """List, show and check questions; bring your own."""


@bank.command("list")
@bank_option
@numbers_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_obj
def list_(context: Context, bank: str | None, numbers: frozenset[int] | None, as_json: bool) -> None:
    """List the questions of a bank."""
    questions = open_bank(bank, context.paths.banks, numbers)
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
        say(f"\nYour own banks: {', '.join(own)}. List one: interviewer bank list --bank {own[0]}")


@bank.command(short_help="Show a question with all that belongs to it.")
@click.argument("question", shell_complete=complete_question)
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


@bank.command(short_help="Name every problem of a bank.")
@click.argument("bank", required=False, shell_complete=complete_bank)
@click.pass_obj
def validate(context: Context, bank: str | None) -> ExitCode:
    """Check BANK, a file or the name of a bank (default: the built-in one), and name every problem with file, line and field.

    Warnings are about what makes grades worse: a must-have with two facts or without a follow-up, a misconception close to a
    sentence of the reference, a source in two spellings. They do not change the exit code.
    """
    from interviewer.bank.quality import review
    from interviewer.bank.validate import check_file

    files = [check_file(path) for path in ((bank_file(bank, context.paths.banks),) if bank else builtin_files())]
    warnings = list(review(files))
    for checked in files:
        own = [warning for warning in warnings if warning.file == checked.file]
        for problem in checked.problems:
            click.echo(str(problem))
        for warning in own:
            click.echo(f"{warning} (warning)")
        counts = [(checked.questions, "question"), (checked.problems, "problem"), *([(own, "warning")] if own else [])]
        told = ", ".join(plural(len(some), noun) for some, noun in counts)
        say(f"{Path(checked.file).name}: {told}")
    return ExitCode.USAGE if any(checked.problems for checked in files) else ExitCode.OK


@bank.command("import", short_help="Make a bank of your own files.")
@click.argument("paths", metavar="FILE...", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--name", metavar="NAME", help="Name of the bank. Default: that of the file, or of the folder.")
@click.option("--dry-run", is_flag=True, help="Only show what would be imported and what would be left out.")
@click.option(
    "--force",
    is_flag=True,
    help="Replace a bank of this name; ids, and parts the files say nothing about, stay. "
    "Also take a file of which less than half was understood.",
)
@click.pass_obj
def import_(context: Context, paths: tuple[Path, ...], name: str | None, dry_run: bool, force: bool) -> None:
    """Make a bank of each question in FILE...: Markdown, text, CSV, JSON, JSON Lines, YAML, Anki packages, or folders of them.

    Questions are headings, bold lines, numbered lines or bullets, and what stands below is the answer; or the columns question
    and answer, by any usual name.
    """
    from interviewer.bank.export import export
    from interviewer.bank.importers import import_files

    first = paths[0].resolve()
    chosen = slug(name or (first.stem if len(paths) == 1 else first.parent.name), kind="bank")
    target = context.paths.banks / f"{chosen}.yaml"
    exists = chosen in user_banks(context.paths.banks)
    if exists and not force and not dry_run:
        raise InputError(
            f"a bank named {chosen} already exists", next_step="--force replaces it and keeps ids; --name gives another name"
        )
    imported = import_files(paths, load_bank(target).questions if exists else ())
    _show_notes(imported)
    if imported.mostly_wrong and not force:
        understood, lost = len(imported.questions), sum(note.lost for note in imported.notes)
        raise InputError(
            f"only {understood} of {understood + lost} questions were understood, so nothing was written; "
            f"the first that was not: {imported.notes[0]}",
            next_step="correct the file, or take what was understood: --force",
        )
    _show_summary(imported.questions)
    if dry_run:
        _show_preview(imported.questions)
        return
    context.paths.banks.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(target, export(imported.questions, "yaml"))
    click.echo(f"Written to {clean_path(target)}")
    click.echo(f"Practise them: interviewer practice --bank {chosen}")
    if any(question.reference and not question.key_points for question in imported.questions) and _has_llm(context):
        click.echo(f"Have the LLM propose key points to read and correct: interviewer bank enrich {chosen}")


def _has_llm(context: Context) -> bool:
    try:
        return load_settings(context.environ, context.paths).kind == "llm"
    except InputError:  # a setting is wrong, which an import need not care about
        return False


def _show_notes(imported: "Imported") -> None:
    lines = imported.digest()
    for line in lines[:_SHOWN_NOTES]:
        say(line)
    if (more := len(lines) - _SHOWN_NOTES) > 0:
        say(f"and {more:,} more such notes; the last: {lines[-1]}")


def _show_summary(questions: Sequence[Question]) -> None:
    topics = Counter(question.topic for question in questions)
    click.echo(f"{plural(len(questions), 'question')}: {', '.join(f'{topic} {count}' for topic, count in topics.items())}")
    answered = sum(1 for question in questions if question.reference)
    pointed = sum(1 for question in questions if question.key_points)
    click.echo(f"{answered} have an answer, {pointed} have key points")


def _show_preview(questions: Sequence[Question]) -> None:
    for question in questions[:_PREVIEWED]:
        click.echo(f"\n{question.number or ''} {clean_line(question.question)}".rstrip())
        click.echo(f"   {clean_line(question.reference) or 'no answer'}")
    click.echo("\nNothing was written. Without --dry-run it will be.")


@bank.command("export", short_help="Write a bank as YAML, JSON Lines, CSV or Markdown.")
@click.option("--format", "form", type=click.Choice(_FORMATS), help="Default: the one that the file ends in, or yaml.")
@bank_option
@click.option("--output", type=click.Path(path_type=Path), help="The file to write. Default: stdout.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.pass_obj
def export_(context: Context, form: "BankFormat | None", bank: str | None, output: Path | None, force: bool) -> None:
    """Write a bank as YAML, JSON Lines or CSV, of which an import gives the same bank, or as Markdown to read."""
    from interviewer.bank.export import export

    text = export(open_bank(bank, context.paths.banks), form or format_of(output, _FORMATS, "yaml"))
    if output is None or str(output) == "-":
        click.echo(text, nl=False)
    else:
        refuse_overwrite(output, text, force=force, interactive=context.interactive)
        write_atomically(output, text)
        say(f"Written to {clean_path(output)}")


@bank.command(short_help="Have the LLM propose key points for a bank.")
@click.argument("bank", shell_complete=complete_bank)
@click.option(
    "--question",
    "keys",
    multiple=True,
    metavar="ID|NUMBER",
    shell_complete=complete_question,
    help="Only this question (repeatable).",
)
@model_option
@click.pass_obj
def enrich(context: Context, bank: str, keys: tuple[str, ...], model: str | None) -> ExitCode:
    """Ask the LLM to propose key points, misconceptions and follow-ups where BANK has none.

    Proposals are marked as such until you take the mark away. Nothing that is there already is changed.
    """
    import asyncio

    from interviewer.bank.enrich import missing_parts
    from interviewer.llm.client import LLMClient

    settings = load_settings(context.environ, context.paths, model=model)
    if settings.kind != "llm":
        raise InputError("proposals need an LLM", next_step="set OPENAI_API_KEY, or OPENAI_BASE_URL for a local server")
    file = bank_file(bank, context.paths.banks)
    if file.suffix.lower() not in {".yaml", ".yml"}:
        raise InputError("only a bank in YAML can be enriched", next_step=f"interviewer bank import {file}")
    opened = load_bank(file)
    chosen = tuple(dict.fromkeys(opened.find(key) for key in keys)) or opened.questions
    unanswered = [question for question in chosen if not question.reference]
    for question in unanswered:
        say(f"{question.id}: left as it was, since it has no reference answer: add one to the bank")
    lacking = [question for question in chosen if missing_parts(question)]
    if not lacking:
        say("Nothing else is missing." if unanswered else "Nothing is missing.")
        return ExitCode.OK
    done = asyncio.run(_enrich_all(LLMClient(settings, context), file, list(opened), lacking))
    told = f"{done} of {len(lacking)} questions enriched in {clean_path(file)}"
    say(f"{told}. Read the proposals: interviewer bank show")
    return ExitCode.OK if done == len(lacking) else ExitCode.UNGRADED


async def _enrich_all(client: "LLMClient", file: Path, questions: list[Question], lacking: Sequence[Question]) -> int:
    """Enrich one question after the other, save each at once so that a stop loses nothing, and return how many there were."""
    from interviewer.bank.enrich import enrich
    from interviewer.bank.export import export

    done = failures = 0
    try:
        for position, question in enumerate(lacking, 1):
            say(f"{position} of {len(lacking)}: {question.id} …")
            try:
                proposed, _ = await enrich(question, client)
            except GradingError as error:
                say(f"  left as it was: {error.message}")
                failures += 1
                if failures == _FAILURES:
                    break
                continue
            failures = 0
            questions[questions.index(question)] = proposed
            write_atomically(file, export(questions, "yaml"))
            done += 1
    finally:
        await client.close()
    return done
