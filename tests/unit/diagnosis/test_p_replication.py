"""P03, P04, P05."""

from __future__ import annotations

from dataclasses import replace

from console.diagnosis.finding import Severity
from console.diagnosis.replication import check_lag, check_replay, check_streaming
from console.facts.host import HostFacts
from console.facts.lsn import WalSegment
from console.facts.postgresql import LogMeaning, StartupProcess
from tests.unit.diagnosis.builders import (
    DC1_DB1,
    DC1_DB2,
    GLOBAL_DB1,
    GLOBAL_DB2,
    PG92,
    after,
    configuration,
    context,
    entry,
    healthy_dc1,
    healthy_global,
    log,
    lsn,
    primary,
    processes,
    row,
    seen,
    snapshot,
    sql,
    standby,
    stopped,
    unreachable,
    unseen,
)

WAITING = StartupProcess(3000, "waiting", WalSegment.parse("000000010000000000000006"))


def at(position: str, **fields: object) -> object:
    """psql of a primary at a position, with no standby rows."""
    return seen(sql(in_recovery=False, current=lsn(position), **fields), "psql")


def replayed(position: str, received: str | None = None, seconds: float = 0, **fields: object) -> HostFacts:
    """A standby that has replayed up to a position, seen `seconds` past AT."""
    status = sql(in_recovery=True, replayed=lsn(position), received=lsn(received or position), **fields)
    return standby(DC1_DB2, sql=seen(status, "psql", after(seconds)))


def lonely() -> HostFacts:
    """A standby that does not receive."""
    return standby(DC1_DB2, processes=seen(processes(startup=StartupProcess(3000, "recovering", None)), "ps"))


# --- P03


def test_a_healthy_pair_streams() -> None:
    for pair in (healthy_dc1(), healthy_global()):
        assert not list(check_streaming(context(*pair)))


def test_a_standby_without_walreceiver_and_row_does_not_stream() -> None:
    (finding,) = check_streaming(context(primary(DC1_DB1), lonely()))
    assert finding.code == "P03"
    assert finding.host == DC1_DB2.name
    assert finding.severity is Severity.WARNING
    assert {quote.source for quote in finding.evidence} >= {"ps", "psql"}


def test_removed_wal_is_named_and_critical_since_waiting_does_not_help() -> None:
    entries = (
        entry(LogMeaning.STREAMING_STARTED),
        entry(LogMeaning.SEGMENT_REMOVED, "requested WAL segment 000000010000000000000006 has already been removed"),
    )
    (finding,) = check_streaming(context(primary(DC1_DB1), replace(lonely(), log=seen(log(*entries), "log"))))
    assert finding.severity is Severity.CRITICAL
    assert "removed" in finding.summary
    assert any("000000010000000000000006" in quote.value for quote in finding.evidence)


def test_a_reason_from_before_a_good_stream_is_not_given_for_a_later_break() -> None:
    entries = (
        entry(LogMeaning.SEGMENT_REMOVED, at=after(-3600)),
        entry(LogMeaning.STREAMING_STARTED, at=after(-1800)),
    )
    (finding,) = check_streaming(context(primary(DC1_DB1), replace(lonely(), log=seen(log(*entries), "log"))))
    assert finding.severity is Severity.WARNING
    assert "removed" not in finding.summary


def test_a_missing_hba_entry_is_the_explanation() -> None:
    facts = replace(lonely(), log=seen(log(entry(LogMeaning.NO_HBA_ENTRY, "no pg_hba.conf entry for …")), "log"))
    (finding,) = check_streaming(context(primary(DC1_DB1), facts))
    assert "pg_hba.conf" in finding.summary


def test_catching_up_is_only_worth_a_note() -> None:
    catching = primary(DC1_DB1, sql=at("0/5000000", replication=(row(DC1_DB2.node, state="catchup"),)))
    (finding,) = check_streaming(context(catching, standby(DC1_DB2)))
    assert finding.severity is Severity.INFO


def test_a_base_backup_is_not_a_standby() -> None:
    """DOMAIN 3.2: pg_basebackup -X stream has a streaming walsender."""
    busy = primary(DC1_DB1, sql=at("0/5000000", replication=(row("pg_basebackup"),)))
    (finding,) = check_streaming(context(busy, lonely()))
    assert finding.code == "P03"


def test_a_stopped_host_2_of_a_scripted_pair_leaves_no_standby() -> None:
    (finding,) = check_streaming(context(primary(GLOBAL_DB1), stopped(GLOBAL_DB2)))
    assert "is stopped" in finding.summary


def test_an_unreachable_standby_is_judged_by_the_primarys_rows() -> None:
    assert not list(check_streaming(context(primary(DC1_DB1, DC1_DB2), unreachable(DC1_DB2))))
    (finding,) = check_streaming(context(primary(DC1_DB1), unreachable(DC1_DB2)))
    assert "could not be looked at" in finding.summary


