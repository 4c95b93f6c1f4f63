from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from console.diagnosis.finding import Finding, Severity
from console.report.trees import trees
from tests.unit.report.samples import finding

CODES = ("P01", "P02", "C01", "C02", "H01")


@st.composite
def any_findings(draw: st.DrawFn) -> list[Finding]:
    """Findings with causes at random: missing ones, chains, cycles, the same key twice."""
    keys = [f"{code}:dc1" for code in CODES] + ["P09:elsewhere"]
    drawn = st.builds(
        lambda code, severity, cause: replace(finding(code, severity, None, "s"), caused_by=cause),
        st.sampled_from(CODES),
        st.sampled_from(Severity),
        st.none() | st.sampled_from(keys),
    )
    return draw(st.lists(drawn, max_size=12))


@settings(deadline=None)
@given(any_findings())
def test_every_finding_is_shown_exactly_once(findings: list[Finding]) -> None:
    shown = [id(item) for tree in trees(findings) for item in (tree.root, *tree.followers)]
    assert sorted(shown) == sorted(id(item) for item in findings)


@settings(deadline=None)
@given(any_findings())
def test_the_worst_tree_comes_first(findings: list[Finding]) -> None:
    ranks = [tree.severity.rank for tree in trees(findings)]
    assert ranks == sorted(ranks)


def test_a_chain_is_folded_under_its_first_cause() -> None:
    first = finding("H01", Severity.UNKNOWN, "db1", "no answer")
    second = finding("C04", Severity.WARNING, "db1", "offline", caused_by=first.key)
    third = finding("P01", Severity.CRITICAL, None, "no primary", caused_by=second.key)
    [tree] = trees([third, second, first])
    assert tree.root is first
    assert tree.followers == (third, second)
    assert tree.severity is Severity.CRITICAL


def test_a_finding_whose_cause_was_not_selected_stands_by_itself() -> None:
    lonely = finding("P03", Severity.WARNING, "db2", "not streaming", caused_by="H01:dc1:db2")
    assert [tree.root for tree in trees([lonely])] == [lonely]
