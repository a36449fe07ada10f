"""The Context of a command, and the options that several commands share."""

import dataclasses
import functools
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar, get_args

import click

from interviewer import debug_log
from interviewer.cli.completion import complete_bank, complete_model
from interviewer.config_file import GraderChoice
from interviewer.context import Context, real_context
from interviewer.errors import InputError, StoreError
from interviewer.models import Bar
from interviewer.settings import Settings, load_settings
from interviewer.text.clean import clean_line, clean_path, fitted

if TYPE_CHECKING:
    from interviewer.practice.proposals import Proposals


Form = TypeVar("Form", bound=str)


def say(text: str, stream: TextIO | None = None) -> None:
    """Print a message to stderr, or to what stands for it; at a terminal it breaks between words."""
    stream = stream or sys.stderr
    click.echo(fitted(text, stream), file=stream)


def format_of(output: str | Path | None, formats: Iterable[Form], default: Form) -> Form:
    """Return the format that is named like the ending of an output file."""
    ending = Path(output or "").suffix.lower().removeprefix(".")
    return next((form for form in formats if form == ending), default)


def build_context(command: click.Context, env_file: str | None, *, debug: bool) -> None:
    """Build the Context once, before the command runs, unless a test has set one."""
    context = command.obj if isinstance(command.obj, Context) else real_context()
    if env_file is not None:
        context = dataclasses.replace(context, environ={**_read_env(Path(env_file)), **context.environ})
    command.obj = context
    if debug or context.environ.get("INTERVIEWER_DEBUG", "").strip() not in {"", "0"}:
        start_log(context)


def start_log(context: Context) -> None:
    """Begin the debug log and say where it is."""
    try:
        path = debug_log.start(context.environ, context.paths)
    except OSError as error:  # the command itself may well succeed
        say(f"There is no debug log: {error.strerror}: {clean_path(context.paths.data)}")
        return
    if path is not None:
        say(f"Debug log, with your answers and without your key: {clean_path(path)}")


def say_where_answers_go(context: Context, settings: Settings) -> None:
    """Name the host and the model on stderr before the first answer leaves this machine."""
    if settings.kind == "llm" and not settings.local:
        named = f" (model {clean_line(settings.model, 80)})" if settings.model else ""
        say(f"Answers go to {clean_line(settings.host, 255)}{named}.", context.stderr)


def batch_proposals(context: Context, settings: Settings) -> "Proposals | None":
    """Open the store that keeps proposed key points, if an LLM is to propose any; None where there is no such store."""
    from interviewer.practice.proposals import open_proposals
    from interviewer.storage.store import open_store
    from interviewer.ui.views.progress_bar import notifier

    if settings.kind != "llm" or not settings.propose:
        return None
    notify = notifier(context)
    try:
        store = open_store(context.paths.database, notify)
    except StoreError as error:
        notify(f"{error.message}: no key points are proposed")
        return None
    click.get_current_context().call_on_close(store.close)
    return open_proposals(store, context, settings, notify)


def _read_env(path: Path) -> Mapping[str, str]:
    from dotenv import dotenv_values

    if not path.is_file():
        raise InputError(f"there is no file {path}", next_step="check the path after --env-file")
    try:
        return {name: value for name, value in dotenv_values(path, interpolate=False).items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {os.fspath(path)}", next_step="it has to be a text file in UTF-8") from error


class QuestionLevel(click.Choice[str]):
    """The level of questions; a position in its place is told the option that it belongs to."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value in get_args(Bar):
            read = f"interviewer practice --bar {value}"
            self.fail(f"{value!r} is a position, not a level of questions. To read scores against it: {read}", param, ctx)
        return super().convert(value, param, ctx)


class Day(click.DateTime):
    """A day such as 2026-11-30; the error for anything else says so."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is not a day such as 2026-12-09", param, ctx)


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

grader_option: Decorator = click.option(
    "--grader",
    type=click.Choice(["auto", "llm", "embedded"]),
    help="Who grades. auto: an LLM if a key or an endpoint is set, else the embedded estimate.",
)
bank_option: Decorator = click.option(
    "--bank",
    metavar="NAME|FILE",
    shell_complete=complete_bank,
    help="A bank of your own, or guide for questions 1 to 110 of the built-in bank. Default: the built-in bank.",
)


def _read_numbers(_context: click.Context, _parameter: click.Parameter, text: str | None) -> frozenset[int] | None:
    if text is None:
        return None
    numbers: set[int] = set()
    for part in text.split(","):
        ends = re.fullmatch(r"\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*", part, re.ASCII)
        chosen = range(int(ends[1]), int(ends[2] or ends[1]) + 1) if ends else ()
        if not chosen:
            raise click.BadParameter("numbers and ranges with commas between them, such as 1-20,35")
        numbers.update(chosen)
    return frozenset(numbers)


numbers_option: Decorator = click.option(
    "--numbers", metavar="RANGES", callback=_read_numbers, help="Only questions with these numbers, such as 1-20,35."
)
model_option: Decorator = click.option("--model", metavar="NAME", shell_complete=complete_model, help="The LLM to grade with.")
samples_option: Decorator = click.option(
    "--samples",
    type=click.IntRange(1, 15),
    default=1,
    show_default=True,
    metavar="N",
    help="Grade each answer N times in parallel (LLM only); the majority decides, and where they differ a point is not sure.",
)
propose_option: Decorator = click.option(
    "--no-propose",
    is_flag=True,
    help="Derive key points from the reference answer where a question has none, instead of asking the LLM for them once.",
)


def settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say who grades; the command is called with its Context, and with the Settings that they make."""

    @grader_option
    @model_option
    @samples_option
    @propose_option
    @click.pass_obj
    @functools.wraps(command)
    def with_settings(
        context: Context,
        /,
        *,
        grader: GraderChoice | None,
        model: str | None,
        samples: int,
        no_propose: bool,
        **others: Any,
    ) -> Any:
        settings = load_settings(
            context.environ, context.paths, grader=grader, model=model, samples=samples, propose=not no_propose
        )
        return command(context, settings, **others)

    return with_settings


confirm_option: Decorator = click.option(
    "--confirm/--no-confirm",
    default=None,
    help="Whether you look at what an estimate found before it becomes a score. Default: yes, at a terminal without an LLM.",
)
bar_option: Decorator = click.option(
    "--bar",
    type=click.Choice(get_args(Bar)),
    help="Read scores against what is expected of this position; they stay the same. Default: none, or that of the session.",
)


def voice_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of spoken answers; below `settings_options`, whose command is called with what they need, or None."""

    @click.option("--voice", is_flag=True, help="Speak your answers; you correct the transcript, then send it.")
    @click.option(
        "--keep-audio",
        metavar="FOLDER",
        help="With --voice: keep the recordings there. Default: delete each recording after transcription.",
    )
    @functools.wraps(command)
    def with_voice(context: Context, settings: Settings, /, *, voice: bool, keep_audio: str | None, **others: Any) -> Any:
        if keep_audio is not None and not voice:
            raise click.UsageError("--keep-audio goes with --voice")
        ready = None
        if voice:
            from interviewer.voice.setup import set_up

            ready = set_up(context, settings, keep_audio)
        return command(context, settings, voice=ready, **others)

    return with_voice
