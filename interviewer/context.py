"""The outside world as one argument, so that a test can pass a world of its own."""

import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import BinaryIO, Protocol, TextIO

from interviewer.errors import InputError


def _now() -> datetime:
    return datetime.now(UTC)


async def _sleep(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)


class Recorder(Protocol):
    """Something that records one voice in samples of 16 bits."""

    rate: int
    """Samples a second."""

    def start(self) -> None:
        """Begin to record.

        Raises:
            InputError: there is nothing to record with.
        """

    def level(self) -> float:
        """Return how loud it has been since this was last asked, 0 to 1."""

    def stop(self) -> bytes:
        """End the recording and return it."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders that belong to the user."""

    data: Path
    """The database with every answer, and the user's own banks."""
    config: Path
    """config.toml, the plan and the key file."""

    @property
    def database(self) -> Path:
        return self.data / "interviewer.db"

    @property
    def servers(self) -> Path:
        """The file of what servers were found to accept (llm/capabilities.py)."""
        return self.data / "servers.json"

    @property
    def banks(self) -> Path:
        return self.data / "banks"

    @property
    def settings(self) -> Path:
        return self.config / "config.toml"

    @property
    def plan(self) -> Path:
        return self.config / "plan.json"

    @property
    def key(self) -> Path:
        return self.config / "key"


@dataclass(frozen=True, slots=True)
class Context:
    """Clock, chance, environment, folders and streams."""

    environ: Mapping[str, str]
    paths: Paths
    stdin: BinaryIO
    stdout: TextIO
    stderr: TextIO
    interactive: bool
    """A person sits at both ends: keys can be read and a screen can be drawn."""
    now: Callable[[], datetime] = _now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = _sleep
    random: Random = field(default_factory=Random)
    microphone: Callable[[], Recorder] | None = None
    """The recorder of spoken answers; None for the system's own microphone."""


def user_paths(environ: Mapping[str, str]) -> Paths:
    """Return the user's folders: below `INTERVIEWER_HOME` if that is set, else where the platform keeps such files."""
    if home := environ.get("INTERVIEWER_HOME", "").strip():
        try:
            root = Path(home).expanduser()
            usable = root.is_dir() or not root.exists()
        except (RuntimeError, OSError) as error:  # ~ of an unknown user; a name that is too long
            raise InputError(f"INTERVIEWER_HOME cannot be used: {home}: {error}", next_step="point it at a folder") from error
        if not usable:
            raise InputError(f"INTERVIEWER_HOME is not a folder: {root}", next_step="point it at a folder, or unset it")
        return Paths(data=root, config=root)
    import platformdirs

    return Paths(
        data=Path(platformdirs.user_data_dir("interviewer", appauthor=False)),
        config=Path(platformdirs.user_config_dir("interviewer", appauthor=False)),
    )


def real_context() -> Context:
    """Return the context of this process: its real clock, environment, folders and streams."""
    return Context(
        environ=os.environ,
        paths=user_paths(os.environ),
        stdin=sys.stdin.buffer,
        stdout=sys.stdout,
        stderr=sys.stderr,
        interactive=sys.stdin.isatty() and sys.stdout.isatty(),
    )
