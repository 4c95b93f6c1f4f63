"""P01, P02."""

from __future__ import annotations

from dataclasses import replace

from console.diagnosis.finding import Severity
from console.diagnosis.primaries import check_no_primary, check_two_primaries
from console.facts.client import ClientAnswer, PortAnswer
from console.facts.cluster import NodeState
from tests.unit.diagnosis.builders import (
    DC1_DB1,
    DC1_DB2,
    GLOBAL_DB1,
    GLOBAL_DB2,
    cluster,
    context,
    healthy_dc1,
    healthy_global,
    nodes,
    primary,
    processes,
    seen,
    sql,
    standby,
    stopped,
    unreachable,
    unseen,
    view,
    with_cluster,
)


def test_a_healthy_pair_has_one_primary() -> None:
    for pair in (healthy_dc1(), healthy_global()):
        assert not list(check_no_primary(context(*pair)))
        assert not list(check_two_primaries(context(*pair)))


def test_both_stopped_is_no_primary() -> None:
    (finding,) = check_no_primary(context(stopped(DC1_DB1), stopped(DC1_DB2)))
    assert finding.code == "P01"
    assert finding.severity is Severity.CRITICAL
    assert "is stopped" in finding.summary


def test_two_standbys_are_no_primary() -> None:
    (finding,) = check_no_primary(context(standby(DC1_DB1), standby(DC1_DB2)))
    assert "is a standby" in finding.summary


def test_a_host_without_ssh_that_no_client_meets_does_not_hide_that_nobody_serves() -> None:
    (finding,) = check_no_primary(context(unreachable(DC1_DB1), standby(DC1_DB2)))
    assert "does not answer" in finding.summary


def test_no_primary_is_not_said_when_no_host_was_reached() -> None:
    assert not list(check_no_primary(context(unreachable(DC1_DB1), unreachable(DC1_DB2))))


def test_no_primary_is_not_said_while_a_host_was_looked_at_by_nobody() -> None:
    blind = unreachable(DC1_DB1, client=unseen("not asked", "client"))
    assert not list(check_no_primary(context(blind, standby(DC1_DB2))))


def test_a_server_that_runs_and_shows_no_role_is_not_called_no_primary() -> None:
    silent = primary(
        DC1_DB1, sql=unseen("psql: timed out"), client=seen(view(ClientAnswer.LOGIN_REFUSED, "10.19.11.13"))
    )
    assert not list(check_no_primary(context(silent, standby(DC1_DB2))))


def test_the_clients_eye_finds_the_primary_where_ssh_cannot_look() -> None:
    served = unreachable(DC1_DB1, client=seen(view(ClientAnswer.WRITABLE, "10.19.11.13"), "client"))
    assert not list(check_no_primary(context(served, standby(DC1_DB2))))


def test_a_primary_that_takes_no_writes_is_no_primary_for_its_users() -> None:
    read_only = primary(
        DC1_DB1,
        sql=seen(sql(in_recovery=False, read_only=True), "psql"),
        client=seen(view(ClientAnswer.READ_ONLY, "10.19.11.13"), "client"),
    )
    (finding,) = check_no_primary(context(read_only, stopped(DC1_DB2)))
    assert "read-only" in finding.summary


def test_both_accepting_writes_by_sql_are_two_primaries_with_both_timelines() -> None:
    second = primary(GLOBAL_DB2, sql=seen(sql(in_recovery=False, timeline=2), "psql"))
    (finding,) = check_two_primaries(context(primary(GLOBAL_DB1), second))
    assert finding.code == "P02"
    assert finding.severity is Severity.CRITICAL
    assert "timelines 1 and 2" in finding.summary
    assert {quote.host for quote in finding.evidence} == {GLOBAL_DB1.name, GLOBAL_DB2.name}


def test_a_client_writing_to_a_host_that_ssh_cannot_reach_makes_the_second_primary() -> None:
    second = unreachable(GLOBAL_DB2, client=seen(view(ClientAnswer.WRITABLE, "10.16.10.102"), "client"))
    (finding,) = check_two_primaries(context(primary(GLOBAL_DB1), second))
    assert any(quote.source == "client" and quote.host == GLOBAL_DB2.name for quote in finding.evidence)


def test_an_unclean_offline_promoted_entry_is_not_a_second_primary() -> None:
    """DOMAIN 0.5: crm_mon goes on to list the resource on a node that it waits to fence."""
    status = cluster(nodes=nodes(NodeState.UNCLEAN_OFFLINE))
    dead = unreachable(DC1_DB1)
    alive = with_cluster(primary(DC1_DB2), status)
    assert not list(check_two_primaries(context(dead, alive)))


def test_a_crashed_primary_in_production_is_not_a_second_primary() -> None:
    """DOMAIN 0.7: pg_controldata goes on to say "in production"."""
    crashed = stopped(DC1_DB1, control=primary(DC1_DB1).control)
    assert not list(check_two_primaries(context(crashed, primary(DC1_DB2))))


def test_recovery_conf_does_not_make_a_stopped_old_primary_a_standby_or_a_primary() -> None:
    """DOMAIN 0.6: the agent writes it before it looks at the lock."""
    old = stopped(DC1_DB1, data=standby(DC1_DB1).data)
    (finding,) = check_no_primary(context(old, stopped(DC1_DB2)))
    assert "cf-dc1-db1 is stopped" in finding.summary


def test_a_server_in_crash_recovery_accepts_no_writes_yet() -> None:
    starting = primary(
        DC1_DB1,
        sql=unseen("the database system is starting up"),
        client=seen(view(ClientAnswer.STARTING_UP, "10.19.11.13"), "client"),
        processes=seen(processes(), "ps"),
    )
    (finding,) = check_no_primary(context(starting, stopped(DC1_DB2)))
    assert finding.code == "P01"


def test_a_closed_port_alone_makes_no_finding_when_sql_says_primary() -> None:
    closed = view(ClientAnswer.NO_ANSWER, "10.19.11.13", PortAnswer.FILTERED)
    facts = replace(primary(DC1_DB1), client=seen(closed, "client"))
    assert not list(check_no_primary(context(facts, standby(DC1_DB2))))
