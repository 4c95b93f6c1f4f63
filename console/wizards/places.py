"""Where the wizards' runs take place: on the inventory's hosts, or in the living world that --demo polls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Protocol

from console.inventory.fleet import Fleet
from console.runner.observer import Observer
from console.runner.parts import RunParts
from console.simulation.living import LivingWorld
from console.simulation.parts import simulated_parts
from console.simulation.reference import demo_inventory
from console.terminal.sources import Source, new_run_id, real_source, runs_folder


class Place(Protocol):
    """Eyes and hands for one region of `fleet`, and the folder that has the journals.

    `lasting`: the hosts outlive this process, so that runs of other processes can be gone on with.
    """

    @property
    def fleet(self) -> Fleet:
        """The fleet that the screens show."""

    @property
    def folder(self) -> Path:
        """Where the journals lie."""

    @property
    def lasting(self) -> bool:
        """Whether another process can go on with a run."""

    def look(self, fleet: Fleet) -> Observer:
        """Eyes alone, for a fleet of one region; owned by the thread that looks."""

    def open(self, fleet: Fleet) -> RunParts:
        """Eyes and hands, for a fleet of one region; owned by the thread of the run."""

    def new_run(self) -> str:
        """The id of a run that begins now."""


@dataclass(frozen=True)
class RealPlace:
    """The inventory's hosts; nothing is contacted before somebody looks."""

    source: Source

    @property
    def fleet(self) -> Fleet:
        """The inventory's."""
        return self.source.fleet

    @property
    def folder(self) -> Path:
        """The user's journals."""
        return self.source.folder

    @property
    def lasting(self) -> bool:
        """Hosts stay."""
        return True

    def look(self, fleet: Fleet) -> Observer:
        """By ssh and the network."""
        return self.source.look(fleet)

    def open(self, fleet: Fleet) -> RunParts:
        """By ssh and the network."""
        return self.source.open(fleet)

    def new_run(self) -> str:
        """By the clock of this machine."""
        return new_run_id(datetime.now(UTC).timestamp())


def _never() -> str | None:
    return None


@dataclass(frozen=True)
class SimulatedPlace:
    """A world that lives: what a run does there is what the poller of the same world sees.

    `began` is the fleet as the process began with it; `begun_anew` the scenario that a drill has begun since, or None.
    """

    began: Fleet
    world: LivingWorld
    folder: Path
    begun_anew: Callable[[], str | None] = _never

    @property
    def fleet(self) -> Fleet:
        """The fleet by the name of its present scenario: a run's journal says where it was made."""
        scenario = self.begun_anew()
        return self.began if scenario is None else replace(self.began, source=_source(scenario))

    @property
    def lasting(self) -> bool:
        """The world ends with this process."""
        return False

    def look(self, fleet: Fleet) -> Observer:
        """Eyes on the world."""
        return self._parts(fleet).observer

    def open(self, fleet: Fleet) -> RunParts:
        """Eyes and hands."""
        return self._parts(fleet)

    def _parts(self, fleet: Fleet) -> RunParts:
        parts = simulated_parts(self.world, fleet.regions[0].name)
        return RunParts(fleet, parts.observer, parts.hands, parts.clock)

    def new_run(self) -> str:
        """By the world's clock."""
        return new_run_id(self.world.clock.now().timestamp())


def real_place(fleet: Fleet) -> RealPlace:
    """The inventory's hosts."""
    return RealPlace(real_source(fleet))


def simulated_place(
    fleet: Fleet, world: LivingWorld, folder: Path | None = None, begun_anew: Callable[[], str | None] = _never
) -> SimulatedPlace:
    """A simulated fleet; journals go beside those of real runs, never among them."""
    return SimulatedPlace(fleet, world, folder or runs_folder(demo=True), begun_anew)


@cache
def _source(scenario: str) -> str:
    return demo_inventory(scenario).source
