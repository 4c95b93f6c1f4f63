"""`--demo`: the simulated fleet as the Poller's witnesses. No network, no root, no file of the machine is looked at."""

from __future__ import annotations

from collections.abc import Callable

from console.inventory.fleet import Fleet
from console.polling.witnesses import Witnesses
from console.simulation.client import SimulatedClient
from console.simulation.clock import Clock
from console.simulation.demo import demo_world
from console.simulation.living import LivingWorld
from console.simulation.reference import demo_inventory
from console.simulation.transport import SimulatedTransport


def simulated_witnesses(
    scenario: str,
    restrict: Callable[[Fleet], Fleet] = lambda fleet: fleet,
    clock: Clock | None = None,
    world: LivingWorld | None = None,
) -> Witnesses:
    """The fleet in `scenario`, with only what `restrict` leaves of it.

    `world` is a demo_world of that scenario which others act on too; without it they have one of their own, by `clock`.
    Raises UsageError that names the scenarios for an unknown one; whatever `restrict` raises passes through.
    """
    fleet = restrict(demo_inventory(scenario))
    if world is None:
        world = demo_world(scenario, clock)
        world.now()  # whoever asks with a deadline does not wait for the scenario's past
    return Witnesses(fleet, SimulatedTransport(fleet, world), SimulatedClient(world))
