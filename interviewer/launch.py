"""The entry point: until the command handles signals, Ctrl-C ends the process without a traceback."""

# The module below `signal`, whose own import takes so long that Ctrl-C would strike there.
import _signal  # type: ignore[import-not-found]


def main() -> None:
    """Run the command line and leave with its exit code."""
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:  # else it is ignored: a shell does so behind `&`
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    from interviewer.__main__ import main as command

    command()
