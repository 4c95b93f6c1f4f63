"""Folding: what follows from something worse is marked, never dropped; no cycles."""

from __future__ import annotations

from dataclasses import replace
from graphlib import TopologicalSorter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.diagnosis.finding import Evidence, Finding, Severity
from console.diagnosis.folding import PLAIN_REASONS, RULES, fold
from console.diagnosis.registry import REGISTRY

DB1, DB2, UI1 = "db1", "db2", "ui1"
DATABASES = frozenset({DB1, DB2})
CRITICAL, WARNING, UNKNOWN = Severity.CRITICAL, Severity.WARNING, Severity.UNKNOWN


def finding(
    code: str, host: str | None = None, severity: Severity = CRITICAL, region: str = "dc1", **fields: Any
) -> Finding:
    return Finding(code, severity, region, host, f"{code} {host}", **fields)


def cause_of(effect: Finding, *others: Finding) -> str | None:
    """The cause that `effect` is folded under, among the others."""
    folded = fold([effect, *others], DATABASES)
    assert [item.key for item in folded] == [item.key for item in (effect, *others)]
    return folded[0].caused_by


def test_the_rules_have_no_cycle() -> None:
    graph: dict[str, set[str]] = {}
    for rule in RULES:
        for effect in rule.effects:
            graph.setdefault(effect, set()).update(rule.causes)
    list(TopologicalSorter(graph).static_order())


def test_the_rules_name_only_registered_codes() -> None:
    named = {code for rule in RULES for code in (*rule.causes, *rule.effects)} | set(PLAIN_REASONS)
    assert named <= set(REGISTRY)


@pytest.mark.parametrize("code", ["H01", "H02", "H03"])
@pytest.mark.parametrize("effect", ["P01", "P03", "P04", "C01", "C04", "C05", "C06", "S01"])
def test_what_others_saw_of_an_unseen_database_host_is_folded_under_it(code: str, effect: str) -> None:
    unseen = finding(code, DB1, UNKNOWN)
    assert cause_of(finding(effect, DB2 if effect == "S01" else None), unseen) == unseen.key


def test_a_folded_finding_keeps_its_severity() -> None:
    folded = fold([finding("P01"), finding("H01", DB1, UNKNOWN)], DATABASES)
    assert folded[0].severity is CRITICAL


def test_an_unreachable_host_is_one_root() -> None:
    others = ["P01", "P03", "C01", "C04", "C05", "C06", "C09", "S01"]
    folded = fold([finding("H01", DB1, UNKNOWN), *(finding(code, DB1) for code in others)], DATABASES)
    assert [item.code for item in folded if item.caused_by is None] == ["H01"]


def test_an_unseen_appliance_explains_nothing_about_the_pair() -> None:
    assert cause_of(finding("P01"), finding("H01", UI1, UNKNOWN)) is None


def test_an_unseen_host_of_another_region_explains_nothing() -> None:
    assert cause_of(finding("P01"), finding("H01", DB1, UNKNOWN, region="dc2")) is None


def test_a_host_that_was_probed_without_root_was_seen() -> None:
    degraded = finding("H02", DB1, UNKNOWN, details={"kind": "degraded"})
    assert cause_of(finding("P01"), degraded) is None
    assert cause_of(finding("H04", DB1, UNKNOWN), degraded) == degraded.key


def test_the_cause_about_the_same_host_comes_first() -> None:
    both = finding("H01", DB1, UNKNOWN), finding("H01", DB2, UNKNOWN)
    assert cause_of(finding("C01", DB2), *both) == both[1].key


@pytest.mark.parametrize(
    ("cause", "effect"),
    [
        ("C04", "C01"),
        ("C04", "P03"),
        ("C02", "C01"),
        ("C02", "P03"),
        ("C02", "P08"),
        ("P06", "P03"),
        ("P06", "P04"),
        ("P02", "S04"),
        ("P02", "S05"),
        ("A01", "A02"),
        ("A01", "A03"),
        ("A01", "A05"),
        ("A05", "P03"),
        ("P01", "U01"),
        ("P01", "U02"),
        ("U02", "U01"),
        ("S04", "S05"),
        ("P03", "P04"),
        ("A04", "A03"),
    ],
)
def test_a_plain_consequence_is_folded(cause: str, effect: str) -> None:
    root = finding(cause, DB2)
    assert cause_of(finding(effect, DB2, WARNING), root) == root.key


