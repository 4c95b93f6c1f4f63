"""Messages from the polling thread to the screens."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from console.diagnosis.finding import Finding
from console.facts.snapshot import Snapshot


@dataclass
class SnapshotTaken(Message):
    """A new Snapshot and what is wrong in it. Of several waiting ones only the newest is worth drawing."""

    snapshot: Snapshot
    findings: tuple[Finding, ...]

    def can_replace(self, message: Message) -> bool:
        """A newer Snapshot makes an older one superfluous."""
        return isinstance(message, SnapshotTaken)


@dataclass
class PollerFailed(Message):
    """The polling thread ended by a defect; the screen must say so, since its figures stop."""

    reason: str