def test_nothing_is_said_of_streaming_when_neither_witness_could_be_asked() -> None:
    blind = standby(DC1_DB2, processes=unseen())
    quiet = primary(DC1_DB1, sql=unseen("psql: permission denied"))
    assert not list(check_streaming(context(quiet, blind)))


def test_a_row_whose_state_is_null_for_lack_of_rights_is_unknown() -> None:
    hidden = primary(DC1_DB1, sql=at("0/5000000", replication=(row(DC1_DB2.node, state=None),)))
    assert not list(check_streaming(context(hidden, standby(DC1_DB2))))


def test_a_standby_that_receives_from_elsewhere_is_questioned() -> None:
    (finding,) = check_streaming(context(primary(DC1_DB1), standby(DC1_DB2)))
    assert "from whom" in finding.summary


def test_without_a_primary_a_lonely_standby_is_folded_under_p01() -> None:
    (finding,) = check_streaming(context(stopped(DC1_DB1), lonely()))
    assert finding.caused_by == "P01:dc1"


# --- P04


def test_no_lag_no_finding() -> None:
    assert not list(check_lag(context(*healthy_dc1())))


def test_lag_over_the_first_limit_warns_and_over_the_second_is_critical() -> None:
    for position, severity in (("0/7000000", Severity.WARNING), ("0/25000000", Severity.CRITICAL)):
        (finding,) = check_lag(context(primary(DC1_DB1, sql=at(position)), standby(DC1_DB2)))
        assert finding.severity is severity
        assert finding.details["lag_bytes"] == lsn(position).low - 0x5000000
        assert finding.details["trend"] is None


def test_lag_in_seconds_counts_while_the_primary_has_moved_on() -> None:
    behind = primary(DC1_DB1, sql=at("0/5100000"))
    (finding,) = check_lag(context(behind, replayed("0/5000000", replay_age=400.0)))
    assert finding.severity is Severity.CRITICAL
    assert finding.details["lag_seconds"] == 400.0


def test_an_idle_primary_is_no_lag_however_old_the_last_commit_is() -> None:
    """DOMAIN 3.3: now() - pg_last_xact_replay_timestamp() grows on an idle primary."""
    lag = context(primary(DC1_DB1, DC1_DB2), replayed("0/5000000", replay_age=86400.0)).lag
    assert (lag.bytes, lag.seconds) == (0, 0.0)


def test_a_few_bytes_on_their_way_after_an_idle_night_are_no_lag_of_hours() -> None:
    moving = primary(DC1_DB1, sql=at("0/5000060"))
    idle = replayed("0/5000000", replay_age=30000.0)
    assert context(moving, idle).lag.seconds is None
    assert not list(check_lag(context(moving, idle)))


def test_seconds_are_bounded_by_what_the_primary_had_at_the_last_look() -> None:
    before = snapshot(primary(DC1_DB1), standby(DC1_DB2))
    moving = primary(DC1_DB1, sql=seen(sql(in_recovery=False, current=lsn("0/6000000")), "psql", after(2)))
    lag = context(moving, replayed("0/5000000", seconds=2, replay_age=9000.0), previous=before).lag
    assert lag.seconds == 2.0


def measured(lag: float, connected: float) -> HostFacts:
    """A primary that went on, with a row whose replay_lag its walsender measures since it connected."""
    behind = row(DC1_DB2.node, replayed=lsn("0/5000000"), replay_lag=lag, connected=connected)
    return primary(DC1_DB1, sql=at("0/5100000", replication=(behind,)))


def test_a_burst_after_an_idle_hour_is_as_old_as_the_walsender_measures() -> None:
    """The last replayed commit is an hour old, the first one that is not replayed 7 s (10+: replay_lag)."""
    lag = context(measured(7.0, connected=9000.0), replayed("0/5000000", replay_age=3600.0)).lag
    assert lag.seconds == 7.0


def test_a_walsender_that_connected_after_the_last_replayed_commit_does_not_tell_its_age() -> None:
    lag = context(measured(7.0, connected=60.0), replayed("0/5000000", replay_age=3600.0)).lag
    assert lag.seconds == 3600.0


def test_growing_and_shrinking_are_told_from_the_look_before() -> None:
    far, near = primary(DC1_DB1, sql=at("0/8000000")), primary(DC1_DB1, sql=at("0/7000000"))
    for then, now, trend in ((near, far, "growing"), (far, near, "shrinking"), (far, far, "steady")):
        before = snapshot(then, standby(DC1_DB2))
        (finding,) = check_lag(context(now, standby(DC1_DB2), previous=before))
        assert finding.details["trend"] == trend


