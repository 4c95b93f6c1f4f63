"""Jobs outlive the console and its connections, are found again, and end with all their processes."""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from console.runner.hands import HandsError, JobState
from console.runner.ssh_hands import SshHands
from tests.unit.runner.ssh_hands.conftest import Site
from tests.unit.runner.ssh_hands.orders import OTHER_HOST, order, platform


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for it."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def ended(hands: SshHands, *texts: str) -> JobState:
    """The job of these texts, once it has ended."""
    until(lambda: not hands.job(order(*texts)).running)
    return hands.job(order(*texts))


def lives(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return words.rpartition(") ")[2][0] not in "ZX"


def test_a_job_that_was_never_begun_is_not_known(site: Site) -> None:
    assert site.leased().job(order("true")) == JobState(False, False, None, "")


def test_a_job_tells_its_output_and_status(site: Site) -> None:
    hands = site.leased()
    hands.begin(order("echo one; echo password=Zq7x >&2", "exit 4", "echo three"))
    assert ended(hands) == JobState(True, False, 4, "one\npassword=***\n")


def test_a_running_job_is_told_as_running_with_its_output_so_far(site: Site) -> None:
    hands = site.leased()
    hands.begin(order("echo begun; sleep 30"))
    until(lambda: "begun" in hands.job(order()).output)
    state = hands.job(order())
    assert (state.known, state.running, state.status) == (True, True, None)
    hands.end(order())


def test_a_job_outlives_its_console_and_is_found_again(site: Site, tmp_path: Path) -> None:
    first = site.leased()
    job = order(f"while [ ! -e {tmp_path}/go ]; do sleep 0.05; done; echo done")
    first.begin(job)
    for pid in site.sshd.session_pids():
        os.kill(pid, signal.SIGHUP)
    first.close()
    second = site.hands()
    assert second.job(job).running
    (tmp_path / "go").touch()
    until(lambda: not second.job(job).running)
    assert second.job(job) == JobState(True, False, 0, "done\n")


def test_a_running_job_is_left_alone_when_it_is_begun_again(site: Site, tmp_path: Path) -> None:
    hands = site.leased()
    job = order(f"echo x >>{tmp_path}/count; sleep 30")
    hands.begin(job)
    until((tmp_path / "count").exists)
    pid = site.job_file("pid").read_text()
    hands.begin(job)
    assert site.job_file("pid").read_text() == pid
    assert (tmp_path / "count").read_text() == "x\n"
    hands.end(job)


def test_an_ended_job_is_begun_anew(site: Site, tmp_path: Path) -> None:
    hands = site.leased()
    job = order(f"echo x >>{tmp_path}/count; wc -l <{tmp_path}/count; exit 1")
    hands.begin(job)
    until(lambda: hands.job(job).status == 1)
    hands.begin(job)
    until(lambda: hands.job(job).output.strip() == "2")


def test_ending_a_job_ends_all_its_processes(site: Site, tmp_path: Path) -> None:
    hands = site.leased()
    job = order(f"(sleep 61 & echo $! >{tmp_path}/child; setsid sleep 62 & echo $! >{tmp_path}/far; wait)")
    hands.begin(job)
    until(lambda: (tmp_path / "far").exists() and (tmp_path / "far").read_text() != "")
    hands.end(job)
    assert not lives(int((tmp_path / "child").read_text()))
    assert not lives(int((tmp_path / "far").read_text()))
    assert hands.job(job) == JobState(True, False, None, "")


def test_a_job_that_was_ended_has_not_gone_on_nor_succeeded(site: Site, tmp_path: Path) -> None:
    hands = site.leased()
    job = order(f"echo begun; for i in 1 2 3; do sleep 30; touch {tmp_path}/$i; done", f"touch {tmp_path}/next")
    for _ in range(5):
        hands.begin(job)
        until(lambda: "begun" in hands.job(job).output)
        hands.end(job)
        assert hands.job(job) == JobState(True, False, None, "begun\n")
    assert not list(tmp_path.glob("[123n]*"))


def test_a_process_that_is_deaf_to_term_is_killed(site: Site) -> None:
    hands = site.leased()
    job = order("trap '' TERM; echo deaf; while :; do sleep 0.2; done")
    hands.begin(job)
    until(lambda: "deaf" in hands.job(job).output)
    hands.end(job)
    assert not hands.job(job).running


def test_an_orphan_of_a_killed_job_still_counts_and_is_ended(site: Site, tmp_path: Path) -> None:
    hands = site.leased()
    job = order(f"setsid sleep 60 & echo $! >{tmp_path}/orphan; wait")
    hands.begin(job)
    until(lambda: (tmp_path / "orphan").exists() and (tmp_path / "orphan").read_text() != "")
    pid = int(site.job_file("pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    until(lambda: not lives(pid))
    assert hands.job(job).running
    hands.end(job)
    assert not lives(int((tmp_path / "orphan").read_text()))
    assert hands.job(job) == JobState(True, False, None, "")


def test_another_process_with_the_pid_of_a_job_is_not_taken_for_it(site: Site) -> None:
    hands = site.leased()
    hands.begin(order("true"))
    ended(hands)
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    site.job_file("status").unlink()
    site.job_file("pid").write_text(f"{os.getpid()} 1 {boot}\n")
    assert hands.job(order()) == JobState(True, False, None, "")
    hands.end(order())
    assert lives(os.getpid())


def test_a_job_of_an_earlier_boot_does_not_run(site: Site) -> None:
    hands = site.leased()
    hands.begin(order("sleep 30"))
    words = site.job_file("pid").read_text().split()
    site.job_file("lock").rename(site.job_file("lock.kept"))
    site.job_file("pid").write_text(f"{words[0]} {words[1]} 00000000-0000-0000-0000-000000000000\n")
    assert hands.job(order()) == JobState(True, False, None, "")
    site.job_file("pid").write_text(" ".join(words) + "\n")
    site.job_file("lock.kept").rename(site.job_file("lock"))
    hands.end(order())


def test_the_files_of_a_job_are_closed_to_others(site: Site) -> None:
    hands = site.leased()
    hands.begin(order("true"))
    ended(hands)
    names = ("command", "output", "status", "pid", "attempt")
    assert {path.name for path in site.job_file("").iterdir()} == {*names, "lock"}
    for path in map(site.job_file, names):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(site.job_file("").stat().st_mode) == 0o700


def test_no_job_is_begun_without_the_lease_or_on_another_host(site: Site, tmp_path: Path) -> None:
    with pytest.raises(HandsError) as error:
        site.hands().begin(order(f"touch {tmp_path}/done"))
    assert error.value.changed is False
    with pytest.raises(HandsError) as error:
        site.leased().begin(order(f"touch {tmp_path}/done", host=OTHER_HOST))
    assert error.value.changed is False
    time.sleep(0.3)
    assert not (tmp_path / "done").exists()


def test_releasing_the_lease_removes_ended_jobs_of_the_run_alone(site: Site) -> None:
    hands = site.leased()
    hands.begin(order("true", step="a"))
    hands.begin(order("sleep 30", step="b"))
    until(lambda: not hands.job(order(step="a")).running)
    (site.state / "jobs" / "run-10.c").mkdir()
    hands.release_lease(platform(), "run-1")
    assert sorted(path.name for path in (site.state / "jobs").iterdir()) == ["run-1.b", "run-10.c"]
    hands.end(order(step="b"))


def test_a_folder_of_jobs_that_is_empty_goes_with_the_lease(site: Site) -> None:
    hands = site.leased()
    hands.begin(order("true"))
    ended(hands)
    hands.release_lease(platform(), "run-1")
    assert not (site.state / "jobs").exists()
    again = site.leased("run-2")
    again.begin(order("true", run="run-2"))
    assert site.job_file("pid", run="run-2").exists()


def test_what_an_earlier_attempt_came_to_is_not_taken_for_a_later_ones(site: Site, tmp_path: Path) -> None:
    hands = site.leased()
    first = order("echo first")
    second = replace(order(f"echo second; while [ ! -e {tmp_path}/go ]; do sleep 0.05; done"), attempt=2)
    hands.begin(first)
    assert ended(hands).status == 0
    assert hands.job(second) == JobState(False, False, None, "")
    hands.begin(second)
    assert hands.job(second).running
    assert hands.job(first) == JobState(False, False, None, "")
    (tmp_path / "go").touch()
    until(lambda: not hands.job(second).running)
    assert hands.job(second) == JobState(True, False, 0, "second\n")


def test_no_attempt_begins_while_an_earlier_one_runs(site: Site, tmp_path: Path) -> None:
    hands = site.leased()
    first = order("sleep 30")
    hands.begin(first)
    second = replace(order(f"touch {tmp_path}/done"), attempt=2)
    with pytest.raises(HandsError, match="attempt 1 of this job still runs") as error:
        hands.begin(second)
    assert error.value.changed is False
    assert hands.job(first).running
    hands.end(second)
    assert not hands.job(first).running
    hands.begin(second)
    until((tmp_path / "done").exists)


def test_an_earlier_attempt_neither_begins_nor_ends_anything_after_a_later_one(site: Site) -> None:
    hands = site.leased()
    second = replace(order("sleep 30"), attempt=2)
    hands.begin(second)
    hands.end(order())
    assert hands.job(second).running
    hands.end(second)
    with pytest.raises(HandsError, match="attempt 2 of this job has been begun since") as error:
        hands.begin(order("true"))
    assert error.value.changed is False


def test_a_job_that_its_folder_says_no_attempt_of_is_none(site: Site) -> None:
    hands = site.leased()
    site.job_file("").mkdir(parents=True)
    assert hands.job(order()) == JobState(False, False, None, "")
    hands.begin(order("echo x"))
    assert ended(hands).output == "x\n"


def test_ending_a_job_that_is_not_there_is_done(site: Site) -> None:
    site.leased().end(order())
