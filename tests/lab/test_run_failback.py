"""failback of region global on real hosts: nothing acknowledged is lost, and writes are down for seconds."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.lab import runs
from tests.lab.fleet import Lab
from tests.lab.report import Report, check
from tests.lab.runs import Finished, Started
from tests.lab.scripted_faults import let_host_2_serve
from tests.lab.shell import wait_until
from tests.lab.writer import Written, writing

G = "global"
DB1, DB2 = "cf-global-db1.example.com", "cf-global-db2.example.com"
BOTH = (DB1, DB2)
DOWNTIME = 4.0
"""Seconds: the issue's figure for `rejoin`."""


@dataclass(frozen=True)
class Failback:
    """A failback: what the console said, what a client met throughout, and the console's look afterwards."""

    finished: Finished
    written: Written
    report: Report
    left: str


def observe(lab: Lab, method: str) -> Failback:
    let_host_2_serve(lab)
    with writing(lab, G) as writer:
        finished = runs.run(lab, "failback", G, "--method", method, confirm=BOTH)
        writer.wait_for(5)
        written = writer.stop()
    return Failback(finished, written, check(lab, G), runs.traces(lab, G))


@pytest.fixture(scope="module", params=["rejoin", "copy"])
def failback(lab: Lab, request: pytest.FixtureRequest) -> Failback:
    return observe(lab, request.param)


def test_it_ends_done_and_verified(failback: Failback) -> None:
    assert failback.finished.code == runs.DONE, failback.finished.words


def test_host_1_is_the_primary_and_host_2_its_standby(failback: Failback) -> None:
    region = failback.report.region(G)
    assert (region["primary"], region["standby"]) == BOTH


def test_no_acknowledged_write_is_missing_on_host_1(lab: Lab, failback: Failback) -> None:
    assert len(failback.written.acknowledged) > 20
    assert failback.written.missing(lab, DB1) == []


def test_nothing_is_found_afterwards_but_the_old_data(failback: Failback) -> None:
    assert set(failback.report.codes) <= {"H08"}, failback.report.words


def test_neither_gate_nor_hold_nor_lease_is_left(failback: Failback) -> None:
    for trace in ("vmdb-console -", "vmdb-held", "/var/lib/vmdb-console/lease", "/var/lib/vmdb-console/jobs/"):
        assert trace not in failback.left, failback.left


def test_writes_are_down_for_seconds_by_rejoin(lab: Lab) -> None:
    done = observe(lab, "rejoin")
    assert done.finished.code == runs.DONE, done.finished.words
    assert done.written.longest_gap <= DOWNTIME


def test_a_console_killed_after_every_step_is_resumed_to_the_end(lab: Lab) -> None:
    let_host_2_serve(lab)
    with writing(lab, G) as writer:
        started = Started(lab, *runs.run_arguments("failback", G, confirm=BOTH))
        finished, kills = runs.kill_after_every_step(lab, started, BOTH)
        writer.wait_for(5)
        written = writer.stop()
    assert finished.code == runs.DONE, finished.words
    assert kills > 8
    assert written.missing(lab, DB1) == []
    assert set(check(lab, G).codes) <= {"H08"}


@pytest.mark.parametrize("victim", [DB1, DB2])
def test_a_host_that_loses_power_during_the_copy_leaves_a_run_that_can_be_taken_back(lab: Lab, victim: str) -> None:
    let_host_2_serve(lab)
    with writing(lab, G) as writer:
        started = Started(lab, *runs.run_arguments("failback", G, "--max-rate", "2MB", confirm=BOTH))
        started.wait_event(lambda e: e["event"] == "job-begun")
        lab.crash(victim)
        finished = started.end()
        assert finished.code == runs.HALF_WAY, finished.words
        lab.boot(victim)
        wait_until(lambda: lab.in_recovery(DB2) is False, 60, "host 2 serves")
        back = runs.console(lab, "resume", started.run or "", "--roll-back", "--reason", "a lab test", "--confirm", DB1)
        assert back.code == runs.ROLLED_BACK, back.words
        writer.wait_for(5)
        written = writer.stop()
    assert written.missing(lab, DB2) == []
    assert "vmdb-held" not in runs.traces(lab, G)


def test_host_1_losing_power_in_the_switch_gives_the_writes_back_to_host_2(lab: Lab) -> None:
    let_host_2_serve(lab)
    with writing(lab, G) as writer:
        started = Started(lab, *runs.run_arguments("failback", G, confirm=BOTH))
        started.wait_event(lambda e: e["event"] == "intent" and "stop" in e["step"] and e["host"] == DB2)
        lab.crash(DB1)
        finished = started.end()
        assert finished.code == runs.HALF_WAY, finished.words
        writer.wait_for(5, 30)
        written = writer.stop()
    assert lab.in_recovery(DB2) is False
    assert written.missing(lab, DB2) == []


def test_a_second_console_is_refused_and_told_who(lab: Lab) -> None:
    let_host_2_serve(lab)
    started = Started(lab, *runs.run_arguments("failback", G, "--max-rate", "2MB", confirm=BOTH))
    started.wait_event(lambda e: e["event"] == "job-begun")
    second = runs.run(lab, "failback", G, confirm=BOTH)
    started.interrupt()
    first = started.end()
    assert second.code == runs.REFUSED, second.words
    assert (started.run or "?") in second.words
    assert first.code == runs.HALF_WAY, first.words


def test_a_healthy_region_has_nothing_to_fail_back(lab: Lab) -> None:
    lab.restore(G)
    before = runs.traces(lab, G)
    done = runs.run(lab, "failback", G, confirm=BOTH)
    assert done.code == runs.REFUSED, done.words
    assert runs.traces(lab, G) == before
