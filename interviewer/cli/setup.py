"""doctor, use, keys and rubric: what is set up, and what the scores rest on."""

from contextlib import nullcontext

import click

from interviewer.cli.completion import complete_server
from interviewer.cli.options import say
from interviewer.config_file import choose_server
from interviewer.context import Context
from interviewer.errors import ExitCode, InputError
from interviewer.llm.local_servers import LOCAL_SERVERS, models_of
from interviewer.settings import check_key, load_settings
from interviewer.signals import run_async
from interviewer.text.atomic_write import OWNER_ONLY, write_atomically
from interviewer.text.clean import clean_line, clean_path
from interviewer.ui.screen import Screen
from interviewer.ui.views.listings import show_finding, show_rubric

_LONGEST_KEY = 10_000
"""Bytes. Keys have a few hundred at most."""
_GRACE = 1.5
"""Seconds that an interrupted doctor may take to end: it has nothing to save."""


@click.command()
@click.pass_obj
def doctor(context: Context) -> ExitCode:
    """Show what is configured, where files are, whether the endpoint and its model work, and what to do next."""
    from interviewer.doctor import examine

    settings = load_settings(context.environ, context.paths)
    screen = Screen(context.stdout, context.stderr)
    screen.status("Checking setup …")

    async def show() -> bool:
        healthy = True
        findings = examine(settings, context)
        while True:
            with screen.spinner("Checking") if screen.redraws else nullcontext():  # a model may take minutes for its probe
                finding = await anext(findings, None)
            if finding is None:
                return healthy
            show_finding(screen, finding.ok, finding.what, clean_line(finding.detail, 4096))
            healthy = healthy and finding.ok is not False

    return ExitCode.OK if run_async(show(), grace=_GRACE) else ExitCode.USAGE


@click.command()
@click.argument("server", required=False, metavar="[ollama|lmstudio|llamacpp|URL]", shell_complete=complete_server)
@click.option("--model", metavar="NAME", help="The LLM to grade with. Default: the first that the server has.")
@click.option("--none", "undo", is_flag=True, help="Forget the server; without a key, answers are then estimated again.")
@click.pass_obj
def use(context: Context, server: str | None, model: str | None, undo: bool) -> None:
    """Have the LLM at SERVER grade from now on: a program on this machine by its name, or any OpenAI-compatible address.

    This writes base_url and model into config.toml. Variables such as OPENAI_BASE_URL take precedence.
    """
    if undo == (server is not None) or (undo and model):
        raise click.UsageError("give ollama, lmstudio, llamacpp or an address; or --none alone")
    known = next((one for one in LOCAL_SERVERS if one.word == server), None)
    address = known.address if known else server
    choose_server(context.paths, address, model)
    if address is None:
        say("No server is set any more.")
    else:
        models = models_of(known) if known else ()
        grader = clean_line(model or "", 80) or next(iter(models), "its first model")
        say(f"Answers are graded by {grader} at {address} from now on.")
        if known and not models:
            say("No model answers there yet; until one does, answers are saved, not graded.")
            say(f"Get {known.name} ({known.site}) and a model for it, then: {known.start}")
        elif models and grader not in models:
            say(f"It does not list {grader}, but {', '.join(models[:5])}.")
        say("Try it: interviewer doctor. Undo: interviewer use --none")
    for name in ("OPENAI_BASE_URL", "INTERVIEWER_MODEL", "INTERVIEWER_GRADER"):
        if context.environ.get(name, "").strip():
            say(f"{name} is set too and takes precedence.")


@click.command()
@click.pass_obj
def rubric(context: Context) -> None:
    """Show the weights, the formula, the levels and the bands that make a score."""
    show_rubric(Screen(context.stdout, context.stderr))


@click.group()
def keys() -> None:
    """Store, remove or locate an API key. A key is never a flag: others could read it in the process list."""


@keys.command("set")
@click.pass_obj
def set_(context: Context) -> None:
    """Store a key in a file that only you can read. It is typed unseen, or read from a pipe."""
    if context.stdin.isatty():
        typed = click.prompt("API key", hide_input=True, err=True)
    else:
        typed = context.stdin.read(_LONGEST_KEY).decode(errors="replace")
    key = check_key(typed, "the input")
    if key is None:
        raise InputError("there is no key in the input", next_step="interviewer keys set < FILE")
    place = context.paths.key
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(place, f"{key}\n", OWNER_ONLY)
    over = " OPENAI_API_KEY is set too and takes precedence." if context.environ.get("OPENAI_API_KEY", "").strip() else ""
    say(f"Saved to {clean_path(place)} (readable only by you).{over}")


@keys.command()
@click.pass_obj
def remove(context: Context) -> None:
    """Delete the stored key."""
    place = context.paths.key
    try:
        place.unlink()
    except FileNotFoundError:
        say("No API key is stored.")
    except OSError as error:
        raise InputError(f"cannot delete {clean_path(place)}: {error.strerror}") from error
    else:
        say("API key deleted.")


@keys.command("show-where")
@click.pass_obj
def show_where(context: Context) -> None:
    """Print the path of the key file, not the key."""
    click.echo(clean_path(context.paths.key))
    if not context.paths.key.exists():
        say("No API key is stored.")
