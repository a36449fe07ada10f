"""practice, resume and demo: sessions at the terminal."""

import random
from collections.abc import Sequence
from contextlib import closing

import click

from interviewer.bank.bank import Bank, in_interview_order, open_bank, select
from interviewer.cli.options import (
    bank_option,
    confirm_option,
    grader_option,
    keep_audio_option,
    model_option,
    numbers_option,
    propose_option,
    samples_option,
    voice_option,
    voice_setup,
)
from interviewer.context import Context
from interviewer.errors import ExitCode, InputError
from interviewer.models import GraderKind, Level, Measure, Mode, Question, Review
from interviewer.practice.schedule import QuestionMemory, agenda, describe, local_day, replay
from interviewer.settings import GraderChoice, load_settings
from interviewer.storage.store import open_store
from interviewer.ui.screen import Screen
from interviewer.ui.start import begin
from interviewer.ui.start import confirm as confirm_session
from interviewer.ui.start import resume as resume_session

DEFAULT_COUNT = 5


@click.command()
@bank_option
@numbers_option
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
@confirm_option
@click.option("--seed", type=int, help="Choose the same questions every time.")
@voice_option
@keep_audio_option
@grader_option
@model_option
@samples_option
@propose_option
@click.pass_obj
def practice(
    context: Context,
    bank: str | None,
    numbers: frozenset[int] | None,
    topics: tuple[str, ...],
    level: Level | None,
    keys: tuple[str, ...],
    count: int,
    saved: bool,
    mode: Mode,
    time_limit: int | None,
    follow_ups: int | None,
    rate: bool,
    confirm: bool,
    seed: int | None,
    voice: bool,
    keep_audio: str | None,
    grader: GraderChoice | None,
    model: str | None,
    samples: int,
    no_propose: bool,
) -> int:
    """Practise: a question, your answer, a score with its reasons.

    What is due comes first, the weakest before the others, then what is new. A topic, a level or a seed asks for a shuffled
    choice instead.

    In a terminal, Enter makes a new line; Esc Enter or a line /done sends. /hint, /skip, /edit and /quit do what they say.
    In a pipe, an answer ends at a line /done or at the end of the input.
    """
    settings = load_settings(
        context.environ, context.paths, grader=grader, model=model, samples=samples, propose=not no_propose
    )
    ready = voice_setup(context, settings, voice, keep_audio)
    chance = context.random if seed is None else random.Random(seed)  # noqa: S311  # chooses questions, guards nothing
    questions = open_bank(bank, context.paths.banks, numbers)
    if saved:
        keys = (*keys, *_saved(context, questions)[:count])
    if mode == "practice" and seed is None and not (topics or level or keys):
        chosen = _agenda(context, questions, settings.kind, count)
    else:
        chosen = select(questions, topics=topics, level=level, keys=keys, count=count, chance=chance)
    if follow_ups is None:
        # In practice the score comes at once and shows what was left out, so a follow-up would only stand in its way.
        # In a pipe nobody expects a question more than there are answers.
        follow_ups = 1 if mode == "interview" and context.interactive else 0
    from interviewer.practice.session import SessionOptions

    if mode == "interview" and not keys:
        chosen = in_interview_order(chosen)
    return begin(context, settings, chosen, SessionOptions(mode, follow_ups, time_limit, rate), ready, confirm=confirm)


def _agenda(context: Context, bank: Bank, kind: GraderKind, count: int) -> tuple[Question, ...]:
    """Choose what is due, and say so."""
    screen = Screen(context.stdout, context.stderr)
    with closing(open_store(context.paths.database, screen.status)) as store:
        memory = _memory(store.reviews(), kind)
    plan = agenda(bank, memory, local_day(context.now()), count, context.random)
    if memory:
        screen.status(describe(plan))
    return plan.questions


def _memory(reviews: Sequence[Review], kind: GraderKind) -> tuple[QuestionMemory, ...]:
    """Return what is known of each question; of one without a confirmed estimate, what the estimate says."""
    measures: tuple[Measure, ...] = ("embedded", "confirmed") if kind == "embedded" else (kind,)
    known = {memory.question: memory for measure in measures for memory in replay(reviews, measure)}
    return tuple(known.values())


def _saved(context: Context, bank: Bank) -> list[str]:
    with closing(open_store(context.paths.database)) as store:
        found = [saved.question for saved in store.saved_questions() if bank.get(saved.question)]
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
@propose_option
@confirm_option
@click.pass_obj
def resume(
    context: Context,
    session: int | None,
    voice: bool,
    keep_audio: str | None,
    grader: GraderChoice | None,
    model: str | None,
    samples: int,
    no_propose: bool,
    confirm: bool,
) -> int:
    """Resume SESSION, or the latest session that has a question left."""
    settings = load_settings(
        context.environ, context.paths, grader=grader, model=model, samples=samples, propose=not no_propose
    )
    ready = voice_setup(context, settings, voice, keep_audio)
    return resume_session(context, settings, session, ready, confirm=confirm)


@click.command()
@click.argument("session", type=int, required=False)
@click.pass_obj
def confirm(context: Context, session: int | None) -> ExitCode:
    """Look at the estimates of SESSION that you have not confirmed (default: the latest that has some): what did you say?"""
    return confirm_session(context, load_settings(context.environ, context.paths, grader="embedded"), session)


@click.command()
@click.pass_obj
def demo(context: Context) -> ExitCode:
    """Watch a whole session in about a minute, without typing. Nothing is kept."""
    from interviewer.ui.demo import demo as show_demo

    return show_demo(context)
