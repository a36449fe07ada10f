"""bank import, export and enrich: the user's own questions."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interviewer.bank.bank import bank_file, load_bank, open_bank, user_banks
from interviewer.cli.options import bank_option, model_option
from interviewer.context import Context
from interviewer.errors import ExitCode, GradingError, InputError
from interviewer.models import Question
from interviewer.settings import load_settings
from interviewer.text.atomic_write import refuse_overwrite, write_atomically
from interviewer.text.clean import clean_line
from interviewer.text.slug import slug

if TYPE_CHECKING:
    from interviewer.bank.importers import Imported
    from interviewer.llm.client import LLMClient

_NOTES = 50
"""Shown of what an import says about its file, at most."""
_PREVIEWED = 3
"""Questions that --dry-run shows."""


@click.command("import")
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
    earlier = load_bank(target).questions if exists else ()
    imported = import_files(paths, earlier)
    questions = _with_earlier_parts(imported.questions, earlier)
    _show_notes(imported)
    if imported.mostly_wrong and not force:
        lost = sum(note.lost for note in imported.notes)
        raise InputError(
            f"only {len(questions)} of {len(questions) + lost} questions were understood, so nothing was written; "
            f"the first that was not: {imported.notes[0]}",
            next_step="correct the file, or take what was understood: --force",
        )
    _show_summary(questions)
    if dry_run:
        _show_preview(questions)
        return
    context.paths.banks.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(target, export(questions, "yaml"))
    click.echo(f"Written to {clean_line(str(target), 4096)}")
    click.echo(f"Practise them: interviewer practice --bank {chosen}")


def _show_notes(imported: "Imported") -> None:
    for note in imported.notes[:_NOTES]:
        click.echo(str(note), err=True)
    if (more := len(imported.notes) - _NOTES) > 0:
        click.echo(f"and {more:,} more such notes; the last: {imported.notes[-1]}", err=True)


def _show_summary(questions: Sequence[Question]) -> None:
    topics = Counter(question.topic for question in questions)
    answered = sum(1 for question in questions if question.reference)
    pointed = sum(1 for question in questions if question.key_points)
    noun = "question" if len(questions) == 1 else "questions"
    click.echo(f"{len(questions)} {noun}: {', '.join(f'{topic} {count}' for topic, count in topics.items())}")
    click.echo(f"{answered} have an answer, {pointed} have key points")


def _show_preview(questions: Sequence[Question]) -> None:
    for question in questions[:_PREVIEWED]:
        click.echo(f"\n{question.number or ''} {clean_line(question.question)}".rstrip())
        click.echo(f"   {clean_line(question.reference) or 'no answer'}")
    click.echo("\nNothing was written. Without --dry-run it will be.")


def _with_earlier_parts(questions: Sequence[Question], earlier: Sequence[Question]) -> tuple[Question, ...]:
    """Keep what an older bank knew about a question and the new file says nothing about, such as its key points."""
    before = {question.id: question for question in earlier}
    kept: list[Question] = []
    for question in questions:
        old = before.get(question.id)
        if old is not None and not question.key_points:
            parts = ("key_points", "misconceptions", "follow_ups", "hint", "sources", "proposed")
            lacking = {part: getattr(old, part) for part in parts if not getattr(question, part)}
            question = question.model_copy(update=lacking)  # noqa: PLW2901
        kept.append(question)
    return tuple(kept)


@click.command("export")
@click.option("--format", "form", type=click.Choice(["yaml", "jsonl", "csv", "md"]), default="yaml", show_default=True)
@bank_option
@click.option("--output", type=click.Path(path_type=Path), help="The file to write. Default: stdout.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.pass_obj
def export_(context: Context, form: str, bank: str | None, output: Path | None, force: bool) -> None:
    """Write a bank as YAML, JSON Lines or CSV, of which an import gives the same bank, or as Markdown to read."""
    from interviewer.bank.export import FORMATS, export

    (chosen,) = (known for known in FORMATS if known == form)
    text = export(open_bank(bank, context.paths.banks), chosen)
    if output is None or str(output) == "-":
        click.echo(text, nl=False)
    else:
        refuse_overwrite(output, text, force=force, interactive=context.interactive)
        write_atomically(output, text)
        click.echo(f"Written to {clean_line(str(output), 4096)}", err=True)


@click.command("enrich")
@click.argument("bank")
@click.option("--question", "keys", multiple=True, metavar="ID|NUMBER", help="Only this question (repeatable).")
@model_option
@click.pass_obj
def enrich_(context: Context, bank: str, keys: tuple[str, ...], model: str | None) -> ExitCode:
    """Ask the LLM to propose key points, misconceptions and follow-ups where BANK has none.

    Proposals are marked as such until you take the mark away. Nothing that is there already is changed.
    """
    from interviewer.bank.enrich import missing_parts

    settings = load_settings(context.environ, context.paths, model=model)
    if settings.kind != "llm":
        raise InputError("proposals need an LLM", next_step="set OPENAI_API_KEY, or OPENAI_BASE_URL for a local server")
    file = bank_file(bank, context.paths.banks)
    if file.suffix.lower() not in {".yaml", ".yml"}:
        raise InputError("only a bank in YAML can be enriched", next_step=f"interviewer bank import {file}")
    opened = load_bank(file)
    chosen = {opened.find(key).id for key in keys} or {question.id for question in opened}
    for question in opened:
        if question.id in chosen and not question.reference:
            click.echo(f"{question.id}: has no reference answer to make key points of; left alone", err=True)
    lacking = [question for question in opened if question.id in chosen and missing_parts(question)]
    if not lacking:
        click.echo("Nothing is missing.", err=True)
        return ExitCode.OK
    from interviewer.llm.client import LLMClient

    done = asyncio.run(_enrich(LLMClient(settings, context), file, list(opened), lacking))
    where = clean_line(str(file), 4096)
    click.echo(f"{done} of {len(lacking)} questions enriched in {where}. Read the proposals: interviewer bank show", err=True)
    return ExitCode.OK if done == len(lacking) else ExitCode.UNGRADED


_PATIENCE = 2
"""Failures in a row after which the server is given up."""


async def _enrich(endpoint: "LLMClient", file: Path, questions: list[Question], lacking: Sequence[Question]) -> int:
    """Enrich one question after the other and save each at once, so that a stop loses nothing."""
    from interviewer.bank.enrich import enrich
    from interviewer.bank.export import export

    done = failures = 0
    try:
        for position, question in enumerate(lacking, 1):
            click.echo(f"{position} of {len(lacking)}: {question.id} …", err=True)
            try:
                proposed = await enrich(question, endpoint)
            except GradingError as error:
                click.echo(f"  left as it was: {error.message}", err=True)
                failures += 1
                if failures == _PATIENCE:
                    break
                continue
            failures = 0
            questions[questions.index(question)] = proposed
            write_atomically(file, export(questions, "yaml"))
            done += 1
    finally:
        await endpoint.close()
    return done
