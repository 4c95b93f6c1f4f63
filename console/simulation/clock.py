"""Where simulated time comes from: the machine's clock, or a test's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The time now, UTC."""


class SystemClock:
    """The machine's own clock: simulated seconds are real seconds."""

    def now(self) -> datetime:
        """The time now, UTC."""
        return datetime.now(UTC)


@dataclass
class ManualClock:
    """A clock that stands still until a test moves it."""

    at: datetime

    def now(self) -> datetime:
        """The time it was set to, UTC."""
        return self.at

    def pass_seconds(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.at += timedelta(seconds=seconds)
