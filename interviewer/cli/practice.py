"""practice and resume."""

import random

import click

from interviewer.bank.own import open_bank
from interviewer.bank.select import select
from interviewer.cli.world import bank_option, grader_option, model_option
from interviewer.context import Context
from interviewer.models import Level
from interviewer.settings import GraderChoice, load_settings

DEFAULT_COUNT = 5


@click.command()
@bank_option
@click.option("--topic", "topics", multiple=True, metavar="SLUG", help="Only this topic; may be given several times.")
@click.option("--level", type=click.Choice(["basic", "advanced"]), help="Only questions of this level.")
@click.option("--question", "keys", multiple=True, metavar="ID|NUMBER", help="This question; may be given several times.")
@click.option("--count", type=click.IntRange(1, 500), default=DEFAULT_COUNT, show_default=True, help="How many questions.")
@click.option("--seed", type=int, help="Choose the same questions every time.")
@grader_option
@model_option
@click.pass_obj
def practice(
    world: Context,
    bank: str | None,
    topics: tuple[str, ...],
    level: Level | None,
    keys: tuple[str, ...],
    count: int,
    seed: int | None,
    grader: GraderChoice | None,
    model: str | None,
) -> int:
    """Practise: a question, your answer, a score with its reasons.

    In a terminal, Enter makes a new line; Esc Enter or a line /done sends. /hint, /skip, /edit and /quit do what they say.
    In a pipe, an answer ends at a line /done or at the end of the input.
    """
    settings = load_settings(world.environ, world.places, grader=grader, model=model)
    chance = world.random if seed is None else random.Random(seed)  # noqa: S311  # chooses questions, guards nothing
    questions = select(open_bank(bank, world.places.banks), topics=topics, level=level, keys=keys, count=count, chance=chance)
    from interviewer.terminal.start import begin

    return begin(world, settings, questions, "practice")


@click.command()
@click.argument("session", type=int, required=False)
@grader_option
@model_option
@click.pass_obj
def resume(world: Context, session: int | None, grader: GraderChoice | None, model: str | None) -> int:
    """Go on where a session stopped: SESSION, or the latest that has a question left."""
    settings = load_settings(world.environ, world.places, grader=grader, model=model)
    from interviewer.terminal.start import resume as go_on

    return go_on(world, settings, session)
