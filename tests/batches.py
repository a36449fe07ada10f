"""A stand-in for a provider's Files and Batches endpoints: a real HTTP server with the states of the real one."""

import email.parser
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Self

from tests.fakes import Loopback

Line = dict[str, Any]
Answer = Callable[[dict[str, Any], int], Line | None]
"""Takes the body of a request and how often it was asked; gives the `response` and `error` of its line, None for no line."""


def answered(body: object, status: int = 200) -> Line:
    return {"response": {"status_code": status, "request_id": "r1", "body": body}, "error": None}


def expired() -> Line:
    message = "This request could not be executed before the completion window expired."
    return {"response": None, "error": {"code": "batch_expired", "message": message}}


@dataclass
class Provider:
    """Files and batches. Each look at a batch moves it one state on, up to `fate`."""

    answer: Answer
    fates: list[str] = field(default_factory=list)
    """How the first batches end; all others are completed."""
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, Line] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    looks: int = 0
    lose_created: bool = False
    """Break the connection once a batch is created: the client never hears of it."""

    def __post_init__(self) -> None:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._send(provider.read(self.path.split("?")[0].removeprefix("/v1")))

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"".join(self._chunks())
                if self.path == "/v1/files":
                    self._send(provider.store(_file_of(self.headers["Content-Type"], raw)))
                elif self.path == "/v1/batches":
                    created = provider.create(json.loads(raw))
                    if provider.lose_created:
                        provider.lose_created = False
                        self.close_connection = True
                    else:
                        self._send(created)
                elif self.path == "/v1/chat/completions":
                    said = provider.answer(json.loads(raw), 1)
                    self._send(said and said["response"]["body"])
                else:
                    self._send(None)

            def _chunks(self) -> Iterable[bytes]:
                while self.headers.get("Transfer-Encoding") == "chunked" and (size := int(self.rfile.readline(), 16)):
                    yield self.rfile.read(size)
                    self.rfile.readline()

            def _send(self, said: Line | bytes | None) -> None:
                body = said if isinstance(said, bytes) else json.dumps(said or {"error": {"message": "no such thing"}}).encode()
                self.send_response(200 if said is not None else 404)
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

    def store(self, content: bytes) -> Line:
        name = f"file-{len(self.files) + 1}"
        self.files[name] = content
        return {"id": name, "object": "file", "bytes": len(content), "purpose": "batch", "created_at": 1, "filename": "f"}

    def create(self, asked: Line) -> Line:
        assert asked["endpoint"] == "/v1/chat/completions"
        assert asked["completion_window"] == "24h"
        name = f"batch_{len(self.batches) + 1}"
        fate = self.fates.pop(0) if self.fates else "completed"
        total = self.files[asked["input_file_id"]].count(b"\n")
        self.batches[name] = {
            "id": name,
            "object": "batch",
            "created_at": 1,
            "status": "validating",
            "fate": fate,
            "errors": None,
            "output_file_id": None,
            "error_file_id": None,
            **asked,
            "request_counts": {"completed": 0, "failed": 0, "total": total},
        }
        return self.batches[name]

    def read(self, path: str) -> Line | bytes | None:
        match path.strip("/").split("/"):
            case ["models"]:
                return {"object": "list", "data": [{"id": "stub", "object": "model"}]}
            case ["batches"]:
                return {"object": "list", "data": list(reversed(self.batches.values())), "has_more": False}
            case ["batches", name] if name in self.batches:
                self.looks += 1
                self._move(self.batches[name])
                return self.batches[name]
            case ["files", name, "content"] if name in self.files:
                return self.files[name]
            case _:
                return None

    def _move(self, batch: Line) -> None:
        if batch["status"] == "validating":
            batch["status"] = "failed" if batch["fate"] == "failed" else "in_progress"
            if batch["fate"] == "failed":
                batch["errors"] = {"object": "list", "data": [{"code": "invalid", "message": "the model is not allowed here"}]}
        elif batch["status"] == "in_progress":
            batch["status"] = "cancelling" if batch["fate"] == "cancelled" else "finalizing"
        elif batch["status"] in {"finalizing", "cancelling"}:
            batch["status"] = batch["fate"]
            self._finish(batch)

    def _finish(self, batch: Line) -> None:
        output: list[str] = []
        errors: list[str] = []
        requests = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        assert len({request["custom_id"] for request in requests}) == len(requests)
        for request in requests:
            name = request["custom_id"]
            self.asked[name] = self.asked.get(name, 0) + 1
            said = self.answer(request["body"], self.asked[name])
            if said is None:
                continue
            good = said["response"] is not None and said["response"]["status_code"] == 200
            (output if good else errors).append(json.dumps({"id": "b1", "custom_id": name, **said}))
        for key, lines in (("output_file_id", output), ("error_file_id", errors)):
            random.Random(3).shuffle(lines)
            if lines:
                batch[key] = self.store("".join(f"{line}\n" for line in lines).encode())["id"]


def _file_of(content_type: str, raw: bytes) -> bytes:
    """Return the file of a multipart form; it has to be meant for a batch."""
    form = email.parser.BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + raw)
    parts = {str(part.get_param("name", header="content-disposition")): part for part in form.walk()}
    assert parts["purpose"].get_payload(decode=True) == b"batch"
    content = parts["file"].get_payload(decode=True)
    assert isinstance(content, bytes)
    return content
