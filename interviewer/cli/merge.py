"""merge: the parts of a batch become one output."""

from pathlib import Path

import click

from interviewer.bank.bank import open_bank
from interviewer.cli.options import bank_option
from interviewer.context import Context
from interviewer.errors import ExitCode, InputError
from interviewer.text.clean import clean_path


@click.command()
@click.argument("parts", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), required=True, help="Output file for all rows, in their order.")
@click.option(
    "--answers", type=click.Path(path_type=Path), help="Check each row against these answers, and that none is missing."
)
@bank_option
@click.pass_obj
def merge(context: Context, parts: tuple[Path, ...], output: Path, answers: Path | None, bank: str | None) -> ExitCode:
    """Join PARTS, the outputs of `interviewer batch --shard`, given in any order, into one --output.

    Each row comes once. Nothing is written if a row is missing, or was graded from another answer, bank or rubric.
    """
    from interviewer.batch.merge import merge_parts
    from interviewer.batch.rows import read_rows

    if str(output) == "-":
        raise InputError("the parts are joined into a file", next_step="--output GRADED.jsonl")
    rows = read_rows(answers, open_bank(bank, context.paths.banks)) if answers else None
    merged = merge_parts(parts, output, rows)
    done = f"{merged.rows} rows, {merged.ungraded} of them ungraded; written to {clean_path(output)}"
    click.echo(done, file=context.stderr)
    return ExitCode.UNGRADED if merged.ungraded else ExitCode.OK
