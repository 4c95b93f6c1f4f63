"""Each scenario is told as what it is: the exact findings, through the real Poller, parsers and diagnosis."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from console.diagnosis.engine import diagnose
from console.diagnosis.finding import Finding
from console.diagnosis.status import fleet_status
from console.facts.client import ClientAnswer
from console.facts.evidence import WalEndMethod
from console.facts.lag import pair_lag
from console.facts.snapshot import Snapshot
from console.polling.poller import Poller
from console.simulation.clock import ManualClock
from console.simulation.scenarios import SCENARIOS
from console.simulation.witnesses import simulated_witnesses

GLOBAL1, GLOBAL2 = "cf-global-db1.example.com", "cf-global-db2.example.com"
DC1, DC2 = "cf-dc1-db1.example.com", "cf-dc2-db1.example.com"
DEAD = "cf-dc2-db2.example.com"
BEHIND = "cf-dc1-db2.example.com"
UI1, UI2 = "cf-dc1-ui1.example.com", "cf-dc1-ui2.example.com"
FAR_UIS = ("cf-global-ui2.example.com", "cf-dc2-ui1.example.com", "cf-dc2-ui2.example.com")

# (code, severity, host, code of the cause)
EXPECTED: dict[str, set[tuple[str, str, str | None, str | None]]] = {
    "healthy": set(),
    "standby-out-of-date": {
        ("A05", "critical", BEHIND, None),
        ("P03", "critical", BEHIND, "A05"),
        ("P04", "critical", BEHIND, "A05"),
        ("C01", "warning", BEHIND, "A05"),
        ("P05", "warning", BEHIND, "P03"),
    },
    "lock-safe": {
        ("C02", "warning", DC1, None),
        ("C03", "warning", DC1, "C02"),
        ("C01", "warning", DC1, "C02"),
        ("P03", "warning", DC1, "C02"),
    },
    "lock-unsafe": {
        ("C02", "critical", DC2, None),
        ("P08", "critical", DC2, "C02"),
        ("C01", "warning", DC2, "C02"),
        ("C03", "warning", DC2, "C02"),
        ("P03", "warning", DC2, "C02"),
    },
    "failed-over": {("S03", "warning", GLOBAL2, None), ("P03", "warning", GLOBAL1, None)},
    "split-brain": {
        ("P02", "critical", None, None),
        ("P08", "critical", GLOBAL1, None),
        ("S04", "critical", GLOBAL1, "P02"),
    },
    "archive-gap": {
        ("A02", "warning", DC1, None),
        ("A02", "warning", DC2, None),
        ("A05", "critical", DEAD, None),
        ("P03", "critical", DEAD, "A05"),
        ("P04", "critical", DEAD, "A05"),
        ("C01", "warning", DEAD, "A05"),
        ("P05", "warning", DEAD, "P03"),
    },
    "ui-down": {
        ("U02", "critical", None, None),
        ("U01", "warning", UI1, "U02"),
        ("U01", "warning", UI2, "U02"),
        ("U01", "warning", "cf-global-ui1.example.com", None),
    },
    "network-cut": {
        *(("H01", "unknown", host, None) for host in (GLOBAL2, BEHIND, DEAD, *FAR_UIS)),
        *(("P03", "warning", host, "H01") for host in (GLOBAL2, BEHIND, DEAD)),
        *(("C04", "critical", host, "H01") for host in (BEHIND, DEAD)),
        *(("C01", "warning", host, "C04") for host in (BEHIND, DEAD)),
        ("C07", "warning", DEAD, "H01"),  # crm_mon 1.1.10 tells nothing of failed fencing
    },
    "host-down": {
        ("H01", "unknown", DEAD, None),
        ("C04", "warning", DEAD, "H01"),
        ("P03", "warning", DEAD, "H01"),
        ("C01", "warning", DEAD, "C04"),
    },
}
EXIT_CODES = {
    "healthy": 0,
    "standby-out-of-date": 2,
    "lock-safe": 1,
    "lock-unsafe": 2,
    "failed-over": 1,
    "split-brain": 2,
    "archive-gap": 2,
    "host-down": 1,
    "ui-down": 2,
    "network-cut": 2,
}


def _now(scenario: str) -> Snapshot:
    """For the tests of single facts: they share a look."""
    return _look(scenario, 0.0)[0]


@cache
def _look(scenario: str, hours_ago: float) -> tuple[Snapshot, float]:
    """A first look, and the seconds of a processor that it took."""
    began = time.process_time()
    clock = ManualClock(datetime.now(UTC) - timedelta(hours=hours_ago))
    snapshot = Poller(simulated_witnesses(scenario, clock=clock)).look_once(10)
    return snapshot, time.process_time() - began


def _told(findings: tuple[Finding, ...]) -> set[tuple[str, str, str | None, str | None]]:
    return {
        (f.code, f.severity.value, f.host, f.caused_by.partition(":")[0] if f.caused_by else None) for f in findings
    }


def _only(findings: tuple[Finding, ...], code: str) -> Finding:
    (found,) = (finding for finding in findings if finding.code == code)
    return found


def test_every_scenario_has_its_expectation() -> None:
    assert set(EXPECTED) == set(EXIT_CODES) == set(SCENARIOS)


@pytest.mark.parametrize("hours_ago", [0.0, 3.7, 9.213])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_has_its_findings_and_no_other_at_any_time_of_day(scenario: str, hours_ago: float) -> None:
    findings = diagnose(_look(scenario, hours_ago)[0])
    assert _told(findings) == EXPECTED[scenario]
    assert fleet_status(findings).exit_code == EXIT_CODES[scenario]


def test_a_healthy_fleet_stays_without_findings_while_it_lives() -> None:
    clock = ManualClock(datetime.now(UTC) - timedelta(hours=1))
    poller = Poller(simulated_witnesses("healthy", clock=clock))
    before: Snapshot | None = None
    for _ in range(60):  # more than the four minutes after which replay is slow for a while
        now = poller.look_once(10)
        assert diagnose(now, before) == ()
        before = now
        clock.pass_seconds(4.3)


def test_healthy_is_ok_and_every_lag_is_known() -> None:
    snapshot = _now("healthy")
    assert fleet_status(diagnose(snapshot)).value == "OK"
    assert all(pair_lag(snapshot, region).bytes is not None for region in snapshot.fleet.regions)


def test_a_safe_lock_is_proved_by_the_shutdown_checkpoint_where_there_is_no_pg_waldump() -> None:
    snapshot = _now("lock-safe")
    details = _only(diagnose(snapshot), "C02").details
    assert (details["verdict"], details["bytes_only_here"], details["commits_only_here"]) == ("safe", 0, 0)
    assert details["fork_lsn"] == details["end_lsn"] != None  # noqa: E711
    evidence = snapshot.hosts[DC1].evidence.wal_end
    assert evidence is not None
    assert evidence.method is WalEndMethod.SHUTDOWN_CHECKPOINT


def test_an_unsafe_lock_is_told_with_the_bytes_and_commits_that_would_be_lost() -> None:
    snapshot = _now("lock-unsafe")
    details = _only(diagnose(snapshot), "C02").details
    assert details["verdict"] == "unsafe"
    assert details["bytes_only_here"] > 0
    assert details["commits_only_here"] >= 3
    evidence = snapshot.hosts[DC2].evidence
    assert evidence.wal_end is not None
    assert evidence.wal_end.method is WalEndMethod.WALDUMP
    assert evidence.commits_after is not None
    assert len(evidence.commits_after.commits) == details["commits_only_here"]


def test_a_split_brain_is_seen_from_inside_and_by_a_client() -> None:
    snapshot = _now("split-brain")
    for name in (GLOBAL1, GLOBAL2):
        facts = snapshot.hosts[name]
        assert facts.sql.value is not None
        assert not facts.sql.value.in_recovery
        assert facts.client.value is not None
        assert facts.client.value.answer is ClientAnswer.WRITABLE


def test_of_a_host_without_power_nothing_is_claimed() -> None:
    facts = _now("host-down").current().hosts[DEAD]
    assert facts.reach.reachable is False
    assert not facts.sql.known
    assert not facts.processes.known


def test_there_are_the_ten_scenarios_of_the_design() -> None:
    assert set(SCENARIOS) == {
        *("healthy", "standby-out-of-date", "lock-safe", "lock-unsafe", "failed-over"),
        *("split-brain", "archive-gap", "host-down", "ui-down", "network-cut"),
    }


def test_a_gap_in_the_archive_is_told_with_its_ends() -> None:
    found = [finding.details for finding in diagnose(_now("archive-gap")) if finding.code == "A02"]
    assert [details["count"] for details in found] == [12, 3]
    assert all(details["first_missing"] < details["last_missing"] for details in found)


def test_across_a_cut_network_nothing_is_claimed_of_the_far_site() -> None:
    snapshot = _now("network-cut")
    for name in (GLOBAL2, BEHIND, DEAD, *FAR_UIS):
        facts = snapshot.current().hosts[name]
        assert facts.reach.reachable is False
        assert not facts.sql.known
        assert not facts.ui.known


def test_a_cut_network_makes_rows_pile_up_where_their_worker_is_cut_off_from_its_database() -> None:
    clock = ManualClock(datetime.now(UTC) - timedelta(hours=1))
    poller = Poller(simulated_witnesses("network-cut", clock=clock))
    assert "U03" not in {finding.code for finding in diagnose(poller.look_once(10))}
    clock.pass_seconds(300)
    finding = _only(diagnose(poller.look_once(10)), "U03")
    assert (finding.region, finding.severity.value) == ("dc2", "warning")
    assert 1000 < finding.details["backlog"] < 2000


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_look_at_the_demo_takes_less_than_a_second(scenario: str) -> None:
    assert _look(scenario, 0.0)[1] < 1.0
