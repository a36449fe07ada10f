"""Servers of language models on this machine: which of them answers on its usual port."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from interviewer.text.clean import clean_line

_SECONDS = 0.3
"""Time for a connection and for each part of a reply: a server on the same machine lists its models in milliseconds."""
_LONGEST_REPLY = 1_000_000
"""Bytes; a list of models is shorter."""


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A program that serves models on this machine."""

    name: str
    word: str
    """Its name for `interviewer use`."""
    site: str
    """Where to get it."""
    port: int
    start: str
    """The command that starts it."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def commands(self) -> tuple[str, str]:
        """The lines to type to have it grade."""
        return f"interviewer use {self.word}", "interviewer"


LOCAL_SERVERS = (
    LocalServer("Ollama", "ollama", "ollama.com", 11434, "ollama serve"),
    LocalServer("LM Studio", "lmstudio", "lmstudio.ai", 1234, "lms server start"),
    LocalServer("llama.cpp", "llamacpp", "github.com/ggml-org/llama.cpp", 8080, "llama-server"),
)
WAYS_TO_AN_LLM = (
    "With a key: interviewer keys set. Without: install Ollama (ollama.com), pull a model in it, then: interviewer use ollama"
)
"""How to get grades by an LLM where no server runs."""


def running(servers: Iterable[LocalServer] = LOCAL_SERVERS) -> tuple[LocalServer, ...]:
    """Return the servers that answer with at least one model."""
    return tuple(server for server in servers if models_of(server))


def models_of(server: LocalServer) -> tuple[str, ...]:
    """Return the names of the models that a server has; empty if nothing answers as such a server does.

    One GET of the list is all that is sent. It may take a second or two, so never let a person wait for it.
    """
    import http.client  # here, so that the thread that looks loads it

    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_SECONDS)
    try:
        connection.request("GET", "/v1/models")
        listed = json.loads(connection.getresponse().read(_LONGEST_REPLY))["data"]
        return tuple(clean_line(str(model["id"]), 80) for model in listed)
    except (OSError, http.client.HTTPException, ValueError, TypeError, LookupError, RecursionError):
        return ()
    finally:
        connection.close()
