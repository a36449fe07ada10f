"""practice and resume."""

import random

import click

from interviewer.bank.bank import Bank
from interviewer.bank.own import open_bank
from interviewer.bank.select import in_interview_order, select
from interviewer.cli.world import (
    bank_option,
    equipment,
    grader_option,
    keep_audio_option,
    model_option,
    samples_option,
    voice_option,
)
from interviewer.context import Context
from interviewer.errors import InputError
from interviewer.models import GraderKind, Level, Question
from interviewer.records import Mode
from interviewer.settings import GraderChoice, load_settings

DEFAULT_COUNT = 5


@click.command()
@bank_option
@click.option("--topic", "topics", multiple=True, metavar="SLUG", help="Only this topic (repeatable).")
@click.option("--level", type=click.Choice(["basic", "advanced"]), help="Only questions of this level.")
@click.option("--question", "keys", multiple=True, metavar="ID|NUMBER", help="This question (repeatable).")
@click.option("--count", type=click.IntRange(1, 500), default=DEFAULT_COUNT, show_default=True, help="Number of questions.")
@click.option("--saved", is_flag=True, help="Only questions that you saved for later.")
@click.option(
    "--mode",
    type=click.Choice(["practice", "interview"]),
    default="practice",
    show_default=True,
    help="practice: a score after each answer. interview: no word about it until the debrief at the end.",
)
@click.option("--time-limit", type=click.IntRange(10, 3600), metavar="SECONDS", help="Time for each answer, shown as a clock.")
@click.option(
    "--follow-ups",
    type=click.IntRange(0, 5),
    metavar="N",
    help="Maximum follow-ups per question, about what you left out. Default: 1 in an interview at a terminal, else 0.",
)
@click.option("--rate", is_flag=True, help="Ask for your own estimate before each score.")
@click.option("--seed", type=int, help="Choose the same questions every time.")
@voice_option
@keep_audio_option
@grader_option
@model_option
@samples_option
@click.pass_obj
def practice(
    world: Context,
    bank: str | None,
    topics: tuple[str, ...],
    level: Level | None,
    keys: tuple[str, ...],
    count: int,
    saved: bool,
    mode: Mode,
    time_limit: int | None,
    follow_ups: int | None,
    rate: bool,
    seed: int | None,
    voice: bool,
    keep_audio: str | None,
    grader: GraderChoice | None,
    model: str | None,
    samples: int,
) -> int:
    """Practise: a question, your answer, a score with its reasons.

    What is due comes first, the weakest before the others, then what is new. A topic, a level or a seed asks for a shuffled
    choice instead.

    In a terminal, Enter makes a new line; Esc Enter or a line /done sends. /hint, /skip, /edit and /quit do what they say.
    In a pipe, an answer ends at a line /done or at the end of the input.
    """
    settings = load_settings(world.environ, world.places, grader=grader, model=model, samples=samples)
    ready = equipment(world, settings, voice, keep_audio)
    chance = world.random if seed is None else random.Random(seed)  # noqa: S311  # chooses questions, guards nothing
    questions = open_bank(bank, world.places.banks)
    if saved:
        keys = (*keys, *_saved(world, questions)[:count])
    if mode == "practice" and seed is None and not (topics or level or keys):
        chosen = _agenda(world, questions, settings.kind, count)
    else:
        chosen = select(questions, topics=topics, level=level, keys=keys, count=count, chance=chance)
    if follow_ups is None:
        # In practice the score comes at once and shows what was left out, so a follow-up would only stand in its way.
        # In a pipe nobody expects a question more than there are answers.
        follow_ups = 1 if mode == "interview" and world.interactive else 0
    from interviewer.terminal.start import begin

    return begin(
        world,
        settings,
        in_interview_order(chosen) if mode == "interview" and not keys else chosen,
        mode,
        follow_ups=follow_ups,
        time_limit=time_limit,
        rate=rate,
        voice=ready,
    )


def _agenda(world: Context, bank: Bank, kind: GraderKind, count: int) -> tuple[Question, ...]:
    """Choose what is due, and say so."""
    from interviewer.schedule import agenda, local_day, remembered, told
    from interviewer.store import open_store
    from interviewer.terminal.screen import Screen

    screen = Screen(world.stdout, world.stderr)
    store = open_store(world.places.database, screen.status)
    try:
        memory = remembered(store.reviews(), kind)
    finally:
        store.close()
    plan = agenda(bank, memory, local_day(world.now()), count, world.random)
    if memory:
        screen.status(told(plan))
    return plan.questions


def _saved(world: Context, bank: Bank) -> list[str]:
    from interviewer.store import open_store

    store = open_store(world.places.database)
    try:
        found = [saved.question for saved in store.saved_questions() if bank.get(saved.question)]
    finally:
        store.close()
    if not found:
        raise InputError("no question of this bank is saved for later", next_step="press s after an answer to save one")
    return found


@click.command()
@click.argument("session", type=int, required=False)
@voice_option
@keep_audio_option
@grader_option
@model_option
@samples_option
@click.pass_obj
def resume(
    world: Context,
    session: int | None,
    voice: bool,
    keep_audio: str | None,
    grader: GraderChoice | None,
    model: str | None,
    samples: int,
) -> int:
    """Resume SESSION, or the latest session that has a question left."""
    settings = load_settings(world.environ, world.places, grader=grader, model=model, samples=samples)
    from interviewer.terminal.start import resume as go_on

    return go_on(world, settings, session, equipment(world, settings, voice, keep_audio))
