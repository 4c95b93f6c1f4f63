"""Every simulated host keeps the contract of tests.simulation.contract, in every scenario."""

from __future__ import annotations

import pytest

from console.inventory.fleet import HostKind
from console.polling.witnesses import Witnesses
from console.probe.sections import sections_for
from console.simulation.scenarios import SCENARIOS
from console.simulation.witnesses import simulated_witnesses
from console.transport.protocol import Reply, Request
from tests.simulation.contract import broken_promises

STOPPED = {
    "lock-safe": "cf-dc1-db1.example.com",
    "lock-unsafe": "cf-dc2-db1.example.com",
    "failed-over": "cf-global-db1.example.com",
}
OFF = {"host-down": "cf-dc2-db2.example.com"}


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
        if name == OFF.get(scenario):
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
