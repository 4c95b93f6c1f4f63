"""The nightly job keeps what the region keeps: neither more, nor with a gap."""

from __future__ import annotations

import pytest

from console.simulation import events, retention
from console.simulation.dynamics import advance
from console.simulation.state import ArchivedRun, ArchiveStore, World
from tests.simulation.worlds import START, second, world

NIGHT = START - 12 * 3600 + retention.DAY + retention.RUNS_AT  # START is noon


def _files(now: World, region: str) -> int:
    return sum(run.last - run.first + 1 for run in now.region(region).archive.runs)


@pytest.mark.parametrize("region", ["global", "dc1", "dc2"])
def test_after_the_night_nothing_is_older_than_the_retention(region: str) -> None:
    folders = world().region(region).region.archive
    assert folders is not None
    assert folders.retention is not None
    evening, morning = (advance(world(), NIGHT + seconds) for seconds in (-10, 10))
    assert _files(morning, region) < _files(evening, region)
    assert morning.region(region).archive.oldest_at == NIGHT - folders.retention


def test_what_is_left_ends_where_it_ended_and_has_no_gap() -> None:
    store = ArchiveStore((ArchivedRun(1, 100, 199), ArchivedRun(2, 199, 298)), 0.0, 1000.0)
    kept = retention.without_old(store, 600.0)
    assert kept.runs == (ArchivedRun(2, 219, 298),)
    assert retention.without_old(store, 400.0).runs == (ArchivedRun(1, 180, 199), ArchivedRun(2, 199, 298))


def test_without_a_primary_nothing_is_deleted() -> None:
    now = advance(world(), NIGHT - 10)
    state = now.region("global")
    for host in state.databases:
        state = events.power_off(state, host.name)
    files = _files(now, "global")
    assert _files(advance(now.with_region(state), NIGHT + 10), "global") == files


def test_the_history_of_fencing_is_bounded() -> None:
    now = world()
    name = second(now.region("dc2"))
    for _ in range(30):
        now = advance(now.with_region(events.power_off(now.region("dc2"), name)), now.at + 5)
        now = advance(now.with_region(events.boot(now.region("dc2"), name, now.at)), now.at + 5)
    cluster = now.region("dc2").cluster
    assert cluster is not None
    assert len(cluster.fencing) == 20
