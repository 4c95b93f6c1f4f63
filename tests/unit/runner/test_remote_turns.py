"""Whose turn it is on a host: orders that come late or twice at once, take-overs, and consoles that listen no more."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from console.runner.remote import Remote, Said, understand
from tests.unit.runner.ssh_hands.orders import lease, order, platform

NONCE = "0a1b2c3d4e5f"
SHELLS = [shell for shell in ("dash", "bash") if shutil.which(shell)]
pytestmark = pytest.mark.parametrize("shell", SHELLS)


class Host:
    """A state folder, and shells that get texts. A `slow` command of theirs makes `began`, and waits for `go_on`."""

    def __init__(self, folder: Path, shell: str) -> None:
        self.folder, self.shell = folder, shell
        self.state = folder / "state"
        self.remote = Remote(str(self.state), as_root=False)
        self.began = folder / "began"
        self._goes_on = folder / "goes-on"
        self.waits = f"until [ -e {self._goes_on} ] || [ $((n += 1)) = 1000 ]; do sleep 0.03; done"
        self.ours("run-1")

    def go_on(self) -> None:
        """From here on nothing that `waits` does."""
        self._goes_on.touch()

    def ours(self, run: str, instead_of: str | None = None) -> list[str]:
        return self.said(self.remote.take(platform(), lease(run), instead_of, NONCE))

    def said(self, text: str) -> list[str]:
        process = self.start(text)
        return heard(process)

    def start(self, text: str, *, slow: str = "", slow_for: str = "*") -> subprocess.Popen[bytes]:
        process = self.shell_of(slow, slow_for)
        self.give(process, text)
        return process

    def shell_of(self, slow: str = "", slow_for: str = "*") -> subprocess.Popen[bytes]:
        path = "/usr/bin:/bin:/usr/sbin:/sbin"
        if slow:
            path = f"{self._slow_command(slow, slow_for)}:{path}"
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [self.shell], stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, env={"PATH": path}, start_new_session=True
        )

    def _slow_command(self, name: str, arguments: str) -> Path:
        """A folder with a command that waits where its arguments match."""
        folder = self.folder / f"slow-{name}"
        folder.mkdir(exist_ok=True)
        real = shutil.which(name)
        wait = f'case "$*" in {arguments}) touch {self.began}; {self.waits} ;; esac'
        (folder / name).write_text(f'#!/bin/sh\n{wait}\nexec {real} "$@"\n')
        (folder / name).chmod(0o755)
        return folder

    @staticmethod
    def give(process: subprocess.Popen[bytes], text: str) -> None:
        assert process.stdin is not None
        process.stdin.write(text.encode())
        process.stdin.close()


def heard(process: subprocess.Popen[bytes]) -> list[str]:
    """What a shell said to its end, without its pid."""
    assert process.stdout is not None
    data = process.stdout.read()
    process.stdout.close()
    process.wait(timeout=30)
    said = understand(data, NONCE)
    assert [said[0].word, said[-1].word] == ["shell", "end"]
    return [line(one) for one in said[1:-1]]


def line(one: Said) -> str:
    return f"{one.word} {one.rest}".strip()


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


@pytest.fixture
def host(tmp_path: Path, shell: str) -> Host:
    """A host on which run-1 holds the lease."""
    return Host(tmp_path, shell)


def perform(host: Host, *texts: str, run: str = "run-1", number: int = 0) -> str:
    return host.remote.perform(replace(order(*texts, run=run), number=number), NONCE)


# --- a console that listens no more -------------------------------------------------------------------------------


def test_an_order_that_has_begun_is_carried_out_to_its_end_where_nobody_listens_any_more(host: Host) -> None:
    one, two = host.folder / "one", host.folder / "two"
    process = host.start(perform(host, f"sleep 0.3; touch {one}", f"touch {two}"))
    assert process.stdout is not None
    data = b""
    while b"started 1" not in data:
        data += os.read(process.stdout.fileno(), 4096)
    process.stdout.close()
    process.wait(timeout=10)
    assert one.exists()
    assert two.exists()
    assert not (host.state / "work.output").exists()


def test_the_first_failure_still_ends_an_order_that_nobody_listens_to(host: Host) -> None:
    two = host.folder / "two"
    process = host.start(perform(host, "sleep 0.3; exit 3", f"touch {two}"))
    assert process.stdout is not None
    data = b""
    while b"started 1" not in data:
        data += os.read(process.stdout.fileno(), 4096)
    process.stdout.close()
    process.wait(timeout=10)
    assert not two.exists()


def test_an_order_that_has_not_begun_where_nobody_listens_any_more_is_not_done(host: Host) -> None:
    done = host.folder / "done"
    process = host.shell_of()
    assert process.stdout is not None
    process.stdout.close()
    host.give(process, perform(host, f"touch {done}"))
    assert process.wait(timeout=10) == -signal.SIGPIPE
    assert not done.exists()


def test_pipelines_within_operations_end_as_usual(host: Host) -> None:
    two = host.folder / "two"
    said = host.said(
        perform(host, "true", f"yes | head -n 1 >{two}; ! grep -q 'SigIgn:.*[13579bdf]...$' /proc/self/status")
    )
    assert "status 2 0" in said
    assert two.read_text() == "y\n"


# --- orders that come late ----------------------------------------------------------------------------------------


def test_an_order_that_was_held_up_is_refused_after_a_later_one(host: Host) -> None:
    log = host.folder / "log"
    late = host.shell_of()
    late.send_signal(signal.SIGSTOP)
    host.give(late, perform(host, f"echo disable >>{log}", number=4))
    assert "status 1 0" in host.said(perform(host, f"echo enable >>{log}", number=5))
    late.send_signal(signal.SIGCONT)
    assert heard(late) == ["refused order 4 5"]
    assert log.read_text() == "enable\n"


def test_one_that_waits_for_the_lock_while_a_later_one_works_is_refused(host: Host) -> None:
    log = host.folder / "log"
    late = host.start(perform(host, f"echo late >>{log}", number=4), slow="flock", slow_for="'-w 2 8'")
    until(host.began.exists)
    host.said(perform(host, f"echo later >>{log}", number=5))
    host.go_on()
    assert heard(late) == ["refused order 4 5"]
    assert log.read_text() == "later\n"


def test_an_order_of_nothing_keeps_earlier_ones_out(host: Host) -> None:
    assert host.said(perform(host, number=9)) == ["output 0"]
    assert host.said(perform(host, "true", number=8)) == ["refused order 8 9"]


def test_the_same_number_twice_is_refused(host: Host) -> None:
    host.said(perform(host, "true", number=3))
    assert host.said(perform(host, "true", number=3)) == ["refused order 3 3"]


def test_a_job_that_was_held_up_is_refused_too(host: Host) -> None:
    host.said(perform(host, "true", number=3))
    job = replace(order("true"), number=2)
    assert host.said(host.remote.begin(job, NONCE)) == ["refused order 2 3"]
    assert not list((host.state / "jobs").iterdir())


def test_numbers_count_within_one_run(host: Host) -> None:
    host.said(perform(host, "true", number=30))
    host.said(host.remote.release(platform(), "run-1", NONCE))
    host.ours("a-much-longer-name-of-a-run")
    for number in (7, 8):
        assert "status 1 0" in host.said(perform(host, "true", run="a-much-longer-name-of-a-run", number=number))
    host.said(host.remote.release(platform(), "a-much-longer-name-of-a-run", NONCE))
    host.ours("run-2")
    assert "status 1 0" in host.said(perform(host, "true", run="run-2", number=2))
    assert host.said(perform(host, "true", run="run-2", number=1)) == ["refused order 1 2"]


def test_an_order_without_a_number_is_not_asked_for_one(host: Host) -> None:
    host.said(perform(host, "true", number=30))
    assert "status 1 0" in host.said(perform(host, "true"))


def test_where_the_number_cannot_be_kept_nothing_is_done(host: Host) -> None:
    (host.state / "order").mkdir()
    said = host.said(perform(host, f"touch {host.folder}/done", number=1))
    assert said == [f"refused state cannot write {host.state}/order"]
    assert not (host.folder / "done").exists()


# --- take-overs in the midst of an order --------------------------------------------------------------------------


def test_an_order_that_saw_its_lease_before_a_take_over_is_refused(host: Host) -> None:
    done = host.folder / "done"
    early = host.start(perform(host, f"touch {done}"), slow="flock", slow_for="'-w 2 8'")
    until(host.began.exists)
    assert host.ours("run-2", instead_of="run-1") == ["ours"]
    host.go_on()
    assert re.fullmatch(r"refused taken-over \d+ run-2 a@ws", "".join(heard(early)))
    assert not done.exists()


def test_a_job_that_saw_its_lease_before_a_take_over_is_refused(host: Host) -> None:
    early = host.start(host.remote.begin(order("true"), NONCE), slow="flock", slow_for="'-w 2 8'")
    until(host.began.exists)
    assert host.ours("run-2", instead_of="run-1") == ["ours"]
    host.go_on()
    assert re.fullmatch(r"refused taken-over \d+ run-2 a@ws", "".join(heard(early)))
    assert not list((host.state / "jobs").iterdir())


@pytest.mark.parametrize("slow_for", ["'-f -T '*'/taken-over'", "'-T '*"])
def test_no_order_begins_while_its_lease_is_being_taken_over(host: Host, slow_for: str) -> None:
    done = host.folder / "done"
    taker = host.start(host.remote.take(platform(), lease("run-2"), "run-1", NONCE), slow="mv", slow_for=slow_for)
    until(host.began.exists)
    assert "run run-1\n" in (host.state / "lease").read_text()
    refused = host.start(perform(host, f"touch {done}"))
    time.sleep(0.2)  # as a rule it is refused by then, or waits for its turn
    host.go_on()
    assert heard(taker) == ["ours"]
    assert heard(refused)[0].startswith("refused taken-over")
    assert not done.exists()


def test_a_take_over_that_was_cut_off_leaves_neither_run_at_work(host: Host) -> None:
    taker = host.start(host.remote.take(platform(), lease("run-2"), "run-1", NONCE), slow="mv", slow_for="'-T '*")
    until(host.began.exists)
    os.killpg(taker.pid, signal.SIGKILL)
    taker.wait()
    assert host.ours("run-3") == ["held"]
    assert host.said(host.remote.renew(platform(), "run-1", NONCE)) == ["held"]
    assert host.said(perform(host, "true"))[0].startswith("refused taken-over")


def test_a_lease_whose_time_cannot_be_written_is_held_all_the_same(host: Host) -> None:
    before = (host.state / "lease").read_text()
    full_disk = "sed() { echo half; return 1; }\n"
    assert host.said(full_disk + host.remote.renew(platform(), "run-1", NONCE)) == ["ours"]
    assert (host.state / "lease").read_text() == before
    assert not list(host.state.glob("lease.0*"))


def test_a_lease_is_not_given_back_while_an_order_works(host: Host) -> None:
    done = host.folder / "done"
    working = host.start(perform(host, f"touch {host.began}; n=0; {host.waits}; touch {done}"))
    until(host.began.exists)
    assert host.said(host.remote.release(platform(), "run-1", NONCE)) == ["refused working"]
    assert "run run-1\n" in (host.state / "lease").read_text()
    host.go_on()
    heard(working)
    assert host.said(host.remote.release(platform(), "run-1", NONCE)) == ["released"]


# --- ending an order ----------------------------------------------------------------------------------------------


def test_ending_an_order_ends_nothing_of_another_process_with_its_pid(host: Host) -> None:
    parent = subprocess.Popen(["sh", "-c", "sleep 30 & echo $!; wait"], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    try:
        host.said(perform(host, "true"))
        assert host.said(host.remote.kill(order(), NONCE, parent.pid)) == ["killed"]
        assert Path(f"/proc/{child}/stat").read_text().rpartition(") ")[2][0] == "S"
    finally:
        os.kill(child, signal.SIGTERM)
        parent.communicate()
