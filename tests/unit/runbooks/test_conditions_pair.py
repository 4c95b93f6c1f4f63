"""Conditions on a pair: who is the primary, who streams, how far behind."""

from __future__ import annotations

from dataclasses import replace

from console.facts.client import ClientAnswer
from console.facts.observed import Observed
from console.facts.postgresql import LogMeaning, ReplicationRow
from console.facts.snapshot import Snapshot
from console.runbooks import conditions as must
from console.runbooks.plan import Answer
from tests.unit.diagnosis.builders import AT, entry, log, lsn, row, seen, view
from tests.unit.runbooks.scenes import DC1_1, DC1_2, G1, G2, answer, ruling, survey, unasked, with_host, with_value

HEALTHY = survey("healthy", "dc1")
GLOBAL = survey("healthy", "global")
SPLIT = survey("split-brain", "global")
STREAMS = must.streams("dc1", DC1_2, DC1_1)


def its_row(snapshot: Snapshot) -> ReplicationRow:
    status = snapshot.facts(DC1_1).sql.value
    assert status is not None
    return status.replication[0]


def with_row(**changes: object) -> Snapshot:
    return with_value(HEALTHY, DC1_1, "sql", replication=(replace(its_row(HEALTHY), **changes),))  # type: ignore[arg-type]


def test_a_primary_that_two_witnesses_confirm_is_proven() -> None:
    assert answer(must.primary_proven("dc1", DC1_1), HEALTHY) is Answer.YES


def test_a_standby_is_no_primary() -> None:
    assert answer(must.primary_proven("dc1", DC1_2), HEALTHY) is Answer.NO


def test_a_primary_by_psql_alone_is_not_proven() -> None:
    alone = with_host(GLOBAL, G1, client=Observed(None, "client", AT, "not asked"))
    assert answer(must.primary_proven("global", G1), alone) is Answer.UNKNOWN


def test_a_primary_that_a_client_meets_in_recovery_is_not_proven() -> None:
    other = with_host(HEALTHY, DC1_1, client=seen(view(ClientAnswer.IN_RECOVERY, "10.19.11.13"), "client"))
    found = ruling(must.primary_proven("dc1", DC1_1), other)
    assert found.answer is Answer.UNKNOWN
    assert "in-recovery" in found.because


def test_an_address_on_the_other_node_leaves_the_primary_unproven() -> None:
    addresses = HEALTHY.facts(DC1_1).addresses.value or ()
    moved = with_host(HEALTHY, DC1_2, addresses=seen((*(HEALTHY.facts(DC1_2).addresses.value or ()), *addresses), "ip"))
    assert answer(must.primary_proven("dc1", DC1_1), moved) is Answer.UNKNOWN


def test_a_standby_beside_it_is_no_second_writer() -> None:
    assert answer(must.no_second_writer("dc1", DC1_1), HEALTHY) is Answer.YES


def test_of_two_primaries_each_is_the_others_second_writer() -> None:
    assert answer(must.no_second_writer("global", G1), SPLIT) is Answer.NO
    assert answer(must.no_second_writer("global", G2), SPLIT) is Answer.NO


def test_a_host_that_only_a_client_can_see_writing_is_a_second_writer() -> None:
    blind = with_host(GLOBAL, G2, sql=Observed(None, "psql", AT, "timeout"), client=seen(view(ClientAnswer.WRITABLE)))
    assert answer(must.no_second_writer("global", G1), blind) is Answer.NO


def test_a_host_that_does_not_answer_may_be_a_second_writer() -> None:
    lost = survey("host-down", "dc2")
    assert answer(must.no_second_writer("dc2", "cf-dc2-db1.example.com"), lost) is Answer.UNKNOWN


def test_a_recovering_host_is_in_recovery_and_the_primary_is_not() -> None:
    assert answer(must.in_recovery(DC1_2), HEALTHY) is Answer.YES
    assert answer(must.in_recovery(DC1_1), HEALTHY) is Answer.NO
    assert answer(must.not_in_recovery(DC1_1), HEALTHY) is Answer.YES


def test_a_stopped_server_is_neither_in_recovery_nor_out_of_it() -> None:
    locked = survey("lock-safe", "dc1")
    assert answer(must.in_recovery(DC1_1), locked) is Answer.NO
    assert answer(must.not_in_recovery(DC1_1), locked) is Answer.NO


def test_system_identifiers_are_compared_and_an_unread_one_is_unknown() -> None:
    same = must.same_system_identifier(DC1_1, DC1_2)
    assert answer(same, HEALTHY) is Answer.YES
    assert answer(same, with_value(HEALTHY, DC1_2, "control", system_identifier="1")) is Answer.NO
    assert answer(same, unasked()) is Answer.UNKNOWN


def test_a_healthy_standby_streams() -> None:
    assert answer(STREAMS, HEALTHY) is Answer.YES


