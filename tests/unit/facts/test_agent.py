"""The agent's attributes from a cluster status, under every naming (DOMAIN 1.1)."""

from __future__ import annotations

from console.facts.agent import agent_state
from console.facts.cluster import ClusterStatus
from console.facts.lsn import Lsn


def _status(**nodes: dict[str, str]) -> ClusterStatus:
    return ClusterStatus("text", None, None, None, (), (), attributes=nodes)


def test_names_are_built_from_the_resource() -> None:
    status = _status(
        a={"pg-master-status": "PRI", "pg-master-master-baseline": "0000000010000080", "master-pg-master": "1000"}
    )
    state = agent_state(status, "a", "pg-master")
    assert (state.status, state.baseline, state.master_score) == ("PRI", Lsn(0, 0x10000080), "1000")


def test_the_fixed_names_of_the_first_agent_are_read_too() -> None:
    state = agent_state(_status(a={"pgsql-status": "HS:async", "pgsql-data-status": "STREAMING|ASYNC"}), "a", "vmdb")
    assert (state.status, state.data_status) == ("HS:async", "STREAMING|ASYNC")


def test_of_two_numbered_scores_on_one_node_the_highest_counts() -> None:
    status = _status(a={"master-pgsql:0": "-INFINITY", "master-pgsql:1": "1000"}, b={"master-pgsql:0": "100"})
    assert agent_state(status, "a", "pgsql").master_score == "1000"
    assert agent_state(status, "b", "pgsql").master_score == "100"


def test_node_names_are_compared_without_case() -> None:
    assert agent_state(_status(DB1={"pgsql-status": "PRI"}), "db1", "pgsql").status == "PRI"


def test_what_is_not_printed_is_unknown() -> None:
    state = agent_state(_status(), "a", "pgsql")
    assert (state.status, state.data_status, state.master_score, state.baseline, state.xlog_location) == (None,) * 5


def test_a_baseline_that_makes_no_sense_is_unknown() -> None:
    assert agent_state(_status(a={"pgsql-master-baseline": "nonsense"}), "a", "pgsql").baseline is None
