"""How fast is the first question on screen, and how fast is an answer on the wire?

    python tests/benchmarks/startup.py [PATH OF llm]

Compares with `llm --version` (simonw/llm) in the same run, turn by turn: ratios count, milliseconds depend on the machine.
"""

import os
import pty
import select
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

ROUNDS = 11
INTERVIEWER = Path(sys.executable).with_name("interviewer")


def _environment(**more: str) -> dict[str, str]:
    unwanted = ("OPENAI_", "INTERVIEWER_", "PYTHONDONTWRITEBYTECODE")  # an installed program has its bytecode
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {**kept, "INTERVIEWER_HOME": tempfile.mkdtemp(), "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1", **more}


class _Terminal:
    """A program in a pseudo-terminal, and what it has written so far."""

    def __init__(self, *command: str, **environ: str) -> None:
        self.began = time.perf_counter()
        self.process, self._master = pty.fork()
        if self.process == 0:
            os.execve(command[0], list(command), _environment(**environ))  # our own program
        self._seen = b""

    def wait_for(self, text: bytes, seconds: float = 30) -> float:
        """Return the time at which `text` was on the screen."""
        deadline = time.perf_counter() + seconds
        while text not in self._seen:
            ready, _, _ = select.select([self._master], [], [], deadline - time.perf_counter())
            if not ready:
                raise TimeoutError(f"{text!r} never came: {self._seen[-500:]!r}")
            self._seen += os.read(self._master, 65_536)
        return time.perf_counter()

    def type(self, text: bytes) -> float:
        os.write(self._master, text)
        return time.perf_counter()

    def end(self) -> None:
        os.kill(self.process, 9)
        os.close(self._master)
        os.waitpid(self.process, 0)


def first_question() -> float:
    """Return the seconds from the start of the program to the question on the screen."""
    terminal = _Terminal(str(INTERVIEWER), "practice", "--question", "3", "--grader", "embedded")
    seen = terminal.wait_for(b"What is overfitting") - terminal.began
    terminal.end()
    return seen


def whole_run(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def answer_to_wire() -> float:
    """Return the seconds from the key that sends an answer to the whole request at the server."""
    arrived: list[float] = []
    asked = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"data": [{"id": "stub"}]}')

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            arrived.append(time.perf_counter())
            asked.set()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    terminal = _Terminal(
        str(INTERVIEWER), "practice", "--question", "3", OPENAI_BASE_URL=f"http://127.0.0.1:{server.server_port}/v1"
    )
    terminal.wait_for(b"\x1b[?2004h")
    terminal.type(b"It memorises the noise of its training data.")
    time.sleep(4)  # a person types longer than this; meanwhile the client is warmed
    sent = terminal.type(b"\x1b\r")
    asked.wait(30)
    terminal.end()
    server.shutdown()
    return arrived[0] - sent


def bank() -> float:
    """Return the seconds that loading the built-in bank adds to a program that has its models already."""
    code = (
        "import time, interviewer.models, interviewer.bank.bank as bank; began = time.perf_counter(); bank.load_bank();"
        "print(time.perf_counter() - began)"
    )
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Print medians and their ratios."""
    llm = sys.argv[1] if len(sys.argv) > 1 else str(Path(sys.executable).with_name("llm"))
    ours, theirs = [], []
    first_question()
    whole_run(llm, "--version")
    for _ in range(ROUNDS):
        ours.append(first_question())
        theirs.append(whole_run(llm, "--version"))
    first, other = statistics.median(ours), statistics.median(theirs)
    print(f"first question on screen: {first * 1000:.0f} ms; llm --version: {other * 1000:.0f} ms; ratio {first / other:.2f}")
    print(f"loading the built-in bank: {statistics.median(bank() for _ in range(ROUNDS)) * 1000:.0f} ms")
    wire = sorted(answer_to_wire() for _ in range(5))
    print(f"answer sent to request on the wire: median {wire[2] * 1000:.0f} ms, worst {wire[-1] * 1000:.0f} ms")


if __name__ == "__main__":
    main()
