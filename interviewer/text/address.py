"""Where an address leads: to this machine, or to another one."""

import ipaddress
import socket
from contextlib import suppress
from urllib.parse import urlsplit


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
