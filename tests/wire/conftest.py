"""What the wire tests share: HTTP that is mocked with respx, and TLS."""

import functools
import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
import respx

from interviewer.llm import transport


@pytest.fixture
def httpx2_mock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> respx.Router:
    """A router that answers in the place of every server; the marker `httpx2` holds its options."""
    marker = request.node.get_closest_marker("httpx2")
    router = respx.Router(**(marker.kwargs if marker else {}))

    async def answer(asked: httpx2.Request) -> httpx2.Response:
        known = httpx.Request(asked.method, str(asked.url), headers=asked.headers.raw, content=await asked.aread())
        given = await router.async_handler(known)
        assert given is not None
        return httpx2.Response(given.status_code, headers=given.headers.raw, content=given.content)

    real: Any = transport.BoundedClient
    monkeypatch.setattr(transport, "BoundedClient", functools.partial(real, transport=httpx2.MockTransport(answer)))
    return router


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's TLS for llm.invalid and this machine, with a certificate that the client trusts."""
    if not (openssl := shutil.which("openssl")):
        pytest.skip("makes a certificate with openssl")
    made = f"{openssl} req -x509 -newkey rsa:2048 -nodes -subj /CN=x -addext subjectAltName=DNS:llm.invalid,IP:127.0.0.1"
    subprocess.run([*made.split(), "-keyout", "key.pem", "-out", "cert.pem"], cwd=tmp_path, check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return context
