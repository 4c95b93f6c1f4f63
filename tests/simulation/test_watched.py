"""The watch over the simulated world sees what it is there to see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.facts.traces import Lease
from console.operations.cluster import CleanupResource, SetLockAside
from console.operations.copying import DiscardOld, SwapIn
from console.operations.gate import AllowPort, DenyPort
from console.operations.layout import Layout
from console.operations.operation import Operation
from console.operations.platform import Platform
from console.operations.service import Promote, StartDatabase
from console.runner.hands import Order
from console.simulation.hands import SimulatedHands
from console.simulation.platforms import platform_of
from console.simulation.state import Branch, Folder, RegionState
from tests.simulation.watched import Forbidden, WatchedWorld
from tests.simulation.worlds import clock, world


class _Hands:
    def __init__(self, scenario: str, region: str) -> None:
        self.clock = clock()
        self.world = WatchedWorld(world(scenario).region(region), self.clock.at.timestamp(), self.clock)
        self.hands = SimulatedHands(self.world, region)

    def do(self, ordinal: int, *operations: Operation) -> None:
        host = self.world.state.databases[ordinal - 1]
        version = platform_of(host.settings).server
        platform = Platform(host.name, host.machine.machine_id, host.settings, version, False, host.host.node)
        self.hands.take_lease(platform, Lease("r", "", "", "", 0, 0))
        self.hands.perform(Order("r", "s", platform, operations))


def test_the_removal_of_the_only_data_that_has_certain_commits_is_seen() -> None:
    it = _Hands("lock-unsafe", "dc2")
    layout = Layout(it.world.state.databases[0].settings.data, True, "r")
    peer = replace(it.world.state.databases[1].server, running=False)
    name = it.world.state.databases[0].name
    it.world.suffer(
        lambda state, at: state.with_database(state.database(name).with_folder(layout.new, Folder(layout.new, peer)))
    )
    it.do(1, SwapIn(layout))
    with pytest.raises(Forbidden, match="nowhere any more"):
        it.do(1, DiscardOld(layout))


def test_a_second_primary_is_seen() -> None:
    it = _Hands("failed-over", "global")
    with pytest.raises(Forbidden, match="second node"):
        it.do(1, StartDatabase())


def test_a_promotion_of_a_standby_that_lacks_commits_is_seen() -> None:
    it = _Hands("healthy", "global")
    with pytest.raises(Forbidden):
        it.do(2, Promote())


def test_host_1_before_clients_while_host_2_is_the_primary_is_seen() -> None:
    it = _Hands("split-brain", "global")
    it.world.suffered = True
    it.do(1, DenyPort())
    with pytest.raises(Forbidden):
        it.do(1, AllowPort())


def test_a_diverged_standby_that_streams_is_seen() -> None:
    """The kept timeline of 9.2 lets it attach (DOMAIN 0.1)."""
    it = _Hands("lock-safe", "dc1")
    name = it.world.state.databases[0].name

    def wrote_alone(state: RegionState, at: float) -> RegionState:
        host = state.database(name)
        lost = Branch("a write that nobody got", host.server.written)
        server = replace(host.server, branches=(*host.server.branches, lost), written=host.server.written + 400)
        return state.with_database(host.with_server(server))

    it.world.suffer(wrote_alone)
    since = it.world.state.databases[0].lock_since
    assert since is not None
    it.do(1, SetLockAside("PGSQL.lock", int(since)), CleanupResource())
    it.clock.pass_seconds(8)
    with pytest.raises(Forbidden, match="follows a primary"):
        it.world.now()
