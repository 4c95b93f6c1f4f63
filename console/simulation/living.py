"""The one thing here that changes: the world of a run, brought up to the clock whenever somebody looks."""

from __future__ import annotations

import threading
from collections.abc import Callable

from console.simulation.clock import Clock
from console.simulation.dynamics import advance
from console.simulation.printing.view import UiView, View
from console.simulation.state import RegionState, World


class LivingWorld:
    """A world and its clock. Safe from any thread."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self._lock = threading.Lock()

    @property
    def clock(self) -> Clock:
        """The clock by which it lives."""
        return self._clock

    def now(self) -> World:
        """The world at this second."""
        with self._lock:
            self._world = advance(self._world, self._clock.now().timestamp())
            return self._world

    def change(self, event: Callable[[World], World]) -> World:
        """Let something happen to it now."""
        with self._lock:
            self._world = event(advance(self._world, self._clock.now().timestamp()))
            return self._world

    def view(self, name: str) -> View | UiView:
        """A host as a printer sees it; KeyError for a host of another fleet."""
        world = self.now()
        now = self._clock.now().timestamp()
        for region in world.regions:
            if found := _found(region, name, now):
                return found
        raise KeyError(name)


def _found(region: RegionState, name: str, now: float) -> View | UiView | None:
    for database in region.databases:
        if database.name == name:
            return View(region, database, now)
    for appliance in region.uis:
        if appliance.host.name == name:
            return UiView(region, appliance, now)
    return None
