"""practice, resume and demo: sessions at the terminal."""

import random
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from interviewer.bank.bank import Bank, in_interview_order, open_bank, select
from interviewer.cli.completion import complete_question, complete_session, complete_topic
from interviewer.cli.options import (
    QuestionLevel,
    bank_option,
    bar_option,
    confirm_option,
    numbers_option,
    say,
    settings_options,
    voice_options,
)
from interviewer.context import Context
from interviewer.errors import ExitCode, InputError
from interviewer.models import Bar, GraderKind, Level, Mode, Question, SessionOptions
from interviewer.practice.plan import DEFAULT_COUNT, Plan, describe_outlook, in_scope, outlook, questions_in, read_plan
from interviewer.settings import Settings, load_settings
from interviewer.storage.store import open_store
from interviewer.text.slug import in_words
from interviewer.ui.begin import begin
from interviewer.ui.screen import Screen

if TYPE_CHECKING:
    from interviewer.voice.setup import VoiceSetup

_ROUNDS = range(2, 7)
_LEAST, _MOST = 10, 3_600
"""Seconds for one answer."""


def _read_seconds(_context: click.Context, _parameter: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    seconds = [int(part) if re.fullmatch(r"\s*\d{1,4}\s*", part, re.ASCII) else 0 for part in text.split(",")]
    falling = all(later < earlier for earlier, later in pairwise(seconds))
    if not (falling and len(seconds) in _ROUNDS and min(seconds) >= _LEAST and max(seconds) <= _MOST):
        raise click.BadParameter(f"2 to 6 times, each shorter than the one before, from {_MOST} down to {_LEAST}: 90,60,30")
    return tuple(seconds)


@click.command()
@bank_option
@numbers_option
@click.option(
    "--topic", "topics", multiple=True, metavar="SLUG", shell_complete=complete_topic, help="Only this topic (repeatable)."
)
@click.option("--level", type=QuestionLevel(["basic", "advanced"]), help="Only questions of this level.")
@click.option(
    "--question",
    "keys",
    multiple=True,
    metavar="ID|NUMBER",
    shell_complete=complete_question,
    help="This question (repeatable).",
)
@click.option(
    "--count", type=click.IntRange(1, 500), help="Number of questions. Default: what your plan says, else 5; in a drill 1."
)
@click.option("--minutes", type=click.IntRange(1, 600), metavar="N", help="As many questions as fit, 4 minutes each.")
@click.option("--saved", is_flag=True, help="Only questions that you saved for later.")
@click.option(
    "--mode",
    type=click.Choice(["practice", "interview", "drill"]),
    default="practice",
    show_default=True,
    help="practice: a score after each answer. interview: no word about it until the debrief at the end. drill: the same "
    "question again in less time, with what was lost and kept.",
)
@click.option(
    "--time-limit", type=click.IntRange(_LEAST, _MOST), metavar="SECONDS", help="Time for each answer, shown as a clock."
)
@click.option(
    "--seconds",
    callback=_read_seconds,
    metavar="N,N,…",
    help="Of a drill: the time of each round, each shorter than the one before. No clock in a pipe. Default: 90,60,30.",
)
@click.option(
    "--follow-ups",
    type=click.IntRange(0, 5),
    metavar="N",
    help="Maximum follow-ups per question, about what you left out. Default: in an interview at a terminal 2 by an LLM, 1 "
    "without; else 0.",
)
@click.option("--rate", is_flag=True, help="Ask for your own estimate before each score.")
@bar_option
@confirm_option
@click.option("--seed", type=int, help="Choose the same questions every time.")
@settings_options
@voice_options
def practice(
    context: Context,
    settings: Settings,
    voice: "VoiceSetup | None",
    mode: Mode,
    time_limit: int | None,
    seconds: tuple[int, ...] | None,
    follow_ups: int | None,
    rate: bool,
    bar: Bar | None,
    confirm: bool | None,
    **choice: Any,
) -> int:
    """Practise: a question, your answer, a score with its reasons.

    What is due comes first, the weakest before the others, then what is new, basic before advanced, within your plan if there
    is one (interviewer plan). A topic, a level or a seed asks for a shuffled choice instead.

    In a terminal, Enter makes a new line; Esc Enter or a line /done sends. /hint, /skip, /edit and /quit do what they say.
    In a pipe, an answer ends at a line /done or at the end of the input.
    """
    rounds = _rounds(mode, seconds, time_limit, follow_ups)
    chosen = _choose(context, settings.kind, _QuestionOptions(**choice), mode)
    if follow_ups is None:
        # In practice the score comes at once and shows what was left out, so a follow-up would only stand in its way.
        # In a pipe nobody expects a question more than there are answers.
        most = 2 if settings.kind == "llm" else 1
        follow_ups = most if mode == "interview" and context.interactive else 0
    options = SessionOptions(mode=mode, follow_ups=follow_ups, time_limit=time_limit, rate=rate, rounds=rounds, bar=bar)
    return begin(context, settings, chosen, options, voice, confirm=confirm)


@dataclass(frozen=True, slots=True)
class _QuestionOptions:
    """The options that choose the questions of a session."""

    bank: str | None
    numbers: frozenset[int] | None
    topics: tuple[str, ...]
    level: Level | None
    keys: tuple[str, ...]
    count: int | None
    minutes: int | None
    saved: bool
    seed: int | None

    @property
    def planned(self) -> bool:
        """Whether they are of the bank that a plan is about."""
        return self.bank is None and self.numbers is None

    @property
    def unused(self) -> str:
        """A sentence about options that change nothing beside others; empty without any."""
        choosing: dict[str, object] = {"--topic": self.topics, "--level": self.level}
        if not self.saved:
            choosing |= {"--count": self.count, "--minutes": self.minutes}
        unused = [name for name, value in choosing.items() if value]
        if not unused or not (self.keys or self.saved):
            return ""
        having, change = "--question names" if self.keys else "--saved has", "change" if len(unused) > 1 else "changes"
        return f"{having} the questions, so {' and '.join(unused)} {change} nothing."


def _choose(context: Context, kind: GraderKind, options: _QuestionOptions, mode: Mode) -> Sequence[Question]:
    """Return the questions of a session, in order."""
    if options.count and options.minutes:
        raise InputError("--count and --minutes both say how long the session is", next_step="give one of them")
    if options.unused:
        say(options.unused, context.stderr)
    count = options.count or (questions_in(options.minutes) if options.minutes else 1 if mode == "drill" else None)
    rng = context.random if options.seed is None else random.Random(options.seed)  # noqa: S311  # chooses questions, guards nothing
    questions, keys = open_bank(options.bank, context.paths.banks, options.numbers), options.keys
    if options.saved:
        keys = (*keys, *_saved(context, questions)[: count or DEFAULT_COUNT])
    narrowed = options.topics or options.level or keys
    if mode != "interview" and options.seed is None and not narrowed:
        return _agenda(context, questions, kind, count, planned=options.planned)
    if options.planned:
        questions = _and_asked_before(context, questions, keys)
        if mode == "interview" and not narrowed:
            questions, count = _within_plan(context, questions, count)
    chosen = select(questions, topics=options.topics, level=options.level, keys=keys, count=count or DEFAULT_COUNT, rng=rng)
    return in_interview_order(chosen) if mode == "interview" and not keys else chosen


def _rounds(mode: Mode, seconds: tuple[int, ...] | None, time_limit: int | None, follow_ups: int | None) -> tuple[int, ...]:
    """Return the times of the rounds of a drill; empty in another mode."""
    if mode != "drill":
        if seconds is not None:
            raise click.UsageError("--seconds goes with --mode drill; for one limit: --time-limit")
        return ()
    if time_limit is not None or follow_ups:
        raise click.UsageError("a drill has its times from --seconds, and no follow-ups")
    return seconds or (90, 60, 30)


def _agenda(context: Context, bank: Bank, kind: GraderKind, count: int | None, *, planned: bool) -> tuple[Question, ...]:
    """Choose what the plan says, else what is due and then what is new, and say so; a bank of one's own has no plan."""
    screen = Screen(context.stdout, context.stderr)
    with closing(open_store(context.paths.database, screen.status)) as store:
        reviews = store.reviews()
        new_here = not store.sessions()
    plan = read_plan(context.paths.plan) if planned else Plan()
    if plan is None and new_here and context.interactive and context.stderr.isatty():
        from interviewer.ui.plan_setup import ask_plan

        plan = ask_plan(context, screen)
    with_plan = plan not in {None, Plan()}
    plan = plan or Plan()
    found = outlook(plan, bank, reviews, kind, context.now(), count or (None if with_plan else DEFAULT_COUNT))
    if with_plan:
        screen.status(f"Your plan: {describe_outlook(found)}.")
    if with_plan or found.seen:
        screen.status(found.consists_of)
    return tuple(bank.find(name) for name in found.session)


def _and_asked_before(context: Context, bank: Bank, keys: tuple[str, ...]) -> Bank:
    """Return a bank with the questions of other banks that are named and were answered before, as a debrief may name them."""
    strange = [key for key in keys if bank.get(key) is None]
    if not strange or not context.paths.database.exists():
        return bank
    with closing(open_store(context.paths.database)) as store:
        asked = [attempts[-1].question for key in strange if (attempts := store.attempts(question=key))]
    return Bank((*asked, *bank))  # in this order, a number is that of the bank


def _within_plan(context: Context, bank: Bank, count: int | None) -> tuple[Bank, int | None]:
    """Return the questions that the plan is about, and how many of them fit into a day if nothing else says that."""
    plan = read_plan(context.paths.plan) or Plan()
    if plan.level or plan.topics:
        topics = f" about {', '.join(map(in_words, plan.topics))}" if plan.topics else ""
        level = f"{plan.level} questions" if plan.level else "questions"
        Screen(context.stdout, context.stderr).status(f"Within your plan: {level}{topics}.")
    return in_scope(plan, bank), count or (questions_in(plan.minutes_a_day) if plan.minutes_a_day else None)


def _saved(context: Context, bank: Bank) -> list[str]:
    with closing(open_store(context.paths.database)) as store:
        found = [saved.question for saved in store.saved_questions() if bank.get(saved.question)]
    if not found:
        raise InputError("no question of this bank is saved for later", next_step="press s after an answer to save one")
    return found


@click.command()
@click.argument("session", type=int, required=False, shell_complete=complete_session)
@settings_options
@voice_options
@confirm_option
def resume(context: Context, settings: Settings, session: int | None, voice: "VoiceSetup | None", confirm: bool | None) -> int:
    """Resume SESSION, or the latest with a question left; one with an answer comes first."""
    from interviewer.ui.run import resume_session

    return resume_session(context, settings, session, voice, confirm=confirm)


@click.command()
@click.argument("session", type=int, required=False, shell_complete=complete_session)
@click.pass_obj
def confirm(context: Context, session: int | None) -> ExitCode:
    """Look at the estimates of SESSION that you have not confirmed (default: the latest that has some): what did you say?

    Once all of them are confirmed, SESSION shows them again, to be corrected.
    """
    from interviewer.ui.run import confirm_session

    return confirm_session(context, load_settings(context.environ, context.paths, grader="embedded"), session)


@click.command()
@click.pass_obj
def demo(context: Context) -> ExitCode:
    """Watch a whole session in about a minute, without typing. Nothing is kept."""
    from interviewer.ui.demo import demo as show_demo

    return show_demo(context)
