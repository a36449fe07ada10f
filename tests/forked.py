"""Commands in processes of their own that need no start: each is forked off one in which the program is loaded.

Two thirds of what a command takes are imports. What is started in the usual way instead: what a test watches, kills, traces, or
shows a terminal.
"""

import gc
import json
import os
import pkgutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

import interviewer
from interviewer.__main__ import main
from interviewer.bank.bank import load_bank
from interviewer.grading.embedded.matcher import compare
from interviewer.grading.injection import is_injection
from interviewer.grading.segment import segment

_LATER = ("jiter", "onnxruntime", "openai.resources.chat", "tenacity", "trio", "truststore")
"""What modules of the program import when they need it."""
_LEFT_OUT = {"interviewer.mcp", "interviewer.ray", "interviewer.__main__"}


class Commands:
    """Runs one command after another."""

    def __init__(self, folder: Path) -> None:
        """Have a folder of its own for what the commands read and write."""
        self._streams = [folder / name for name in ("stdin", "stdout", "stderr")]
        self._parent: subprocess.Popen[str] | None = None

    def run(
        self, arguments: Sequence[str], stdin: bytes, environ: Mapping[str, str], cwd: Path, seconds: float
    ) -> tuple[int, bytes, bytes]:
        """Return the exit code, which is negative where a signal ended it, and what it printed.

        Raises:
            TimeoutExpired: it took longer than so many seconds.
            ChildProcessError: the process that it was to be forked off has ended; the next command gets another.
        """
        if self._parent is None:
            self._parent = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=Path(__file__).parent.parent,
                env=_environ(),
                text=True,
            )
        assert self._parent.stdin
        assert self._parent.stdout
        for stream, content in zip(self._streams, (stdin, b"", b""), strict=True):
            stream.unlink(missing_ok=True)  # what an earlier command left running may still write to its own
            stream.write_bytes(content)
        try:
            print(
                json.dumps([[*arguments], {**environ}, str(cwd), [*map(str, self._streams)], seconds]), file=self._parent.stdin
            )
            self._parent.stdin.flush()
            code = int(self._parent.stdout.readline())
        except (BrokenPipeError, ValueError) as error:
            self.close()
            raise ChildProcessError("the process that commands are forked off has ended") from error
        out, err = self._streams[1].read_bytes(), self._streams[2].read_bytes()
        if code == -signal.SIGALRM:
            raise subprocess.TimeoutExpired([*arguments], seconds, out, err)
        return code, out, err

    def close(self) -> None:
        if self._parent is not None:
            self._parent.communicate()
        self._parent = None


def _environ() -> dict[str, str]:
    """Return the environment to load the program in, with the threads of numpy as the program sets them before it loads numpy.

    With others, sums differ in their last digits.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"OPENBLAS_NUM_THREADS": "1"}


def _load() -> None:
    for module in pkgutil.walk_packages(interviewer.__path__, "interviewer."):
        if module.name not in _LEFT_OUT:
            import_module(module.name)
    for name in _LATER:
        import_module(name)
    question = load_bank().questions[0]  # with it the models, the patterns and the word lists are loaded
    answer = segment(question.reference)
    is_injection(answer.text)
    compare(question, answer)
    gc.freeze()


def _become(arguments: list[str], environ: dict[str, str], cwd: str, streams: list[str], seconds: float) -> None:
    """Take on all that a new process gets from whoever starts it."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    for number, path in enumerate(streams):
        os.dup2(os.open(path, os.O_WRONLY if number else os.O_RDONLY), number)
    sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115
    sys.argv = ["interviewer", *arguments]
    signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    _load()
    for line in sys.stdin:
        if not (child := os.fork()):
            _become(*json.loads(line))
            try:
                main()
            except SystemExit as left:
                for stream in (sys.stdout, sys.stderr):
                    stream.flush()
                os._exit(int(left.code or 0))  # what the parent has loaded is not the child's to take down
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
