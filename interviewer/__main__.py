"""Runs a command and turns every error into one line on stderr and an exit code."""

import gc
import os
import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from interviewer.errors import ExitCode, InterviewerError, StoreError
from interviewer.signals import ignore_signals, interrupt_on_signals

if TYPE_CHECKING:
    from click.exceptions import NoSuchOption


def main() -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(100_000)  # what is loaded stays, and looking through it again and again takes a twentieth of a start
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # the caller closed it, and the next file to be opened would take its place
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  # open as long as we run
    for stream in (sys.stdout, sys.stderr):
        # A locale without UTF-8 must not turn a dash into a crash. A pipe on Windows has the local 8-bit encoding by itself.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8" if os.name == "nt" else None, errors="replace")
    try:
        interrupt_on_signals()
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # one more, before the first had been dealt with
        ignore_signals()
        code = ExitCode.INTERRUPTED
    gc.freeze()  # or the interpreter looks through all that is loaded before it ends: 28 of 222 ms of `grade --help`
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; every failure is told in one line on stderr."""
    try:
        return _run(arguments)
    except KeyboardInterrupt as stop:
        ignore_signals()
        _print_error(str(stop) or "stopped")
        return ExitCode.INTERRUPTED


def _run(arguments: list[str]) -> int:
    from click import ClickException
    from click.exceptions import Abort, Exit, NoSuchOption

    from interviewer.cli.main import cli

    try:
        outcome = cli.main(arguments, prog_name="interviewer", standalone_mode=False)
        sys.stdout.flush()
        return outcome if isinstance(outcome, int) else ExitCode.OK
    except InterviewerError as error:
        _log("failed", error)
        _print_error(f"{error.message}\n  {error.next_step}" if error.next_step else error.message)
        if isinstance(error, StoreError) and error.unsaved:
            _print_error("your answer could not be saved; copy it from here:")
            _write(f"\n{error.unsaved}\n\n")
        return error.exit_code
    except ClickException as error:
        if isinstance(error, NoSuchOption):
            error = _less_guessing(error)
        usage = StringIO()
        error.show(usage)
        _write(_fitted(usage.getvalue()))
        return ExitCode.USAGE
    except Exit as leaving:
        return leaving.exit_code
    except Abort as abort:  # what click makes of an interrupt
        raise KeyboardInterrupt(*abort.__cause__.args if abort.__cause__ else ()) from None
    except (BrokenPipeError, SystemExit):  # rich turns the one into the other
        _discard(sys.stdout)
        return ExitCode.OK
    except OSError as error:  # the disk is full, say, where stdout goes
        _log("failed", error)
        _discard(sys.stdout)
        _print_error(f"{error.strerror}: {error.filename or 'standard output'}")
        return ExitCode.USAGE
    except Exception as error:  # noqa: BLE001  # the last resort
        where = (
            "the debug log shows where"
            if _log("unexpected", error)
            else "the same command with --debug writes a log that shows where"
        )
        _print_error(f"unexpected {type(error).__name__}; this is a bug: {where}")
        return ExitCode.UNEXPECTED


def _less_guessing(error: "NoSuchOption") -> "NoSuchOption":
    """Return the error with those suggestions only that differ by a slip: click takes --voice for a misspelt --topic."""
    from difflib import get_close_matches

    near = get_close_matches(error.option_name, error.possibilities or (), cutoff=0.8)
    return type(error)(error.option_name, possibilities=near, ctx=error.ctx)


def _log(what: str, error: Exception) -> bool:
    """Write an error with its traceback to the debug log, if there is one; return whether there is."""
    from interviewer.debug_log import debug

    return debug("interviewer", what, error=error)


def _print_error(text: str) -> None:
    _write(_fitted(f"interviewer: {text}\n"))


def _fitted(text: str) -> str:
    from interviewer.text.clean import clean, fitted

    return fitted(clean(text), sys.stderr)


def _write(text: str) -> None:
    from interviewer.text.clean import clean

    try:
        sys.stderr.write(clean(text))
        sys.stderr.flush()
    except OSError:
        _discard(sys.stderr)


def _discard(stream: TextIO) -> None:
    """Send what a closed stream still holds nowhere, or the interpreter would complain about it at exit."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, stream.fileno())


if __name__ == "__main__":
    main()
