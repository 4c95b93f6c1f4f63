"""Section `queue`: segments that wait to be archived."""

from __future__ import annotations

from console.facts.archive import ArchiveQueue
from console.probe.lines import integer, number, pairs


def parse_queue(text: str) -> ArchiveQueue | None:
    """The backlog; `oldest` by name, its age by the host's own clock. None where the count is not there."""
    found = pairs(text.split("\n"))
    ready = integer(found.get("ready"))
    if ready is None or ready < 0:
        return None
    modified, now = number(found.get("modified")), number(found.get("now"))
    age = max(0.0, now - modified) if modified is not None and now is not None else None
    oldest = found.get("oldest", "").removesuffix(".ready") or None
    return ArchiveQueue(ready, oldest, age)
