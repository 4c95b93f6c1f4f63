"""P06, P07, P08: the hard half of DOMAIN 0, and lag that is negative for an innocent reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from console.diagnosis.divergence import check_divergence, check_identifiers, check_only_here
from console.diagnosis.finding import Severity
from console.facts.evidence import Commit, CommitsAfter, Evidence, WalEnd, WalEndMethod
from console.facts.host import HostFacts, Reach
from console.facts.postgresql import ClusterState, LogEntry, LogMeaning
from console.probe.postgresql_log import parse_log
from tests.unit.diagnosis.builders import (
    AT,
    DC1_DB1,
    DC1_DB2,
    GLOBAL_DB1,
    GLOBAL_DB2,
    PG92,
    after,
    cluster,
    context,
    control,
    data,
    entry,
    healthy_dc1,
    healthy_global,
    history,
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
    with_cluster,
)

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "pglog"


def ahead_in_row() -> HostFacts:
    """The measured 9.2.2 pair of DOMAIN 0.1, in one look of the primary's."""
    diverged = row(DC1_DB2.node, sent=lsn("0/20194C8"), flushed=lsn("0/22D51D0"), replayed=lsn("0/22D51D0"))
    status = sql(in_recovery=False, version=PG92, current=lsn("0/20194C8"), replication=(diverged,))
    return primary(DC1_DB1, sql=seen(status, "psql"))


def at(position: str, seconds: float = 0, **fields: object) -> HostFacts:
    status = sql(in_recovery=False, current=lsn(position), **fields)
    return primary(DC1_DB1, sql=seen(status, "psql", after(seconds)))


def replayed(position: str, seconds: float = 0) -> HostFacts:
    status = sql(in_recovery=True, received=lsn(position), replayed=lsn(position))
    return standby(DC1_DB2, sql=seen(status, "psql", after(seconds)))


def logging(*entries: LogEntry) -> HostFacts:
    """A standby that does not receive, with this log."""
    return standby(DC1_DB2, processes=seen(processes(), "ps"), log=seen(log(*entries), "log"))


# --- P06


def test_a_healthy_pair_has_not_diverged() -> None:
    for pair in (healthy_dc1(), healthy_global()):
        assert not list(check_divergence(context(*pair)))


def test_a_standby_that_replayed_past_the_primary_is_diverged_however_healthy_pacemaker_calls_it() -> None:
    """DOMAIN 0.1."""
    pair = with_cluster(ahead_in_row(), cluster()), with_cluster(standby(DC1_DB2), cluster())
    (finding,) = check_divergence(context(*pair))
    assert finding.code == "P06"
    assert finding.severity is Severity.CRITICAL
    assert finding.details["bytes_ahead"] == 0x22D51D0 - 0x20194C8
    healthy = next(quote for quote in finding.evidence if quote.fact == "Pacemaker calls it healthy")
    assert healthy.value == "STREAMING|ASYNC / HS:async / 100"


def test_the_negative_lag_of_a_diverged_standby_is_kept() -> None:
    status = sql(in_recovery=True, replayed=lsn("0/22D51D0"), received=lsn("0/22D51D0"))
    lag = context(ahead_in_row(), standby(DC1_DB2, sql=seen(status, "psql"))).lag
    assert lag.bytes == 0x20194C8 - 0x22D51D0


def test_an_unreachable_diverged_standby_is_told_by_the_primarys_row_alone() -> None:
    (finding,) = check_divergence(context(ahead_in_row(), unreachable(DC1_DB2)))
    assert finding.code == "P06"


def test_a_reconnecting_standby_is_ahead_of_sent_but_not_of_the_primary() -> None:
    """It asks from the start of a segment, so `sent` begins behind its replay position."""
    reconnected = row(DC1_DB2.node, state="catchup", sent=lsn("0/5000000"), replayed=lsn("0/5050000"))
    assert not list(check_divergence(context(at("0/5050100", replication=(reconnected,)), standby(DC1_DB2))))


