"""--debug: a log of every request, reply, retry and decision, readable by its owner only and without any key.

Modules write to `logging.getLogger(__name__)` at DEBUG; those on the way to the first question call `debug` here instead,
since importing `logging` takes 3 ms.
"""

import os
import sys
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from interviewer.context import Paths
from interviewer.text.clean import clean
from interviewer.text.secrets import INSTEAD, SHORTEST_KEY, without_keylike

if TYPE_CHECKING:
    import logging

LIMIT = 10_000_000
"""Bytes, after which the log begins anew; the one before it is kept as debug.log.old."""
_on = False


def debug(name: str, message: str, *values: object, error: BaseException | None = None) -> bool:
    """Write to the log of a module, with the traceback of an error; return whether there is a log."""
    if _on:
        import logging

        logging.getLogger(name).debug(message, *values, exc_info=error)
    return _on


def start(environ: Mapping[str, str], paths: Paths) -> Path | None:
    """Begin to log into the data folder and return the file; None if there is a log already.

    Raises:
        OSError: it cannot be written.
    """
    global _on  # noqa: PLW0603  # the logging module keeps its handlers for the whole process, too
    if _on:
        return None
    import logging
    import platform

    from interviewer import __version__

    paths.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = paths.data / "debug.log"
    logger = logging.getLogger("interviewer")
    logger.addHandler(_handler(path, _keys(environ, paths)))
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    _on = True
    debug(__name__, "interviewer %s, Python %s, %s", __version__, platform.python_version(), sys.argv[1:])
    return path


def redacted(text: str, keys: frozenset[str]) -> str:
    """Return text without control characters, without these keys and without whatever looks like a key."""
    text = clean(text)
    for key in keys:
        text = text.replace(key, INSTEAD)
    return without_keylike(text)


def _keys(environ: Mapping[str, str], paths: Paths) -> frozenset[str]:
    """Return the keys from the environment, the key file and config.toml, even if these hold something else as well."""
    found = [environ.get(name, "") for name in ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY")]
    with suppress(OSError, ValueError):
        found.append(paths.key.read_text(encoding="utf-8"))
    with suppress(OSError, ValueError, RecursionError):
        found.append(str(tomllib.loads(paths.settings.read_text(encoding="utf-8")).get("api_key", "")))
    return frozenset(key.strip() for key in found if len(key.strip()) >= SHORTEST_KEY)


def _handler(path: Path, keys: frozenset[str]) -> "logging.Handler":
    import logging

    class File(logging.Handler):
        """Appends one record after the other; continuation lines are indented, so that no text can pass for a record."""

        def __init__(self) -> None:
            super().__init__()
            self._file = _open(path)

        def emit(self, record: logging.LogRecord) -> None:
            with suppress(OSError):  # a full disk must not end what is being looked at
                if self._file.tell() > LIMIT:
                    self._file.close()
                    path.replace(path.with_name(f"{path.name}.old"))
                    self._file = _open(path)
                text = redacted(self.format(record), keys).replace("\n", "\n    ")
                self._file.write(f"{text}\n".encode())

    handler = File()
    handler.setFormatter(logging.Formatter("%(asctime)s.%(msecs)03d %(process)d %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S"))
    return handler


def _open(path: Path) -> BinaryIO:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    path.chmod(0o600)
    return path.open("ab", buffering=0)
