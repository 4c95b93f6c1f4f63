"""What the console says of the scripted pair, region global, on real hosts: failover, port gate, scripts, endpoint."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab import faults, postgres, scripted_faults
from tests.lab.fleet import Lab
from tests.lab.report import Report, check, check_until

G = "global"
DB1 = "cf-global-db1.example.com"
DB2 = "cf-global-db2.example.com"
ENDPOINT_1, ENDPOINT_2 = "10.19.10.51", "10.16.10.51"


@pytest.fixture(scope="module", autouse=True)
def healthy(lab: Lab) -> Iterator[None]:
    """Each test of this module begins with a healthy pair, and leaves one."""
    if not lab.is_healthy(G):
        lab.restore(G)
    yield
    lab.wait_healthy(G)


def position(lsn: str) -> int:
    """A position "X/Y" as bytes (9.3 and later)."""
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def with_stopped(lab: Lab, *codes: str) -> list[str]:
    """These codes while one server is stopped: the embedded PostgreSQL 11 has no pg_controldata (LAB.md), hence H04."""
    return sorted([*codes, *(["H04"] if lab.fleet.global_major != lab.fleet.default_major else [])])


# --- the port gate, the scripts and the endpoint of a pair that works --------------------------------------------


@pytest.fixture(scope="module")
def standby_open(lab: Lab) -> Report:
    with scripted_faults.minutes_held(lab), faults.standby_port_open(lab):
        return check(lab, G)


def test_a_standby_that_a_client_can_reach_is_critical(standby_open: Report) -> None:
    assert standby_open.codes == ["S05"]
    assert standby_open.finding("S05", DB2)["severity"] == "critical"
    assert standby_open.exit_code == 2


def test_an_open_standby_is_told_by_client_listener_and_firewall(standby_open: Report) -> None:
    assert standby_open.evidence("S05", "client at 5432") == "open; answers: a standby (read-only)"
    assert standby_open.evidence("S05", "listening") == "yes"
    assert standby_open.evidence("S05", "firewall") == "open"
    assert standby_open.evidence("S05", "deciding rule") == "-A INPUT -p tcp -m tcp --dport 5432 -j ACCEPT"


def test_a_closed_standby_is_unreachable_for_a_client_and_that_is_right(lab: Lab) -> None:
    report = check(lab, G)
    client = report.host(DB2)["client"]
    assert (client["tcp"], client["answer"]) == ("refused", "no-answer")
    assert report.codes == []


def test_check_promote_that_is_not_scheduled_is_a_warning(lab: Lab) -> None:
    with faults.check_promote_not_running(lab):
        report = check(lab, G)
    assert (report.codes, report.roots) == (["S02", "S08"], ["S08"])
    assert report.evidence("S08", "difference") == "/etc/cron.d/pgsql-replication is missing"
    assert report.evidence("S02", "trouble") == "no cron line runs check-promote"
    assert report.finding("S02", DB2)["details"]["cron_running"] is True
    assert report.exit_code == 1


def test_a_cron_daemon_that_does_not_run_is_a_warning(lab: Lab) -> None:
    lab.sh(DB2, "service cron stop")
    try:
        report = check(lab, G)
    finally:
        lab.sh(DB2, "service cron start")
    assert report.codes == ["S02"]
    assert report.evidence("S02", "trouble") == "cron does not run"


@pytest.fixture(scope="module")
def counted(lab: Lab) -> Report:
    with scripted_faults.failure_counted(lab):
        return check(lab, G)


def test_one_failure_before_the_promotion_is_critical(counted: Report) -> None:
    assert counted.codes == ["S01"]
    finding = counted.finding("S01", DB2)
    assert finding["severity"] == "critical"
    assert (finding["details"]["counter"], finding["details"]["maximum"]) == (1, 2)
    assert counted.exit_code == 2


def test_the_counter_s_reason_is_quoted_from_the_script_s_log(counted: Report) -> None:
    quoted = [q["value"] for q in counted.finding("S01", DB2)["evidence"] if q["fact"] == "log"]
    assert quoted[0].endswith(f"WARNING: {DB1} is down")
    assert quoted[1].endswith("INFO: Current failure count 1 less than threshold 2, waiting")


def test_a_database_that_starts_at_boot_on_host_1_is_a_warning(lab: Lab) -> None:
    with scripted_faults.database_enabled_at_boot(lab):
        report = check(lab, G)
    assert report.codes == ["S06"]
    assert report.finding("S06", DB1)["details"]["service_enabled"] is True
    assert report.exit_code == 1


def test_a_host_2_whose_boot_does_not_set_its_port_is_a_warning(lab: Lab) -> None:
    with scripted_faults.boot_script_missing(lab):
        report = check(lab, G)
    assert report.codes == ["S06"]
    assert report.evidence("S06", "trouble", DB2) == "pgsql-standby-check-access does not run at boot (rc.local)"
    assert report.evidence("S06", "boot scripts", DB2) == "none"


@pytest.mark.parametrize("host", [DB1, DB2])
def test_a_pgpass_that_others_can_read_is_a_warning(lab: Lab, host: str) -> None:
    with scripted_faults.minutes_held(lab), faults.pgpass_readable(lab, host):
        report = check(lab, G)
    assert report.codes == ["S07"]
    finding = report.finding("S07", host)
    assert (finding["details"]["owner"], finding["details"]["mode"]) == ("postgres", "644")
    assert finding["details"]["path"] == f"{lab.region(G).layout.user_home}/.pgpass"


def test_a_script_that_was_changed_on_one_host_is_a_warning_about_that_host(lab: Lab) -> None:
    with scripted_faults.script_differs(lab) as script:
        report = check(lab, G)
    assert report.codes == ["S08"]
    assert report.finding("S08", DB2)["details"]["different"] == ["pgsql-primary-archive-wal"]
    assert report.evidence("S08", "difference", DB2) == f"{script} is another version"


def test_a_script_that_is_not_installed_is_a_warning(lab: Lab) -> None:
    with scripted_faults.script_missing(lab) as name:
        report = check(lab, G)
    assert report.codes == ["S08"]
    assert report.finding("S08", DB2)["details"]["missing"] == [name]


def test_a_name_that_leads_to_the_standby_is_critical(lab: Lab) -> None:
    lab.point_global_dns(2)
    try:
        report = check(lab, G)
    finally:
        lab.point_global_dns(1)
    assert report.codes == ["S09"]
    assert report.finding("S09")["severity"] == "critical"
    assert report.finding("S09")["details"]["resolved"] == [ENDPOINT_2]
    assert report.evidence("S09", f"client at {ENDPOINT_2}") == "refused, no-answer"


def test_pg_hba_that_lacks_a_rule_on_one_host_is_quoted_with_host_and_line(lab: Lab) -> None:
    path = f"{lab.region(G).layout.data}/pg_hba.conf"
    line, _, rule = lab.sh(DB2, f"grep -n '^host replication' {path}").stdout.strip().partition(":")
    with faults.pg_hba_differs(lab, DB1):
        report = check(lab, G)
    assert report.codes == ["P09"]
    assert report.evidence("P09", f"only here, line {line}", DB2) == rule


def test_a_password_in_the_standby_s_settings_is_masked_and_the_wrong_upstream_is_told(lab: Lab) -> None:
    with scripted_faults.conninfo_elsewhere_with_password(lab):
        report = check(lab, G)
        text = lab.console("--check", "--select", G).stdout
    assert report.codes == ["P09"]
    values = [quote["value"] for quote in report.finding("P09", DB2)["evidence"]]
    assert values == ["host=cf-elsewhere.example.com user=replicator password=***"]
    assert scripted_faults.STRAY_PASSWORD not in report.words + str(report.document) + text


# --- failed over -------------------------------------------------------------------------------------------------


class FailedOver:
    """Host 2 has promoted itself: what is seen before and after the traffic manager has noticed, and afterwards when
    somebody has started host 1 as its standby.
    """

    def __init__(self, lab: Lab) -> None:
        faults.fail_over_global(lab)
        self.before_dns = check(lab, G)
        lab.point_global_dns(2)
        self.after_dns = check(lab, G)
        faults.make_host1_answer_while_host2_is_primary(lab)
        self.answering = check_until(lab, lambda report: "P03" not in report.codes, G)
        self.timeline = lab.sql(DB2, "select timeline_id from pg_control_checkpoint()")


@pytest.fixture(scope="module")
def failed_over(lab: Lab) -> FailedOver:
    lab.wait_healthy(G, 30)
    try:
        return FailedOver(lab)
    finally:
        lab.restore(G)


def test_after_a_failover_the_failback_is_pending(lab: Lab, failed_over: FailedOver) -> None:
    report = failed_over.after_dns
    assert report.codes == with_stopped(lab, "P03", "S03")
    finding = report.finding("S03", DB2)
    assert finding["severity"] == "warning"
    assert finding["remedy"] == "failback"
    assert finding["details"] == {"primary": DB2, "other_role": "stopped"}
    assert report.exit_code == 1


def test_after_a_failover_the_roles_are_swapped(failed_over: FailedOver) -> None:
    region = failed_over.after_dns.region(G)
    assert (region["primary"], region["standby"]) == (DB2, None)
    assert {host["name"]: host["role"] for host in region["hosts"] if host["kind"] == "database"} == {
        DB1: "stopped",
        DB2: "primary",
    }


def test_without_a_standby_the_lag_is_unknown_and_not_0(failed_over: FailedOver) -> None:
    region = failed_over.after_dns.region(G)
    assert region["lag_bytes"] is None
    assert region["lag_seconds"] is None


def test_a_promoted_host_2_is_writable_for_a_client(failed_over: FailedOver) -> None:
    clients = {view["address"]: view["answer"] for view in failed_over.after_dns.region(G)["endpoint"]["clients"]}
    assert clients == {ENDPOINT_1: "no-answer", ENDPOINT_2: "writable"}


def test_a_name_that_still_leads_to_the_stopped_host_1_is_critical(lab: Lab, failed_over: FailedOver) -> None:
    report = failed_over.before_dns
    assert report.codes == with_stopped(lab, "P03", "S03", "S09")
    assert report.evidence("S09", f"client at {ENDPOINT_1}") == "refused, no-answer"
    assert report.exit_code == 2


def test_host_1_answering_while_host_2_is_primary_is_critical(failed_over: FailedOver) -> None:
    report = failed_over.answering
    assert report.codes == ["P09", "S03", "S04", "S05"]
    finding = report.finding("S04", DB1)
    assert finding["severity"] == "critical"
    assert finding["details"] == {"answers": "in-recovery"}
    assert report.evidence("S04", "role", DB2).startswith("primary")
    assert report.exit_code == 2


def test_that_host_1_is_also_an_open_standby_is_folded_under_it(failed_over: FailedOver) -> None:
    report = failed_over.answering
    assert report.finding("S05", DB1)["caused_by"] == report.finding("S04", DB1)["key"]


def test_host_1_as_a_standby_follows_host_2_on_its_new_timeline(failed_over: FailedOver) -> None:
    region = failed_over.answering.region(G)
    assert (region["primary"], region["standby"]) == (DB2, DB1)
    assert failed_over.answering.host(DB2)["timeline"] == int(failed_over.timeline) == 2
    assert failed_over.answering.finding("S03", DB2)["details"]["other_role"] == "standby"


# --- two primaries -----------------------------------------------------------------------------------------------


class SplitBrain:
    """Both hosts accept writes, and each has rows that the other lacks."""

    def __init__(self, lab: Lab) -> None:
        faults.make_both_writable(lab)
        history = f"{lab.region(G).layout.data}/pg_wal/00000002.history"
        self.fork = lab.sh(DB2, f"cut -f 2 {history} | tail -n 1").stdout.strip()
        self.before = lab.sql(DB1, "select pg_current_wal_lsn()")
        self.report = check(lab, G)
        self.after = lab.sql(DB1, "select pg_current_wal_lsn()")


@pytest.fixture(scope="module")
def split(lab: Lab) -> SplitBrain:
    lab.wait_healthy(G, 30)
    try:
        return SplitBrain(lab)
    finally:
        lab.restore(G)


def test_two_primaries_are_critical(split: SplitBrain) -> None:
    finding = split.report.finding("P02")
    assert (finding["severity"], finding["host"], finding["caused_by"]) == ("critical", None, None)
    assert split.report.codes == ["P02", "P08", "S04"]
    assert split.report.exit_code == 2


@pytest.mark.parametrize(("host", "timeline", "address"), [(DB1, 1, "10.19.10.102"), (DB2, 2, "10.16.10.102")])
def test_both_witnesses_are_quoted_for_each_primary(split: SplitBrain, host: str, timeline: int, address: str) -> None:
    own = split.report.evidence("P02", "pg_is_in_recovery()", host)
    assert own.startswith(f"f, timeline {timeline}, at 0/")
    met = split.report.evidence("P02", "what a client meets", host)
    assert met == f"writable at {address}:5432 (port open)"


def test_with_two_primaries_none_is_named_the_primary(split: SplitBrain) -> None:
    region = split.report.region(G)
    assert (region["primary"], region["standby"], region["lag_bytes"]) == (None, None, None)


def test_host_1_s_open_port_is_folded_under_the_two_primaries(split: SplitBrain) -> None:
    finding = split.report.finding("S04", DB1)
    assert finding["details"] == {"answers": "writable"}
    assert finding["caused_by"] == split.report.finding("P02")["key"]


def test_what_host_1_wrote_past_the_fork_is_counted_in_bytes(split: SplitBrain) -> None:
    finding = split.report.finding("P08", DB1)
    at_least = position(split.before) - position(split.fork)
    at_most = position(split.after) - position(split.fork)
    assert at_least > 0
    assert at_least <= finding["details"]["bytes_only_here"] <= at_most
    assert split.report.evidence("P08", "switch point") == f"timeline 1 left at {split.fork}"


# --- a host away from the network ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def primary_cut(lab: Lab) -> tuple[Report, Report]:
    """Host 1 cut off the network: before and after the script on host 2 has counted a failure."""
    lab.wait_healthy(G, 30)
    with scripted_faults.minutes_held(lab):
        lab.cut(DB1)
        try:
            at_once = check(lab, G)
            lab.sh(DB2, f"PGCONNECT_TIMEOUT=3 {scripted_faults.CHECK_PROMOTE}", timeout=60)
            counted = check(lab, G)
        finally:
            lab.heal(DB1)
    return at_once, counted


def test_a_primary_off_the_network_is_unreachable_and_nobody_else_accepts_writes(
    primary_cut: tuple[Report, Report],
) -> None:
    report = primary_cut[0]
    host = report.finding("H01", DB1)
    assert host["details"] == {"kind": "unreachable"}
    assert report.finding("P01")["caused_by"] == host["key"]
    assert report.evidence("P01", "what a client meets", DB1) == "no-answer at 10.19.10.102:5432 (port filtered)"
    assert report.roots == ["H01"]
    assert report.exit_code == 2


def test_of_an_unreachable_primary_nothing_is_claimed(primary_cut: tuple[Report, Report]) -> None:
    host = primary_cut[0].host(DB1)
    assert (host["role"], host["reachable"]) == ("unknown", False)
    assert [host[key] for key in ("timeline", "current_lsn", "version", "lock_present")] == [None] * 4
    assert primary_cut[0].region(G)["lag_bytes"] is None


def test_the_counted_failure_is_folded_under_the_unreachable_host(primary_cut: tuple[Report, Report]) -> None:
    report = primary_cut[1]
    assert report.finding("S01", DB2)["details"]["counter"] == 1
    assert report.finding("S01", DB2)["caused_by"] == report.finding("H01", DB1)["key"]


def test_after_the_cable_is_back_nothing_is_left(lab: Lab, primary_cut: tuple[Report, Report]) -> None:
    report = check(lab, G)
    assert report.codes == []
    assert postgres.is_streaming(lab.region(G), lab.host(DB1), lab.host(DB2))


@pytest.fixture(scope="module")
def standby_off(lab: Lab) -> Report:
    lab.wait_healthy(G, 30)
    with faults.powered_off(lab, DB2):
        report = check_until(lab, lambda found: "P03" in found.codes, G)
    lab.wait_healthy(G, 30)
    return report


def test_a_standby_without_power_is_one_alarm_with_the_rest_folded_under_it(standby_off: Report) -> None:
    host = standby_off.finding("H01", DB2)
    assert host["severity"] == "unknown"
    assert host["details"] == {"kind": "unreachable"}
    assert standby_off.finding("P03")["caused_by"] == host["key"]
    assert standby_off.roots == ["H01"]


def test_that_nobody_streams_is_known_from_the_primary_and_is_a_warning(standby_off: Report) -> None:
    assert standby_off.evidence("P03", "pg_stat_replication", DB1) == "no row for cf-global-db2"
    assert standby_off.exit_code == 1


def test_the_primary_of_a_standby_without_power_is_seen_in_full(standby_off: Report) -> None:
    host = standby_off.host(DB1)
    assert (host["role"], host["client"]["answer"]) == ("primary", "writable")
    assert standby_off.host(DB2)["role"] == "unknown"
