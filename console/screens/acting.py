"""What the screens know of guided repairs. `console.wizards` implements it; a read-only process has none of it.

The screens never import console.wizards nor console.runner: an import contract and a test on sys.modules prove it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from textual.screen import Screen


@dataclass(frozen=True, slots=True)
class GoingOn:
    """A run that this process carries out at the moment. `step` says in words where it is: outside text."""

    run: str
    runbook: str
    target: str
    step: str = ""


class Acting(Protocol):
    """Wizards and runs, in a process that may change hosts."""

    def wizard(self, region: str, host: str | None, runbook: str | None) -> Screen[Any]:
        """The screen that leads through a repair of `region`; None leaves the choice to the person."""

    def runs_screen(self) -> Screen[Any]:
        """The history of runs, and what goes on."""

    def busy(self) -> tuple[GoingOn, ...]:
        """The runs that this process carries out now; cheap, called every second."""
