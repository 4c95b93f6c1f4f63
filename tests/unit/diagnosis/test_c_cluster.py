"""C01, C03, C04, C05, C06, C07, C08, C09."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.diagnosis.cluster_disagreement import check_disagreement
from console.diagnosis.cluster_nodes import check_constraints, check_fencing, check_nodes, check_quorum
from console.diagnosis.cluster_resource import check_failures, check_out_of_date
from console.diagnosis.context import RegionContext
from console.diagnosis.failure_reasons import is_lock, meaning
from console.diagnosis.finding import Finding, Severity
from console.diagnosis.vip import check_vip
from console.facts.client import ClientAnswer, PortAnswer
from console.facts.cluster import ClusterStatus, NodeState, ResourceRole
from console.facts.host import HostFacts
from console.probe.cluster import parse_cluster
from tests.unit.diagnosis.builders import (
    DC1_DB1,
    DC1_DB2,
    PRIMARY_ATTRIBUTES,
    STANDBY_ATTRIBUTES,
    VIP,
    attributes,
    cib,
    cluster,
    constraint,
    context,
    data,
    fail_count,
    failed_action,
    fencing,
    healthy_dc1,
    healthy_global,
    instance,
    lock_file,
    lsn,
    nodes,
    primary,
    processes,
    row,
    seen,
    sql,
    standby,
    stopped,
    unreachable,
    unseen,
    view,
    with_cluster,
)

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "crm_mon"


def with_standby_attributes(*values: str, **more: str) -> ClusterStatus:
    second = attributes(*values, **more)
    return cluster(attributes={DC1_DB1.node: dict(PRIMARY_ATTRIBUTES), DC1_DB2.node: second})


def pair(status: ClusterStatus, first: HostFacts | None = None, second: HostFacts | None = None) -> RegionContext:
    return context(
        with_cluster(first or primary(DC1_DB1), status),
        with_cluster(second or standby(DC1_DB2), status),
    )


def sync_mode(status: ClusterStatus, first: HostFacts, second: HostFacts) -> RegionContext:
    parameters = {"postgresql": {"rep_mode": "sync"}}
    return context(
        with_cluster(first, status, parameters=parameters), with_cluster(second, status, parameters=parameters)
    )


CHECKS = (
    check_out_of_date,
    check_failures,
    check_nodes,
    check_quorum,
    check_vip,
    check_fencing,
    check_constraints,
    check_disagreement,
)


@pytest.mark.parametrize("check", CHECKS)
def test_healthy_regions_are_silent(check: Any) -> None:
    assert not list(check(context(*healthy_dc1())))
    assert not list(check(context(*healthy_global())))


@pytest.mark.parametrize("check", CHECKS)
def test_a_cluster_that_nobody_could_ask_makes_no_finding(check: Any) -> None:
    """Unknown is neither healthy nor broken: the H codes tell it."""
    blind = context(
        primary(DC1_DB1, DC1_DB2, cluster=unseen(), cluster_configuration=unseen(), addresses=unseen()),
        standby(DC1_DB2, cluster=unseen(), cluster_configuration=unseen(), addresses=unseen()),
    )
    assert not list(check(blind))
    assert not list(check(context(unreachable(DC1_DB1), unreachable(DC1_DB2))))


# --- C01


def out_of_date(*values: str) -> list[Finding]:
    return list(check_out_of_date(pair(with_standby_attributes(*values))))


def test_the_broken_standby_of_the_reference_is_out_of_date() -> None:
    (finding,) = out_of_date("HS:alone", "DISCONNECT", "-INFINITY")
    assert (finding.code, finding.host) == ("C01", DC1_DB2.name)
    assert finding.evidence[0].value == "HS:alone / DISCONNECT / -INFINITY"


def test_hs_alone_by_itself_is_out_of_date() -> None:
    (finding,) = out_of_date("HS:alone", "STREAMING|ASYNC", "100")
    assert "HS:alone" in finding.summary


def test_an_asynchronous_standby_with_score_100_is_healthy_in_async_mode() -> None:
    assert not out_of_date("HS:async", "STREAMING|ASYNC", "100")


def test_minus_infinity_is_judged_by_rep_mode() -> None:
    """DOMAIN 1.2: in sync mode an asynchronous standby has -INFINITY by design; it still may not take over."""
    status = with_standby_attributes("HS:async", "STREAMING|ASYNC", "-INFINITY")
    (by_design,) = check_out_of_date(sync_mode(status, primary(DC1_DB1), standby(DC1_DB2)))
    assert "in sync mode" in by_design.summary
    (odd,) = check_out_of_date(pair(status))
    assert "although STREAMING|ASYNC" in odd.summary


def test_a_lost_score_is_found_though_all_else_is_healthy() -> None:
    """Issue 1873: nothing in the agent re-creates it."""
    values = dict(STANDBY_ATTRIBUTES)
    del values["master-postgresql"]
    status = cluster(attributes={DC1_DB1.node: dict(PRIMARY_ATTRIBUTES), DC1_DB2.node: values})
    (finding,) = check_out_of_date(pair(status))
    assert "score lost" in finding.summary


def test_disconnect_while_it_streams_is_no_rebuild() -> None:
    """F3, issue 2036: C09 tells it."""
    status = with_standby_attributes("HS:alone", "DISCONNECT", "-INFINITY")
    assert not list(check_out_of_date(pair(status, primary(DC1_DB1, DC1_DB2))))


def test_a_standby_in_deliberate_standby_is_folded_under_its_node() -> None:
    status = replace(with_standby_attributes("STOP", "DISCONNECT", "-INFINITY"), nodes=nodes(second=NodeState.STANDBY))
    (finding,) = check_out_of_date(pair(status, second=stopped(DC1_DB2)))
    assert finding.caused_by == f"C04:dc1:{DC1_DB2.name}"


def test_a_node_that_the_lock_keeps_down_is_folded_under_the_lock() -> None:
    status = with_standby_attributes("STOP", "DISCONNECT", "-INFINITY")
    locked = stopped(DC1_DB2, data=seen(data(lock=lock_file()), "data"))
    (finding,) = check_out_of_date(pair(status, second=locked))
    assert finding.caused_by == f"C02:dc1:{DC1_DB2.name}"


def test_latest_and_stop_is_a_stopped_old_primary_and_not_out_of_date() -> None:
    assert not list(check_out_of_date(pair(with_standby_attributes("STOP", "LATEST", "-INFINITY"))))


def test_the_lasting_data_status_of_an_offline_node_is_read_from_the_cib() -> None:
    """DOMAIN 0.4: crm_mon prints no attributes of an offline node."""
    status = replace(
        cluster(attributes={DC1_DB1.node: dict(PRIMARY_ATTRIBUTES)}), nodes=nodes(second=NodeState.OFFLINE)
    )
    lasting = {DC1_DB2.node: {"postgresql-data-status": "DISCONNECT"}}
    first = with_cluster(primary(DC1_DB1), status, node_attributes=lasting)
    (finding,) = check_out_of_date(context(first, unreachable(DC1_DB2)))
    assert finding.evidence[0].source == "cibadmin"


# --- C03


def test_infinity_that_keeps_the_database_down_is_critical() -> None:
    status = cluster(
        unpromoted=None,
        failed_actions=(failed_action(DC1_DB2, reason="Can't start PostgreSQL."),),
        fail_counts=(fail_count(DC1_DB2),),
    )
    (finding,) = check_failures(pair(status, second=stopped(DC1_DB2)))
    assert (finding.code, finding.severity) == ("C03", Severity.CRITICAL)
    assert "INFINITY" in finding.summary
    assert "the server did not start" in finding.summary


def test_an_old_failure_of_a_resource_that_runs_is_a_note() -> None:
    """DOMAIN 2.1: `failcount reset` leaves the entry."""
    status = cluster(failed_actions=(failed_action(DC1_DB2, "monitor", ""),))
    (finding,) = check_failures(pair(status))
    assert finding.severity is Severity.INFO
    assert finding.summary.endswith("it runs")


def test_a_start_refused_by_the_lock_is_folded_under_it_and_no_worse() -> None:
    status = cluster(unpromoted=None, failed_actions=(failed_action(DC1_DB2),), fail_counts=(fail_count(DC1_DB2),))
    locked = stopped(DC1_DB2, data=seen(data(lock=lock_file()), "data"))
    (finding,) = check_failures(pair(status, second=locked))
    assert finding.severity is Severity.WARNING
    assert finding.caused_by == f"C02:dc1:{DC1_DB2.name}"


def test_a_failed_fence_device_is_no_outage() -> None:
    status = cluster(fail_counts=(fail_count(DC1_DB1, resource="fence_dc1"),))
    (finding,) = check_failures(pair(status))
    assert finding.severity is Severity.WARNING
    assert finding.subject == "fence_dc1"


def test_the_lock_message_is_known_when_its_end_is_cut_off() -> None:
    assert is_lock("My data may be inconsistent. You have to remove /opt/rh/postgresql92/root/var/lib/pgsql/t")
    assert meaning("", 1, "Timed Out").startswith("the action took longer")
    assert meaning("something new", 99) == ""


# --- C04, C05


@pytest.mark.parametrize(
    ("state", "severity"),
    [
        (NodeState.OFFLINE, Severity.WARNING),
        (NodeState.STANDBY, Severity.WARNING),
        (NodeState.STANDBY_ON_FAIL, Severity.WARNING),
        (NodeState.OFFLINE_STANDBY, Severity.WARNING),
        (NodeState.MAINTENANCE, Severity.WARNING),
        (NodeState.PENDING, Severity.WARNING),
        (NodeState.UNCLEAN_OFFLINE, Severity.CRITICAL),
        (NodeState.UNCLEAN_ONLINE, Severity.CRITICAL),
    ],
)
def test_a_node_that_cannot_take_over_is_found(state: NodeState, severity: Severity) -> None:
    (finding,) = check_nodes(pair(cluster(nodes=nodes(second=state))))
    assert (finding.code, finding.host, finding.severity) == ("C04", DC1_DB2.name, severity)


def test_a_node_state_that_was_not_understood_is_not_called_online_or_broken() -> None:
    assert not list(check_nodes(pair(cluster(nodes=nodes(second=NodeState.UNKNOWN)))))


def test_maintenance_of_the_whole_cluster_is_one_finding() -> None:
    (finding,) = check_nodes(pair(cluster(maintenance_mode=True)))
    assert finding.host is None
    assert "nothing is monitored" in finding.summary


def test_maintenance_is_read_from_the_cib_where_crm_mon_does_not_say() -> None:
    here = context(*healthy_dc1(cluster(maintenance_mode=None), properties={"maintenance-mode": "true"}))
    (finding,) = check_nodes(here)
    assert finding.subject == "maintenance"


def test_an_unmanaged_database_is_found() -> None:
    resources = (instance(ResourceRole.PROMOTED, DC1_DB1, managed=False),)
    (finding,) = check_nodes(pair(cluster(resources=resources)))
    assert "unmanaged" in finding.summary


def test_a_name_that_the_cluster_does_not_know_is_found() -> None:
    (finding,) = check_nodes(pair(cluster(nodes=nodes()[:1])))
    assert "has no node" in finding.summary


def test_no_quorum_is_critical_and_says_what_the_policy_makes_of_it() -> None:
    found = list(check_quorum(pair(cluster(quorum=False))))
    assert {finding.severity for finding in found} == {Severity.CRITICAL}
    assert "no-quorum-policy=ignore" in found[0].summary


def test_quorum_that_is_not_printed_is_unknown() -> None:
    assert not list(check_quorum(pair(cluster(quorum=None))))


# --- C06


def holding(host: Any, *extra: str) -> Any:
    return seen((host.address, "127.0.0.1", *extra), "addresses")


def vip(first: Any, second: Any, status: ClusterStatus | None = None, **more: Any) -> list[Finding]:
    return list(
        check_vip(
            context(
                with_cluster(primary(DC1_DB1, addresses=first), status),
                with_cluster(standby(DC1_DB2, addresses=second), status),
                **more,
            )
        )
    )


def test_a_vip_on_the_standby_is_critical() -> None:
    (finding,) = vip(holding(DC1_DB1), holding(DC1_DB2, VIP))
    assert (finding.code, finding.severity) == ("C06", Severity.CRITICAL)
    assert "is on cf-dc1-db2, the primary is cf-dc1-db1" in finding.summary


def test_a_vip_on_both_hosts_is_critical() -> None:
    (finding,) = vip(holding(DC1_DB1, VIP), holding(DC1_DB2, VIP))
    assert "on both hosts" in finding.summary


def test_a_vip_that_the_kernels_do_not_have_is_missing_though_pacemaker_calls_it_started() -> None:
    (finding,) = vip(holding(DC1_DB1), holding(DC1_DB2), cluster())
    assert "nowhere" in finding.summary
    assert any(quote.fact == "resource pgvip" and quote.value == DC1_DB1.node for quote in finding.evidence)


def test_pacemakers_word_counts_where_the_kernels_could_not_be_asked() -> None:
    moved = cluster(resources=(instance(ResourceRole.STARTED, DC1_DB2, "pgvip"),))
    (finding,) = vip(unseen(), unseen(), moved)
    assert "for Pacemaker" in finding.summary


def test_a_vip_listed_on_an_unclean_node_is_not_believed() -> None:
    """DOMAIN 0.5."""
    stale = cluster(resources=(instance(ResourceRole.STARTED, DC1_DB1, "pgvip", unclean=True),))
    here = context(unreachable(DC1_DB1), with_cluster(primary(DC1_DB2, addresses=holding(DC1_DB2, VIP)), stale))
    assert not list(check_vip(here))


def test_without_a_primary_the_vip_is_rightly_down() -> None:
    assert not list(check_vip(context(*(with_cluster(stopped(host)) for host in (DC1_DB1, DC1_DB2)))))


def test_a_vip_that_leads_clients_to_a_standby_or_nowhere_is_found() -> None:
    for answer, tcp, words in (
        (ClientAnswer.IN_RECOVERY, PortAnswer.OPEN, "to a standby"),
        (ClientAnswer.NO_ANSWER, PortAnswer.FILTERED, "does not answer"),
    ):
        endpoint = {"dc1": seen((view(answer, VIP, tcp),), "client")}
        (finding,) = vip(holding(DC1_DB1, VIP), holding(DC1_DB2), endpoints=endpoint)
        assert words in finding.summary


# --- C07, C08


def test_disabled_fencing_is_found() -> None:
    (finding,) = check_fencing(pair(cluster(stonith_enabled=False)))
    assert (finding.code, finding.subject) == ("C07", "disabled")


def test_a_cluster_without_fence_device_is_found() -> None:
    no_device = cluster(resources=(instance(ResourceRole.PROMOTED, DC1_DB1),))
    agents = {"postgresql": "ocf:heartbeat:pgsql"}
    first = with_cluster(primary(DC1_DB1), no_device, agents=agents)
    (finding,) = check_fencing(context(first, standby(DC1_DB2)))
    assert finding.subject == "none"


def test_a_device_that_only_the_cib_shows_is_not_called_missing() -> None:
    assert not list(check_fencing(pair(cluster(resources=(instance(ResourceRole.PROMOTED, DC1_DB1),)))))


def test_a_stopped_fence_device_is_found() -> None:
    stopped_device = cluster(resources=(instance(ResourceRole.STOPPED, None, "fence_dc1"),))
    (finding,) = check_fencing(pair(stopped_device))
    assert finding.summary.endswith("fence device fence_dc1 stopped")


def test_failed_fencing_is_found_and_successful_is_not() -> None:
    (finding,) = check_fencing(pair(cluster(fencing=(fencing(DC1_DB2), fencing(DC1_DB1, "success")))))
    assert finding.host == DC1_DB2.name


def test_a_constraint_left_by_a_move_is_found_and_others_are_not() -> None:
    wanted = constraint(DC1_DB1, "location-pg-prefers-db1", "50")
    here = context(*healthy_dc1(constraints=(constraint(DC1_DB2), wanted)))
    (finding,) = check_constraints(here)
    assert finding.code == "C08"
    assert "pcs resource clear" in finding.remedy


# --- C09


def subjects(here: RegionContext) -> dict[str, Finding]:
    return {f"{finding.subject} {finding.host or ''}".strip(): finding for finding in check_disagreement(here)}


def test_a_killed_database_behind_pri_and_promoted_is_a_disagreement() -> None:
    found = subjects(pair(cluster(), first=stopped(DC1_DB1)))
    assert f"status {DC1_DB1.name}" in found
    assert "PostgreSQL is not running" in found[f"role {DC1_DB1.name}"].summary


def test_maintenance_is_named_as_the_reason_for_stale_attributes() -> None:
    """DOMAIN 0.3: monitors do not run then."""
    found = subjects(pair(cluster(maintenance_mode=True), first=stopped(DC1_DB1)))
    assert all("maintenance" in finding.summary for finding in found.values())
    assert any(quote.fact == "maintenance-mode" for quote in found[f"status {DC1_DB1.name}"].evidence)


def test_pri_on_a_server_in_recovery_is_a_disagreement() -> None:
    found = subjects(pair(cluster(), first=standby(DC1_DB1), second=primary(DC1_DB2)))
    assert "in recovery" in found[f"status {DC1_DB1.name}"].summary
    assert "a primary" in found[f"role {DC1_DB2.name}"].summary


def test_streaming_without_a_row_is_a_disagreement() -> None:
    found = subjects(pair(cluster()))
    assert "no such row" in found[f"data-status {DC1_DB2.name}"].summary


def test_streaming_is_not_doubted_when_the_primarys_rows_are_unknown() -> None:
    assert not subjects(pair(cluster(), first=primary(DC1_DB1, sql=unseen("psql: timed out"))))


def test_disconnect_while_it_streams_is_a_disagreement_that_names_the_wrong_application_name() -> None:
    """F3, issue 2036."""
    named = sql(in_recovery=False, replication=(row("walreceiver"),))
    status = with_standby_attributes("HS:alone", "DISCONNECT", "-INFINITY")
    found = subjects(pair(status, first=primary(DC1_DB1, sql=seen(named, "psql"))))
    assert "application_name is 'walreceiver'" in found[f"data-status {DC1_DB2.name}"].summary


def test_a_server_that_runs_where_pacemaker_has_it_stopped_is_a_disagreement() -> None:
    status = cluster(unpromoted=None)
    found = subjects(pair(status, first=primary(DC1_DB1, DC1_DB2)))
    assert "Stopped for Pacemaker" in found[f"role {DC1_DB2.name}"].summary


def test_nothing_is_believed_of_an_unclean_node() -> None:
    """DOMAIN 0.5."""
    status = cluster(
        nodes=nodes(NodeState.UNCLEAN_OFFLINE),
        attributes={},
        resources=(
            instance(ResourceRole.PROMOTED, DC1_DB1, unclean=True),
            instance(ResourceRole.PROMOTED, DC1_DB2),
        ),
    )
    assert not subjects(context(stopped(DC1_DB1), with_cluster(primary(DC1_DB2), status)))


def test_a_resource_that_is_just_being_promoted_is_no_disagreement() -> None:
    resources = (instance(ResourceRole.UNPROMOTED, DC1_DB2, pending="Promoting"),)
    status = cluster(resources=resources, attributes={})
    assert not subjects(context(unreachable(DC1_DB1), with_cluster(primary(DC1_DB2), status)))


def test_two_views_that_call_each_other_offline_are_a_partition() -> None:
    here = with_cluster(primary(DC1_DB1, DC1_DB2), cluster(nodes=nodes(second=NodeState.OFFLINE)))
    there = with_cluster(standby(DC1_DB2), cluster(nodes=nodes(NodeState.UNCLEAN_OFFLINE), dc=DC1_DB2.node))
    finding = subjects(context(here, there))["partition"]
    assert finding.severity is Severity.CRITICAL


def test_views_that_name_different_promoted_nodes_disagree() -> None:
    here = with_cluster(primary(DC1_DB1, DC1_DB2), cluster())
    there = with_cluster(standby(DC1_DB2), cluster(DC1_DB2, DC1_DB1))
    assert "who is promoted" in subjects(context(here, there))["views"].summary


def test_a_node_with_unknown_processes_disagrees_with_nothing() -> None:
    blind = primary(DC1_DB1, sql=unseen(), processes=unseen())
    assert not subjects(pair(cluster(), first=blind))


def test_a_running_server_without_sql_answer_is_not_called_stopped() -> None:
    silent = primary(DC1_DB1, sql=unseen(), processes=seen(processes(), "ps"))
    assert not subjects(pair(cluster(), first=silent))


# --- whose view


def test_the_quorate_view_is_preferred_and_named() -> None:
    cut_off = with_cluster(primary(DC1_DB1), cluster(quorum=False, nodes=nodes(second=NodeState.OFFLINE)))
    majority = with_cluster(standby(DC1_DB2), cluster(dc=DC1_DB2.node))
    chosen = context(cut_off, majority).view
    assert chosen is not None
    assert chosen.witness.name == DC1_DB2.name
    assert chosen.quote("x", "y").source == "crm_mon on cf-dc1-db2"


def test_a_baseline_is_read_as_an_lsn_with_its_view() -> None:
    agent = context(*healthy_dc1()).agent(healthy_dc1()[0])
    assert agent is not None
    assert agent.state.baseline == lsn("0/4038598")


# --- real captures of the corpus


@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpus is not there")
def test_a_real_el7_cluster_with_the_lock_shows_its_failure_in_words() -> None:
    text = next(path for path in sorted(CORPUS.glob("el72-1113-2node-03*")) if path.suffix == ".txt").read_text()
    status = parse_cluster(text)
    assert status is not None
    first, second = (node.name for node in status.nodes[:2])
    databases = (replace(DC1_DB1, node=first), replace(DC1_DB2, node=second))
    region = replace(context(*healthy_dc1()).region, databases=databases)
    here = context(with_cluster(primary(DC1_DB1), status), with_cluster(stopped(DC1_DB2), status), region=region)
    found = [finding for finding in check_failures(here) if "PGSQL.lock" in finding.summary]
    assert found


def test_rep_mode_is_unknown_without_the_cib() -> None:
    assert context(primary(DC1_DB1), standby(DC1_DB2)).rep_mode is None
    assert context(*healthy_dc1()).rep_mode == cib().parameters["postgresql"]["rep_mode"]
