"""A pair under a manual clock, with hands that reach into it: what the tests of operations and runs stand on."""

from __future__ import annotations

from collections.abc import Callable

from console.facts.server_version import ServerVersion
from console.facts.traces import Lease
from console.operations.layout import Layout
from console.operations.operation import Operation
from console.operations.platform import Platform
from console.runner.hands import Order, Result
from console.simulation.hands import SimulatedHands
from console.simulation.living import LivingWorld
from console.simulation.server import is_part_of
from console.simulation.state import DatabaseHost, RegionState
from tests.simulation.worlds import clock, world

RUN = "20261123-1200-test"


class Workbench:
    """A region of a scenario; orders are of the run RUN, which holds the lease on both hosts."""

    def __init__(self, scenario: str, region: str) -> None:
        self.clock = clock()
        self.world = LivingWorld(world(scenario), self.clock)
        self.name = region
        self.hands = SimulatedHands(self.world, region)
        for host in self.state.databases:
            lease = Lease(RUN, "test", "somebody@console", "a test", 0.0, 0.0)
            assert self.hands.take_lease(self.platform(host.name), lease) is None

    @property
    def state(self) -> RegionState:
        return self.world.now().region(self.name)

    def host(self, ordinal: int) -> DatabaseHost:
        return self.state.databases[ordinal - 1]

    def platform(self, name: str) -> Platform:
        host = self.state.database(name)
        version = ServerVersion(host.platform.server.number)
        return Platform(name, host.machine.machine_id, host.settings, version, host.platform.systemd, host.host.node)

    def order(self, ordinal: int, *operations: Operation, run: str = RUN, step: str = "step") -> Order:
        return Order(run, step, self.platform(self.host(ordinal).name), operations)

    def do(self, ordinal: int, *operations: Operation) -> Result:
        return self.hands.perform(self.order(ordinal, *operations))

    def layout(self, ordinal: int) -> Layout:
        return Layout(self.host(ordinal).settings.data, True, RUN)

    def happens(self, event: Callable[[RegionState, float], RegionState]) -> None:
        self.world.change(lambda world: world.with_region(event(world.region(self.name), world.at)))

    def passes(self, seconds: float) -> None:
        self.clock.pass_seconds(seconds)

    def diverged(self, ordinal: int) -> bool:
        """Whether that host's WAL is no part of the other's: the truth that no witness has."""
        host, other = self.host(ordinal), self.host(3 - ordinal)
        return not is_part_of(host.server, other.server)
