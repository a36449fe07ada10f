"""Worlds and people for tests: each is a small thing with a name, so that nothing has to be patched."""

import email
import email.policy
import io
import json
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any, Self

from interviewer.context import Context, Paths
from interviewer.models import FollowUp, KeyPoint, Question

LOOK_LIKE_KEYS = {
    **{
        f"{start}abcdefgh12345678": "…"
        for start in (
            *(
                "sk-",
                "sk-proj-",
                "pk_",
                "rk_",
                "gsk_",
                "xai-",
                "nvapi-",
                "pplx-",
                "key-",
                "hf_",
                "ghp_",
                "glpat-",
                "r8_",
                "api-",
            ),
            *("api_", "AIza", "eyJ", "Bearer ", "bearer  "),
        )
    },
    "sk-proj-********abcd": "…",
    **{f"{start}AbcdEfghIjklMnop": "…" for start in ("hf_", "ghp_", "gho_", "github_pat_", "AIza", "eyJ", "Bearer ", "Basic ")},
    "x-api-key: AbcdEfghIjklMnop": "x-…",
    "Authorization: Bearer abcd/efgh+1234==": "Authorization: …",
    "Basic dGVhOmxlYXZlczEyMw==": "…",
    "basic dGVhdGVhOmxlYXZlcw==": "…",
    "https://tea:leaves@proxy.example/v1": "https://…@proxy.example/v1",
    "https://leaves@host.example": "https://…@host.example",
    '{"api_key": "teateatea", "n": 1}': '{"…", "n": 1}',
    "password=hunterhunter": "…",
    "passwd: hunter2hunter2": "…",
    "secret: 'abcd1234efgh'": "…'",
}
"""What has the form of a key or a password, and what is left of it."""
HONEST = (
    "not the key-value-store",
    "Incorrect API key provided: see https://platform.example/account/api-keys.",
    "Put it into an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    "Invalid API key: authentication failed. Basic authentication and bearer tokens are refused.",
    "api-version 2024-02-01 of api-server-eu-west-1 is gone; the basic gpt-4o-mini tier has no basic temperature=0.5",
    "password: required; secret: undefined-value; api_key: Field required",
    '{"completion_tokens": 12345678, "key_points": ["key-value-cache-of-attention"]} at http://127.0.0.1:1/v1 12:30:00',
    "mail to tea@leaves.example, or see https://leaves.example/v1?mail=tea@leaves.example",
)
"""What has not, although its words are those that keys come with."""


class Clock:
    """A clock that stands until it is told to move."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


def fake_context(home: Path, clock: Clock | None = None, stdin: bytes = b"", **environ: str) -> Context:
    """A world of its own below `home`: no variables but the given ones, and no terminal."""
    clock = clock or Clock()
    return Context(
        environ=environ,
        paths=Paths(data=home, config=home),
        stdin=io.BytesIO(stdin),
        stdout=io.StringIO(),
        stderr=io.StringIO(),
        interactive=False,
        now=clock.now,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        random=Random(7),
    )


def question(**changes: Any) -> Question:
    """A small question about tea: three points of three weights."""
    fields: dict[str, Any] = {
        "number": 1,
        "id": "tea",
        "topic": "kitchen",
        "level": "basic",
        "question": "How do you make black tea?",
        "reference": "Boil fresh water. Pour it over the leaves. Let it draw for three minutes.",
        "key_points": (
            KeyPoint(id="boiling", text="The water has to boil before it is poured.", weight=3),
            KeyPoint(id="draw", text="The leaves draw for about three minutes.", weight=2),
            KeyPoint(id="fresh", text="Fresh cold water tastes better than reheated water.", weight=1),
        ),
        "misconceptions": ("Black tea is made with lukewarm water.",),
        "follow_ups": (FollowUp(text="How long would you wait?", key_point="draw"),),
        "hint": "Think of heat and time.",
        "sources": ("ISO 3103, Tea: preparation of liquor, 2019",),
    }
    return Question(**(fields | changes))


Verdicts = dict[int, tuple[list[int], str]]


def reply(verdicts: Verdicts, points: int = 3, **changes: Any) -> str:
    """The text of a model's reply: the verdicts given, everything else missing."""
    said = {
        str(number): dict(zip(("spans", "verdict"), verdicts.get(number, ([], "missing")), strict=True))
        for number in range(1, points + 1)
    }
    body = {
        "points": said,
        "errors": [],
        "strengths": ["Clear."],
        "improvements": [],
        "follow_up": "And then?",
        "depth": 1,
        "clarity": 2,
        "level": 3,
    }
    return json.dumps(body | changes)


