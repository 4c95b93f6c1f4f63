"""What a section's parser may need beside the text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.inventory.fleet import Host, Region


@dataclass(frozen=True, slots=True)
class Context:
    """Whose text it is, and between which two moments of the console's UTC clock it was gathered."""

    host: Host
    region: Region
    sent_at: datetime
    received_at: datetime
    host_now: float
    """The host's own clock (epoch seconds), by which ages of its files are judged; else the console's."""
