"""The command reference is what the command line says. `python -m tests.unit.test_readme` writes it anew."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
from click.testing import CliRunner

from interviewer.cli.main import COMMANDS, cli

REFERENCE = Path(__file__).parent.parent.parent / "docs" / "commands.md"


def _help(*command: str) -> str:
    done = CliRunner().invoke(cli, [*command, "--help"], prog_name="interviewer", env={"COLUMNS": "100"}, terminal_width=100)
    assert done.exit_code == 0, done.output
    return done.output.rstrip()


def _names() -> Iterator[str]:
    for name in COMMANDS:
        yield name
        command = cli.get_command(click.Context(cli), name)
        yield from (f"{name} {inner}" for inner in (command.commands if isinstance(command, click.Group) else ()))


def _section() -> str:
    details = "".join(
        f"\n<details><summary><code>interviewer {name}</code></summary>\n\n```text\n{_help(*name.split())}\n```\n\n</details>\n"
        for name in _names()
    )
    return f"<!-- help -->\n```text\n{_help()}\n```\n{details}<!-- /help -->"


def _renewed(text: str) -> str:
    return re.sub(r"<!-- help -->.*<!-- /help -->", lambda _: _section(), text, flags=re.DOTALL)


def test_the_help_texts_are_current() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    assert _renewed(text) == text


if __name__ == "__main__":
    REFERENCE.write_text(_renewed(REFERENCE.read_text(encoding="utf-8")), encoding="utf-8")
