"""From a finding to the guided repair that does what its remedy says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.diagnosis.finding import Severity
from console.runbooks.names import NAMES
from tests.unit.widgets.scenes import finding, scene
from widgets.finding_page import remedy_words
from widgets.mending import runbook_for


@pytest.mark.parametrize(
    ("scenario", "code", "runbook"),
    [
        ("lock-safe", "C02", "lock-cleanup"),
        ("lock-unsafe", "C02", "rebuild-standby"),
        ("failed-over", "S03", "failback"),
        ("standby-out-of-date", "P03", "rebuild-standby"),
    ],
)
def test_what_a_scenario_broke_has_its_guided_repair(scenario: str, code: str, runbook: str) -> None:
    found = next(each for each in scene(scenario).findings if each.code == code)
    assert runbook_for(found) == runbook
    assert f"guided repair {runbook}" in remedy_words(found)


@pytest.mark.parametrize("verdict", ["safe", "not-provable"])
def test_a_lock_that_is_not_unsafe_is_lock_cleanups_whatever_its_remedy_mentions(verdict: str) -> None:
    found = finding("C02", Severity.WARNING, remedy="start the primary, or rebuild it (pg_basebackup)")
    assert runbook_for(replace(found, details={"verdict": verdict})) == "lock-cleanup"


@pytest.mark.parametrize("name", NAMES)
def test_a_remedy_that_is_a_runbooks_name_is_that_runbook(name: str) -> None:
    assert runbook_for(finding("S03", Severity.WARNING, remedy=name)) == name


@pytest.mark.parametrize(
    "words", ["do not rebuild it; see node_list", "raise max_wal_senders: pg_basebackup -X stream needs 2 more"]
)
def test_words_that_only_mention_a_rebuild_are_no_rebuild(words: str) -> None:
    assert runbook_for(finding("C09", Severity.WARNING, remedy=words)) is None


def test_work_for_a_person_has_no_guided_repair() -> None:
    found = finding("H05", Severity.WARNING, remedy="find what grows")
    assert runbook_for(found) is None
    assert remedy_words(found) == "Find what grows."


def test_two_primaries_have_no_guided_repair() -> None:
    assert all(runbook_for(each) is None for each in scene("split-brain").findings if each.code == "P02")
