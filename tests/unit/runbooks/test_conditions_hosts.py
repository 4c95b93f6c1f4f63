"""Conditions on a host: it answers, it is itself, nobody else works there, its server runs or is stopped."""

from __future__ import annotations

from dataclasses import replace

from console.facts.host import Reach
from console.facts.observed import Observed
from console.facts.postgresql import Postmaster
from console.facts.scripts import PasswordFile
from console.facts.snapshot import Snapshot
from console.facts.system import FileStatus
from console.facts.traces import JobTrace, Lease, Traces
from console.operations.platform import Platform
from console.runbooks import conditions as must
from console.runbooks.plan import Answer
from console.runbooks.platforms import platform_of
from console.transport.protocol import Failure, FailureKind
from tests.unit.diagnosis.builders import AT, seen
from tests.unit.runbooks.scenes import DC1_1, DC1_2, G2, RUN, answer, ruling, survey, unasked, with_host, with_value

HEALTHY = survey("healthy", "dc1")
LOCKED = survey("lock-safe", "dc1")
LEASE = Lease("20261123-100000-beef", "rebuild-standby", "ann@desk", "the standby is broken", 1e9, 1e9)


def platform(snapshot: Snapshot = HEALTHY, host: str = DC1_1) -> Platform:
    region = snapshot.fleet.region("dc1")
    return platform_of(snapshot.fleet.hosts[host], snapshot.facts(host), region)


def test_a_host_that_answered_is_reachable() -> None:
    assert answer(must.reachable(DC1_1), HEALTHY) is Answer.YES


def test_a_host_that_did_not_answer_is_not_and_its_words_are_given() -> None:
    failure = Failure(FailureKind.UNREACHABLE, "no answer from port 22 in 5 s")
    found = ruling(must.reachable(DC1_1), with_host(HEALTHY, DC1_1, reach=Reach(AT, None, failure)))
    assert found.answer is Answer.NO
    assert "no answer from port 22" in found.because


def test_a_host_that_was_never_asked_is_unknown() -> None:
    assert answer(must.reachable(DC1_1), unasked()) is Answer.UNKNOWN


def test_a_host_probed_without_root_is_not_reachable_for_a_run() -> None:
    reach = replace(HEALTHY.facts(DC1_1).reach, degraded="sudo: a password is required")
    assert answer(must.reachable(DC1_1), with_host(HEALTHY, DC1_1, reach=reach)) is Answer.NO


def test_a_host_with_its_name_and_machine_id_is_itself() -> None:
    assert answer(must.is_the_host(platform()), HEALTHY) is Answer.YES


def test_another_name_is_another_host() -> None:
    other = with_value(HEALTHY, DC1_1, "identity", hostname="cf-elsewhere.example.com")
    assert answer(must.is_the_host(platform()), other) is Answer.NO


def test_another_machine_id_is_another_host() -> None:
    other = with_value(HEALTHY, DC1_1, "identity", machine_id="0" * 32)
    assert answer(must.is_the_host(platform()), other) is Answer.NO


def test_a_machine_id_that_was_seen_before_and_is_another_now_is_another_host() -> None:
    remembered = replace(HEALTHY, machine_ids={DC1_1: "f" * 32})
    assert answer(must.is_the_host(platform()), remembered) is Answer.NO


def test_two_hosts_of_a_pair_with_one_machine_id_are_never_told_apart_by_it() -> None:
    twin = HEALTHY.facts(DC1_2).identity.value
    assert twin is not None
    cloned = with_value(HEALTHY, DC1_1, "identity", machine_id=twin.machine_id)
    same = replace(platform(), machine_id=twin.machine_id)
    assert answer(must.is_the_host(same), cloned) is Answer.NO


def test_a_machine_id_that_cannot_be_read_any_more_is_unknown() -> None:
    blank = with_value(HEALTHY, DC1_1, "identity", machine_id="")
    assert answer(must.is_the_host(platform()), blank) is Answer.UNKNOWN


def test_with_no_lease_and_no_job_nobody_works_on_the_pair() -> None:
    assert answer(must.nobody_else_works_here("dc1", RUN), HEALTHY) is Answer.YES


def test_a_lease_of_another_run_on_either_host_keeps_us_out_and_says_whose_it_is() -> None:
    for host in (DC1_1, DC1_2):
        held = with_host(HEALTHY, host, traces=seen(Traces(lease=LEASE), "traces"))
        found = ruling(must.nobody_else_works_here("dc1", RUN), held)
        assert found.answer is Answer.NO
        assert "ann@desk" in found.because
        assert LEASE.run in found.because


