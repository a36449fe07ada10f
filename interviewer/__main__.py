"""The one place where a command runs and where errors become a line and an exit code."""

import gc
import os
import signal
import sys
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import TextIO

from interviewer.errors import ExitCode, InterviewerError, StoreError


def main() -> None:
    """Run the command line and leave with its exit code."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # the caller closed it, and the next file to be opened would take its place
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  # open as long as we run
    for stream in (sys.stdout, sys.stderr):
        # A locale without UTF-8 must not turn a dash into a crash.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    _stop_on_signals()
    code = run(sys.argv[1:])
    gc.freeze()  # or the interpreter looks through all that is loaded before it ends, which takes it a tenth of a second
    sys.exit(code)


def _stop_on_signals() -> None:
    """Turn a closed terminal or a polite kill into an interrupt: drafts are saved and the terminal is restored on the way out.

    It has to be a KeyboardInterrupt: an event loop may keep any other exception to itself.
    """

    def stop(number: int, _: FrameType | None) -> None:
        raise KeyboardInterrupt(f"stopped by {signal.Signals(number).name}")

    for name in ("SIGTERM", "SIGHUP"):
        # What was started under nohup goes on when the terminal closes.
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is signal.SIG_DFL:
            signal.signal(getattr(signal, name), stop)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; every failure is told in one line on stderr."""
    try:
        return _run(arguments)
    except KeyboardInterrupt as stop:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # another one during the end would print a traceback
        _say(str(stop) or "stopped")
        return ExitCode.INTERRUPTED


def _run(arguments: list[str]) -> int:
    from click import ClickException
    from click.exceptions import Abort, Exit

    from interviewer.cli.main import cli

    try:
        outcome = cli.main(arguments, prog_name="interviewer", standalone_mode=False)
        sys.stdout.flush()
        return outcome if isinstance(outcome, int) else ExitCode.OK
    except InterviewerError as error:
        _say(f"{error.message}\n  {error.next_step}" if error.next_step else error.message)
        if isinstance(error, StoreError) and error.unsaved:
            _say(f"your answer could not be saved; copy it from here:\n\n{error.unsaved}\n")
        return error.exit_code
    except ClickException as error:
        told = StringIO()
        error.show(told)
        _write(told.getvalue())
        return ExitCode.USAGE
    except Exit as leaving:
        return leaving.exit_code
    except Abort as stop:
        raise KeyboardInterrupt from stop
    except (BrokenPipeError, SystemExit):  # rich turns the one into the other
        _forget(sys.stdout)
        return ExitCode.OK
    except OSError as error:  # the disk is full, say, where stdout goes
        _forget(sys.stdout)
        _say(f"{error.strerror}: {error.filename or 'standard output'}")
        return ExitCode.USAGE
    except Exception as error:  # the last resort: a person gets a line, a developer the traceback on request
        if os.environ.get("INTERVIEWER_TRACEBACK"):
            raise
        _say(f"unexpected {type(error).__name__}; this is a bug. INTERVIEWER_TRACEBACK=1 shows where")
        return ExitCode.UNEXPECTED


def _say(text: str) -> None:
    _write(f"interviewer: {text}\n")


def _write(text: str) -> None:
    from interviewer.text.clean import clean

    try:
        sys.stderr.write(clean(text))
        sys.stderr.flush()
    except OSError:
        _forget(sys.stderr)


def _forget(stream: TextIO) -> None:
    """Keep the interpreter from complaining at exit about a stream that takes nothing any more."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, stream.fileno())


if __name__ == "__main__":
    main()
