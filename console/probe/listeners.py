"""Section `listeners`: listening TCP sockets, from `ss -ltn` or /proc/net/tcp and tcp6."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

from console.facts.system import Listener
from console.facts.text import clean

# "   0: 0100007F:1538 00000000:0000 0A …": local address and port in hex, the address in the host's byte order.
_LINE = re.compile(r"^\s*\d+:\s+([0-9A-Fa-f]{8}|[0-9A-Fa-f]{32}):([0-9A-Fa-f]{4})\s+\S+\s+0A\s")
# "LISTEN 0 128 0.0.0.0:5432 0.0.0.0:*", "[::]:22", "*:22", "127.0.0.53%lo:53"; RHEL 6 prints ":::22".
_SS = re.compile(r"^LISTEN\s+\d+\s+\d+\s+(\S*?)(?:%\S+)?:(\d{1,5})\s")


def parse_listeners(text: str) -> tuple[Listener, ...]:
    """Every listening socket, sorted by port; hosts are taken to be little-endian (x86)."""
    found = set()
    for line in text.split("\n"):
        if match := _LINE.match(line):
            found.add(Listener(_address(match[1]), int(match[2], 16)))
        elif (match := _SS.match(line)) and int(match[2]) < 65536:
            found.add(Listener(_plain(match[1]), int(match[2])))
    return tuple(sorted(found, key=lambda listener: (listener.port, listener.address)))


def _address(text: str) -> str:
    words = [int.from_bytes(bytes.fromhex(text[at : at + 8]), "little") for at in range(0, len(text), 8)]
    if len(words) == 1:
        return str(IPv4Address(words[0]))
    address = IPv6Address(b"".join(word.to_bytes(4, "big") for word in words))
    return str(address.ipv4_mapped or address)


def _plain(text: str) -> str:
    """An address as ss prints it; `*` is every address of both families, `::` in the kernel."""
    bare = text.strip("[]")
    return "::" if bare in {"*", "::", ":"} else clean(bare.removeprefix("::ffff:"))
