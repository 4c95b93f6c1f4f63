"""`--demo`: the simulated fleet as the Poller's witnesses. No network, no root, no file of the machine is looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from console.inventory.fleet import Fleet
from console.polling.witnesses import Witnesses
from console.simulation.birth import demo_fleet
from console.simulation.client import SimulatedClient
from console.simulation.clock import Clock, SystemClock
from console.simulation.living import LivingWorld
from console.simulation.scenarios import begin, scenario_named
from console.simulation.transport import SimulatedTransport


def simulated_witnesses(
    scenario: str, restrict: Callable[[Fleet], Fleet] = lambda fleet: fleet, clock: Clock | None = None
) -> Witnesses:
    """The fleet in `scenario`, with only what `restrict` leaves of it.

    Raises UsageError that names the scenarios for an unknown one; whatever `restrict` raises passes through.
    """
    chosen = scenario_named(scenario)
    clock = clock or SystemClock()
    whole = replace(demo_fleet(), source=f"simulated fleet, scenario {chosen.name}")
    fleet = restrict(whole)
    world = LivingWorld(begin(chosen, whole, clock.now().timestamp()), clock)
    return Witnesses(fleet, SimulatedTransport(fleet, world), SimulatedClient(world))
