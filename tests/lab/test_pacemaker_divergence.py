"""An old primary that committed what nobody else got: unsafe while the lock holds it, diverged once it is let in.

Then it has two faces (DOMAIN 0.1, 0.2): it streams and Pacemaker calls it healthy, until the new primary comes to
where its own WAL ended; from there on it breaks off again and again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.lab import faults
from tests.lab.both import REGIONS, heavy, in_both
from tests.lab.faults import Pair
from tests.lab.fleet import Lab
from tests.lab.report import Report, check, check_until

pytestmark = pytest.mark.parametrize("region", REGIONS)

ONLY_THERE = "from vms where name like '%only-on-the-old-primary-%'"


@dataclass(frozen=True)
class Seen:
    """Who was primary and who is, and what the console said."""

    pair: Pair
    report: Report


@pytest.fixture(scope="module")
def locked(lab: Lab) -> Iterator[dict[str, Seen]]:
    """The old primary is back, and the lock keeps it from starting."""
    with heavy(lab, lambda region: faults.make_diverged_old_primary(lab, region)) as pairs:
        yield in_both(lambda region: Seen(pairs[region], check(lab, region)))


@pytest.fixture(scope="module")
def own_commits(lab: Lab, locked: dict[str, Seen]) -> dict[str, list[str]]:
    """Transactions that pg_waldump finds past the fork point on the stopped old primary, in order."""

    def read(region: str) -> list[str]:
        layout, details = lab.region(region).layout, locked[region].report.finding("C02")["details"]
        timeline = locked[region].report.host(locked[region].pair.old.name)["timeline"]
        dump = f"{layout.binaries}/pg_waldump -p {layout.data}/pg_wal -t {timeline} -s {details['fork_lsn']}"
        printed = lab.sh(locked[region].pair.old, f"{dump} --rmgr=Transaction", "postgres", check=False).stdout
        return [
            line.partition("tx:")[2].split(",")[0].strip() for line in printed.splitlines() if "desc: COMMIT" in line
        ]

    return in_both(read)


@pytest.fixture(scope="module")
def attached(lab: Lab, locked: dict[str, Seen], own_commits: dict[str, list[str]]) -> dict[str, Seen]:
    """Somebody deleted the lock and cleaned up: the diverged copy runs as a standby."""

    def attach(region: str) -> Seen:
        faults.let_in(lab, region, locked[region].pair)
        return Seen(locked[region].pair, check(lab, region))

    return in_both(attach)


@pytest.fixture(scope="module")
def overtaken(lab: Lab, attached: dict[str, Seen]) -> dict[str, Seen]:
    """The new primary has written past the end of the old one's WAL."""

    def overtake(region: str) -> Seen:
        pair, standby = attached[region].pair, attached[region].report.host(attached[region].pair.old.name)
        faults.write(lab, pair.new, "past-its-end", 2 * faults.MANY)
        assert lab.sql(pair.new, f"select pg_current_wal_lsn() > '{standby['replay_lsn']}'") == "t"
        lab.wait_until(lambda: not lab.is_healthy(region), 60, f"{pair.old.short} streams no more")
        return Seen(pair, check_until(lab, lambda report: "P06" in report.codes, region))

    return in_both(overtake)


def test_the_lock_is_unsafe_to_delete_and_critical(locked: dict[str, Seen], region: str) -> None:
    report = locked[region].report
    lock = report.finding("C02", locked[region].pair.old.name)
    assert (lock["severity"], lock["details"]["verdict"]) == ("critical", "unsafe")
    assert lock["details"]["missing"] == []
    assert report.exit_code == 2


def test_all_that_follows_is_folded_under_the_lock(locked: dict[str, Seen], region: str) -> None:
    report = locked[region].report
    assert report.codes == ["C01", "C02", "C03", "P03", "P08"], report.words
    lock = report.finding("C02")["key"]
    assert {report.finding(code)["caused_by"] for code in ("C01", "C03", "P03", "P08")} == {lock}


def test_the_bytes_only_here_are_the_distance_from_fork_to_end_as_postgresql_counts_it(
    lab: Lab, locked: dict[str, Seen], region: str
) -> None:
    details = locked[region].report.finding("C02")["details"]
    distance = lab.sql(
        locked[region].pair.new, f"select pg_wal_lsn_diff('{details['end_lsn']}', '{details['fork_lsn']}')"
    )
    assert details["bytes_only_here"] == int(distance) > 0


