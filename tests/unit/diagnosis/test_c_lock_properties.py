"""C02 as properties: "safe" is only ever said when E ≤ F is certain and nothing essential is unknown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.diagnosis.end_of_wal import End
from console.diagnosis.fork_point import Fork
from console.diagnosis.lock import check_lock
from console.diagnosis.lock_proof import PAGE, LockProof, Verdict, judge
from console.facts.evidence import Evidence, WalEndMethod
from console.facts.host import HostFacts
from console.facts.lsn import Lsn, WalArithmetic
from tests.unit.diagnosis.builders import DC1_DB1, DC1_DB2, context, primary, stopped, unseen
from tests.unit.diagnosis.test_c_lock import F, exact, new, old

positions = st.integers(min_value=0x1000000, max_value=0x300000000)
arithmetics = st.sampled_from(WalArithmetic)


def at(position: int, arithmetic: WalArithmetic) -> Lsn:
    return Lsn(*divmod(position, arithmetic.value))


def judged(fork: Fork, end: End, arithmetic: WalArithmetic) -> LockProof:
    return judge(stopped(DC1_DB1), primary(DC1_DB2), fork, end, arithmetic)


@given(e=positions, f=positions, arithmetic=arithmetics)
def test_with_both_exact_the_verdict_is_the_comparison(e: int, f: int, arithmetic: WalArithmetic) -> None:
    fork = Fork(at(f, arithmetic), at(f, arithmetic))
    proof = judged(fork, End(1, at(e, arithmetic), at(e, arithmetic), WalEndMethod.WALDUMP), arithmetic)
    assert proof.verdict is (Verdict.SAFE if e <= f else Verdict.UNSAFE)
    assert proof.bytes_only_here == max(0, e - f)


@given(page=st.integers(min_value=2048, max_value=400000), f=positions, arithmetic=arithmetics)
def test_a_page_bound_is_safe_only_when_all_of_it_lies_before_f(page: int, f: int, arithmetic: WalArithmetic) -> None:
    start, end = page * PAGE, (page + 1) * PAGE
    bound = End(1, at(start, arithmetic), at(end, arithmetic), WalEndMethod.PAGES)
    proof = judged(Fork(at(f, arithmetic), at(f, arithmetic)), bound, arithmetic)
    expected = Verdict.SAFE if end <= f else Verdict.UNSAFE if start - f >= PAGE else Verdict.NOT_PROVABLE
    assert proof.verdict is expected


@given(low=positions, width=st.integers(min_value=1, max_value=1 << 24), e=positions, arithmetic=arithmetics)
def test_a_vague_fork_is_safe_only_below_its_start_and_unsafe_only_past_its_end(
    low: int, width: int, e: int, arithmetic: WalArithmetic
) -> None:
    fork = Fork(at(low, arithmetic), at(low + width, arithmetic))
    proof = judged(fork, End(1, at(e, arithmetic), at(e, arithmetic), WalEndMethod.WALDUMP), arithmetic)
    expected = Verdict.SAFE if e <= low else Verdict.UNSAFE if e > low + width else Verdict.NOT_PROVABLE
    assert proof.verdict is expected


def verdict(first: HostFacts, second: HostFacts) -> object:
    return next((finding.details["verdict"] for finding in check_lock(context(first, second))), None)


@pytest.mark.parametrize("field", ["control", "history", "processes", "evidence"])
def test_no_fact_of_the_old_node_can_be_missing_from_a_safe_verdict(field: str) -> None:
    facts = old(exact(F))
    assert verdict(facts, new()) == "safe"
    blank: Any = Evidence() if field == "evidence" else unseen("not root: permission denied")
    assert verdict(replace(facts, **{field: blank}), new()) == "not-provable"


def test_without_the_primarys_own_word_no_verdict_is_safe() -> None:
    assert verdict(old(exact(F)), replace(new(), sql=unseen("psql: timed out"))) == "not-provable"


def test_without_any_view_of_the_cluster_a_kept_timeline_is_never_safe() -> None:
    first, second = replace(old(exact(F)), cluster=unseen()), replace(new(), cluster=unseen())
    assert verdict(first, second) == "not-provable"


def test_without_either_system_identifier_no_verdict_is_safe() -> None:
    second = new()
    status = second.sql.value
    assert status is not None
    nameless = replace(second, control=unseen(), sql=replace(second.sql, value=replace(status, system_identifier=None)))
    assert verdict(old(exact(F)), nameless) == "not-provable"
