"""The questions of the first start: three keys make a plan, and Enter goes straight to the first question."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TypeVar

import click

from interviewer.context import Context
from interviewer.errors import InputError
from interviewer.models import Level
from interviewer.practice.plan import Plan, write_plan
from interviewer.practice.schedule import local_day
from interviewer.ui.screen import Screen

Value = TypeVar("Value")
_DAYS = {"1": 7, "2": 14, "3": 30}
_LEVELS: dict[str, Level] = {"b": "basic", "a": "advanced"}
_MINUTES = {"1": 10, "2": 20, "3": 40, "4": 60}
_NONE = {"\r", "\n", "\x1b", ""}


def ask_plan(context: Context, screen: Screen) -> Plan:
    """Ask for the day of the interview, the level and the minutes a day, a key each, and keep the plan.

    Without a day the other two are not asked. An empty plan is kept, too, so that nobody is asked twice.
    """
    plan = Plan()
    days = _key(screen, "Interview?  [1] in a week  [2] in two weeks  [3] in a month  [Enter] no plan ", _DAYS)
    if days is not None:
        level = _key(screen, "Questions?  [b]asic  [a]dvanced  [Enter] both ", _LEVELS)
        minutes = _key(screen, "Minutes a day?  [1] 10  [2] 20  [3] 40  [4] 60  [Enter] as many as it takes ", _MINUTES)
        plan = Plan(day=local_day(context.now()) + timedelta(days=days), level=level, minutes_a_day=minutes)
        screen.status(f"See it: interviewer plan. The exact day: interviewer plan --date {plan.day}")
    try:
        write_plan(context.paths.plan, plan)
    except InputError as error:
        screen.error(error)
    return plan


def _key(screen: Screen, question: str, choices: Mapping[str, Value]) -> Value | None:
    """Return what the pressed key stands for; None for Enter, Esc and the end of the input. Other keys are no answer."""
    screen.err.print(question, end="")
    screen.err.file.flush()
    key = _pressed()
    while key not in choices and key not in _NONE:
        key = _pressed()
    chosen = choices.get(key)
    screen.err.print("" if chosen is None else key)
    return chosen


def _pressed() -> str:
    try:
        return click.getchar().lower()
    except EOFError:
        return ""
