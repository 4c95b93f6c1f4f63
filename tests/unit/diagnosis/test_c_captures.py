"""P and C codes from what real hosts of the lab printed: PostgreSQL 15, Pacemaker 2.1.5, the pgsql agent."""

from __future__ import annotations

import pytest

from console.diagnosis.evidence_needed import evidence_needed
from console.diagnosis.finding import Finding, Severity
from tests.unit.diagnosis.captures import LAB, findings, lab_context, with_commits

SCENARIOS = sorted(path.name for path in LAB.iterdir()) if LAB.is_dir() else []


def found(scenario: str, region: str) -> dict[str, Finding]:
    """The findings by code (of several with one code, the last)."""
    return {finding.code: finding for finding in findings(lab_context(scenario, region))}


@pytest.mark.parametrize("region", ["global", "dc1", "dc2"])
def test_the_healthy_fleet_has_no_finding(region: str) -> None:
    here = lab_context("healthy", region)
    assert findings(here) == []
    assert here.lag.bytes == 0
    assert evidence_needed(here.snapshot) == ()


def test_a_power_failed_idle_primary_has_nothing_of_its_own_with_the_timeline_kept() -> None:
    lock = found("lock-safe", "dc1")["C02"]
    assert lock.details["verdict"] == "safe"
    assert (lock.details["end_lsn"], lock.details["fork_lsn"]) == ("0/403E568", "0/403E568")
    quoted = {quote.fact: quote for quote in lock.evidence}
    assert quoted["end of WAL"].source == "pg_waldump"
    assert quoted["postgresql-master-baseline"].host == "cf-dc1-db2.example.com"


def test_the_same_with_a_new_timeline_takes_f_from_the_history_file() -> None:
    lock = found("lock-safe-new-timeline", "dc2")["C02"]
    assert lock.details["verdict"] == "safe"
    assert any(quote.fact == "switch point" for quote in lock.evidence)


@pytest.mark.parametrize(
    ("scenario", "region", "fork", "bytes_only_here"),
    [("lock-unsafe", "dc1", "0/4000118", 5544), ("lock-unsafe-new-timeline", "dc2", "0/40001B8", 41328)],
)
def test_a_primary_that_wrote_on_after_it_was_cut_off_is_unsafe(
    scenario: str, region: str, fork: str, bytes_only_here: int
) -> None:
    codes = found(scenario, region)
    assert codes["C02"].severity is Severity.CRITICAL
    assert codes["C02"].details["fork_lsn"] == fork
    assert codes["P08"].details["bytes_only_here"] == codes["C02"].details["bytes_only_here"] == bytes_only_here


def test_the_commits_that_only_the_cut_off_primary_has_are_counted_and_listed() -> None:
    here = lab_context("lock-unsafe", "dc1")
    asked = [request.section for request in evidence_needed(here.snapshot)]
    assert asked[1] == "commits:1:0/4000118"
    known = with_commits("lock-unsafe", here, "0/4000118")
    lock = next(finding for finding in findings(known) if finding.code == "C02")
    assert lock.details["commits_only_here"] == 2
    assert any("transaction 733 at 0/4001440" in quote.value for quote in lock.evidence)


@pytest.mark.parametrize("scenario", ["lock-safe", "lock-unsafe"])
def test_what_follows_from_the_lock_is_folded_under_it(scenario: str) -> None:
    codes = found(scenario, "dc1")
    assert codes["C01"].caused_by == codes["C03"].caused_by == codes["C02"].key


def test_a_standby_that_pacemaker_calls_healthy_has_diverged() -> None:
    codes = found("diverged-standby", "dc1")
    assert set(codes) == {"P06"}
    assert codes["P06"].details["bytes_ahead"] == 234872
    assert any(quote.fact == "Pacemaker calls it healthy" for quote in codes["P06"].evidence)


def test_a_standby_that_lost_the_primary_for_too_long_is_out_of_date() -> None:
    codes = found("standby-out-of-date", "dc1")
    assert set(codes) == {"C01", "P03", "P04"}
    assert codes["P03"].severity is Severity.CRITICAL
    assert "removed" in codes["P03"].summary


def test_two_writable_hosts_are_two_primaries_and_what_only_one_has_is_counted() -> None:
    codes = found("global-both-writable", "global")
    assert set(codes) == {"P02", "P08"}
    assert "timelines 1 and 2" in codes["P02"].summary
    assert codes["P08"].host == "cf-global-db1.example.com"


@pytest.mark.parametrize("scenario", ["global-failed-over", "global-11-failed-over"])
def test_after_a_failover_by_hand_the_pair_has_no_standby_and_nothing_is_lost(scenario: str) -> None:
    codes = found(scenario, "global")
    assert set(codes) == {"P03"}
    assert codes["P03"].severity is Severity.WARNING


def test_a_database_killed_in_maintenance_leaves_stale_attributes() -> None:
    codes = found("killed-in-maintenance", "dc2")
    assert {"C04", "C09", "P03"} <= set(codes)
    assert "attributes are stale" in codes["C09"].summary


def test_a_fail_count_of_infinity_that_keeps_the_standby_down_is_critical() -> None:
    codes = found("failcount-infinity", "dc1")
    assert codes["C03"].severity is Severity.CRITICAL
    assert any("standby.signal" in quote.value for quote in codes["C03"].evidence)


def test_a_node_in_standby_explains_its_attributes() -> None:
    codes = found("node-standby", "dc2")
    assert codes["C01"].caused_by == codes["C04"].key


def test_a_power_failed_node_is_offline_and_its_lasting_status_comes_from_the_cib() -> None:
    codes = found("power-failed-primary", "dc1")
    assert codes["C04"].host == "cf-dc1-db1.example.com"
    assert {"C01", "P03"} <= set(codes)


@pytest.mark.parametrize(
    ("scenario", "region", "code", "words"),
    [
        ("replay-paused", "dc2", "P05", "paused at 0/4058998"),
        ("pg_hba_differs", "dc2", "P09", "1 rule on one of them only"),
        ("virtual-ip-moved", "dc2", "C06", "is on cf-dc2-db2, the primary is cf-dc2-db1"),
        ("virtual-ip-on-both", "dc2", "C06", "on both hosts"),
        ("fencing-disabled", "dc2", "C07", "disabled"),
        ("move-constraint-left", "dc2", "C08", "cli-ban-"),
    ],
)
def test_each_fault_that_the_lab_made_is_found(scenario: str, region: str, code: str, words: str) -> None:
    assert words in found(scenario, region)[code].summary


@pytest.mark.parametrize(
    ("scenario", "region"),
    [
        ("archive-full", "dc2"),
        ("archive-hole", "dc2"),
        ("archive-unmounted", "dc2"),
        ("archive-unreadable", "dc2"),
        ("global-host1-answers", "global"),
        ("standby-port-open", "global"),
        ("one-failure-counted", "global"),
    ],
)
def test_faults_of_other_kinds_make_no_finding_here(scenario: str, region: str) -> None:
    assert findings(lab_context(scenario, region)) == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_summary_is_one_line_of_at_most_100_characters(scenario: str) -> None:
    regions = {path.name.split("-")[1] for path in (LAB / scenario).glob("cf-*-db*.txt")}
    for region in sorted(regions):
        for finding in findings(lab_context(scenario, region)):
            assert len(finding.summary) <= 100
            assert finding.summary.isprintable()
            assert finding.evidence
            assert finding.remedy
