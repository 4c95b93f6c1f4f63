"""Conditions on the cluster, PGSQL.lock and the port's gate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from console.diagnosis.lock_proof import Verdict
from console.facts.client import ClientAnswer, PortAnswer
from console.facts.cluster import Constraint, FailCount, NodeState
from console.facts.observed import Observed
from console.facts.snapshot import Snapshot
from console.facts.system import Firewall
from console.facts.traces import Traces
from console.runbooks import conditions as must
from console.runbooks.plan import Answer
from tests.unit.diagnosis.builders import AT, seen, view
from tests.unit.runbooks.scenes import (
    DC1_1,
    DC1_2,
    DC2_1,
    G1,
    G2,
    answer,
    ruling,
    survey,
    unasked,
    with_host,
    with_value,
)

HEALTHY = survey("healthy", "dc1")
SAFE, UNSAFE = survey("lock-safe", "dc1"), survey("lock-unsafe", "dc2")
GLOBAL = survey("healthy", "global")


def everywhere(**changes: Any) -> Snapshot:
    """Both nodes say so of the cluster."""
    return with_value(with_value(HEALTHY, DC1_1, "cluster", **changes), DC1_2, "cluster", **changes)


def node_state(state: NodeState) -> Snapshot:
    status = HEALTHY.facts(DC1_1).cluster.value
    assert status is not None
    nodes = tuple(replace(node, state=state) if node.name == DC1_2 else node for node in status.nodes)
    return everywhere(nodes=nodes)


def test_a_partition_without_quorum_carries_nothing_out() -> None:
    condition = must.quorate("dc1")
    assert answer(condition, HEALTHY) is Answer.YES
    assert answer(condition, everywhere(quorum=False)) is Answer.NO
    assert answer(condition, everywhere(quorum=None)) is Answer.UNKNOWN


def test_a_cluster_in_maintenance_is_left_alone() -> None:
    condition = must.maintenance_off("dc1")
    assert answer(condition, HEALTHY) is Answer.YES
    assert answer(condition, everywhere(maintenance_mode=True)) is Answer.NO


def test_an_unmanaged_database_resource_is_maintenance_too() -> None:
    status = HEALTHY.facts(DC1_1).cluster.value
    assert status is not None
    unmanaged = tuple(replace(item, managed=False) for item in status.resources)
    assert answer(must.maintenance_off("dc1"), everywhere(resources=unmanaged)) is Answer.NO


def test_a_constraint_that_a_move_left_behind_is_named() -> None:
    left = Constraint("cli-ban-x", "postgresql-ms", DC1_2, "-INFINITY", from_move=True)
    changed = with_value(HEALTHY, DC1_1, "cluster_configuration", constraints=(left,))
    both = with_value(changed, DC1_2, "cluster_configuration", constraints=(left,))
    found = ruling(must.no_constraints_left("dc1"), both)
    assert found.answer is Answer.NO
    assert "cli-ban-x" in found.because
    assert answer(must.no_constraints_left("dc1"), HEALTHY) is Answer.YES


@pytest.mark.parametrize(
    ("state", "in_standby", "not_in_standby", "member"),
    [
        (NodeState.ONLINE, Answer.NO, Answer.YES, Answer.YES),
        (NodeState.STANDBY, Answer.YES, Answer.NO, Answer.YES),
        (NodeState.OFFLINE_STANDBY, Answer.YES, Answer.NO, Answer.NO),
        (NodeState.STANDBY_ON_FAIL, Answer.NO, Answer.NO, Answer.NO),
        (NodeState.OFFLINE, Answer.NO, Answer.UNKNOWN, Answer.NO),
        (NodeState.UNCLEAN_ONLINE, Answer.NO, Answer.UNKNOWN, Answer.NO),
        (NodeState.UNKNOWN, Answer.UNKNOWN, Answer.UNKNOWN, Answer.UNKNOWN),
    ],
)
def test_what_a_nodes_state_means(state: NodeState, in_standby: Answer, not_in_standby: Answer, member: Answer) -> None:
    scene = node_state(state)
    assert answer(must.node_in_standby("dc1", DC1_2, standby=True), scene) is in_standby
    assert answer(must.node_in_standby("dc1", DC1_2, standby=False), scene) is not_in_standby
    assert answer(must.node_online("dc1", DC1_2), scene) is member


def test_a_fail_count_is_a_failure_that_was_not_cleared() -> None:
    condition = must.failures_cleared("dc1", DC1_2)
    assert answer(condition, HEALTHY) is Answer.YES
    count = FailCount("postgresql", DC1_2, 1_000_000)
    assert answer(condition, everywhere(fail_counts=(count,))) is Answer.NO
    elsewhere = FailCount("postgresql", DC1_1, 1_000_000)
    assert answer(condition, everywhere(fail_counts=(elsewhere,))) is Answer.YES


def test_a_failed_action_of_another_resource_is_none_of_ours() -> None:
    status = SAFE.facts(DC1_2).cluster.value
    assert status is not None
    others = tuple(replace(item, resource="fence_dc1") for item in status.failed_actions)
    assert status.failed_actions
    assert answer(must.failures_cleared("dc1", DC1_1), SAFE) is Answer.NO
    scene = with_value(SAFE, DC1_1, "cluster", failed_actions=others, fail_counts=())
    scene = with_value(scene, DC1_2, "cluster", failed_actions=others, fail_counts=())
    assert answer(must.failures_cleared("dc1", DC1_1), scene) is Answer.YES


# --- PGSQL.lock --------------------------------------------------------------------------------------------------


def modified() -> int:
    data = SAFE.facts(DC1_1).data.value
    assert data is not None
    assert data.lock is not None
    return int(data.lock.modified)


def test_a_lock_is_there_or_not_there_and_unknown_where_nobody_looked() -> None:
    assert answer(must.lock_present(DC1_1), SAFE) is Answer.YES
    assert answer(must.lock_absent(DC1_1), SAFE) is Answer.NO
    assert answer(must.lock_absent(DC1_2), HEALTHY) is Answer.YES
    assert answer(must.lock_absent(DC1_2), unasked()) is Answer.UNKNOWN


def test_a_lock_that_was_made_anew_is_not_the_one_that_was_judged() -> None:
    assert answer(must.lock_present(DC1_1, modified()), SAFE) is Answer.YES
    assert answer(must.lock_present(DC1_1, modified() - 1), SAFE) is Answer.NO


def test_a_lock_set_aside_is_seen() -> None:
    aside = with_host(SAFE, DC1_1, traces=seen(Traces(lock_aside=True), "traces"))
    assert answer(must.lock_aside(DC1_1, there=True), aside) is Answer.YES
    assert answer(must.lock_aside(DC1_1, there=False), aside) is Answer.NO
    assert answer(must.lock_aside(DC1_1, there=False), SAFE) is Answer.YES


def test_the_verdict_on_a_lock_is_the_proofs() -> None:
    assert answer(must.lock_verdict(DC1_1, Verdict.SAFE), SAFE) is Answer.YES
    assert answer(must.lock_verdict(DC2_1, Verdict.SAFE), UNSAFE) is Answer.NO
    assert answer(must.lock_verdict(DC2_1, Verdict.NOT_PROVABLE), UNSAFE) is Answer.NO


def test_a_lock_without_proof_is_good_enough_only_where_that_was_accepted() -> None:
    blind = with_host(SAFE, DC1_1, control=Observed(None, "pg_controldata", AT, "not there"))
    assert answer(must.lock_verdict(DC1_1, Verdict.SAFE), blind) is Answer.UNKNOWN
    assert answer(must.lock_verdict(DC1_1, Verdict.NOT_PROVABLE), blind) is Answer.YES
    assert answer(must.lock_verdict(DC1_1, Verdict.NOT_PROVABLE), SAFE) is Answer.YES


# --- the gate ----------------------------------------------------------------------------------------------------


def gate(host: str, *, firewall: bool | None, client: ClientAnswer | None) -> Snapshot:
    scene = with_host(GLOBAL, host, firewall=seen(Firewall("iptables", firewall), "firewall"))
    if client is None:
        return with_host(scene, host, client=Observed(None, "client", AT, "not asked"))
    met = view(client, "10.0.0.1", PortAnswer.FILTERED if client is ClientAnswer.NO_ANSWER else PortAnswer.OPEN)
    return with_host(scene, host, client=seen(met, "client"))


@pytest.mark.parametrize(
    ("firewall", "client", "expected"),
    [
        (False, ClientAnswer.NO_ANSWER, Answer.YES),
        (False, None, Answer.YES),
        (False, ClientAnswer.IN_RECOVERY, Answer.NO),
        (True, ClientAnswer.NO_ANSWER, Answer.NO),
        (None, ClientAnswer.NO_ANSWER, Answer.UNKNOWN),
    ],
)
def test_a_running_standbys_port_is_closed_by_its_firewall_and_no_client_may_contradict(
    firewall: bool | None, client: ClientAnswer | None, expected: Answer
) -> None:
    scene = gate(G2, firewall=firewall, client=client)
    assert answer(must.port_closed_for_clients(G2), scene) is expected
    assert answer(must.gate_closed(G2), scene) is expected


def test_a_port_where_nothing_listens_is_closed_without_any_gate() -> None:
    stopped = survey("failed-over", "global")
    assert answer(must.port_closed_for_clients(G1), stopped) is Answer.YES
    assert answer(must.gate_closed(G1), stopped) is Answer.NO


def test_only_a_client_that_can_write_finds_a_writable_database() -> None:
    condition = must.writable_for_clients(G1)
    assert answer(condition, GLOBAL) is Answer.YES
    assert answer(condition, gate(G1, firewall=True, client=ClientAnswer.STARTING_UP)) is Answer.NO
    assert answer(condition, gate(G1, firewall=True, client=ClientAnswer.LOGIN_REFUSED)) is Answer.UNKNOWN
    assert answer(condition, gate(G1, firewall=True, client=None)) is Answer.UNKNOWN
