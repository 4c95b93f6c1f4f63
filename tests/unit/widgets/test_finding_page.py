"""The page of a finding, on the screen and as text for a ticket."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.diagnosis.finding import Evidence, Severity
from tests.unit.widgets.scenes import HOSTILE, NOON, finding, hostile_finding, scene
from widgets.finding_page import finding_page, finding_text, remedy_words

LOCK = next(each for each in scene("lock-unsafe").findings if each.code == "C02")
FINDINGS = scene("lock-unsafe").findings
NOW = scene("lock-unsafe").snapshot.at


def page(width: int = 100) -> str:
    return "\n".join(line.plain for line in finding_page(LOCK, FINDINGS, width, NOW))


def test_it_says_what_is_wrong_what_to_do_how_one_knows_and_what_it_means() -> None:
    parts = ["CRITICAL  C02", "PGSQL.lock, unsafe", "What to do", "Evidence", "What C02 means"]
    assert [part for part in parts if part not in page()] == []
    places = [page().index(part) for part in parts]
    assert places == sorted(places)


def test_each_piece_of_evidence_has_its_witness_and_age() -> None:
    quote = Evidence("replayed", "1/2", "psql", "other.example.com", NOW - timedelta(seconds=12))
    told = finding_page(replace(LOCK, evidence=(quote,)), (), 100, NOW)
    assert any("replayed" in line.plain and "(psql on other, 12 s ago)" in line.plain for line in told)


def test_a_witness_that_names_its_host_is_not_told_twice() -> None:
    quote = Evidence("status", "PRI", "crm_mon on other", "other.example.com")
    told = "\n".join(line.plain for line in finding_page(replace(LOCK, evidence=(quote,)), (), 100, NOW))
    assert "(crm_mon on other)" in told


def test_it_lists_what_follows_from_it_and_what_it_follows_from() -> None:
    follower = next(each for each in FINDINGS if each.caused_by == LOCK.key)
    assert "What follows from it" in page()
    assert follower.code in page()
    told = "\n".join(line.plain for line in finding_page(follower, FINDINGS, 100, NOW))
    assert "Follows from" in told
    assert "C02" in told


@pytest.mark.parametrize("width", [40, 78, 118])
def test_no_line_is_wider_than_told(width: int) -> None:
    assert max(line.cell_length for line in finding_page(LOCK, FINDINGS, width, NOW)) <= width


def test_a_finding_that_is_gone_says_since_when() -> None:
    lines = finding_page(LOCK, (), 80, NOW, NOW - timedelta(seconds=30))
    assert any("does not hold any more (since 30 s)" in line.plain for line in lines)


def test_a_remedy_that_is_a_runbook_is_told_as_a_guided_repair() -> None:
    assert "guided repair failback" in remedy_words(finding("S03", Severity.WARNING, remedy="failback"))


def test_a_code_that_no_page_explains_is_shown_without_one() -> None:
    assert finding_page(finding("Z99", Severity.INFO), (), 80, NOON)


def test_as_text_it_has_summary_evidence_remedy_and_time() -> None:
    told = finding_text(LOCK, NOW)
    assert told.startswith("✖ CRITICAL C02 dc2 cf-dc2-db1.example.com\n")
    for part in (LOCK.summary, LOCK.evidence[0].value, "What to do: ", f"{NOW:%Y-%m-%d %H:%M:%S} UTC"):
        assert part in told


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_inert_on_the_page_and_in_the_text(hostile: str) -> None:
    bad = hostile_finding(hostile)
    lines = finding_page(bad, (bad,), 78, NOON)
    assert max(line.cell_length for line in lines) <= 78
    assert all(char.isprintable() for line in lines for char in line.plain)
    assert all(line.isprintable() for line in finding_text(bad, NOON).splitlines())
