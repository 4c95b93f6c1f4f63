"""The cluster set so that it cannot help: standby, maintenance, a left-over ban, no fencing; and its address astray."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab import faults
from tests.lab.both import REGIONS, in_both, light
from tests.lab.fleet import Lab
from tests.lab.report import Report, check

pytestmark = pytest.mark.parametrize("region", REGIONS)


class TestNodeInStandby:
    @pytest.fixture(scope="class")
    @classmethod
    def standby(cls, lab: Lab) -> Iterator[dict[str, Report]]:
        with light(lab, lambda region: faults.node_standby(lab, region)):
            yield in_both(lambda region: check(lab, region))

    def test_the_node_is_the_cause_and_its_stopped_database_follows(
        self, lab: Lab, standby: dict[str, Report], region: str
    ) -> None:
        report = standby[region]
        assert report.codes == ["C01", "C04", "P03"], report.words
        cause = report.finding("C04", lab.standby(region).name)
        assert {report.finding(code)["caused_by"] for code in ("C01", "P03")} == {cause["key"]}

    def test_it_is_a_warning(self, standby: dict[str, Report], region: str) -> None:
        assert standby[region].finding("C04")["severity"] == "warning"
        assert standby[region].exit_code == 1

    def test_the_attributes_quoted_are_those_of_the_cluster(
        self, lab: Lab, standby: dict[str, Report], region: str
    ) -> None:
        node, head = lab.standby(region), lab.primary(region)
        names = ("postgresql-status", "postgresql-data-status", "master-postgresql")
        told = [faults.attribute(lab, head, node, name) for name in names]
        assert standby[region].evidence("C01", "attributes") == " / ".join(str(value) for value in told)


class TestKilledInMaintenance:
    """PostgreSQL killed behind Pacemaker's back: nobody monitors, and the attributes go on saying HS:async."""

    @pytest.fixture(scope="class")
    @classmethod
    def killed(cls, lab: Lab) -> Iterator[dict[str, Report]]:
        with light(lab, lambda region: faults.killed_in_maintenance(lab, region)):
            yield in_both(lambda region: check(lab, region))

    def test_pacemaker_still_calls_it_healthy(self, lab: Lab, killed: dict[str, Report], region: str) -> None:
        standby, head = lab.standby(region), lab.primary(region)
        assert faults.attribute(lab, head, standby, "postgresql-status") == "HS:async"
        assert faults.attribute(lab, head, standby, "postgresql-data-status") == "STREAMING|ASYNC"

    def test_the_console_believes_the_processes_and_says_who_disagrees(
        self, lab: Lab, killed: dict[str, Report], region: str
    ) -> None:
        report, standby = killed[region], lab.standby(region)
        assert report.codes == ["C04", "C09", "C09", "C09", "P03"], report.words
        assert report.codes_of(standby.name) == ["C09", "C09", "C09", "P03"]
        assert report.host(standby.name)["role"] == "stopped"
        assert report.exit_code == 1

    def test_each_stale_claim_stands_against_what_is_so(self, killed: dict[str, Report], region: str) -> None:
        report = killed[region]
        assert report.evidence("C09", "postgresql-status") == "HS:async"
        assert report.evidence("C09", "postgresql-data-status") == "STREAMING|ASYNC"
        assert report.evidence("C09", "pg_stat_replication") == "no row"
        assert report.evidence("C09", "postmaster") == "none runs"

    def test_maintenance_is_told_as_the_reason_why_they_are_stale(self, killed: dict[str, Report], region: str) -> None:
        report = killed[region]
        assert report.evidence("C04", "maintenance-mode") == "true"
        assert report.evidence("C09", "maintenance-mode") == "true"


class TestVirtualIpMovedByHand:
    @pytest.fixture(scope="class")
    @classmethod
    def moved(cls, lab: Lab) -> Iterator[dict[str, Report]]:
        with light(lab, lambda region: faults.virtual_ip_moved(lab, region)):
            yield in_both(lambda region: check(lab, region))

    def test_an_address_away_from_its_primary_is_critical(self, moved: dict[str, Report], region: str) -> None:
        report = moved[region]
        assert report.codes == ["C04", "C06"], report.words
        assert (report.finding("C06")["severity"], report.exit_code) == ("critical", 2)

    def test_it_is_no_mere_consequence_of_maintenance(self, moved: dict[str, Report], region: str) -> None:
        assert moved[region].roots == ["C04", "C06"]

    def test_the_kernels_are_believed_and_pacemaker_is_quoted(
        self, lab: Lab, moved: dict[str, Report], region: str
    ) -> None:
        report, address = moved[region], lab.region(region).endpoint_addresses[0]
        head, standby = lab.primary(region), lab.standby(region)
        assert report.evidence("C06", f"{address} on {head.short}") == "no"
        assert report.evidence("C06", f"{address} on {standby.short}") == "yes"
        assert report.evidence("C06", "resource pgvip") == head.name


class TestVirtualIpOnBoth:
    @pytest.fixture(scope="class")
    @classmethod
    def doubled(cls, lab: Lab) -> Iterator[dict[str, Report]]:
        with light(lab, lambda region: faults.virtual_ip_on_both(lab, region)):
            yield in_both(lambda region: check(lab, region))

    def test_it_is_the_only_finding_and_critical(self, lab: Lab, doubled: dict[str, Report], region: str) -> None:
        report, address = doubled[region], lab.region(region).endpoint_addresses[0]
        assert report.codes == ["C06"], report.words
        assert report.exit_code == 2
        for host in lab.region(region).databases:
            assert report.evidence("C06", f"{address} on {host.short}") == "yes"


class TestConstraintLeftByAMove:
    @pytest.fixture(scope="class")
    @classmethod
    def banned(cls, lab: Lab) -> Iterator[dict[str, Report]]:
        with light(lab, lambda region: faults.move_constraint_left(lab, region)):
            yield in_both(lambda region: check(lab, region))

    def test_the_left_over_ban_is_the_only_finding(self, lab: Lab, banned: dict[str, Report], region: str) -> None:
        report, standby = banned[region], lab.standby(region)
        assert report.codes == ["C08"], report.words
        assert report.finding("C08", standby.name)["severity"] == "warning"
        assert report.exit_code == 1

    def test_it_has_the_name_by_which_the_cluster_knows_it(
        self, lab: Lab, banned: dict[str, Report], region: str
    ) -> None:
        node = lab.standby(region).name
        constraint = f"cli-ban-postgresql-clone-on-{node}"
        assert constraint in lab.sh(node, "pcs constraint --full").stdout
        assert banned[region].evidence("C08", "constraint").startswith(f"{constraint}: postgresql-clone as Promoted")


class TestFencingDisabled:
    @pytest.fixture(scope="class")
    @classmethod
    def unfenced(cls, lab: Lab) -> Iterator[dict[str, Report]]:
        with light(lab, lambda region: faults.fencing_disabled(lab, region)):
            yield in_both(lambda region: check(lab, region))

    def test_it_is_the_only_finding_and_a_warning(self, unfenced: dict[str, Report], region: str) -> None:
        report = unfenced[region]
        assert report.codes == ["C07"], report.words
        assert (report.finding("C07")["severity"], report.exit_code) == ("warning", 1)
        assert report.evidence("C07", "stonith-enabled") == "false"
