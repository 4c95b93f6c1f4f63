"""Where simulated time comes from: the machine's clock, or a test's."""

from __future__ import annotations

import time
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


class RunClock:
    """Implements console.runner.observer.Clock on either: a manual clock passes when it is slept on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return self._clock.at.timestamp() if isinstance(self._clock, ManualClock) else time.monotonic()

    def time(self) -> float:
        """Seconds since the epoch."""
        return self._clock.now().timestamp()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        if isinstance(self._clock, ManualClock):
            self._clock.pass_seconds(seconds)
        else:
            time.sleep(seconds)
