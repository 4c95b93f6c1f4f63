"""One thing that changed, as the events screen, the recording and a post-mortem tell it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from console.diagnosis.finding import Severity


class ChangeKind(StrEnum):
    """What changed."""

    ROLE = "role"
    REACH = "reach"
    STREAMING = "streaming"
    LAG = "lag"
    TIMELINE = "timeline"
    ENDPOINT = "endpoint"
    CLUSTER = "cluster"
    FINDING = "finding"
    RUN = "run"
    RECORDING = "recording"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class Change:
    """`at` is the console's UTC clock. `host` is None where it is the region's. `severity` is how bad it is now; None:
    it is news, good or neither. `words` may quote hosts: outside text.
    """

    at: datetime
    kind: ChangeKind
    region: str
    host: str | None
    words: str
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class LagPoint:
    """How far a region's standby was behind at a moment; None is unknown, never 0."""

    at: datetime
    bytes: int | None
    seconds: float | None