def test_our_own_lease_is_no_hindrance() -> None:
    mine = with_host(HEALTHY, DC1_1, traces=seen(Traces(lease=replace(LEASE, run=RUN)), "traces"))
    assert answer(must.nobody_else_works_here("dc1", RUN), mine) is Answer.YES


def test_an_orphaned_job_of_another_run_counts_as_someone_who_works_there() -> None:
    for running in (True, None):
        job = JobTrace(LEASE.run, "copy", running, None)
        orphan = with_host(HEALTHY, DC1_2, traces=seen(Traces(jobs=(job,)), "traces"))
        assert answer(must.nobody_else_works_here("dc1", RUN), orphan) is Answer.NO


def test_a_finished_job_is_nobody() -> None:
    job = JobTrace(LEASE.run, "copy", running=False, status=1)
    done = with_host(HEALTHY, DC1_2, traces=seen(Traces(jobs=(job,)), "traces"))
    assert answer(must.nobody_else_works_here("dc1", RUN), done) is Answer.YES


def test_a_host_whose_traces_were_not_seen_may_have_someone_at_work() -> None:
    blind = with_host(HEALTHY, DC1_2, traces=Observed(None, "traces", AT, "not root"))
    assert answer(must.nobody_else_works_here("dc1", RUN), blind) is Answer.UNKNOWN


def test_a_server_with_a_postmaster_runs_and_is_not_stopped() -> None:
    assert answer(must.running(DC1_1), HEALTHY) is Answer.YES
    assert answer(must.stopped(DC1_1), HEALTHY) is Answer.NO


def test_a_server_without_postmaster_is_stopped_and_does_not_run() -> None:
    assert answer(must.stopped(DC1_1), LOCKED) is Answer.YES
    assert answer(must.running(DC1_1), LOCKED) is Answer.NO


def test_a_living_process_in_postmaster_pid_is_not_stopped_though_no_postmaster_was_seen() -> None:
    used = with_value(LOCKED, DC1_1, "data", postmaster=Postmaster(99, "/d", None, 5432, alive=True))
    assert answer(must.stopped(DC1_1), used) is Answer.NO


def test_a_postmaster_pid_of_which_it_is_unknown_whether_it_lives_leaves_it_unknown() -> None:
    used = with_value(LOCKED, DC1_1, "data", postmaster=Postmaster(99, "/d", None, 5432, alive=None))
    assert answer(must.stopped(DC1_1), used) is Answer.UNKNOWN


def test_a_data_directory_that_was_not_seen_is_not_known_to_be_unused() -> None:
    blind = with_host(LOCKED, DC1_1, data=Observed(None, "data", AT, "permission denied"))
    assert answer(must.stopped(DC1_1), blind) is Answer.UNKNOWN


def password_file(mode: str = "600", owner: str = "postgres", entries: int = 2) -> PasswordFile:
    return PasswordFile("/var/lib/pgsql/.pgpass", FileStatus("/var/lib/pgsql/.pgpass", owner, mode, 80, 0.0), entries)


def test_a_password_file_that_libpq_would_ignore_is_none() -> None:
    scene = survey("healthy", "global")
    bad = (password_file("640"), password_file(owner="root"), password_file(entries=0))
    for file in (*bad, PasswordFile("/var/lib/pgsql/.pgpass", None, None)):
        assert answer(must.pgpass_ok(G2), with_host(scene, G2, pgpass=seen(file, "pgpass"))) is Answer.NO
    assert answer(must.pgpass_ok(G2), with_host(scene, G2, pgpass=seen(password_file(), "pgpass"))) is Answer.YES


SCRIPT = "/usr/bin/pgsql-standby-check-promote"


def test_a_held_script_is_held_only_while_none_was_installed_anew() -> None:
    scene = survey("healthy", "global")
    both = with_host(scene, G2, traces=seen(Traces(held=(SCRIPT,)), "traces"))
    assert answer(must.script_held(G2, SCRIPT), both) is Answer.NO
    held = with_value(both, G2, "scripts", installed={})
    assert answer(must.script_held(G2, SCRIPT), held) is Answer.YES
    assert answer(must.script_released(G2, SCRIPT), held) is Answer.NO
    assert answer(must.script_released(G2, SCRIPT), scene) is Answer.YES
