"""doctor."""

import asyncio

import click

from interviewer.context import Context
from interviewer.errors import ExitCode
from interviewer.settings import load_settings
from interviewer.ui.screen import Screen
from interviewer.ui.views.listings import show_finding


@click.command()
@click.pass_obj
def doctor(context: Context) -> ExitCode:
    """Show what is configured, where files are, whether the endpoint and its model work, and what to do next."""
    from interviewer.doctor import examine

    settings = load_settings(context.environ, context.paths)
    screen = Screen(context.stdout, context.stderr)
    with screen.spinner("Checking setup"):
        findings = asyncio.run(examine(settings, context))
    for finding in findings:
        show_finding(screen, finding.ok, finding.what, finding.detail)
    return ExitCode.OK if all(finding.ok is not False for finding in findings) else ExitCode.USAGE
