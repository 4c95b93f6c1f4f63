"""Every simulated host keeps the contract of tests.simulation.contract, in every scenario."""

from __future__ import annotations

import pytest

from console.facts.host import HostFacts
from console.inventory.fleet import HostKind
from console.polling.witnesses import Witnesses
from console.probe.observe import observe
from console.probe.sections import sections_for
from console.simulation import events
from console.simulation.living import LivingWorld
from console.simulation.platforms import platform_of
from console.simulation.scenarios import SCENARIOS
from console.simulation.witnesses import simulated_witnesses
from console.transport.protocol import Reply, Request
from tests.simulation.contract import appliance_faults, broken_promises, gap_faults, partition_faults
from tests.simulation.worlds import clock, world

STOPPED = {
    "lock-safe": "cf-dc1-db1.example.com",
    "lock-unsafe": "cf-dc2-db1.example.com",
    "failed-over": "cf-global-db1.example.com",
}
FAR = {f"cf-{name}.example.com" for name in ("global-db2", "dc1-db2", "dc2-db2", "global-ui2", "dc2-ui1", "dc2-ui2")}
OUT_OF_REACH = {"host-down": {"cf-dc2-db2.example.com"}, "network-cut": FAR}


def _replies(witnesses: Witnesses) -> dict[str, Reply]:
    for region in witnesses.fleet.regions:
        for host in region.hosts:
            sections = sections_for(host.kind, region, slow=True)
            witnesses.transport.submit(Request(host.name, sections, 10.0))
    found: dict[str, Reply] = {}
    while len(found) < len(witnesses.fleet.hosts):
        found |= {reply.host: reply for reply in witnesses.transport.replies(1.0)}
    return found


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_host_answers_every_section_with_a_fact(scenario: str) -> None:
    witnesses = simulated_witnesses(scenario)
    fleet = witnesses.fleet
    faults = {}
    for name, reply in _replies(witnesses).items():
        if name in OUT_OF_REACH.get(scenario, ()):
            assert reply.report is None
            continue
        host = fleet.hosts[name]
        region = fleet.region(host.region)
        silent = frozenset({"sql", "settings"}) if name == STOPPED.get(scenario) else frozenset()
        if found := broken_promises(host, region, reply, silent):
            faults[name] = found
    assert faults == {}


def test_there_are_the_twelve_hosts_of_the_reference() -> None:
    hosts = simulated_witnesses("healthy").fleet.hosts.values()
    kinds = [host.kind for host in hosts]
    assert (kinds.count(HostKind.DATABASE), kinds.count(HostKind.UI)) == (6, 6)


def _facts(witnesses: Witnesses, name: str) -> HostFacts:
    host = witnesses.fleet.hosts[name]
    region = witnesses.fleet.region(host.region)
    return observe(HostFacts(name, region.name), host, region, _replies(witnesses)[name])


@pytest.mark.parametrize("region", ["dc1", "dc2"])
def test_each_side_of_a_partition_tells_of_the_lost_node_as_real_clusters_do(region: str) -> None:
    moment = clock()
    living = LivingWorld(world(), moment)
    living.change(lambda now: now.with_region(events.sever(now.region(region))))
    moment.pass_seconds(90)
    names = [host.name for host in living.now().region(region).databases]
    for own, other in (names, names[::-1]):
        assert partition_faults(_facts(simulated_witnesses("healthy", world=living), own), own, other) == []


@pytest.mark.parametrize(("host", "missing"), [("cf-dc1-db1.example.com", 12), ("cf-dc2-db1.example.com", 3)])
def test_a_listing_tells_how_much_was_deleted(host: str, missing: int) -> None:
    witnesses = simulated_witnesses("archive-gap")
    settings = witnesses.fleet.hosts[host].postgresql
    assert settings is not None
    platform = platform_of(settings)
    assert gap_faults(_facts(witnesses, host), platform.arithmetic, missing) == []


@pytest.mark.parametrize(
    ("host", "httpd", "workers"),
    [
        ("cf-dc1-ui1.example.com", False, True),
        ("cf-global-ui1.example.com", True, False),
        ("cf-dc2-ui1.example.com", True, True),
    ],
)
def test_an_appliance_tells_which_of_its_services_run(host: str, httpd: bool, workers: bool) -> None:
    assert appliance_faults(_facts(simulated_witnesses("ui-down"), host), httpd=httpd, workers=workers) == []
