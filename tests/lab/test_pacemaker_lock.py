"""A power-failed primary and its return: PGSQL.lock, proved safe to delete; and then it is deleted, to see it true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.lab import faults
from tests.lab.both import REGIONS, heavy, in_both
from tests.lab.faults import Pair
from tests.lab.fleet import Lab
from tests.lab.report import Report, check

pytestmark = pytest.mark.parametrize("region", REGIONS)


@dataclass(frozen=True)
class Seen:
    """Who was primary and who is, and what the console said."""

    pair: Pair
    report: Report


@pytest.fixture(scope="module")
def failed_over(lab: Lab) -> Iterator[dict[str, Seen]]:
    """The old primary is off, the other one serves."""
    with heavy(lab, lambda region: faults.power_fail_primary(lab, region)) as pairs:
        yield in_both(lambda region: Seen(pairs[region], check(lab, region)))


@pytest.fixture(scope="module")
def returned(lab: Lab, failed_over: dict[str, Seen]) -> dict[str, Seen]:
    """The new primary went on writing; the old one is on again, and the agent refuses to start it."""

    def come_back(region: str) -> Seen:
        pair = failed_over[region].pair
        faults.write(lab, pair.new, "after-the-failover")
        faults.return_of_old_primary(lab, pair)
        return Seen(pair, check(lab, region))

    return in_both(come_back)


@pytest.fixture(scope="module")
def rejoined(lab: Lab, returned: dict[str, Seen]) -> dict[str, Seen]:
    """The console's remedy, done by hand: the lock deleted, the failed start cleaned up."""

    def unlock(region: str) -> Seen:
        pair = returned[region].pair
        faults.let_in(lab, region, pair)
        lab.wait_healthy(region, 90)
        return Seen(pair, check(lab, region))

    return in_both(unlock)


def test_a_dead_old_primary_is_one_unreachable_host_and_what_follows_is_folded(
    failed_over: dict[str, Seen], region: str
) -> None:
    seen = failed_over[region]
    assert seen.report.codes == ["C01", "C04", "H01", "P03"], seen.report.words
    assert seen.report.roots == ["H01"]
    assert seen.report.finding("H01", seen.pair.old.name)["severity"] == "unknown"
    assert seen.report.exit_code == 1


def test_the_promoted_host_is_the_primary_and_the_dead_one_has_no_role(
    failed_over: dict[str, Seen], region: str
) -> None:
    seen = failed_over[region]
    assert seen.report.region(region)["primary"] == seen.pair.new.name
    assert seen.report.host(seen.pair.old.name)["role"] == "unknown"


def test_after_its_return_the_lock_is_the_root_of_everything(returned: dict[str, Seen], region: str) -> None:
    seen = returned[region]
    assert seen.report.codes == ["C01", "C02", "C03", "P03"], seen.report.words
    lock = seen.report.finding("C02", seen.pair.old.name)
    assert {seen.report.finding(code)["caused_by"] for code in ("C01", "C03", "P03")} == {lock["key"]}


def test_a_lock_that_is_safe_to_delete_is_a_warning(returned: dict[str, Seen], region: str) -> None:
    report = returned[region].report
    assert report.finding("C02")["severity"] == "warning"
    assert report.finding("C03")["severity"] == "warning"
    assert report.exit_code == 1


def test_the_verdict_is_safe_with_nothing_missing_and_nothing_only_here(returned: dict[str, Seen], region: str) -> None:
    details = returned[region].report.finding("C02")["details"]
    assert (details["verdict"], details["missing"]) == ("safe", [])
    assert (details["bytes_only_here"], details["commits_only_here"]) == (0, 0)
    assert details["end_lsn"] == details["fork_lsn"]


def test_the_fork_point_is_the_baseline_where_the_timeline_was_kept_and_else_the_history_file_s(
    lab: Lab, returned: dict[str, Seen], region: str
) -> None:
    new, report = returned[region].pair.new, returned[region].report
    fork = report.finding("C02")["details"]["fork_lsn"]
    if lab.region(region).restart_on_promote:
        baseline = faults.attribute(lab, new, new, "postgresql-master-baseline") or ""
        assert fork == f"{int(baseline[:8], 16):X}/{int(baseline[8:], 16):X}"
        assert report.evidence("C02", "postgresql-master-baseline") == fork
    else:
        wal = f"{lab.region(region).layout.data}/pg_wal"
        left, switch, *_ = lab.sh(new, f"tail -n 1 $(ls {wal}/*.history | tail -n 1)").stdout.split()
        assert report.evidence("C02", "switch point") == f"timeline {left} left at {fork}"
        assert fork == switch


def test_four_witnesses_say_who_the_primary_is(lab: Lab, returned: dict[str, Seen], region: str) -> None:
    new, report = returned[region].pair.new, returned[region].report
    address = lab.region(region).endpoint_addresses[0]
    assert report.evidence("C02", "pg_is_in_recovery()", new.name) == "f"
    assert report.evidence("C02", "postgresql-status", new.name) == "PRI"
    assert report.evidence("C02", "VIP") == f"{address} is on {new.short}"
    assert report.evidence("C02", "a client's login") == f"writable at {new.address}:5432"


def test_the_refused_start_is_quoted_with_the_agent_s_message(returned: dict[str, Seen], region: str) -> None:
    assert faults.LOCK_MESSAGE in returned[region].report.evidence("C03", "failed start")
    assert returned[region].report.evidence("C03", "fail count of postgresql").startswith("INFINITY")


def test_once_the_lock_is_deleted_the_old_primary_streams_and_nothing_is_left_to_report(
    rejoined: dict[str, Seen], region: str
) -> None:
    seen = rejoined[region]
    assert (seen.report.codes, seen.report.exit_code) == ([], 0), seen.report.words
    assert seen.report.region(region)["standby"] == seen.pair.old.name


def test_its_own_crash_recovery_ended_where_the_console_had_said(
    lab: Lab, returned: dict[str, Seen], rejoined: dict[str, Seen], region: str
) -> None:
    old, log = rejoined[region].pair.old, lab.region(region).layout.log
    crash = lab.sh(old, f"tac {log} | sed '/database system was interrupted/q' | tac").stdout
    ends = re.findall(
        r"(?:invalid record length|invalid resource manager ID \S+|prev-link \S+) at ([0-9A-F]+/[0-9A-F]+)", crash
    )
    assert ends, crash
    assert returned[region].report.finding("C02")["details"]["end_lsn"] == ends[0]


def test_both_have_the_same_rows_afterwards(lab: Lab, rejoined: dict[str, Seen], region: str) -> None:
    pair = rejoined[region].pair
    digest = "select count(*), md5(string_agg(name, ',' order by id)) from vms"
    assert lab.sql(pair.old, digest) == lab.sql(pair.new, digest)
