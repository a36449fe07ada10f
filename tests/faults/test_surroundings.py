"""Keys, addresses, proxies and certificates that cannot work are named before or instead of a request."""

import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import parse_headers
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.fakes import completion, serving
from tests.faults.conftest import ANSWER, CANARY, UNSET, kept
from tests.faults.server import http
from tests.faults.test_wire import GOOD, GRADE, check

ELSEWHERE = "https://llm.invalid/v1"
"""Cannot be reached, and nothing is sent to it."""
NOWHERE = "http://127.0.0.1:9/v1"


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"OPENAI_API_KEY": UNSET}, "set OPENAI_API_KEY (any value for a local server)"),
        ({"OPENAI_API_KEY": ""}, "set OPENAI_API_KEY (any value for a local server)"),
        ({"OPENAI_API_KEY": f"{CANARY} x"}, "the key in OPENAI_API_KEY contains a space"),
        ({"OPENAI_API_KEY": f"{CANARY}\nx"}, "the key in OPENAI_API_KEY contains a space or a line end"),
        ({"OPENAI_API_KEY": f"{CANARY}ä"}, "the key in OPENAI_API_KEY contains a non-ASCII character"),
        ({"OPENAI_BASE_URL": "localhost:11434/v1"}, "OPENAI_BASE_URL is not a web address"),
        ({"OPENAI_BASE_URL": CANARY}, "OPENAI_BASE_URL is not a web address"),
        ({"OPENAI_BASE_URL": "ftp://127.0.0.1/"}, "OPENAI_BASE_URL is not a web address"),
        ({"OPENAI_BASE_URL": f"https://me:{CANARY}@llm.invalid/v1"}, "holds more than an address"),
        ({"OPENAI_BASE_URL": f"https://llm.invalid/v1?key={CANARY}"}, "holds more than an address"),
        ({"OPENAI_BASE_URL": "http://llm.invalid/v1"}, "the key would go to llm.invalid unencrypted"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1.llm.invalid/v1"}, "unencrypted"),
    ],
)
def test_what_cannot_work_is_said_at_once(watch: Run, home: Path, environ: dict[str, str], says: str) -> None:
    seen = watch(*GRADE, **environ)
    assert seen.code == 2
    assert says in seen.err
    check(seen, home)


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_address_is_none(watch: Run, home: Path, value: str) -> None:
    seen = watch("grade", "--question", "3", OPENAI_API_KEY=UNSET, OPENAI_BASE_URL=value)
    assert seen.code == 0
    assert "estimate" in seen.out


def test_spaces_around_a_key_are_not_sent(watch: Run, home: Path) -> None:
    with serving(GOOD) as server:
        seen = watch(*GRADE, OPENAI_BASE_URL=server.url, OPENAI_API_KEY=f"  {CANARY}\n")
        assert seen.code == 0, seen.err
        assert f"Bearer {CANARY}" in server.headers[0].values()
    check(seen, home)


def test_a_proxy_is_not_asked_for_this_machine(watch: Run, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy, serving(GOOD) as server:
        proxy.settimeout(0.1)
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        environ = dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"), address)
        seen = watch(*GRADE, OPENAI_BASE_URL=server.url, **environ)
        assert seen.code == 0, seen.err
        with pytest.raises(TimeoutError):
            proxy.accept()


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"OPENAI_BASE_URL": NOWHERE}, f"nothing answers at {NOWHERE}"),
        ({"OPENAI_BASE_URL": ELSEWHERE}, f"nothing answers at {ELSEWHERE}"),
        ({"OPENAI_BASE_URL": ELSEWHERE, "ALL_PROXY": f"socks5://me:{CANARY}@127.0.0.1:9"}, "ALL_PROXY cannot be used"),
        ({"OPENAI_BASE_URL": ELSEWHERE, "HTTPS_PROXY": f"gopher://{CANARY}@x"}, "HTTPS_PROXY cannot be used"),
        ({"OPENAI_BASE_URL": ELSEWHERE, "HTTPS_PROXY": f"http://me:{CANARY}@127.0.0.1:9"}, "HTTPS_PROXY"),
        ({"OPENAI_BASE_URL": ELSEWHERE, "SSL_CERT_FILE": "/nowhere.pem"}, "SSL_CERT_FILE"),
        ({"OPENAI_BASE_URL": ELSEWHERE, "SSL_CERT_DIR": "/nowhere"}, f"nothing answers at {ELSEWHERE}"),
    ],
)
def test_what_stands_before_the_server_is_named(watch: Run, home: Path, environ: dict[str, str], says: str) -> None:
    seen = watch(*GRADE, **environ)
    assert seen.code == 3
    assert says in seen.err
    assert "interviewer regrade 1" in seen.err
    assert kept(home) == [ANSWER]
    check(seen, home)


def test_a_certificate_that_nobody_vouches_for_is_refused(watch: Run, home: Path, tmp_path: Path) -> None:
    with tls_server(tmp_path) as port:
        seen = watch(*GRADE, OPENAI_BASE_URL=f"https://127.0.0.1:{port}/v1")
    assert seen.code == 3
    assert "could not connect securely" in seen.err
    check(seen, home)


def test_a_certificate_that_the_person_vouches_for_is_accepted(watch: Run, home: Path, tmp_path: Path) -> None:
    good = http(200, completion(GOOD), Connection="close")
    with tls_server(tmp_path, good) as port:
        trusted = {"OPENAI_BASE_URL": f"https://127.0.0.1:{port}/v1", "SSL_CERT_FILE": str(tmp_path / "cert.pem")}
        seen = watch(*GRADE, INTERVIEWER_MODEL="stub", **trusted)
    assert seen.code == 0, seen.err
    check(seen, home)


@contextmanager
def tls_server(folder: Path, says: bytes = b"") -> Iterator[int]:
    """A server on loopback with a certificate that it signed itself."""
    if not (openssl := shutil.which("openssl")):
        pytest.skip("makes a certificate with openssl")
    made = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=x",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
    ]
    subprocess.run(made, cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stopped = threading.Event()

        def serve() -> None:
            listening.settimeout(0.1)
            while not stopped.is_set():
                with suppress(OSError), listening.accept()[0] as plain:
                    plain.settimeout(60)
                    with context.wrap_socket(plain, server_side=True) as connection, connection.makefile("rb") as asked:
                        asked.readline()
                        asked.read(int(parse_headers(asked)["Content-Length"]))
                        connection.sendall(says)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            stopped.set()
            thread.join()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_one_that_says_and_takes_nothing(tmp_path: Path, closed: str) -> None:
    environ = {"PATH": os.environ["PATH"], "INTERVIEWER_HOME": str(tmp_path)}
    command = f'"{sys.executable}" -m interviewer bank list {closed}'
    done = subprocess.run(["/bin/sh", "-c", command], env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