def test_wal_written_between_reading_current_and_the_rows_is_no_divergence() -> None:
    fast = row(DC1_DB2.node, sent=lsn("0/5000200"), flushed=lsn("0/5000200"), replayed=lsn("0/5000200"))
    assert not list(check_divergence(context(at("0/5000100", replication=(fast,)), standby(DC1_DB2))))


def test_a_standby_looked_at_after_its_primary_is_no_divergence() -> None:
    assert not list(check_divergence(context(at("0/5000000"), replayed("0/5000100", seconds=1))))


def test_a_primary_looked_at_after_its_standby_and_still_behind_it_proves_divergence() -> None:
    (finding,) = check_divergence(context(at("0/5000000", seconds=1), replayed("0/5000100")))
    assert finding.details["bytes_ahead"] == 0x100


def test_an_answer_is_as_old_as_its_round_trip() -> None:
    """The primary's answer came later, but may have been read before the standby's."""
    slow = replace(at("0/5000000", seconds=1), reach=Reach(AT, after(1), round_trip=3.0))
    assert not list(check_divergence(context(slow, replayed("0/5000100"))))


def test_a_primary_still_below_the_standbys_earlier_position_proves_it_over_two_looks() -> None:
    before = snapshot(at("0/5000000"), replayed("0/5800000", seconds=1))
    now = context(at("0/5100000", seconds=2), replayed("0/5800000", seconds=3), previous=before)
    (finding,) = check_divergence(now)
    assert finding.details["bytes_ahead"] == 0x700000


def test_a_standby_rebuilt_between_two_looks_has_not_diverged() -> None:
    before = snapshot(at("0/5000000"), replayed("0/5800000", seconds=1))
    now = context(at("0/5100000", seconds=2), replayed("0/5100000", seconds=3), previous=before)
    assert not list(check_divergence(now))


def test_the_servers_own_words_about_the_fork_are_proof() -> None:
    for meaning in (LogMeaning.FORKED_BEFORE, LogMeaning.NOT_IN_HISTORY, LogMeaning.AHEAD_OF_PRIMARY):
        (finding,) = check_divergence(context(at("0/5000000"), logging(entry(meaning, "new timeline 2 forked off"))))
        assert finding.code == "P06"
        assert any("forked off" in quote.value for quote in finding.evidence)


def test_words_about_a_fork_from_before_a_rebuild_are_not_believed() -> None:
    old = (entry(LogMeaning.FORKED_BEFORE, at=after(-900)), entry(LogMeaning.STANDBY_START, at=after(-600)))
    assert not list(check_divergence(context(at("0/5000000"), logging(*old))))


def loop(times: int) -> tuple[LogEntry, ...]:
    end = entry(LogMeaning.END_OF_WAL, "invalid record length at 0/2018E88", lsn=lsn("0/2018E88"))
    first = (entry(LogMeaning.STANDBY_START), end, entry(LogMeaning.STREAMING_STARTED), end)
    return (*first, entry(LogMeaning.WALRECEIVER_TERMINATED), *([end] * (times - 2)))


def test_the_loop_of_end_of_wal_and_terminated_walreceivers_is_divergence() -> None:
    """DOMAIN 0.2: the same cause, with the new primary already ahead. No timeline message at all."""
    (finding,) = check_divergence(context(at("0/5000000"), logging(*loop(4))))
    assert "0/2018E88" in finding.summary


def test_the_end_of_wal_once_is_normal() -> None:
    end = entry(LogMeaning.END_OF_WAL, lsn=lsn("0/5000000"))
    assert not list(check_divergence(context(at("0/5000000"), logging(entry(LogMeaning.STANDBY_START), end))))


