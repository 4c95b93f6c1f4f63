"""The one thing here that changes: the world of a run, brought up to the clock whenever somebody looks."""

from __future__ import annotations

import threading
from collections.abc import Callable

from console.simulation.clock import Clock
from console.simulation.dynamics import advance
from console.simulation.printing.view import UiView, View
from console.simulation.state import World


class LivingWorld:
    """A world and its clock. Safe from any thread.

    A function instead of a world makes it when it is needed first: a scenario's past takes a moment to live through.
    """

    def __init__(self, world: World | Callable[[], World], clock: Clock) -> None:
        self._born = world
        self._world: World | None = None
        self._places: dict[str, _Place] = {}
        self._clock = clock
        self._lock = threading.Lock()

    @property
    def clock(self) -> Clock:
        """The clock by which it lives."""
        return self._clock

    def now(self) -> World:
        """The world at this second."""
        with self._lock:
            return self._brought_up()

    def change(self, event: Callable[[World], World]) -> World:
        """Let something happen to it now. The hosts stay the same ones."""
        with self._lock:
            self._world = event(self._brought_up())
            return self._world

    def _brought_up(self) -> World:
        if self._world is None:
            self._world = self._born() if callable(self._born) else self._born
            self._places = _places(self._world)
        self._world = advance(self._world, self._clock.now().timestamp())
        return self._world

    def view(self, name: str) -> View | UiView:
        """A host as a printer sees it; KeyError for a host of another fleet."""
        world = self.now()
        now = self._clock.now().timestamp()
        number, database, index = self._places[name]
        region = world.regions[number]
        return View(region, region.databases[index], now) if database else UiView(region, region.uis[index], now)


_Place = tuple[int, bool, int]
"""The number of a host's region, whether it is a database host, and its number there."""


def _places(world: World) -> dict[str, _Place]:
    found: dict[str, _Place] = {}
    for number, region in enumerate(world.regions):
        found |= {host.name: (number, True, index) for index, host in enumerate(region.databases)}
        found |= {host.name: (number, False, index) for index, host in enumerate(region.uis)}
    return found
