"""What leaves the machine, and what stays on it: what SECURITY.md says, whatever the libraries in use would like.

strace sees what all of a process does; a hook in Python would miss what libraries in other languages do. Without strace the
folders are still looked at.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from interviewer.bank.bank import load_bank
from tests.fakes import Sent, reply
from tests.faults.conftest import ANSWER
from tests.voice.studio import silence, transcribing, transcript


def _strace() -> str | None:
    """Where strace is; None where it is not, or where a container lets nobody watch a process."""
    program = shutil.which("strace")
    if (
        program is None
        or subprocess.run([program, "-qq", "-o", os.devnull, "true"], capture_output=True, check=False).returncode
    ):
        return None
    return program


STRACE = _strace()
needs_strace = pytest.mark.skipif(STRACE is None, reason="no strace is installed, or it may not watch")

LINGER = 13
"""Seconds that a watched program stays: onnxruntime sends its first events nine seconds after it was loaded."""
WATCHED = "connect,sendto,sendmsg,sendmmsg,openat,mkdir"
PROGRAM = """
import sys, time
from interviewer.__main__ import run
code = run(sys.argv[2:])
time.sleep(float(sys.argv[1]))
sys.exit(code)
"""
GOOD = reply({1: ([1], "covered")}, points=len(load_bank().find("3").key_points))
GRADE = ("grade", "--question", "3")
COMMANDS = {
    "grade": (*GRADE, "--grader", "embedded"),
    "batch": ("batch", "answers.jsonl", "--grader", "embedded", "--output", "graded.jsonl"),
    "grade by LLM": (*GRADE, "--grader", "llm"),
    "recording": (*GRADE, "--audio", "answer.wav", "--grader", "embedded"),
}
SPEAKS = {"grade by LLM", "recording"}
"""Those that have a server to speak to."""
WRITES = {"batch": {"graded.jsonl"}}
"""What they write into the working folder."""


@dataclass(frozen=True)
class Watched:
    """One run of a program in a home that was empty."""

    code: int
    err: str
    foreign: list[str]
    """Files and folders in the person's home, and new ones in the working folder."""
    trace: str
    """What strace wrote; empty without it."""
    folder: Path
    """Holds the homes and the working folder."""

    def reached(self) -> set[str]:
        """The addresses, with their ports, to which something was sent or a connection was tried."""
        return {f"{host}:{port}" for port, host in re.findall(r'sin6?_port=htons\((\d+)\).*?"([^"]+)"', self.trace)}

    def names_looked_up(self) -> bool:
        """Whether a name was: the C library then reads how that is done here."""
        return bool(re.search(r'"(/etc/resolv\.conf|/etc/hosts)"|systemd/resolve|io\.systemd\.Resolve', self.trace))

    def made_elsewhere(self) -> list[str]:
        """Files and folders that were made outside the program's own."""
        # Threads interrupt each other's lines: an outcome may come later. Python keeps compiled files beside the sources.
        made = re.findall(r'(?:openat\(AT_FDCWD, "(.+?)", [A-Z_|]*O_CREAT|mkdir\("(.+?)").*(?:= \d|<unfinished)', self.trace)
        paths = [self.folder / "work" / (opened or folder) for opened, folder in made]
        ours = (Path("/dev"), self.folder / "ours", self.folder / "work")
        return [str(path) for path in paths if "__pycache__" not in path.parts and not any(map(path.is_relative_to, ours))]


def observed(folder: Path, program: list[str], *, watched: bool, stdin: str = "", **environ: str) -> Watched:
    """Run a program with nothing in its environment that could quiet a library, as a CI server's variables would."""
    person, work, trace = folder / "person", folder / "work", folder / "trace"
    person.mkdir()
    work.mkdir(exist_ok=True)
    before = set(work.iterdir())
    elsewhere = {f"XDG_{name}_HOME": str(person / name.lower()) for name in ("CACHE", "CONFIG", "DATA", "STATE")}
    done = subprocess.run(
        [*([str(STRACE), "-f", "-qq", "-e", f"trace={WATCHED}", "-o", str(trace)] if watched else []), *program],
        input=stdin,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(person),
            "TMPDIR": str(person),
            "INTERVIEWER_HOME": str(folder / "ours"),
            **elsewhere,
            **environ,
        },
        cwd=work,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    foreign = [*person.rglob("*"), *(set(work.iterdir()) - before)]
    names = sorted(str(path.relative_to(path.parent if path.parent == work else folder)) for path in foreign)
    return Watched(done.returncode, done.stderr, names, trace.read_text(errors="replace") if watched else "", folder)


@dataclass(frozen=True)
class Runs:
    """All the commands, run side by side since each stays for a while."""

    server: str
    seen: dict[str, Future[Watched]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    row = {"id": "a", "question": 3, "answer": ANSWER}
    with transcribing(Sent(transcript(ANSWER)), GOOD) as server, ThreadPoolExecutor(len(COMMANDS)) as pool:
        address = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "sk-1", "INTERVIEWER_MODEL": "stub"}
        seen = {}
        for name, arguments in COMMANDS.items():
            folder = tmp_path_factory.mktemp("run")
            (folder / "work").mkdir()
            (folder / "work" / "answers.jsonl").write_text(json.dumps(row))
            silence(folder / "work" / "answer.wav")
            program = [sys.executable, "-c", PROGRAM, str(LINGER if STRACE else 0), *arguments]
            environ = address if name in SPEAKS else {}
            seen[name] = pool.submit(observed, folder, program, watched=bool(STRACE), stdin=ANSWER, **environ)
        yield Runs(server.url.removeprefix("http://").removesuffix("/v1"), seen)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_person_s_folders_stay_as_they_are(runs: Runs, name: str) -> None:
    seen = runs.seen[name].result()
    assert seen.code == 0, seen.err
    assert set(seen.foreign) == WRITES.get(name, set())


@needs_strace
@pytest.mark.parametrize("name", COMMANDS)
def test_only_the_configured_server_is_spoken_to(runs: Runs, name: str) -> None:
    seen = runs.seen[name].result()
    assert ("onnxruntime_pybind11_state" in seen.trace) == ("embedded" in COMMANDS[name])
    assert seen.reached() == ({runs.server} if name in SPEAKS else set())
    assert not seen.names_looked_up()
    assert seen.made_elsewhere() == []


@needs_strace
def test_what_would_be_wrong_is_seen(tmp_path: Path) -> None:
    wrong = (
        "import pathlib, socket\n"
        "pathlib.Path.home().joinpath('deviceid').touch()\n"
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))\n"
        "try: socket.getaddrinfo('telemetry.invalid', 443)\n"
        "except OSError: pass\n"
    )
    seen = observed(tmp_path, [sys.executable, "-c", wrong], watched=True)
    assert seen.foreign == ["person/deviceid"]
    assert "127.0.0.1:9" in seen.reached()
    assert seen.names_looked_up()
    assert seen.made_elsewhere() == [str(tmp_path / "person" / "deviceid")]
    six = 'connect(3, {sa_family=AF_INET6, sin6_port=htons(443), inet_pton(AF_INET6, "2603::1", &sin6_addr)}, 28) = 0'
    assert replace(seen, trace=six).reached() == {"2603::1:443"}
