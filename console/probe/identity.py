"""Section `identity`: who the host says it is."""

from __future__ import annotations

from console.facts.system import Identity
from console.probe.lines import number, pairs


def parse_identity(text: str) -> Identity | None:
    """The host's names and ids. The full name counts where it belongs to the kernel's name; None without any name."""
    found = pairs(text.split("\n"))
    hostname, full = found.get("hostname", ""), found.get("fqdn", "")
    if full.partition(".")[0].casefold() == hostname.partition(".")[0].casefold() and len(full) > len(hostname):
        hostname = full
    if not hostname:
        return None
    return Identity(
        hostname=hostname,
        machine_id=found.get("machine-id", ""),
        boot_id=found.get("boot-id", ""),
        uptime=number(found.get("uptime")),
        kernel=found.get("kernel", ""),
        system=found.get("system", "").strip("\"'"),
    )
