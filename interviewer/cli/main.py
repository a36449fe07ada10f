"""The group of all commands. A command's module is imported when it is called."""

import importlib
from typing import TYPE_CHECKING

import click

from interviewer import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# title of a group: name: (module, one line for --help)
GROUPS = {
    "Practise": {
        "practice": ("practice", "Practise now: questions, answers, scores."),
        "resume": ("practice", "Resume a session."),
        "confirm": ("practice", "Say what of an estimate you really said."),
        "plan": ("plan", "Plan until the interview: what to practise each day."),
        "demo": ("practice", "Watch a one-minute sample session."),
        "mcp": ("mcp", "Serve the interview to other programs."),
    },
    "Look back": {
        "progress": ("progress", "Show trends, what keeps going wrong, and what is due."),
        "outcome": ("outcome", "Note what came of a real interview."),
        "history": ("history", "List past sessions and their scores; search in past answers."),
        "show": ("history", "Show past answers and their grades, side by side."),
        "report": ("report", "Write a session as a report you can keep."),
    },
    "Grade answers": {
        "grade": ("grade", "Grade one answer from a file or a pipe."),
        "debrief": ("debrief", "Grade the transcript of a real interview."),
        "regrade": ("grade", "Grade whatever is still ungraded."),
        "batch": ("batch", "Grade many answers from a file."),
        "merge": ("merge", "Join the parts of a batch."),
    },
    "Questions": {
        "bank": ("bank", "List, show and check questions; import your own."),
    },
    "Grader and settings": {
        "evaluate": ("evaluate", "Measure how far the grader can be trusted."),
        "rubric": ("setup", "Show how scores are computed."),
        "use": ("setup", "Choose the server whose LLM grades."),
        "keys": ("setup", "Store, remove or locate an API key."),
        "doctor": ("setup", "Show what is set up, what works, and what to do next."),
    },
}
COMMANDS = {name: command for group in GROUPS.values() for name, command in group.items()}


def _start_log(command: click.Context, _option: click.Parameter, given: bool) -> None:
    if given:
        from interviewer.cli.options import start_log

        start_log(command.obj)


debug_option = click.Option(
    ["--debug"],
    is_flag=True,
    expose_value=False,
    callback=_start_log,
    help="Write a log of every request, reply, retry and decision.",
)


class LazyGroup(click.Group):
    """Knows its commands by name, and imports the module of the one that is called."""

    def list_commands(self, _: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"interviewer.cli.{COMMANDS[name][0]}")
        command = getattr(module, name)
        return _with_debug(command) if isinstance(command, click.Command) else None

    def resolve_command(self, context: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not context.resilient_parsing:
            raise click.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=context)
        return super().resolve_command(context, args)

    def shell_complete(self, context: click.Context, typed: str) -> "list[CompletionItem]":
        from click.shell_completion import CompletionItem

        # Not as click does it, which would import the module of every command for its help.
        names = [CompletionItem(name, help=text) for name, (_, text) in COMMANDS.items() if name.startswith(typed)]
        return [*names, *click.Command.shell_complete(self, context, typed)]

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, COMMANDS))
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, (_module, text) in commands.items()])


def _with_debug(command: click.Command) -> click.Command:
    """Give a command and those below it the option --debug, which may stand before or after their names."""
    if debug_option not in command.params:
        command.params.append(debug_option)
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        _with_debug(below)
    return command


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="interviewer", message="%(prog)s %(version)s")
@click.option(
    "--env-file",
    type=click.Path(),
    help="Read settings such as OPENAI_API_KEY from this file. A .env in the current folder is never read by itself.",
)
@click.option("--debug", is_flag=True, help=f"{debug_option.help} Or: INTERVIEWER_DEBUG=1.")
@click.pass_context
def cli(context: click.Context, env_file: str | None, debug: bool) -> object:
    """Practise machine-learning and generative-AI interview questions; get grades that rest on your own words.

    Without a command: practise now.

    \b
    Shell completion (bash; zsh and fish likewise):
      eval "$(_INTERVIEWER_COMPLETE=bash_source interviewer)"
    """  # noqa: D301  # click reads the backspace as "keep these lines"
    from interviewer.cli.options import build_context  # not above: --version and --help need nothing of what it imports

    build_context(context, env_file, debug=debug)
    if context.invoked_subcommand is None:
        from interviewer.cli.practice import practice

        return context.invoke(practice)
    return None
