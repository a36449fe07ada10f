"""doctor."""

import asyncio

import click

from interviewer.context import Context
from interviewer.errors import ExitCode
from interviewer.settings import load_settings
from interviewer.terminal.screen import Screen


@click.command()
@click.pass_obj
def doctor(world: Context) -> ExitCode:
    """Show what is configured, where files are, whether the endpoint and its model work, and what to do next."""
    from interviewer.doctor import examine

    settings = load_settings(world.environ, world.places)
    screen = Screen(world.stdout, world.stderr)
    with screen.waiting("Checking setup"):
        findings = asyncio.run(examine(settings, world))
    for finding in findings:
        screen.finding(finding.ok, finding.what, finding.detail)
    return ExitCode.OK if all(finding.ok is not False for finding in findings) else ExitCode.USAGE
