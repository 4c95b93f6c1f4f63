"""Two healthy pairs: nothing to report, and what is reported is what the hosts themselves say."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.lab import cluster
from tests.lab.both import REGIONS, in_both, settle
from tests.lab.fleet import Lab
from tests.lab.report import Report, check, check_until
from tests.lab.spec import HostSpec

pytestmark = pytest.mark.parametrize("region", REGIONS)


@dataclass(frozen=True)
class Healthy:
    """A healthy pair and the console's word about it."""

    report: Report
    primary: HostSpec
    standby: HostSpec


@pytest.fixture(scope="module")
def pairs(lab: Lab) -> dict[str, Healthy]:
    def look(region: str) -> Healthy:
        settle(lab, region)
        return Healthy(check(lab, region), lab.primary(region), lab.standby(region))

    return in_both(look)


def test_a_healthy_pair_has_no_finding_above_info_and_exit_code_0(pairs: dict[str, Healthy], region: str) -> None:
    report = pairs[region].report
    assert report.codes == [], report.words
    assert (report.exit_code, report.document["status"]) == (0, "OK")


def test_primary_and_standby_are_those_of_the_servers_themselves(
    lab: Lab, pairs: dict[str, Healthy], region: str
) -> None:
    shown = pairs[region].report.region(region)
    recovery = {host.name: lab.sql(host, "select pg_is_in_recovery()") for host in lab.region(region).databases}
    assert recovery == {shown["primary"]: "f", shown["standby"]: "t"}


def test_a_pair_that_writes_nothing_has_no_lag(lab: Lab, region: str) -> None:
    """A background process may have written just now, so this is looked at until the pair stands still."""

    def still(report: Report) -> bool:
        shown = report.region(region)
        return (shown["lag_bytes"], shown["lag_seconds"]) == (0, 0.0)

    check_until(lab, still, region)


def test_identifier_and_state_are_those_of_pg_controldata(lab: Lab, pairs: dict[str, Healthy], region: str) -> None:
    layout = lab.region(region).layout
    for host in lab.region(region).databases:
        printed = lab.sh(host, f"{layout.binaries}/pg_controldata {layout.data}", "postgres").stdout
        control = {key: value.strip() for key, _, value in (line.partition(":") for line in printed.splitlines())}
        shown = pairs[region].report.host(host.name)
        assert shown["system_identifier"] == control["Database system identifier"]
        assert shown["control_state"] == control["Database cluster state"]


def test_the_timeline_is_that_of_the_wal_being_written(lab: Lab, pairs: dict[str, Healthy], region: str) -> None:
    """Also where pg_controldata shows the old one, until the first checkpoint after a promotion (DOMAIN 3.4)."""
    segment = lab.sql(pairs[region].primary, "select pg_walfile_name(pg_current_wal_lsn())")
    for host in lab.region(region).databases:
        assert pairs[region].report.host(host.name)["timeline"] == int(segment[:8], 16)


def test_attributes_are_those_that_the_cluster_tells_its_own_nodes(
    lab: Lab, pairs: dict[str, Healthy], region: str
) -> None:
    pair = pairs[region]
    for host in (pair.primary, pair.standby):
        told, agent = cluster.attributes(host)[host.name], pair.report.host(host.name)["agent"]
        assert agent["status"] == told["postgresql-status"]
        assert agent["data_status"] == told["postgresql-data-status"]
        assert agent["master_score"] == told["master-postgresql"]


def test_a_client_meets_a_writable_database_at_the_virtual_ip_and_a_standby_beside_it(
    lab: Lab, pairs: dict[str, Healthy], region: str
) -> None:
    pair = pairs[region]
    (at_endpoint,) = pair.report.region(region)["endpoint"]["clients"]
    assert at_endpoint["answer"] == "writable"
    assert at_endpoint["address"] in lab.sh(pair.primary, "ip -o -4 address show").stdout
    assert pair.report.host(pair.standby.name)["client"]["answer"] == "in-recovery"


def test_everything_was_looked_at_over_the_ssh_that_the_region_offers(
    lab: Lab, pairs: dict[str, Healthy], region: str
) -> None:
    for host in lab.region(region).databases:
        shown = pairs[region].report.host(host.name)
        assert (shown["reachable"], shown["incomplete"]) == (True, [])
        offered = lab.sh(host, "sshd -T 2>/dev/null | grep ^kexalgorithms").stdout
        assert ("curve25519" in offered) == (region == "dc2")