def test_a_walreceiver_terminated_by_a_shutdown_is_normal() -> None:
    end = entry(LogMeaning.END_OF_WAL, lsn=lsn("0/5000000"))
    entries = (end, entry(LogMeaning.STREAMING_STARTED), entry(LogMeaning.WALRECEIVER_TERMINATED), end, end)
    assert not list(check_divergence(context(at("0/5000000"), logging(*entries))))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpus is not there")
def test_the_measured_loop_of_9_2_is_divergence() -> None:
    """A real log of a real diverged 9.2.2 pair, up to the second repetition."""
    text = (CORPUS / "pg92-div-keep-timeline-behind-a.log").read_text()
    running = text[: text.index("received fast shutdown request", text.index("re-attached"))]
    (finding,) = check_divergence(context(at("0/5000000"), logging(*parse_log(running))))
    assert "0/2018E88" in finding.summary


def test_a_timeline_that_is_not_in_the_primarys_history_is_divergence() -> None:
    own = standby(DC1_DB2, control=seen(control(ClusterState.IN_ARCHIVE_RECOVERY, timeline=2), "pg_controldata"))
    lonely = replace(own, processes=seen(processes(), "ps"))
    new = replace(at("0/5000000", timeline=3), history=seen(history(3, (1, "0/4000000")), "history"))
    (finding,) = check_divergence(context(new, lonely))
    assert "timeline 2" in finding.summary


def test_a_timeline_above_the_primarys_is_divergence() -> None:
    above = standby(DC1_DB2, control=seen(control(ClusterState.IN_ARCHIVE_RECOVERY, timeline=3), "pg_controldata"))
    (finding,) = check_divergence(context(at("0/5000000"), above))
    assert "timeline 3" in finding.summary


def test_a_history_file_older_than_the_last_promotion_is_not_taken_for_divergence() -> None:
    """History is read once a minute: the stream of a standby that follows is already on the new timeline."""
    follows = standby(DC1_DB2, sql=seen(sql(in_recovery=True, timeline=2), "psql"))
    for rows in ((row(DC1_DB2.node),), ()):
        assert not list(check_divergence(context(at("0/5000000", replication=rows), follows)))


def test_recovery_past_the_fork_on_the_old_timeline_is_divergence() -> None:
    past = control(ClusterState.IN_ARCHIVE_RECOVERY, minimum_recovery=lsn("0/4800000"), minimum_recovery_timeline=1)
    new = replace(at("0/5000000", timeline=2), history=seen(history(2, (1, "0/4000000")), "history"))
    (finding,) = check_divergence(context(new, standby(DC1_DB2, control=seen(past, "pg_controldata"))))
    assert "0/4800000" in finding.summary
    before = replace(past, minimum_recovery=lsn("0/3F00000"))
    assert not list(check_divergence(context(new, standby(DC1_DB2, control=seen(before, "pg_controldata")))))


def test_divergence_is_not_said_where_positions_are_unknown() -> None:
    assert not list(check_divergence(context(at("0/5000000"), standby(DC1_DB2, sql=unseen(), log=unseen()))))
    assert not list(check_divergence(context(unreachable(DC1_DB1), replayed("0/6000000"))))


# --- P07


def test_different_system_identifiers_are_critical() -> None:
    other = standby(DC1_DB2, control=seen(control(system_identifier="42"), "pg_controldata"))
    (finding,) = check_identifiers(context(primary(DC1_DB1), other))
    assert finding.code == "P07"
    assert finding.severity is Severity.CRITICAL
    assert "42" in finding.summary


def test_equal_or_unknown_identifiers_make_no_finding() -> None:
    assert not list(check_identifiers(context(*healthy_dc1())))
    assert not list(check_identifiers(context(primary(DC1_DB1), unreachable(DC1_DB2))))


def test_the_standbys_log_tells_when_the_identifiers_cannot_be_read() -> None:
    blind = replace(logging(entry(LogMeaning.SYSTEM_IDENTIFIER_DIFFERS)), control=unseen(), sql=unseen())
    served = replace(blind, client=standby(DC1_DB2).client)
    (finding,) = check_identifiers(context(primary(DC1_DB1), served))
    assert finding.host == DC1_DB2.name


