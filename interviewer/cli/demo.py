"""demo."""

import click

from interviewer.context import Context
from interviewer.errors import ExitCode


@click.command()
@click.pass_obj
def demo(context: Context) -> ExitCode:
    """Watch a whole session in about a minute, without typing. Nothing is kept."""
    from interviewer.ui.demo import demo as show

    return show(context)
