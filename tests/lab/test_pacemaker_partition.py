"""Nodes that do not hear each other: no quorum, and without fencing two primaries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.lab import faults, host_faults
from tests.lab.both import REGIONS, heavy, in_both, light
from tests.lab.faults import Pair
from tests.lab.fleet import Lab
from tests.lab.report import Report, check

pytestmark = pytest.mark.parametrize("region", REGIONS)


class TestNoQuorum:
    @pytest.fixture(scope="class")
    @classmethod
    def alone(cls, lab: Lab) -> Iterator[dict[str, Report]]:
        with light(lab, lambda region: faults.no_quorum(lab, region)):
            yield in_both(lambda region: check(lab, region))

    def test_the_node_that_left_is_the_cause_and_the_lost_quorum_critical(
        self, lab: Lab, alone: dict[str, Report], region: str
    ) -> None:
        report = alone[region]
        assert report.codes == ["C01", "C04", "C05", "H04", "P03"], report.words
        assert report.roots == ["C04"]
        assert report.finding("C05", lab.primary(region).name)["severity"] == "critical"
        assert report.exit_code == 2

    def test_it_says_what_the_policy_makes_of_it(self, alone: dict[str, Report], region: str) -> None:
        assert alone[region].evidence("C05", "partition") == "WITHOUT quorum"
        assert alone[region].evidence("C05", "no-quorum-policy") == "ignore"

    def test_a_stopped_cluster_on_one_host_is_unknown_there_and_nothing_more(
        self, lab: Lab, alone: dict[str, Report], region: str
    ) -> None:
        finding = alone[region].finding("H04", lab.standby(region).name)
        assert finding["details"]["unknown"] == ["cluster", "cib"]


@dataclass(frozen=True)
class Seen:
    """Who was primary and who became one beside it, and what the console said."""

    pair: Pair
    report: Report


class TestSplitBrain:
    @pytest.fixture(scope="class")
    @classmethod
    def split(cls, lab: Lab) -> Iterator[dict[str, Seen]]:
        """The appliances' logs tell no backlog: what the workers say last differs from minute to minute."""
        with heavy(lab, lambda region: faults.make_split_brain(lab, region)) as pairs:
            in_both(lambda region: host_faults.tell_no_backlog(lab, region))
            yield in_both(lambda region: Seen(pairs[region], check(lab, region)))

    def test_two_primaries_are_the_root_of_the_doubled_address_and_the_partition(
        self, split: dict[str, Seen], region: str
    ) -> None:
        report = split[region].report
        cause = report.finding("P02")
        assert (cause["severity"], report.exit_code) == ("critical", 2)
        assert {report.finding(code)["caused_by"] for code in ("C06", "C09")} == {cause["key"]}

    def test_a_client_could_write_to_both(self, split: dict[str, Seen], region: str) -> None:
        seen = split[region]
        for host in (seen.pair.old, seen.pair.new):
            met = seen.report.evidence("P02", "what a client meets", host.name)
            assert met == f"writable at {host.address}:5432 (port open)"

    def test_no_primary_is_named_where_there_are_two(self, split: dict[str, Seen], region: str) -> None:
        shown = split[region].report.region(region)
        assert (shown["primary"], shown["lag_bytes"]) == (None, None)

    def test_each_node_s_own_view_is_quoted(self, split: dict[str, Seen], region: str) -> None:
        seen = split[region]
        views = {q["host"]: q["value"] for q in seen.report.finding("C09")["evidence"] if q["fact"] == "view"}
        assert views == {
            host.name: f"DC {host.name}, quorum yes, the other node not online"
            for host in (seen.pair.old, seen.pair.new)
        }

    def test_what_the_older_timeline_has_for_itself_is_counted(
        self, lab: Lab, split: dict[str, Seen], region: str
    ) -> None:
        seen = split[region]
        if lab.region(region).restart_on_promote:
            pytest.skip("the timeline was kept: who has what is not to be told from positions alone")
        old = seen.report.host(seen.pair.old.name)
        wal = f"{lab.region(region).layout.data}/pg_wal"
        _, switch, *_ = lab.sh(seen.pair.new, f"tail -n 1 $(ls {wal}/*.history | tail -n 1)").stdout.split()
        own = lab.sql(seen.pair.new, f"select pg_wal_lsn_diff('{old['current_lsn']}', '{switch}')")
        finding = seen.report.finding("P08", seen.pair.old.name)
        assert finding["details"]["bytes_only_here"] == int(own) > 0

    def test_nothing_else_is_reported_but_the_fencing_that_failed_to_prevent_it(
        self, lab: Lab, split: dict[str, Seen], region: str
    ) -> None:
        report = split[region].report
        kept = lab.region(region).restart_on_promote
        expected = ["C04", "C06", "C07", "C09", "P02", "U03", *([] if kept else ["P08"])]
        assert report.codes == sorted(expected), report.words

    def test_which_backlog_counts_is_unknown_because_there_are_two_primaries(
        self, split: dict[str, Seen], region: str
    ) -> None:
        report = split[region].report
        finding = report.finding("U03")
        assert (finding["severity"], finding["details"]["backlog"]) == ("unknown", None)
        assert finding["caused_by"] == report.finding("P02")["key"]
        assert report.evidence("U03", "pending rows") == "unknown: no primary is known to ask"
