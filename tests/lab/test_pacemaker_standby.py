"""A standby that is of no use: out of date because its WAL is gone, or given up by the cluster."""

from __future__ import annotations

import html
from collections.abc import Iterator

import pytest

from tests.lab import cluster, faults
from tests.lab.both import REGIONS, heavy, in_both
from tests.lab.fleet import Lab
from tests.lab.report import Report, check

pytestmark = pytest.mark.parametrize("region", REGIONS)


class TestOutOfDate:
    @pytest.fixture(scope="class")
    @classmethod
    def outdated(cls, lab: Lab) -> Iterator[dict[str, Report]]:
        with heavy(lab, lambda region: faults.make_standby_out_of_date(lab, region)):
            yield in_both(lambda region: check(lab, region))

    def test_the_segment_that_is_gone_is_the_root(self, lab: Lab, outdated: dict[str, Report], region: str) -> None:
        report = outdated[region]
        assert report.codes == ["A05", "C01", "P03", "P04"], report.words
        cause = report.finding("A05", lab.standby(region).name)
        assert cause["severity"] == "critical"
        assert {report.finding(code)["caused_by"] for code in ("C01", "P03", "P04")} == {cause["key"]}
        assert report.exit_code == 2

    def test_it_is_the_segment_that_the_primary_says_it_has_removed(
        self, lab: Lab, outdated: dict[str, Report], region: str
    ) -> None:
        log = lab.region(region).layout.log
        refusals = lab.sh(lab.primary(region), f"grep -o 'requested WAL segment [0-9A-F]* has already' {log}").stdout
        assert outdated[region].finding("A05")["details"]["segment"] == refusals.splitlines()[-1].split()[3]

    def test_the_archive_is_known_to_be_empty_not_unknown(self, outdated: dict[str, Report], region: str) -> None:
        assert outdated[region].evidence("A05", "newest in the archive") == "none"

    def test_the_attributes_say_out_of_date(self, outdated: dict[str, Report], region: str) -> None:
        assert outdated[region].evidence("C01", "attributes") == "HS:alone / DISCONNECT / -INFINITY"

    def test_the_lag_is_the_primary_s_own_arithmetic(self, lab: Lab, outdated: dict[str, Report], region: str) -> None:
        report, head, standby = outdated[region], lab.primary(region), lab.standby(region)
        current, replayed = report.host(head.name)["current_lsn"], report.host(standby.name)["replay_lsn"]
        assert lab.sql(standby, "select pg_last_wal_replay_lsn()") == replayed
        own = int(lab.sql(head, f"select pg_wal_lsn_diff('{current}', '{replayed}')"))
        assert report.finding("P04")["details"]["lag_bytes"] == report.region(region)["lag_bytes"] == own


class TestFailcountInfinity:
    @pytest.fixture(scope="class")
    @classmethod
    def given_up(cls, lab: Lab) -> Iterator[dict[str, Report]]:
        with heavy(lab, lambda region: faults.make_failcount_infinity(lab, region)):
            yield in_both(lambda region: check(lab, region))

    def test_a_database_that_the_cluster_starts_no_more_is_critical(
        self, lab: Lab, given_up: dict[str, Report], region: str
    ) -> None:
        report, standby = given_up[region], lab.standby(region)
        assert report.codes == ["C01", "C03", "P03"], report.words
        assert report.codes_of(standby.name) == ["C01", "C03", "P03"]
        assert report.finding("C03", standby.name)["severity"] == "critical"
        assert report.exit_code == 2

    def test_count_and_reason_are_the_cluster_s_own(self, lab: Lab, given_up: dict[str, Report], region: str) -> None:
        report, standby = given_up[region], lab.standby(region)
        count = lab.sh(standby, "crm_failcount -r postgresql -G -q").stdout.strip()
        assert report.evidence("C03", "fail count of postgresql").startswith(f"{count}, migration-threshold 3")
        (failure,) = cluster.status(standby).findall("./failures/failure")
        reason = html.unescape(failure.get("exitreason", ""))  # crm_mon escapes it twice
        assert reason == f"Can't create {lab.region(region).layout.data}/standby.signal."
        assert report.evidence("C03", "failed start").startswith(f"error (1): {reason} at ")