def test_unknown_lag_is_none_and_never_zero() -> None:
    blind = context(primary(DC1_DB1), standby(DC1_DB2, sql=unseen("psql: timed out")))
    assert blind.lag.bytes is None
    assert "timed out" in (blind.lag.reason or "")
    assert not list(check_lag(blind))
    assert context(unreachable(DC1_DB1), unreachable(DC1_DB2)).lag.bytes is None


def test_lag_of_a_standby_that_ssh_cannot_reach_comes_from_the_primarys_row() -> None:
    behind = row(DC1_DB2.node, replayed=lsn("0/4000000"))
    lag = context(primary(DC1_DB1, sql=at("0/5000000", replication=(behind,))), unreachable(DC1_DB2)).lag
    assert (lag.bytes, lag.witness) == (0x1000000, "pg_stat_replication")


def test_lag_across_a_log_id_on_9_2_is_16_mib_less() -> None:
    """DOMAIN 3.1: 2/1DD61450 - 1/DE0EE408 is 1053241416 on 9.2."""
    first = primary(DC1_DB1, sql=at("2/1DD61450", version=PG92))
    second = replayed("1/DE0EE408", version=PG92)
    assert context(first, second).lag.bytes == 1053241416


def test_a_standby_looked_at_later_than_its_primary_is_not_negative_lag() -> None:
    """Both write on between the two looks: that alone never shows as a divergence."""
    lag = context(primary(DC1_DB1), replayed("0/5000100", seconds=1)).lag
    assert lag.bytes == 0


def test_a_delayed_standby_lags_by_intent() -> None:
    delayed = standby(DC1_DB2, configuration=seen(configuration(recovery_min_apply_delay="1h")))
    (finding,) = check_lag(context(primary(DC1_DB1, sql=at("0/25000000")), delayed))
    assert finding.severity is Severity.INFO


def test_a_delay_in_force_is_known_before_the_files_were_read() -> None:
    """The slow sections come with the second poll: until then a delayed standby must not be an alarm."""
    waits = seen(sql(in_recovery=True, replayed=lsn("0/5000000"), apply_delay="1h"))
    delayed = standby(DC1_DB2, sql=waits, settings=unseen(), configuration=unseen())
    (finding,) = check_lag(context(primary(DC1_DB1, sql=at("0/25000000")), delayed))
    assert finding.severity is Severity.INFO


# --- P05


def test_a_replay_that_runs_makes_no_finding() -> None:
    assert not list(check_replay(context(*healthy_dc1())))


def test_a_paused_replay_is_found() -> None:
    paused = standby(DC1_DB2, sql=seen(sql(in_recovery=True, replay_paused=True), "psql"))
    (finding,) = check_replay(context(primary(DC1_DB1, DC1_DB2), paused))
    assert finding.code == "P05"
    assert "paused at 0/5000000" in finding.summary


def test_a_replay_that_stood_still_with_wal_in_hand_over_two_looks_is_stalled() -> None:
    before = snapshot(primary(DC1_DB1), replayed("0/5000000", "0/5800000"))
    now = replayed("0/5000000", "0/5900000", seconds=10)
    (finding,) = check_replay(context(primary(DC1_DB1), now, previous=before))
    assert "stands still at 0/5000000" in finding.summary


def test_a_replay_that_moved_or_had_nothing_to_do_is_not_stalled() -> None:
    moved = snapshot(primary(DC1_DB1), replayed("0/4F00000", "0/5800000"))
    idle = snapshot(primary(DC1_DB1), replayed("0/5000000", "0/5000000"))
    now = replayed("0/5000000", "0/5900000", seconds=10)
    for before in (moved, idle):
        assert not list(check_replay(context(primary(DC1_DB1), now, previous=before)))


def test_one_look_shows_no_stall() -> None:
    assert not list(check_replay(context(primary(DC1_DB1), replayed("0/5000000", "0/5900000"))))


def test_a_delayed_standby_is_not_stalled() -> None:
    before = snapshot(primary(DC1_DB1), replayed("0/5000000", "0/5800000"))
    now = replace(
        replayed("0/5000000", "0/5900000", seconds=10),
        configuration=seen(configuration(recovery_min_apply_delay="30min")),
    )
    assert not list(check_replay(context(primary(DC1_DB1), now, previous=before)))


def test_a_standby_that_waits_for_a_segment_which_nobody_sends_stands_still() -> None:
    waiting = standby(DC1_DB2, processes=seen(processes(startup=WAITING), "ps"))
    ahead = primary(DC1_DB1, sql=at("0/7000000"))
    (finding,) = check_replay(context(ahead, waiting))
    assert "waits for WAL" in finding.summary
    assert finding.caused_by == f"P03:dc1:{DC1_DB2.name}"


def test_an_unknown_pause_is_not_a_pause() -> None:
    unknown = standby(DC1_DB2, sql=seen(sql(in_recovery=True, replay_paused=None), "psql"))
    assert not list(check_replay(context(primary(DC1_DB1, DC1_DB2), unknown)))
