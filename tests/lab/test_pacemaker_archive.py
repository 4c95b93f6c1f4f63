"""The WAL archive full, closed, not mounted, with a hole: each is told for what it is, and what follows is folded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.lab import faults
from tests.lab.both import REGIONS, in_both, light
from tests.lab.fleet import Lab
from tests.lab.report import Report, check

pytestmark = pytest.mark.parametrize("region", REGIONS)


class TestFull:
    @pytest.fixture(scope="class")
    @classmethod
    def full(cls, lab: Lab) -> Iterator[dict[str, Report]]:
        with light(lab, lambda region: faults.archive_full(lab, region)):
            yield in_both(lambda region: check(lab, region))

    def test_no_space_is_critical_and_the_stuck_archiver_follows_from_it(
        self, lab: Lab, full: dict[str, Report], region: str
    ) -> None:
        report = full[region]
        assert report.codes == ["A03", "A04"], report.words
        assert report.roots == ["A04"]
        assert report.finding("A04", lab.primary(region).name)["severity"] == "critical"
        assert report.exit_code == 2

    def test_the_space_left_is_what_df_says(self, lab: Lab, full: dict[str, Report], region: str) -> None:
        archive = lab.region(region).layout.archive_write
        printed = lab.sh(lab.primary(region), f"df -B1 --output=size,avail {archive} | tail -n 1").stdout.split()
        details = full[region].finding("A04")["details"]
        assert [str(details["total_bytes"]), str(details["available_bytes"])] == printed

    def test_it_names_the_first_segment_that_waits(self, lab: Lab, full: dict[str, Report], region: str) -> None:
        first = lab.sql(lab.primary(region), "select last_failed_wal from pg_stat_archiver")
        assert full[region].evidence("A03", ".ready files").endswith(f"oldest {first}")
        assert full[region].evidence("A03", "pg_stat_archiver") == f"failing on {first}"


class TestClosedToTheDatabasesUser:
    @pytest.fixture(scope="class")
    @classmethod
    def closed(cls, lab: Lab) -> Iterator[dict[str, Report]]:
        with light(lab, lambda region: faults.archive_unreadable(lab, region)):
            yield in_both(lambda region: check(lab, region))

    def test_both_hosts_have_it_and_the_stuck_archiver_follows_from_it(
        self, closed: dict[str, Report], region: str
    ) -> None:
        report = closed[region]
        assert report.codes == ["A01", "A01", "A03"], report.words
        assert report.roots == ["A01", "A01"]
        assert report.exit_code == 2

    def test_it_is_critical_for_the_primary_that_archives_and_a_warning_for_the_standby(
        self, lab: Lab, closed: dict[str, Report], region: str
    ) -> None:
        assert closed[region].finding("A01", lab.primary(region).name)["severity"] == "critical"
        assert closed[region].finding("A01", lab.standby(region).name)["severity"] == "warning"

    def test_the_directory_is_there_and_mounted_but_neither_read_nor_written(
        self, lab: Lab, closed: dict[str, Report], region: str
    ) -> None:
        finding = closed[region].finding("A01", lab.primary(region).name)
        shown = {item["fact"]: item["value"] for item in finding["evidence"]}
        assert [shown[fact] for fact in ("exists", "mounted", "readable", "writable")] == ["yes", "yes", "no", "no"]
        assert finding["details"]["path"] == lab.region(region).layout.archive_write


class TestNotMountedOnTheStandby:
    @pytest.fixture(scope="class")
    @classmethod
    def unmounted(cls, lab: Lab) -> Iterator[dict[str, Report]]:
        with light(lab, lambda region: faults.archive_unmounted(lab, lab.standby(region))):
            yield in_both(lambda region: check(lab, region))

    def test_the_standby_alone_warns(self, lab: Lab, unmounted: dict[str, Report], region: str) -> None:
        report = unmounted[region]
        assert report.codes == ["A01"], report.words
        assert report.finding("A01", lab.standby(region).name)["severity"] == "warning"
        assert report.exit_code == 1

    def test_an_empty_directory_in_its_place_is_not_taken_for_the_archive(
        self, unmounted: dict[str, Report], region: str
    ) -> None:
        details = unmounted[region].finding("A01")["details"]
        assert (details["exists"], details["mounted"]) == (True, False)


@dataclass(frozen=True)
class Hole:
    """The segment that was taken away, and what the console said then."""

    segment: str
    report: Report


class TestHole:
    @pytest.fixture(scope="class")
    @classmethod
    def holes(cls, lab: Lab) -> Iterator[dict[str, Hole]]:
        with light(lab, lambda region: faults.archive_with_hole(lab, region)) as segments:
            yield in_both(lambda region: Hole(segments[region], check(lab, region)))

    def test_a_hole_is_the_only_finding_and_a_warning(self, holes: dict[str, Hole], region: str) -> None:
        report = holes[region].report
        assert report.codes == ["A02"], report.words
        assert (report.finding("A02")["severity"], report.exit_code) == ("warning", 1)

    def test_it_is_exactly_the_segment_that_is_missing(self, holes: dict[str, Hole], region: str) -> None:
        segment = holes[region].segment
        details = holes[region].report.finding("A02")["details"]
        assert details == {"first_missing": segment, "last_missing": segment, "count": 1}

    def test_the_newest_archived_segment_is_the_archiver_s_own_last(
        self, lab: Lab, holes: dict[str, Hole], region: str
    ) -> None:
        last = lab.sql(lab.primary(region), "select last_archived_wal from pg_stat_archiver")
        assert holes[region].report.evidence("A02", "newest archived") == last
