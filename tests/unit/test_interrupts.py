"""Ctrl-C, once or impatiently: what was graded is saved, one line says so, and no traceback is seen."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import clean_environment
from tests.fakes import Sent, completion, reply, serving

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="no such signals")]
GOOD = Sent(completion(reply({1: ([1], "covered")}, points=7)), seconds=0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after", [0, 30])
@pytest.mark.parametrize("command", ["batch", "evaluate"])
def test_many_interrupts_end_a_run_in_one_line(
    home: Path, tmp_path: Path, command: str, after: int, number: signal.Signals
) -> None:
    rows = [{"id": n, "question": 3, "answer": f"It memorises noise, case {n}.", "score": 1} for n in range(2_000)]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    options = ["--output", "out.jsonl"] if command == "batch" else []
    with serving(GOOD) as server:
        environ = clean_environment(home, OPENAI_BASE_URL=server.url, INTERVIEWER_MODEL="stub")
        child = subprocess.Popen(
            [sys.executable, "-m", "interviewer", command, "in.jsonl", *options],
            cwd=tmp_path,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        until = time.monotonic() + 60
        while len(server.requests) < max(after, 1) and time.monotonic() < until:
            time.sleep(0.01)
        for _ in range(4):
            child.send_signal(number)
            time.sleep(0.04)
        out, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert "Traceback" not in err
    assert "exception" not in err.lower()
    assert out == ""
    assert "interviewer: " in err.splitlines()[-2]
    assert "go on: run the same command again" in err.splitlines()[-1]


EARLY = """
import os, signal, sys

class Strike:
    def find_spec(self, name, *_):
        if name == "interviewer.__main__":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Strike())
sys.argv = ["interviewer", "--version"]
from interviewer.launch import main
main()
"""


@pytest.mark.parametrize("ignored", [False, True])
def test_an_interrupt_while_the_program_is_loaded_shows_no_traceback(*, ignored: bool) -> None:
    program = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN){EARLY}" if ignored else EARLY
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == ((0, "") if ignored else (-signal.SIGINT, ""))
