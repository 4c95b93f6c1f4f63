"""What became of an operation."""

from __future__ import annotations

from dataclasses import dataclass

from console.simulation.state import RegionState


@dataclass(frozen=True, slots=True)
class Done:
    """The region afterwards, the command's exit status, and what it printed."""

    state: RegionState
    status: int = 0
    output: str = ""


def refused(state: RegionState, why: str) -> Done:
    """Nothing was changed; `why` is what the command said."""
    return Done(state, 1, f"{why}\n")
