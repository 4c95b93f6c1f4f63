"""What screens draw: values alone. The polling thread (or a recording) makes a Scene of each Snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.diagnosis.finding import Finding
    from console.facts.snapshot import Snapshot
    from console.history.change import Change, LagPoint
    from console.inventory.fleet import Fleet


@dataclass(frozen=True)
class Scene:
    """`findings` worst first. `changes` newest last, `lags` by region, oldest first; both bounded."""

    snapshot: Snapshot
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    lags: Mapping[str, tuple[LagPoint, ...]] = field(default_factory=dict)


class Face(StrEnum):
    """Which of the interactive faces this process is."""

    CONSOLE = "console"
    WALL = "wall"
    REPLAY = "replay"


@dataclass(frozen=True)
class Setting:
    """What this process is; a drill alone may change its scenario.

    `demo` is the scenario of a simulated fleet, or None. `read_only` says why nothing can be changed here; "" where
    guided repairs can be made. `source` names the inventory, the scenario or the recording for people.
    """

    fleet: Fleet
    face: Face = Face.CONSOLE
    demo: str | None = None
    read_only: str = ""
    source: str = ""

    @property
    def environment(self) -> str:
        """The word that every screen shows: DEMO, or the inventory's environment."""
        return "DEMO" if self.demo is not None else self.fleet.environment.upper()
