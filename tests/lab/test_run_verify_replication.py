"""verify-replication on real pairs: the rows arrive, the standby refuses, and nothing is left whatever happens."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from tests.lab import runs
from tests.lab.both import settle
from tests.lab.fleet import Lab
from tests.lab.report import check
from tests.lab.runs import Finished, Started
from tests.lab.spec import HostSpec

REGIONS = ("dc1", "dc2", "global")
SCHEMAS = "select count(*) from pg_namespace where nspname like 'vmdb\\_console\\_trial\\_%'"

pytestmark = pytest.mark.parametrize("region", REGIONS)


@dataclass(frozen=True)
class Seen:
    """A run to its end, and the hosts before and after it."""

    finished: Finished
    before: str
    after: str


@pytest.fixture(scope="module", autouse=True)
def healthy(lab: Lab) -> None:
    """Every pair replicates to begin with."""
    for name in REGIONS:
        settle(lab, name)


def primary_of(lab: Lab, region: str) -> HostSpec:
    """The host of the pair that is not in recovery."""
    hosts = lab.region(region).databases
    return next(host for host in hosts if lab.sql(host, "select pg_is_in_recovery()") == "f")


def schemas(lab: Lab, region: str) -> list[str]:
    """How many test schemas each host shows."""
    return [lab.sql(host, SCHEMAS) for host in lab.region(region).databases]


def gone(lab: Lab, region: str) -> bool:
    """Whether no host shows one, within a moment: it goes from the standby by replication."""
    for _ in range(50):
        if schemas(lab, region) == ["0", "0"]:
            return True
        time.sleep(0.2)
    return False


_DONE: dict[str, Seen] = {}


@pytest.fixture
def verified(lab: Lab, region: str) -> Seen:
    if region not in _DONE:
        before = runs.traces(lab, region)
        name = primary_of(lab, region).name
        finished = runs.run(lab, "verify-replication", region, confirm=(name,))
        _DONE[region] = Seen(finished, before, runs.traces(lab, region))
    return _DONE[region]


def test_a_dry_run_shows_the_statements_and_changes_nothing(lab: Lab, region: str) -> None:
    before = runs.traces(lab, region)
    finished = runs.run(lab, "verify-replication", region, "--dry-run")
    assert finished.code == runs.DONE, finished.words
    assert "CREATE SCHEMA vmdb_console_trial_" in finished.words
    assert runs.traces(lab, region) == before
    assert schemas(lab, region) == ["0", "0"]


def test_replication_is_verified(verified: Seen, region: str) -> None:
    assert verified.finished.code == runs.DONE, verified.finished.words


def test_it_tells_how_long_the_rows_took_and_how_the_standby_refused(verified: Seen, region: str) -> None:
    words = " ".join(verified.finished.words.split())
    assert "received by the standby 0." in words
    assert "the same rows are here, seen at look 1" in words
    assert "25006: cannot execute INSERT in a read-only transaction" in words


def test_no_table_no_lease_and_no_job_is_left(lab: Lab, verified: Seen, region: str) -> None:
    assert gone(lab, region)
    assert verified.after == verified.before


def test_nothing_is_found_afterwards(lab: Lab, verified: Seen, region: str) -> None:
    assert check(lab, region).codes == []


@pytest.mark.parametrize("step", ["create", "arrived", "refused"])
@pytest.mark.parametrize("way", [(), ("--roll-back",)], ids=["resumed", "rolled-back"])
def test_after_a_killed_console_nothing_is_left(lab: Lab, region: str, step: str, way: tuple[str, ...]) -> None:
    name = primary_of(lab, region).name
    started = Started(lab, *runs.run_arguments("verify-replication", region, confirm=(name,)))
    started.wait_event(lambda event: event["event"] == "verified" and event["step"] == step)
    started.kill()
    finished = runs.resume(lab, started.run, *way, confirm=(name,))
    assert finished.code == (runs.ROLLED_BACK if way else runs.DONE), finished.words
    assert gone(lab, region)
    assert "/var/lib/vmdb-console/lease" not in runs.traces(lab, region)


def test_where_replay_stands_still_it_fails_and_leaves_nothing(lab: Lab, region: str) -> None:
    primary = primary_of(lab, region)
    standby = next(host for host in lab.region(region).databases if host != primary)
    wal = "xlog" if lab.sql(primary, "select current_setting('server_version_num')::int < 100000") == "t" else "wal"
    started = Started(lab, *runs.run_arguments("verify-replication", region, confirm=(primary.name,)))
    started.wait_event(lambda event: event["event"] == "verified" and event["step"] == "ready")
    lab.sql(standby, f"select pg_{wal}_replay_pause()")
    try:
        finished = started.end()
    finally:
        lab.sql(standby, f"select pg_{wal}_replay_resume()")
    assert finished.code == runs.ROLLED_BACK, finished.words
    assert "Everything that it did is taken back" in " ".join(finished.words.split())
    assert gone(lab, region)
