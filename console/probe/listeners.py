"""Section `listeners`: listening TCP sockets, from /proc/net/tcp and tcp6."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

from console.facts.system import Listener

# "   0: 0100007F:1538 00000000:0000 0A …": local address and port in hex, the address in the host's byte order.
_LINE = re.compile(r"^\s*\d+:\s+([0-9A-Fa-f]{8}|[0-9A-Fa-f]{32}):([0-9A-Fa-f]{4})\s+\S+\s+0A\s")


def parse_listeners(text: str) -> tuple[Listener, ...]:
    """Every listening socket, sorted by port; hosts are taken to be little-endian (x86)."""
    found = set()
    for line in text.split("\n"):
        if match := _LINE.match(line):
            found.add(Listener(_address(match[1]), int(match[2], 16)))
    return tuple(sorted(found, key=lambda listener: (listener.port, listener.address)))


def _address(text: str) -> str:
    words = [int.from_bytes(bytes.fromhex(text[at : at + 8]), "little") for at in range(0, len(text), 8)]
    if len(words) == 1:
        return str(IPv4Address(words[0]))
    address = IPv6Address(b"".join(word.to_bytes(4, "big") for word in words))
    return str(address.ipv4_mapped or address)
