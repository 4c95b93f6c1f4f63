"""What only shows at the next failover (pg_hba.conf), and what cannot be seen (no sudo), on both command surfaces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab import faults
from tests.lab.both import REGIONS, in_both, light
from tests.lab.fleet import Lab
from tests.lab.report import Report, check

pytestmark = pytest.mark.parametrize("region", REGIONS)


class TestPgHbaDiffers:
    @pytest.fixture(scope="class")
    @classmethod
    def differing(cls, lab: Lab) -> Iterator[dict[str, Report]]:
        with light(lab, lambda region: faults.pg_hba_differs(lab, lab.standby(region).name)):
            yield in_both(lambda region: check(lab, region))

    def test_it_is_the_only_finding_and_a_warning(self, differing: dict[str, Report], region: str) -> None:
        report = differing[region]
        assert report.codes == ["P09"], report.words
        assert (report.finding("P09")["severity"], report.exit_code) == ("warning", 1)

    def test_the_rule_that_one_host_lacks_is_quoted_with_its_line(
        self, lab: Lab, differing: dict[str, Report], region: str
    ) -> None:
        (quote,) = differing[region].finding("P09")["evidence"]
        head = lab.primary(region)
        number, _, rule = (
            lab.sh(head, f"grep -n '^host replication' {lab.region(region).layout.data}/pg_hba.conf")
            .stdout.strip()
            .partition(":")
        )
        assert (quote["fact"], quote["value"], quote["host"]) == (f"only here, line {number}", rule, head.name)


class TestSudoRefusedOnTheStandby:
    @pytest.fixture(scope="class")
    @classmethod
    def refused(cls, lab: Lab) -> Iterator[dict[str, Report]]:
        with light(lab, lambda region: faults.sudo_refused(lab, lab.standby(region).name)):
            yield in_both(lambda region: check(lab, region))

    def test_what_was_not_seen_is_unknown_and_nothing_else_is_reported(
        self, lab: Lab, refused: dict[str, Report], region: str
    ) -> None:
        report = refused[region]
        assert report.codes == ["H02", "H04"], report.words
        assert report.roots == ["H02"]
        assert {report.finding(code)["severity"] for code in ("H02", "H04")} == {"unknown"}
        assert (report.exit_code, report.document["status"]) == (3, "UNKNOWN")

    def test_it_quotes_what_sudo_itself_says(self, lab: Lab, refused: dict[str, Report], region: str) -> None:
        said = lab.sh(lab.standby(region), "sudo -n true", "oncall", check=False).stderr.strip()
        assert refused[region].evidence("H02", "sudo").endswith(said)

    def test_what_needs_no_root_is_seen_all_the_same(self, lab: Lab, refused: dict[str, Report], region: str) -> None:
        shown = refused[region].host(lab.standby(region).name)
        assert (shown["reachable"], shown["role"]) == (True, "standby")
        assert shown["disks"]

    def test_what_needs_root_is_null_and_named_with_its_reason(
        self, lab: Lab, refused: dict[str, Report], region: str
    ) -> None:
        shown = refused[region].host(lab.standby(region).name)
        assert [shown[key] for key in ("system_identifier", "control_state", "lock_present")] == [None, None, None]
        reasons = {item["section"]: item["reason"] for item in shown["incomplete"]}
        assert reasons["controldata"].startswith("not root")
        assert set(reasons) == set(refused[region].finding("H02")["details"]["unknown"])

    def test_the_lag_is_still_known_from_the_primary(self, refused: dict[str, Report], region: str) -> None:
        assert refused[region].region(region)["lag_bytes"] == 0
