"""Section `pgpass`: the password file's status and number of usable lines, never a line of it."""

from __future__ import annotations

from console.facts.scripts import PasswordFile
from console.probe.lines import file_status, integer, pairs, values


def parse_pgpass(text: str) -> PasswordFile | None:
    """None where the answer says neither that it is missing nor what it is."""
    lines = text.split("\n")
    found = pairs(lines)
    if "missing" in found:
        return PasswordFile(found["missing"], None, None)
    status = next((item for line in values(lines, "stat") if (item := file_status(line)) is not None), None)
    return PasswordFile(status.path, status, integer(found.get("entries"))) if status else None
