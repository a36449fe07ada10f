"""A reply that is streamed: shown as it grows, and put together to the body that it would have had in one piece."""

import json
from collections.abc import Callable
from typing import Any

import httpx2

from interviewer.llm.completion import read_object

OnPartial = Callable[[str], None]
"""Called with the content of a reply so far, each time there is more of it."""
_EVENTS = (b"data:", b"event:", b":")
"""How a stream of server-sent events begins."""


async def collect_stream(response: httpx2.Response, on_partial: OnPartial, redact: Callable[[bytes], bytes]) -> bytes:
    """Return the body that this chat completion would have had in one piece, without the key, which `redact` takes out.

    Raises:
        GradingError: the server reports an error in mid-stream, or sends what is no part of a completion.
        httpx2.TransportError: the stream broke off.
    """
    if not response.headers.get("Content-Type", "").lower().startswith("text/event-stream"):
        body = await response.aread()
        if not body.lstrip().startswith(_EVENTS):
            return redact(body)  # a server that does not stream
        misnamed = {"Content-Type": "text/event-stream"}
        response = httpx2.Response(200, headers=misnamed, content=body, request=response.request)
    reply = _Reply()
    async for event in httpx2.EventSource(response, max_event_size=None):  # the connection has a limit of its own
        if event.data.strip() == "[DONE]":
            break
        if event.data.strip() and reply.add(read_object(redact(event.data.encode()))):
            on_partial(reply.content)
    else:
        if not reply.finished:  # without [DONE], which some servers leave out
            raise httpx2.RemoteProtocolError("the stream ended before the reply")
    return redact(reply.body())  # a key may come in two pieces


class _Reply:
    """What has come so far of a chat completion."""

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._choice: dict[str, Any] = {}
        self._tokens: list[Any] = []
        self._usage: Any = None

    @property
    def content(self) -> str:
        content = self._message.get("content")
        return content if isinstance(content, str) else ""

    @property
    def finished(self) -> bool:
        """Whether the server has said why the reply ends, or its content is a whole object."""
        if "finish_reason" in self._choice:
            return True
        try:
            return isinstance(json.loads(self.content), dict)
        except (ValueError, RecursionError):
            return False

    def add(self, chunk: dict[str, Any]) -> bool:
        """Take in a piece; tell whether there is more content now."""
        self._usage = chunk.get("usage") or self._usage
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return False
        if reason := choice.get("finish_reason"):
            self._choice["finish_reason"] = reason
        logprobs = choice.get("logprobs")
        if isinstance(logprobs, dict) and isinstance(logprobs.get("content"), list):
            self._tokens += logprobs["content"]
        delta, before = choice.get("delta"), self.content
        for name, value in delta.items() if isinstance(delta, dict) else ():
            known = self._message.get(name)
            if isinstance(value, str):
                self._message[name] = known + value if isinstance(known, str) else value
            elif value and known is None:
                self._message[name] = value
        return self.content != before

    def body(self) -> bytes:
        choice = {**self._choice, "message": self._message, "logprobs": {"content": self._tokens}}
        return json.dumps({"choices": [choice] if self._message or self.finished else [], "usage": self._usage}).encode()
