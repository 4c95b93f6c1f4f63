"""Section `queue`: segments that wait to be archived."""

from __future__ import annotations

from console.facts.archive import ArchiveQueue
from console.probe.lines import integer, number, pairs


def parse_queue(text: str, now: float) -> ArchiveQueue | None:
    """The backlog; `oldest` by name, its age at `now` (the host's clock). None where the count is not there."""
    found = pairs(text.split("\n"))
    ready = integer(found.get("ready"))
    if ready is None or ready < 0:
        return None
    modified = number(found.get("modified"))
    age = None if modified is None else max(0.0, now - modified)
    oldest = found.get("oldest", "").removesuffix(".ready") or None
    return ArchiveQueue(ready, oldest, age)
