"""rubric."""

import click

from interviewer.context import Context
from interviewer.terminal.screen import Screen


@click.command()
@click.pass_obj
def rubric(world: Context) -> None:
    """Show the weights, the formula, the levels and the bands that make a score."""
    Screen(world.stdout, world.stderr).rubric()
