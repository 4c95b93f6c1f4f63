"""Time as it passes, for runs on real hosts and for the demo."""

from __future__ import annotations

import time


class SystemClock:
    """The machine's own clock (`observer.Clock`)."""

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def time(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(max(0.0, seconds))
