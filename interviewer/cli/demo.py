"""demo."""

import click

from interviewer.context import Context
from interviewer.errors import ExitCode


@click.command()
@click.pass_obj
def demo(world: Context) -> ExitCode:
    """Watch a whole session in about a minute, without typing. Nothing is kept."""
    from interviewer.terminal.demo import demo as show

    return show(world)