def test_the_commits_only_here_are_those_that_pg_waldump_finds_past_the_fork(
    locked: dict[str, Seen], own_commits: dict[str, list[str]], region: str
) -> None:
    report = locked[region].report
    assert report.finding("C02")["details"]["commits_only_here"] == len(own_commits[region]) >= 2
    quoted = [q["value"] for q in report.finding("C02")["evidence"] if q["fact"] == "commit only here"]
    assert [words.split()[1] for words in quoted] == own_commits[region][:10]


def test_p08_has_the_same_figures(locked: dict[str, Seen], region: str) -> None:
    lock, finding = (locked[region].report.finding(code) for code in ("C02", "P08"))
    assert finding["severity"] == "critical"
    assert finding["details"] == {key: lock["details"][key] for key in ("bytes_only_here", "commits_only_here")}


def test_let_in_all_the_same_it_is_diverged_and_critical(attached: dict[str, Seen], region: str) -> None:
    seen = attached[region]
    assert seen.report.finding("P06", seen.pair.old.name)["severity"] == "critical"
    assert seen.report.roots == ["P06"], seen.report.words
    assert seen.report.exit_code == 2


def test_rows_were_lost_and_the_cluster_calls_the_pair_healthy(
    lab: Lab, attached: dict[str, Seen], own_commits: dict[str, list[str]], region: str
) -> None:
    """DOMAIN 0.1: STREAMING|ASYNC / HS:async / 100 can be a silently diverged database."""
    seen = attached[region]
    healthy = seen.report.evidence("P06", "Pacemaker calls it healthy")
    assert healthy == "STREAMING|ASYNC / HS:async / 100"
    assert lab.sql(seen.pair.old, f"select count(*) {ONLY_THERE}") == str(3 + faults.MANY)
    assert lab.sql(seen.pair.new, f"select count(*) {ONLY_THERE}") == "0"
    assert set(lab.sql(seen.pair.old, f"select distinct xmin {ONLY_THERE}").split()) <= set(own_commits[region])


def test_replay_past_the_primary_is_the_only_finding_and_is_counted(
    lab: Lab, attached: dict[str, Seen], region: str
) -> None:
    seen = attached[region]
    assert seen.report.codes == ["P06"], seen.report.words
    current = seen.report.evidence("P06", "current position", seen.pair.new.name)
    replayed = lab.sql(seen.pair.old, "select pg_last_wal_replay_lsn()")
    ahead = lab.sql(seen.pair.new, f"select pg_wal_lsn_diff('{replayed}', '{current}')")
    assert seen.report.finding("P06")["details"]["bytes_ahead"] == int(ahead) > 0


def test_the_old_primary_s_own_recovery_ended_where_the_console_had_said(
    lab: Lab, locked: dict[str, Seen], attached: dict[str, Seen], region: str
) -> None:
    replayed = attached[region].report.host(attached[region].pair.old.name)["replay_lsn"]
    assert locked[region].report.finding("C02")["details"]["end_lsn"] == replayed


def test_it_is_still_diverged_once_the_primary_has_written_past_its_end(
    lab: Lab, overtaken: dict[str, Seen], region: str
) -> None:
    seen = overtaken[region]
    assert seen.report.finding("P06", seen.pair.old.name)["severity"] == "critical"
    assert seen.report.roots == ["P06"], seen.report.words
    assert seen.report.exit_code == 2


def test_where_the_timeline_was_kept_the_record_that_it_can_never_read_proves_it(
    lab: Lab, locked: dict[str, Seen], overtaken: dict[str, Seen], region: str
) -> None:
    """DOMAIN 0.2: the same place every 5 s, and no message about timelines."""
    if not lab.region(region).restart_on_promote:
        pytest.skip("a new timeline: see the next test")
    end = locked[region].report.finding("C02")["details"]["end_lsn"]
    assert f"no valid record at {end}" in overtaken[region].report.finding("P06")["summary"]


def test_where_a_new_timeline_began_its_recovery_point_past_the_fork_proves_it(
    lab: Lab, locked: dict[str, Seen], overtaken: dict[str, Seen], region: str
) -> None:
    if lab.region(region).restart_on_promote:
        pytest.skip("the timeline was kept: see the test before")
    report, lock = overtaken[region].report, locked[region].report.finding("C02")["details"]
    reached, _, timeline = report.evidence("P06", "minimum recovery point").partition(" on timeline ")
    assert reached == lock["end_lsn"]
    assert report.evidence("P06", "history") == f"timeline {timeline} until {lock['fork_lsn']}"
