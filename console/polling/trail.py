"""The Snapshots of the last moments, so that trends are judged over some seconds and not between two answers."""

from __future__ import annotations

from collections import deque

from console.facts.snapshot import Snapshot

SPAN = 10.0
"""Seconds between a Snapshot and the one it is compared with, at least."""


class Trail:
    """Remembers Snapshots for `span` seconds."""

    def __init__(self, span: float = SPAN) -> None:
        self._span = span
        self._kept: deque[Snapshot] = deque()

    def before(self, snapshot: Snapshot) -> Snapshot | None:
        """The newest remembered Snapshot that is at least the span older; remembers this one."""
        while len(self._kept) > 1 and self._age(snapshot, self._kept[1]) >= self._span:
            self._kept.popleft()
        found = self._kept[0] if self._kept and self._age(snapshot, self._kept[0]) >= self._span else None
        self._kept.append(snapshot)
        return found

    @staticmethod
    def _age(now: Snapshot, then: Snapshot) -> float:
        return (now.at - then.at).total_seconds()
