"""rubric."""

import click

from interviewer.context import Context
from interviewer.ui.screen import Screen
from interviewer.ui.views.listings import show_rubric


@click.command()
@click.pass_obj
def rubric(context: Context) -> None:
    """Show the weights, the formula, the levels and the bands that make a score."""
    show_rubric(Screen(context.stdout, context.stderr))
