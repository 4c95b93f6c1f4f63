"""Findings in lists: worst first, what follows from another under it, and what a filter finds."""

from __future__ import annotations

import pytest

from console.diagnosis.finding import Severity
from tests.unit.widgets.scenes import HOSTILE, finding, hostile_finding, scene
from widgets.finding_lines import FindingTrees, Listed, count_text, finding_row

CAUSE = finding("C02", Severity.CRITICAL, host="a.example.com", summary="a: PGSQL.lock, unsafe")
EFFECT = finding("C01", Severity.WARNING, caused_by=CAUSE.key)
OTHER = finding("U01", Severity.WARNING, "dc2", remedy="start httpd")
TREES = FindingTrees.of((CAUSE, OTHER, EFFECT))


def test_what_follows_stands_under_its_cause() -> None:
    assert [(item.finding.code, item.folded) for item in TREES.every] == [("C02", False), ("C01", True), ("U01", False)]


def test_the_short_list_has_causes_alone_and_counts_what_follows() -> None:
    assert [(item.finding.code, item.followers) for item in TREES.roots] == [("C02", 1), ("U01", 0)]


def test_what_is_worse_than_its_cause_stands_in_the_short_list_too() -> None:
    cause = finding("H01", Severity.UNKNOWN)
    worse = finding("P01", Severity.CRITICAL, caused_by=cause.key)
    mild = finding("C05", Severity.INFO, caused_by=cause.key)
    found = FindingTrees.of((worse, cause, mild)).roots
    assert [(item.finding.code, item.folded, item.followers) for item in found] == [("H01", False, 1), ("P01", True, 0)]


@pytest.mark.parametrize("words", ["c02", "CRITICAL", "pgsql.lock", "a.example", "dc1 unsafe", "unsafe dc1"])
def test_a_filter_looks_at_code_severity_host_region_and_text_in_any_order(words: str) -> None:
    assert CAUSE.code in [item.finding.code for item in TREES.matching(words)]
    assert OTHER.code not in [item.finding.code for item in TREES.matching(words)]


def test_a_filter_finds_what_is_folded_and_what_the_remedy_says() -> None:
    assert [item.finding.code for item in TREES.matching("c01")] == ["C01"]
    assert [item.finding.code for item in TREES.matching("httpd")] == ["U01"]


def test_a_filter_that_nothing_matches_finds_nothing() -> None:
    assert TREES.matching("c02 dc2") == ()


@pytest.mark.parametrize("width", [60, 80, 160])
def test_a_row_says_severity_code_region_and_what_is_wrong(width: int) -> None:
    line = finding_row(Listed(CAUSE), width)
    assert line.cell_length == width
    for part in ("✖ CRITICAL", "C02", "dc1", "PGSQL.lock, unsafe"):
        assert part in line.plain


def test_where_there_is_room_the_host_has_its_own_column_and_is_not_said_twice() -> None:
    told = " ".join(finding_row(Listed(CAUSE), 160).plain.split())
    assert told == "✖ CRITICAL C02 dc1 a PGSQL.lock, unsafe"


def test_a_row_that_folds_others_says_how_many_even_where_its_words_do_not_fit() -> None:
    long = finding("P03", Severity.WARNING, summary="word " * 40)
    assert finding_row(Listed(long, followers=4), 80).plain.rstrip().endswith("… (+4)")


def test_a_folded_row_is_marked() -> None:
    assert "↳ C01 of dc1" in finding_row(Listed(EFFECT, folded=True), 80).plain


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("width", [60, 80, 160])
def test_hostile_text_stays_in_its_columns(hostile: str, width: int) -> None:
    line = finding_row(Listed(hostile_finding(hostile)), width)
    assert line.cell_length == width
    assert all(char.isprintable() for char in line.plain)
    assert line.plain.startswith(" ✖ CRITICAL P01 ")


def test_counts_say_each_severity_in_words() -> None:
    assert count_text((CAUSE, OTHER, EFFECT)).plain == "✖ 1 critical  ▲ 2 warning"
    assert count_text(()).plain == "no findings"


def test_every_finding_of_a_scene_is_listed_once() -> None:
    findings = scene("lock-unsafe").findings
    listed = FindingTrees.of(findings).every
    assert sorted(item.key for item in listed) == sorted(each.key for each in findings)
