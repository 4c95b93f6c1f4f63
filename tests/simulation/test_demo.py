"""One demo world for the poller, the runs and the drill menu; and a fleet of any size for benches."""

from __future__ import annotations

import threading
import time

import pytest

from console.diagnosis.engine import diagnose
from console.errors import UsageError
from console.inventory.fleet import RegionKind
from console.polling.poller import Poller
from console.simulation.clock import ManualClock
from console.simulation.demo import demo_world
from console.simulation.drills.menu import LivingDrills
from console.simulation.living import LivingWorld
from console.simulation.many import simulated_fleet, simulated_many
from console.simulation.parts import simulated_parts
from console.simulation.state import World
from console.simulation.witnesses import simulated_witnesses
from tests.simulation.worlds import clock, world

DB2 = "cf-dc1-db2.example.com"


def test_poller_runs_and_drills_share_one_world() -> None:
    shared = demo_world("healthy", clock())
    witnesses = simulated_witnesses("healthy", world=shared)
    parts = simulated_parts(shared, "dc1")
    LivingDrills(shared).apply("power-off", "dc1", DB2)
    assert "H01" in {finding.code for finding in diagnose(Poller(witnesses).look_once(5))}
    assert parts.observer.survey([]).hosts[DB2].reach.reachable is False


def test_an_unknown_scenario_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="did you mean lock-safe"):
        demo_world("lock-save", clock())


def test_a_scenario_s_past_is_lived_through_when_somebody_looks_and_only_once() -> None:
    born: list[str] = []

    def birth() -> World:
        born.append(threading.current_thread().name)
        return world("host-down")

    living = LivingWorld(birth, clock())
    assert born == []
    thread = threading.Thread(target=living.now, name="poller")
    thread.start()
    thread.join()
    living.now()
    assert born == ["poller"]


def test_many_hosts_are_regions_of_the_same_shapes_with_names_and_addresses_of_their_own() -> None:
    fleet = simulated_fleet(200)
    assert len(fleet.hosts) == sum(len(region.hosts) for region in fleet.regions) == 200
    assert len({host.address for host in fleet.hosts.values()}) == 200
    addresses = [address for region in fleet.regions if region.endpoint for address in region.endpoint.addresses]
    assert len(set(addresses)) == len(addresses)
    assert [region.kind for region in fleet.regions].count(RegionKind.SCRIPTED) == 1


def test_many_hosts_are_polled_like_twelve_and_all_are_well() -> None:
    moment: ManualClock = clock()
    witnesses, _ = simulated_many(200, moment)
    poller = Poller(witnesses)
    before = poller.look_once(20)
    moment.pass_seconds(10)
    snapshot = poller.look_once(20)
    assert all(facts.reach.reachable for facts in snapshot.hosts.values())
    assert diagnose(snapshot, before) == ()


def test_drills_work_on_many_hosts_too() -> None:
    witnesses, living = simulated_many(40, clock())
    region = witnesses.fleet.regions[-1]
    name = region.databases[1].name
    LivingDrills(living).apply("power-off", region.name, name)
    assert ("H01", name) in {(finding.code, finding.host) for finding in diagnose(Poller(witnesses).look_once(10))}


def test_a_second_of_two_hundred_hosts_costs_a_fraction_of_it() -> None:
    moment: ManualClock = clock()
    _, living = simulated_many(200, moment)
    living.now()
    began = time.process_time()
    for _ in range(20):
        moment.pass_seconds(1)
        living.now()
    assert (time.process_time() - began) / 20 < 0.05