# --- P08


def end(position: str, timeline: int = 1) -> WalEnd:
    return WalEnd(WalEndMethod.WALDUMP, timeline, lsn(position), lsn(position), "invalid record length")


def failed_over(position: str | None, commits: CommitsAfter | None = None, **fields: object) -> list[HostFacts]:
    """A scripted pair: host 2 was promoted to timeline 2 at 0/4038598, host 1 is stopped."""
    found = Evidence(end(position) if position else None, commits)
    old = stopped(GLOBAL_DB1, control=seen(control(ClusterState.IN_PRODUCTION), "pg_controldata"), evidence=found)
    new = primary(
        GLOBAL_DB2,
        sql=seen(sql(in_recovery=False, timeline=2), "psql"),
        history=seen(history(2, (1, "0/4038598")), "history"),
    )
    return [replace(old, **fields), new]  # type: ignore[arg-type]


def test_wal_past_the_switch_point_of_the_new_primary_is_missing_there() -> None:
    fork = lsn("0/4038598")
    commits = CommitsAfter(fork, 3, (Commit(744, lsn("0/4038600"), "2026-03-01 02:57:00 UTC"),))
    (finding,) = check_only_here(context(*failed_over("0/4048598", commits)))
    assert finding.code == "P08"
    assert finding.severity is Severity.CRITICAL
    assert finding.details == {"bytes_only_here": 0x10000, "commits_only_here": 3}
    assert any("transaction 744" in quote.value for quote in finding.evidence)


def test_an_old_primary_that_ends_at_the_switch_point_has_nothing_of_its_own() -> None:
    assert not list(check_only_here(context(*failed_over("0/4038598"))))


def test_without_evidence_nothing_is_asserted() -> None:
    assert not list(check_only_here(context(*failed_over(None))))


def test_unlisted_commits_are_unknown_and_not_none() -> None:
    (finding,) = check_only_here(context(*failed_over("0/4048598")))
    assert finding.details["commits_only_here"] is None
    assert finding.severity is Severity.CRITICAL


def test_wal_without_commits_is_milder() -> None:
    (finding,) = check_only_here(context(*failed_over("0/4038600", CommitsAfter(lsn("0/4038598"), 0, ()))))
    assert finding.severity is Severity.WARNING


def test_evidence_from_before_the_last_checkpoint_is_not_used() -> None:
    later = seen(control(ClusterState.IN_PRODUCTION, checkpoint=lsn("0/4100000")), "pg_controldata")
    (finding,) = check_only_here(context(*failed_over("0/4048598", control=later)))
    assert finding.details["bytes_only_here"] is None
    assert "0/4100000" in str(finding.evidence)


def test_two_primaries_on_two_timelines_show_what_only_the_older_one_has() -> None:
    old, new = failed_over(None)
    running = primary(GLOBAL_DB1, sql=seen(sql(in_recovery=False, current=lsn("0/4040000")), "psql"))
    (finding,) = check_only_here(context(running, new))
    assert finding.host == old.name
    assert finding.details["bytes_only_here"] == 0x4040000 - 0x4038598


def test_a_stopped_standby_is_no_old_primary() -> None:
    once = stopped(
        GLOBAL_DB1,
        control=seen(control(ClusterState.SHUT_DOWN_IN_RECOVERY), "pg_controldata"),
        evidence=Evidence(end("0/4048598")),
    )
    assert not list(check_only_here(context(once, failed_over(None)[1])))


def test_a_base_backup_that_was_never_started_is_no_old_primary() -> None:
    copied = failed_over("0/4048598", data=seen(data(files=frozenset({"backup_label"})), "data"))
    assert not list(check_only_here(context(*copied)))
