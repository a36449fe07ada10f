"""Addresses of servers: whether one can be used, and whether it leads to this machine."""

import ipaddress
import socket
from contextlib import suppress
from urllib.parse import urlsplit

from interviewer.errors import InputError


def check_address(value: str | None, source: str) -> str | None:
    """Return an address without its last slash, None for an empty one.

    Raises:
        InputError: it cannot be used. It is never shown as it is, since people put keys into the wrong variable.
    """
    url = (value or "").strip()
    if not url:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or any(c.isspace() for c in url):
        raise InputError(f"{source} is not a web address", next_step="it looks like http://127.0.0.1:11434/v1")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise InputError(
            f"{source} holds more than an address: a user name, a password or a query",
            next_step="put the key into OPENAI_API_KEY, or keep it: interviewer keys set",
        )
    return url.rstrip("/")


def is_loopback(url: str) -> bool:
    """Tell whether a URL leads to this machine.

    That is: localhost and names below it, 127.0.0.0/8 and ::1 in any way of writing, and the addresses that stand for all
    interfaces (0.0.0.0, ::).
    """
    host = (urlsplit(url).hostname or "").rstrip(".")
    address = _address(host)
    if address is None:
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761: such names never leave the machine
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    # A connection to "all interfaces" goes to this machine: people copy the address that their server says it listens on.
    return address.is_loopback or address.is_unspecified


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the IP address that a host is written as: the standard forms, and those that connecting takes, such as 127.1."""
    for read in (ipaddress.ip_address, lambda text: ipaddress.IPv4Address(socket.inet_aton(text))):
        with suppress(ValueError, OSError):
            return read(host)
    return None
