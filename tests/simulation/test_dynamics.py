"""Time passes in the simulated fleet as it does in a real one."""

from __future__ import annotations

import pytest

from console.facts.lsn import SEGMENT_SIZE, Lsn, WalSegment
from console.simulation import server as postgresql
from console.simulation.dynamics import LONGEST_LEAP, advance
from tests.simulation.worlds import START, first, second, world

REGIONS = ("global", "dc1", "dc2")


def test_the_same_seconds_give_the_same_world() -> None:
    assert advance(world(), START + 60) == advance(world(), START + 60)


def test_how_often_one_looks_changes_nothing() -> None:
    often = world()
    for second_ in range(1, 41):
        often = advance(often, START + second_)
    assert often == advance(world(), START + 40)


def test_time_never_runs_backwards() -> None:
    now = world()
    assert advance(now, START - 30) == now


def test_a_long_sleep_is_lived_through_only_at_its_end() -> None:
    after = advance(world(), START + 10 * 86400)
    assert after.at == START + 10 * 86400
    written = after.region("dc1").databases[0].server.written - world().region("dc1").databases[0].server.written
    assert 0 < written < LONGEST_LEAP * 200_000


@pytest.mark.parametrize("region", REGIONS)
def test_a_primary_writes_wal_and_its_standby_follows(region: str) -> None:
    before, after = world().region(region), advance(world(), START + 90).region(region)
    for host in (first(before), second(before)):
        assert after.database(host).server.replayed > before.database(host).server.replayed


@pytest.mark.parametrize("region", REGIONS)
def test_lag_comes_and_goes_under_the_warning_threshold(region: str) -> None:
    lags = []
    now = world()
    for _ in range(300):
        now = advance(now, now.at + 1)
        primary, standby = now.region(region).databases
        lags.append(primary.server.written - standby.server.replayed)
    assert min(lags) == 0
    assert 1000 < max(lags) < 16 * 1024**2


@pytest.mark.parametrize("region", REGIONS)
def test_a_standby_is_never_ahead_of_its_primary(region: str) -> None:
    now = world()
    for _ in range(400):
        now = advance(now, now.at + 1)
        primary, standby = now.region(region).databases
        assert standby.server.replayed <= standby.server.written <= primary.server.written


def test_full_segments_appear_in_the_archive_without_a_gap() -> None:
    now = advance(world(), START + 900)
    region = now.region("dc1")
    server = region.databases[0].server
    (run,) = region.archive.runs
    assert run.last == server.written // SEGMENT_SIZE - 1
    assert run.last > world().region("dc1").archive.runs[0].last


def test_wal_of_9_2_skips_the_last_segment_of_a_log_id() -> None:
    server = world().region("dc1").databases[0]
    now = advance(world(), START + 900).region("dc1").databases[0]
    assert server.platform.lsn(server.server.written).high == 7
    assert now.platform.lsn(now.server.written).high == 8
    before_the_border = Lsn(8, 0).position(now.platform.arithmetic) - 1
    assert now.platform.segment(1, before_the_border) == WalSegment(1, 7, 0xFE)


def test_a_primary_makes_a_checkpoint_every_five_minutes() -> None:
    now = world()
    times = set()
    for _ in range(650):
        now = advance(now, now.at + 1)
        times.add(now.region("dc2").databases[0].server.checkpoint.at)
    assert len(times) == 3
    assert {b - a for a, b in zip(sorted(times), sorted(times)[1:], strict=False)} == {300.0}


@pytest.mark.parametrize("region", REGIONS)
def test_records_never_lie_in_a_page_header(region: str) -> None:
    now = world()
    for _ in range(200):
        now = advance(now, now.at + 1)
        host = now.region(region).databases[0]
        place = host.server.checkpoint.location
        assert place % 8 == 0
        assert place % 8192 >= host.platform.page_header
        assert place // 8192 == (place + host.platform.checkpoint_record - 1) // 8192


def test_a_clean_stop_ends_with_a_shutdown_checkpoint_that_is_the_end_of_wal() -> None:
    host = world().region("dc1").databases[0]
    stopped = postgresql.stop(host.server, host.platform, START)
    assert stopped.state.value == "shut down"
    assert stopped.checkpoint.location == stopped.checkpoint.redo
    assert stopped.written == stopped.checkpoint.location + 0x60


def test_a_crashed_primary_still_says_in_production() -> None:
    crashed = postgresql.crash(world().region("dc2").databases[0].server)
    assert not crashed.running
    assert crashed.state.value == "in production"


def test_a_9_2_standby_cannot_follow_onto_a_new_timeline() -> None:
    classic = world().region("global")
    first_, second_ = classic.databases
    promoted = postgresql.promote(second_.server, second_.platform, START, keep_timeline=False)
    behind = postgresql.stop(second_.server, second_.platform, START)
    assert promoted.timeline == 2
    assert not postgresql.can_follow(behind, first_.platform, promoted)


def test_a_15_standby_follows_a_new_timeline_unless_it_is_past_the_switch() -> None:
    primary, standby = world().region("dc2").databases
    promoted = postgresql.promote(standby.server, standby.platform, START, keep_timeline=False)
    assert postgresql.can_follow(standby.server, standby.platform, promoted)
    written_alone = postgresql.write(primary.server, primary.platform, 4_000, START)
    later = postgresql.write(promoted, standby.platform, 900_000, START)
    assert not postgresql.can_follow(written_alone, primary.platform, later)