def test_a_standby_without_a_row_does_not_stream() -> None:
    assert answer(STREAMS, with_value(HEALTHY, DC1_1, "sql", replication=())) is Answer.NO


def test_a_base_backup_is_no_standby_that_streams() -> None:
    backup = replace(its_row(HEALTHY), application_name="pg_basebackup", state="streaming")
    assert answer(STREAMS, with_value(HEALTHY, DC1_1, "sql", replication=(backup,))) is Answer.NO


def test_a_standby_that_catches_up_does_not_stream_yet() -> None:
    assert answer(STREAMS, with_row(state="catchup")) is Answer.NO


def test_a_row_whose_state_may_not_be_seen_proves_nothing() -> None:
    assert answer(STREAMS, with_row(state=None)) is Answer.UNKNOWN


def test_a_row_without_a_walreceiver_is_somebody_elses() -> None:
    gone = with_value(HEALTHY, DC1_2, "processes", walreceiver=None)
    status = gone.facts(DC1_2).sql.value
    assert status is not None
    assert answer(STREAMS, with_value(gone, DC1_2, "sql", walreceiver=None)) is Answer.NO


def test_a_standby_that_replayed_past_the_primary_does_not_stream_its_history() -> None:
    past = lsn("FF/0")
    assert answer(STREAMS, with_row(replayed=past, flushed=past)) is Answer.NO


def test_a_standby_of_another_database_never_streams() -> None:
    assert answer(STREAMS, with_value(HEALTHY, DC1_2, "control", system_identifier="1")) is Answer.NO


def test_a_standby_on_an_older_timeline_does_not_stream_the_primarys() -> None:
    scene = survey("healthy", "dc2")
    first, second = "cf-dc2-db1.example.com", "cf-dc2-db2.example.com"
    streams = must.streams("dc2", second, first)
    assert answer(streams, scene) is Answer.YES
    behind = with_value(with_value(scene, second, "sql", timeline=1), second, "control", timeline=1)
    assert answer(streams, behind) is Answer.NO


def test_a_standby_that_loops_at_its_end_of_wal_has_left_the_primarys_history() -> None:
    once = (
        entry(LogMeaning.STREAMING_STARTED),
        entry(LogMeaning.END_OF_WAL, lsn=lsn("7/FD930100")),
        entry(LogMeaning.WALRECEIVER_TERMINATED),
    )
    looping = with_host(HEALTHY, DC1_2, log=seen(log(*once, *once, *once), "log"))
    idle = with_value(with_value(looping, DC1_2, "processes", walreceiver=None), DC1_1, "sql", replication=())
    assert answer(must.on_the_primarys_history("dc1", DC1_2), idle) is Answer.NO


def test_without_its_log_a_standbys_history_is_unknown() -> None:
    blind = with_host(HEALTHY, DC1_2, log=Observed(None, "log", AT, "permission denied"))
    assert answer(must.on_the_primarys_history("dc1", DC1_2), blind) is Answer.UNKNOWN


def test_a_standby_within_the_limit_is_caught_up_and_one_past_it_is_not() -> None:
    status = HEALTHY.facts(DC1_1).sql.value
    assert status is not None
    assert status.current is not None
    far = with_value(HEALTHY, DC1_1, "sql", current=lsn(f"{status.current.high + 1:X}/{status.current.low:X}"))
    condition = must.caught_up(DC1_2, DC1_1, 16 * 1024**2)
    assert answer(condition, HEALTHY) is Answer.YES
    assert answer(condition, far) is Answer.NO


def test_an_unknown_lag_is_not_caught_up() -> None:
    blind = with_host(HEALTHY, DC1_1, sql=Observed(None, "psql", AT, "timeout"))
    assert answer(must.caught_up(DC1_2, DC1_1, 1 << 40), blind) is Answer.UNKNOWN


def test_walsenders_are_counted_against_max_wal_senders() -> None:
    two = with_host(HEALTHY, DC1_1, settings=seen({"max_wal_senders": "2"}, "pg_settings"))
    assert answer(must.free_walsenders(DC1_1, 1), two) is Answer.YES
    assert answer(must.free_walsenders(DC1_1, 2), two) is Answer.NO


def test_a_base_backup_takes_a_walsender_too() -> None:
    rows = (its_row(HEALTHY), row("pg_basebackup", state="backup"))
    two = with_host(HEALTHY, DC1_1, settings=seen({"max_wal_senders": "2"}, "pg_settings"))
    assert answer(must.free_walsenders(DC1_1, 1), with_value(two, DC1_1, "sql", replication=rows)) is Answer.NO


def test_unknown_settings_leave_the_walsenders_unknown() -> None:
    assert answer(must.free_walsenders(DC1_1, 1), unasked()) is Answer.UNKNOWN
