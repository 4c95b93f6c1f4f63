"""Section `addresses`: the IP addresses that the host has now (virtual ones too)."""

from __future__ import annotations

import re
from ipaddress import ip_address

_IP = re.compile(r"^\d+:\s+(\S+)\s+inet6?\s+([0-9a-fA-F.:]+)(?:/\d+)?\s(.*)$")
_IFCONFIG = re.compile(r"^\s+inet6?\s+(?:addr:\s*)?([0-9a-fA-F.:]+)")


def parse_addresses(text: str) -> tuple[str, ...] | None:
    """Addresses in the order printed, loopback and link-local ones left out; None where nothing is readable."""
    found: list[str] = []
    seen_any = False
    for line in text.split("\n"):
        match = _IP.match(line)
        candidate = match[2] if match else (other[1] if (other := _IFCONFIG.match(line)) else None)
        address = _address(candidate)
        if address is None:
            continue
        seen_any = True
        if not (address.is_loopback or address.is_link_local) and str(address) not in found:
            found.append(str(address))
    return tuple(found) if seen_any else None


def _address(text: str | None):  # type: ignore[no-untyped-def]
    try:
        return ip_address(text) if text else None
    except ValueError:
        return None
