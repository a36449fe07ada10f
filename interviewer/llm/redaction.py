"""Removes the API key from server replies before they are parsed, logged or stored, since some servers repeat it."""

import json
import re
from collections.abc import AsyncIterator

from pydantic import SecretStr

from interviewer.settings import Settings
from interviewer.text.clean import clean, clean_line
from interviewer.text.secrets import INSTEAD, SHORTEST_KEY, without_keylike

_LINE_LIMIT = 4_000_000
"""Longest line of a file of results, in bytes; ten times a reply with all probabilities."""
_NESTED = 4
"""JSON inside JSON inside …: how deep a key is looked for in what is no JSON as a whole."""
# A key is printable ASCII. Only these can hide one: an escape other than \" \\ \n \t, or a character of another kind.
_MAY_HIDE = re.compile(rb'\\[^"\\nt]|[^\x20-\x7e\n]')
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Redaction:
    """Takes one key out of texts and bytes: they are cleaned first, since cleaning joins what a control character parts."""

    def __init__(self, key: SecretStr | None) -> None:
        secret = key.get_secret_value() if key else ""
        self._secret = secret if len(secret) >= SHORTEST_KEY else ""
        # What cleaning leaves between the characters of a key can still be invisible, such as a soft hyphen.
        self._spelled = re.compile("[^ -~]*".join(map(re.escape, self._secret)))

    def text(self, text: str) -> str:
        """Return a text without the key, cleaned if it held one; where JSON stands in the text, without any spelling of it."""
        if len(text) < len(self._secret) or not self._secret:
            return text
        if self._spelled.search(cleaned := clean(text)):
            text = self._spelled.sub(INSTEAD, cleaned)
        if "\\" not in text:
            return text
        try:
            value = json.loads(text)
            kept = self._value(value)
        except (ValueError, RecursionError):
            return INSTEAD if self._is_spelled_in(text) else text  # talk around JSON: there is no putting it right
        return text if kept == value else json.dumps(kept, ensure_ascii=False)

    def json(self, data: bytes) -> bytes:
        """Return JSON without the key, however it is spelled there."""
        if not self._secret:
            return data
        if not _MAY_HIDE.search(data):
            return data.replace(self._secret.encode(), INSTEAD.encode())
        try:
            value = json.loads(data)
            plain = self._value(value)
        except (ValueError, RecursionError):
            text = data.decode(errors="replace")
            return data if (kept := self.text(text)) == text else kept.encode()
        return data if plain == value else json.dumps(plain).encode()

    async def pieces(self, coming: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield JSON lines that come in pieces without the key. A line beyond any reply is left out."""
        held = b""
        async for piece in coming:
            *lines, held = (held + piece).split(b"\n")
            for line in lines:
                yield self.json(line) + b"\n"
            if len(held) > _LINE_LIMIT:
                held = b""
        yield self.json(held)

    def _value(self, value: object) -> object:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(name): self._value(inner) for name, inner in value.items()}
        return [self._value(inner) for inner in value] if isinstance(value, list) else value

    def _is_spelled_in(self, text: str) -> bool:
        """Tell whether reading the JSON escapes of a text, once or more often, brings the key out."""
        for _ in range(_NESTED):
            read = _ESCAPE.sub(_unescaped, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            text = clean(read)
            if self._spelled.search(text):
                return True
        return False


def _unescaped(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else _SHORT.get(escape[2], escape[2])


def redact(text: str, settings: Settings) -> str:
    """Return a server's words on one line, without the key or anything that looks like one."""
    return clean_line(without_keylike(Redaction(settings.api_key).text(text)))
