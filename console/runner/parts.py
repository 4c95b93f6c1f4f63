"""What a run needs, real or simulated."""

from __future__ import annotations

from dataclasses import dataclass

from console.inventory.fleet import Fleet
from console.runner.hands import Hands
from console.runner.observer import Clock, Observer


@dataclass(frozen=True, slots=True)
class RunParts:
    """`fleet` is restricted to the run's region."""

    fleet: Fleet
    observer: Observer
    hands: Hands
    clock: Clock

    def close(self) -> None:
        """Drop every connection at once."""
        self.hands.close()
        self.observer.close()
