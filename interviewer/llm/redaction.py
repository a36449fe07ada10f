"""The key is taken out of whatever a server sends, before anything else reads it: what repeats it must not make us keep it."""

import re
from collections.abc import AsyncIterator

from pydantic import SecretStr

_INSTEAD = "…"
_PLACEHOLDER = 8
"""Characters that any real key has; a local server takes a word such as `none`, which its replies may well contain."""
_NESTED = 4
"""Backslashes before an escape in JSON inside JSON, at most."""


class Redaction:
    """Takes one key out of texts and bytes."""

    def __init__(self, key: SecretStr | None) -> None:
        secret = key.get_secret_value() if key else ""
        self._secret = secret if len(secret) >= _PLACEHOLDER else ""
        # JSON may write any character as an escape, and reading it would bring the key back.
        escaped = (rb"(?:%b|\\{1,%d}u00(?i:%02x))" % (re.escape(bytes([c])), _NESTED, c) for c in self._secret.encode())
        self._escaped = re.compile(b"".join(escaped))
        self._longest = len(self._secret) * (_NESTED + len("u0000"))

    def text(self, text: str) -> str:
        """Return a text without the key."""
        return text.replace(self._secret, _INSTEAD) if self._secret else text

    def json(self, data: bytes) -> bytes:
        """Return JSON without the key, however it is spelled there."""
        if not self._secret:
            return data
        if b"\\u00" in data:
            return self._escaped.sub(_INSTEAD.encode(), data)
        return data.replace(self._secret.encode(), _INSTEAD.encode())

    async def pieces(self, coming: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield JSON that comes in pieces without the key, which may be spread over two of them."""
        held = b""
        async for piece in coming:
            data = self.json(held + piece)
            ready = max(0, len(data) - self._longest)
            held = data[ready:]
            yield data[:ready]
        yield held
