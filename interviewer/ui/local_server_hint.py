"""Hints for somebody who practises with estimates: a local server that runs, and once that an LLM grades better."""

import threading
from collections.abc import Sequence

from interviewer.llm.local_servers import LOCAL_SERVERS, WAYS_TO_AN_LLM, LocalServer, running
from interviewer.storage.store import Store
from interviewer.ui.screen import Screen

_ESTIMATES = 3
"""The number of estimates after which an LLM is suggested."""
_PATIENCE_SECONDS = 0.2
"""How long the editor waits for servers that have not answered while it was loaded; the question is on the screen by then."""


class LocalServerHint:
    """Looks for servers in a thread of its own, begun when this is made."""

    def __init__(self, screen: Screen, servers: Sequence[LocalServer] = LOCAL_SERVERS) -> None:
        self._screen = screen
        self._servers = servers
        self._running: tuple[LocalServer, ...] = ()
        self._search = threading.Thread(target=self._look, daemon=True)
        self._search.start()

    def _look(self) -> None:
        self._running = running(self._servers)

    def show_running_server(self) -> None:
        """Print how to use a server that was found."""
        self._search.join(_PATIENCE_SECONDS)
        for server in self._running[:1]:
            self._screen.status(f"{server.name} runs on this machine; to have it grade, /quit and type:")
            for command in server.commands:
                self._screen.status(f"  {command}")

    def suggest_llm_once(self, store: Store) -> None:
        """Print that an LLM grades better, once there are 3 estimates, wherever they were made; later never again."""
        if sum(review.kind != "llm" for review in store.reviews()) < _ESTIMATES or not store.remember_hint("llm"):
            return
        found = self._running[0] if self._running else None
        how = f"{found.name} runs here: {found.commands[0]}" if found else WAYS_TO_AN_LLM
        self._screen.status(f"An estimate hears which points you touch on, not whether you are right. An LLM does. {how}")
