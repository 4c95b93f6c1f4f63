"""Runs that must not begin: somebody else's is under way, or a guard says no. The hosts stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.lab import faults, runs
from tests.lab.both import in_both, light, settle
from tests.lab.fleet import Lab
from tests.lab.runs import Started
from tests.lab.scripted_faults import let_host_2_serve

G = "global"
DB1, DB2 = "cf-global-db1.example.com", "cf-global-db2.example.com"
BOTH = (DB1, DB2)


@pytest.fixture(scope="module", autouse=True)
def global_at_home_afterwards(lab: Lab) -> Iterator[None]:
    """What comes next finds host 1 serving again."""
    yield
    settle(lab, G)


def test_of_two_consoles_that_begin_at_once_one_is_refused_and_told_who(lab: Lab) -> None:
    settle(lab, "dc1")
    target = lab.standby("dc1").name
    arguments = runs.run_arguments("rebuild-standby", target, "--discard-old", confirm=(target,))
    both = [Started(lab, *arguments), Started(lab, *arguments)]
    refused, done = sorted(both, key=lambda started: started.end().code, reverse=True)
    assert (refused.end().code, done.end().code) == (runs.REFUSED, runs.DONE), refused.end().words + done.end().words
    assert (done.run or "?") in refused.end().words
    assert lab.is_healthy("dc1")


def test_a_console_that_comes_later_is_refused_and_told_who(lab: Lab) -> None:
    settle(lab, "dc1")
    target = lab.standby("dc1").name
    first = Started(lab, *runs.run_arguments("rebuild-standby", target, "--max-rate", "2MB", confirm=(target,)))
    first.wait_event(lambda event: event["event"] == "job-begun")
    second = runs.run(lab, "rebuild-standby", target, confirm=(target,))
    first.interrupt()
    assert first.end().code == runs.HALF_WAY, first.end().words
    assert second.code == runs.REFUSED, second.words
    assert (first.run or "?") in second.words
    assert "root@" in second.words
    back = runs.resume(lab, first.run, "--roll-back", confirm=(target,))
    assert back.code == runs.ROLLED_BACK, back.words
    assert lab.is_healthy("dc1")


@pytest.mark.parametrize("fault", [faults.maintenance, faults.move_constraint_left])
def test_a_rebuild_that_a_guard_refuses_changes_nothing(
    lab: Lab, fault: Callable[[Lab, str], AbstractContextManager[Any]]
) -> None:
    with light(lab, lambda region: fault(lab, region)):

        def refused(region: str) -> None:
            before, target = runs.traces(lab, region), lab.standby(region).name
            done = runs.run(lab, "rebuild-standby", target, confirm=(target,))
            assert done.code == runs.REFUSED, done.words
            assert runs.traces(lab, region) == before

        in_both(refused)


@pytest.mark.parametrize("method", ["rejoin", "copy"])
def test_a_failback_that_a_guard_refuses_changes_nothing(lab: Lab, method: str) -> None:
    let_host_2_serve(lab)
    with faults.pg_hba_differs(lab, DB1):
        before = runs.traces(lab, G)
        done = runs.run(lab, "failback", G, "--method", method, confirm=BOTH)
        assert done.code == runs.REFUSED, done.words
        assert "pg_hba.conf" in done.words
        assert runs.traces(lab, G) == before
    assert lab.in_recovery(DB2) is False
