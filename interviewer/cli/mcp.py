"""mcp: the interviewer inside other programs."""

import click

from interviewer.bank.bank import open_bank
from interviewer.cli.options import bank_option, grader_option, model_option, propose_option, say_where_answers_go
from interviewer.config_file import GraderChoice
from interviewer.context import Context
from interviewer.errors import ExitCode, InputError
from interviewer.settings import load_settings
from interviewer.signals import run_async

_GRACE = 1.0
"""Seconds that a stopped server may take to end: it waits for its client, and what it promised is on disk."""


@click.command()
@bank_option
@grader_option
@model_option
@propose_option
@click.pass_obj
def mcp(context: Context, bank: str | None, grader: GraderChoice | None, model: str | None, no_propose: bool) -> ExitCode:
    """Serve the interview to a chat program or a coding agent, over MCP on stdin and stdout.

    Tools: next_question, grade_answer, hint, model_answer, progress, report. Answers are graded and stored like all others.
    """
    try:
        from interviewer.mcp import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        raise InputError(
            "the MCP server needs a library that is not installed", next_step="in the interviewer folder: pip install '.[mcp]'"
        ) from None
    settings = load_settings(context.environ, context.paths, grader=grader, model=model, propose=not no_propose)
    questions = open_bank(bank, context.paths.banks)
    say_where_answers_go(context, settings)
    run_async(serve(context, settings, questions), grace=_GRACE)
    return ExitCode.OK
