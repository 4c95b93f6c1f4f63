"""The world behind `--demo`: one for the polled fleet, for guided repairs and for the drill menu."""

from __future__ import annotations

from console.simulation.clock import Clock, SystemClock
from console.simulation.living import LivingWorld
from console.simulation.reference import demo_fleet
from console.simulation.scenarios import begin, scenario_named


def demo_world(scenario: str, clock: Clock | None = None) -> LivingWorld:
    """The whole simulated fleet in `scenario`, from now on. UsageError names the scenarios for an unknown one.

    What happened before now is lived through when somebody looks first, in that thread: a screen paints at once.
    """
    chosen, clock = scenario_named(scenario), clock or SystemClock()
    began = clock.now().timestamp()
    return LivingWorld(lambda: begin(chosen, demo_fleet(), began), clock)
