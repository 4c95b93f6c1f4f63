"""Whatever part of the facts is unknown: no check fails, nothing is dropped, and unknown is never an alarm."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from console.diagnosis.engine import diagnose
from console.diagnosis.finding import Finding, Severity
from console.diagnosis.registry import REGISTRY
from console.facts.cluster import NodeState
from console.facts.host import HostFacts
from console.facts.observed import Observed
from tests.unit.diagnosis.builders import (
    DC1,
    DC1_DB1,
    DC1_DB2,
    GLOBAL_DB1,
    GLOBAL_DB2,
    cluster,
    data,
    healthy_dc1,
    lock_file,
    nodes,
    primary,
    seen,
    snapshot,
    standby,
    stopped,
    unreachable,
    unseen,
    with_cluster,
)
from tests.unit.diagnosis.setup_builders import global_pair, ui, worker

UIS = [ui(host, replication=worker()) for host in DC1.uis]
FACTS = [item.name for item in fields(HostFacts) if isinstance(item.default, Observed)]
OFFLINE = cluster(promoted=DC1_DB2, unpromoted=None, nodes=nodes(NodeState.UNCLEAN_OFFLINE, NodeState.ONLINE))
HEALTHY = ([*healthy_dc1(), *UIS], global_pair())
BROKEN = (
    [unreachable(DC1_DB1), with_cluster(primary(DC1_DB2), OFFLINE)],
    [
        with_cluster(stopped(DC1_DB1, data=seen(data(lock=lock_file()), "data")), OFFLINE),
        with_cluster(primary(DC1_DB2), OFFLINE),
    ],
    [primary(GLOBAL_DB1), primary(GLOBAL_DB2)],
    [standby(GLOBAL_DB1), primary(GLOBAL_DB2)],
    [standby(GLOBAL_DB1), standby(GLOBAL_DB2)],
    [stopped(GLOBAL_DB1), stopped(GLOBAL_DB2)],
)
BLANKS = st.lists(st.sets(st.sampled_from(FACTS)), min_size=4, max_size=4)


def blanked(hosts: list[HostFacts], blanks: list[set[str]]) -> list[HostFacts]:
    """The same hosts, some facts of each not seen."""
    unknown: list[dict[str, Any]] = [{name: unseen("could not look") for name in names} for names in blanks]
    return [replace(host, **change) for host, change in zip(hosts, unknown, strict=False)]


def defects(found: tuple[Finding, ...]) -> list[str]:
    return [item.evidence[0].value for item in found if item.details.get("kind") == "defect"]


@given(st.sampled_from(HEALTHY + BROKEN), BLANKS)
@settings(max_examples=150, deadline=None)
def test_no_check_fails_whatever_is_unknown(hosts: list[HostFacts], blanks: list[set[str]]) -> None:
    whole = snapshot(*blanked(hosts, blanks))
    found = diagnose(whole, snapshot(*hosts))
    assert defects(found) == []
    assert {item.code for item in found} <= set(REGISTRY)
    keys = {item.key for item in found}
    assert all(item.caused_by in keys for item in found if item.caused_by is not None)
    assert all(item.summary.isprintable() and len(item.summary) <= 100 for item in found)


@given(st.sampled_from(HEALTHY), BLANKS)
@settings(max_examples=150, deadline=None)
def test_a_healthy_pair_that_is_seen_in_part_raises_no_alarm(hosts: list[HostFacts], blanks: list[set[str]]) -> None:
    found = diagnose(snapshot(*blanked(hosts, blanks)))
    alarms = [item.summary for item in found if item.severity in {Severity.CRITICAL, Severity.WARNING}]
    assert alarms == []
