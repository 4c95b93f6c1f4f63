"""What a run needs in the simulated fleet: `--demo` with `run`, and the tests of runbooks."""

from __future__ import annotations

from dataclasses import replace

from console.inventory.fleet import Fleet
from console.polling.witnesses import Witnesses
from console.runner.parts import RunParts
from console.runner.witness_observer import WitnessObserver
from console.simulation.client import SimulatedClient
from console.simulation.clock import Clock, RunClock
from console.simulation.demo import demo_world
from console.simulation.hands import SimulatedHands
from console.simulation.living import LivingWorld
from console.simulation.reference import demo_fleet
from console.simulation.transport import SimulatedTransport


def simulated_parts(scenario: str | LivingWorld, region: str, clock: Clock | None = None) -> RunParts:
    """The parts for a run in `region` of a scenario, begun now, or of a world that lives already.

    With a ManualClock nothing waits: time passes when the run waits. UsageError names the scenarios for an unknown one.
    """
    world = scenario if isinstance(scenario, LivingWorld) else demo_world(scenario, clock)
    fleet = of_region(demo_fleet(), region)
    run_clock = RunClock(world.clock)
    witnesses = Witnesses(fleet, SimulatedTransport(fleet, world, run_clock), SimulatedClient(world))
    observer = WitnessObserver(witnesses, region, run_clock)
    return RunParts(fleet, observer, SimulatedHands(world, region), run_clock)


def living(scenario: str, clock: Clock) -> LivingWorld:
    """The whole simulated fleet in a scenario, from now on."""
    return demo_world(scenario, clock)


def of_region(fleet: Fleet, region: str) -> Fleet:
    """The fleet with only that region; StopIteration for an unknown one is a defect."""
    return replace(fleet, regions=(fleet.region(region),))
