"""What the drill menu offers, and the hands that let it happen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from console.simulation.drills.appliances import OF_APPLIANCES
from console.simulation.drills.databases import OF_DATABASES
from console.simulation.drills.drill import Drill, Scope
from console.simulation.drills.fleet import OF_THE_FLEET, SCENARIO_DRILLS
from console.simulation.drills.regions import OF_REGIONS
from console.simulation.living import LivingWorld
from console.simulation.state import RegionState


@dataclass(frozen=True, slots=True)
class Offer:
    """A drill that makes sense now at `host` of `region`; `host` None: it is the region's or the fleet's."""

    id: str
    title: str
    words: str
    region: str
    host: str | None
    fleet: bool = False


DRILLS: dict[str, Drill] = {drill.id: drill for drill in (*OF_REGIONS, *OF_DATABASES, *OF_APPLIANCES, *OF_THE_FLEET)}
"""Every drill by its id, in the order of the menu."""


def offers(state: RegionState) -> tuple[Offer, ...]:
    """What makes sense in a region now: on the region, on each database host and appliance, then on the whole fleet."""
    return tuple(_offers(state))


def _offers(state: RegionState) -> Iterator[Offer]:
    for drill, name in _places(state):
        if drill.fits(state, name):
            whole = drill.scope is Scope.FLEET
            yield Offer(drill.id, drill.title, drill.words, state.name, name or None, whole)


def _places(state: RegionState) -> Iterator[tuple[Drill, str]]:
    yield from ((drill, "") for drill in OF_REGIONS)
    for host in state.databases:
        yield from ((drill, host.name) for drill in OF_DATABASES)
    for appliance in state.uis:
        yield from ((drill, appliance.name) for drill in OF_APPLIANCES)
    yield from ((drill, "") for drill in OF_THE_FLEET)


class LivingDrills:
    """The drill menu's hands: implements console.screens.drill.Drilling on a LivingWorld. Safe from any thread."""

    def __init__(self, world: LivingWorld) -> None:
        self._world = world
        self._scenario: str | None = None

    @property
    def scenario(self) -> str | None:
        """The scenario that was begun last from the menu; None before."""
        return self._scenario

    def offers(self, region: str) -> tuple[Offer, ...]:
        """What makes sense in `region` now."""
        return offers(self._world.now().region(region))

    def apply(self, drill: str, region: str, host: str | None) -> str:
        """Let it happen; returns what happened, or why nothing did, in words. A scenario takes a moment to begin."""
        found = DRILLS[drill]
        name = host or ""
        fitting = found.fits(self._world.now().region(region), name)
        where = "the fleet" if found.scope is Scope.FLEET else host or region
        if not fitting:
            return f"{where}: nothing to do: {found.title}"
        self._world.change(lambda world: found.happens(world, region, name))
        self._scenario = SCENARIO_DRILLS.get(drill, self._scenario)
        return f"{where}: {found.title}. {found.words}"
