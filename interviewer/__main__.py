"""The one place where a command runs and where errors become a line and an exit code."""

import os
import sys
from typing import TextIO

from interviewer.errors import ExitCode, InterviewerError


def main() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A locale without UTF-8 must not turn a dash into a crash.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; every failure is told in one line on stderr."""
    from click import ClickException
    from click.exceptions import Abort, Exit

    from interviewer.cli.main import cli

    try:
        outcome = cli.main(arguments, prog_name="interviewer", standalone_mode=False)
        sys.stdout.flush()
        return outcome if isinstance(outcome, int) else ExitCode.OK
    except InterviewerError as error:
        _say(f"{error.message}\n  {error.next_step}" if error.next_step else error.message)
        return error.exit_code
    except ClickException as error:
        error.show(sys.stderr)
        return ExitCode.USAGE
    except Exit as leaving:
        return leaving.exit_code
    except (Abort, KeyboardInterrupt):
        _say("stopped")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        _forget(sys.stdout)
        return ExitCode.OK
    except Exception as error:  # the last resort: a person gets a line, a developer the traceback on request
        if os.environ.get("INTERVIEWER_TRACEBACK"):
            raise
        _say(f"unexpected {type(error).__name__}; this is a bug. INTERVIEWER_TRACEBACK=1 shows where")
        return ExitCode.UNEXPECTED


def _say(text: str) -> None:
    from interviewer.cleaning import clean

    try:
        sys.stderr.write(f"interviewer: {clean(text)}\n")
        sys.stderr.flush()
    except BrokenPipeError:
        _forget(sys.stderr)


def _forget(stream: TextIO) -> None:
    """Keep the interpreter from complaining about a closed pipe at exit."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, stream.fileno())


if __name__ == "__main__":
    main()