def completion(content: str | None, finish: str = "stop", **message: Any) -> dict[str, Any]:
    """A chat completion as an OpenAI-compatible server sends it."""
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "stub",
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content, **message}}],
        "usage": {"prompt_tokens": 700, "completion_tokens": 90, "total_tokens": 790},
    }


@dataclass
class Sent:
    """One HTTP answer after so many seconds; `raw` replaces the JSON body."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    seconds: float = 0.0


Behaviour = Callable[[dict[str, Any], int], Sent]


@dataclass(frozen=True)
class Upload:
    """A file in a form, as it arrived."""

    name: str
    data: bytes


def read_form(content_type: str, body: bytes) -> dict[str, Any]:
    """The fields of a multipart form: texts and uploads."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    fields: dict[str, Any] = {}
    for part in email.message_from_bytes(head + body, policy=email.policy.HTTP).iter_parts():
        data, name = part.get_payload(decode=True), part.get_filename()
        assert isinstance(data, bytes)
        fields[str(part.get_param("name", header="content-disposition"))] = Upload(name, data) if name else data.decode()
    return fields


class Loopback(ThreadingHTTPServer):
    """An HTTP server on loopback of which nothing outlives its block: no thread, no connection, no line on stderr."""

    daemon_threads = False
    request_queue_size = 1024  # with the usual 5, many clients at once wait a second for their connection

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server_port}/v1"
        self.ended = threading.Event()
        self.connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a client that has gone
            super().handle_error(request, client_address)

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.02,)).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.shutdown()
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class StubServer:
    """A real HTTP server on loopback that behaves as told and remembers what it was asked."""

    def __init__(self, behave: Behaviour) -> None:
        self.behave = behave
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        counting = threading.Lock()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._send(Sent({"object": "list", "data": [{"id": "stub", "object": "model"}]}))

            def do_POST(self) -> None:
                body, kind = self.rfile.read(int(self.headers["Content-Length"])), self.headers["Content-Type"]
                asked = read_form(kind, body) if kind.startswith("multipart/") else json.loads(body)
                with counting:
                    stub.requests.append(asked)
                    stub.headers.append(dict(self.headers))
                    number = len(stub.requests)
                self._send(stub.behave(asked, number))

            def _send(self, sent: Sent) -> None:
                if stub._server.ended.wait(sent.seconds):
                    self.close_connection = True
                    return
                body = json.dumps(sent.body).encode() if sent.raw is None else sent.raw
                self.send_response(sent.status)
                for name, value in ({"Content-Type": "application/json"} | sent.headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = Loopback(Handler)
        self.url = self._server.url

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    def settle(self) -> None:
        """Wait until all is read that was sent so far, also by a client that has been killed since."""
        urllib.request.urlopen(f"{self.url}/models").close()  # connections are taken in turn
        while self._server.connections:
            time.sleep(0.005)


@contextmanager
def serving(*answers: Sent | str) -> Iterator[StubServer]:
    """A server that gives these answers in turn, the last one for ever; a text is the content of a completion."""
    script = [answer if isinstance(answer, Sent) else Sent(completion(answer)) for answer in answers]
    with StubServer(lambda _, number: script[min(number, len(script)) - 1]) as server:
        yield server
