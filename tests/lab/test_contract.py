"""Real hosts, healthy and broken ones, keep the contract of the simulated ones (tests.simulation.contract)."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.lab import cluster, faults, host_faults
from tests.lab.both import REGIONS, heavy, in_both, light
from tests.lab.contract import Faults, asked
from tests.lab.fleet import Lab
from tests.lab.shell import wait_until
from tests.lab.spec import POWER_PORT, HostSpec

UI1, UI2 = "cf-global-ui1.example.com", "cf-global-ui2.example.com"


@pytest.fixture(scope="module", autouse=True)
def healthy(lab: Lab) -> None:
    """These tests begin with a fleet without a fault."""
    for region in lab.fleet.regions:
        lab.wait_healthy(region.name)


def test_every_real_host_keeps_the_contract_of_the_simulated_ones(lab: Lab) -> None:
    assert asked(lab, "whole") == {}


def test_a_real_host_that_breaks_the_contract_is_named(lab: Lab) -> None:
    with host_faults.command_floods(lab, UI1, "df"), faults.powered_off(lab, UI2):
        found = asked(lab, "whole")
    assert list(found) == [UI1, UI2]
    assert found[UI1][0].startswith("disks: ")
    assert found[UI2][0].startswith("no report: ")


@pytest.mark.parametrize("region", ["global", *REGIONS])
def test_the_services_of_an_appliance_are_told_as_they_run(lab: Lab, region: str) -> None:
    host = lab.region(region).appliances[0].name
    assert asked(lab, "appliance", host, "yes", "yes") == {}
    with faults.httpd_stopped(lab, host):
        assert asked(lab, "appliance", host, "no", "yes") == {}
    with faults.evmserverd_stopped(lab, host):
        assert asked(lab, "appliance", host, "yes", "no") == {}


@pytest.mark.parametrize("region", REGIONS)
def test_a_healthy_pair_has_no_gap_and_is_no_partition(lab: Lab, region: str) -> None:
    one, two = (host.name for host in lab.region(region).databases)
    assert asked(lab, "gap", lab.primary(region).name, "0") == {}
    assert list(asked(lab, "partition", region)) == [one, two]


@pytest.mark.parametrize("region", REGIONS)
class TestGap:
    @pytest.fixture(scope="class")
    @classmethod
    def holed(cls, lab: Lab) -> Iterator[dict[str, Faults]]:
        """What the primary's listing tells wrongly with one segment gone from the middle of its archive."""
        with light(lab, lambda region: faults.archive_with_hole(lab, region)):
            yield in_both(lambda region: asked(lab, "gap", lab.primary(region).name, "1"))

    def test_one_missing_segment_is_told_as_one(self, holed: dict[str, Faults], region: str) -> None:
        assert holed[region] == {}


def cut_apart_and_from_the_power_switch(lab: Lab, region: str) -> None:
    """The nodes do not hear each other, and neither reaches the fence device: each calls the other UNCLEAN."""
    one, two = lab.region(region).databases
    for host, peer in ((one, two), (two, one)):
        lab.sh(host, f"iptables -I OUTPUT -p tcp --dport {POWER_PORT} -j REJECT")
        lab.sh(host, f"iptables -I INPUT -p udp -s {peer.address} -j DROP")

    def lost(host: HostSpec, peer: HostSpec) -> bool:
        nodes = cluster.status(host).findall("./nodes/node")
        return [node.get("unclean") for node in nodes if node.get("name") == peer.name] == ["true"]

    wait_until(lambda: lost(one, two) and lost(two, one), 90, f"{region} parted", 1.0)


@pytest.mark.parametrize("region", REGIONS)
class TestPartition:
    @pytest.fixture(scope="class")
    @classmethod
    def severed(cls, lab: Lab) -> Iterator[dict[str, tuple[Faults, str]]]:
        """What nodes that do not hear each other tell wrongly of each other, and who is writable a minute later."""

        def look(region: str) -> tuple[Faults, str]:
            found = asked(lab, "partition", region)
            time.sleep(60)
            return found, " ".join(str(lab.in_recovery(host)) for host in lab.region(region).databases)

        with heavy(lab, lambda region: cut_apart_and_from_the_power_switch(lab, region)):
            yield in_both(look)

    def test_each_side_tells_that_the_other_is_lost_and_unclean(
        self, severed: dict[str, tuple[Faults, str]], region: str
    ) -> None:
        assert severed[region][0] == {}

    def test_nobody_is_promoted_before_the_other_is_fenced(
        self, severed: dict[str, tuple[Faults, str]], region: str
    ) -> None:
        """So the simulator has it (console.simulation.partition)."""
        assert sorted(severed[region][1].split()) == ["False", "True"]
