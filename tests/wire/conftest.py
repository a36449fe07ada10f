"""HTTP that is mocked: the requests of the SDK go to a respx router instead of a network."""

import functools
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