def test_a_node_s_trouble_does_not_explain_the_other_s() -> None:
    assert cause_of(finding("C01", DB1), finding("C04", DB2)) is None


def test_a_failed_start_is_explained_by_the_lock_other_failures_are_not() -> None:
    lock = finding("C02", DB2)
    message = Evidence("exit reason", "My data may be inconsistent. You have to remove …")
    assert cause_of(finding("C03", DB2, evidence=(message,)), lock) == lock.key
    assert cause_of(replace(finding("C03", DB2), summary="monitor failed"), lock) is None


def test_archiving_that_is_stuck_explains_a_full_data_disk_and_no_other() -> None:
    stuck = finding("A03", DB1)
    assert cause_of(finding("H05", DB1, details={"purposes": ["data"]}), stuck) == stuck.key
    assert cause_of(finding("H05", DB1, details={"purposes": ["home", "root"]}), stuck) is None


def test_a_cluster_that_is_stopped_on_an_offline_node_is_no_riddle() -> None:
    offline = finding("C04", DB2)
    stopped = finding("H04", DB2, UNKNOWN, details={"kind": "incomplete", "unknown": ["cluster", "cib"]})
    more = finding("H04", DB2, UNKNOWN, details={"kind": "incomplete", "unknown": ["cluster", "disks"]})
    assert cause_of(stopped, offline) == offline.key
    assert cause_of(more, offline) is None


def test_a_worse_finding_is_not_hidden_under_a_milder_one() -> None:
    assert cause_of(finding("P03", DB2, CRITICAL), finding("C02", DB2, WARNING)) is None
    assert cause_of(finding("U01", UI1, WARNING), finding("U02", None, UNKNOWN)) is None


def test_a_node_in_standby_is_the_plain_reason_even_for_something_worse() -> None:
    standby = finding("C04", DB2, WARNING)
    assert cause_of(finding("P03", DB2, CRITICAL), standby) == standby.key


def test_a_cause_that_a_check_has_named_stays() -> None:
    lock = finding("C02", DB2)
    assert cause_of(finding("C01", DB2, caused_by=lock.key), lock, finding("H01", DB2, UNKNOWN)) == lock.key


def test_a_named_cause_that_is_not_there_is_not_kept() -> None:
    assert cause_of(finding("C01", DB2, caused_by="C02:dc1:db2")) is None


def test_a_cycle_made_by_a_named_cause_is_cut() -> None:
    behind = finding("P03", DB2, caused_by="C01:dc1:db2")
    folded = fold([behind, finding("C01", DB2)], DATABASES)
    assert sum(item.caused_by is None for item in folded) == 1


CODES = st.sampled_from(sorted(REGISTRY))
FINDINGS = st.lists(
    st.builds(
        finding,
        CODES,
        st.sampled_from([DB1, DB2, UI1, None]),
        st.sampled_from(Severity),
        caused_by=st.none() | st.builds(lambda code: f"{code}:dc1:{DB1}", CODES),
    ),
    max_size=25,
    unique_by=lambda item: item.key,
)


@given(FINDINGS)
def test_folding_drops_nothing_and_every_chain_ends_at_a_root(given_findings: list[Finding]) -> None:
    folded = fold(given_findings, DATABASES)
    assert [(item.key, item.severity) for item in folded] == [(item.key, item.severity) for item in given_findings]
    causes = {item.key: item.caused_by for item in folded}
    for item in folded:
        key: str | None = item.key
        for _ in range(len(folded) + 1):
            key = causes[key] if key is not None else None
        assert key is None


def test_a_moved_address_is_the_node_s_absence_but_not_maintenance() -> None:
    """Maintenance keeps the cluster from mending the address; it does not move it."""
    assert cause_of(finding("C06"), finding("C04", DB2)) == "C04:dc1:db2"
    assert cause_of(finding("C06"), finding("C04", None, WARNING, subject="maintenance")) is None
