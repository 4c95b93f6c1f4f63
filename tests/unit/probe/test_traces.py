"""What runs leave on a host, seen by the real program beside real files, jobs and locks."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.facts.traces import JobTrace, Lease, Traces
from console.operations.layout import Layout
from console.probe.traces import parse_traces
from tests.unit.probe.hosts import AS_NOBODY, SHELLS, TemporaryHost, can_become_nobody

pytestmark = pytest.mark.skipif("dash" not in SHELLS, reason="dash is not installed")
each_shell = pytest.mark.parametrize("shell", SHELLS)
as_nobody = pytest.mark.skipif(not can_become_nobody, reason="only root can become nobody")

LEASE = "run 20260301-030000-k7\nrunbook failback\nowner ann@ops1\nreason drill\nsince 1772334000\nrenewed 1772334060\n"
BOOT = Path("/proc/sys/kernel/random/boot_id")


def traces(host: TemporaryHost, shell: str = "dash") -> Traces:
    found = host.facts("traces", shell=shell).traces
    assert found.value is not None, found.error
    assert found.error is None
    return found.value


def put_lease(host: TemporaryHost, text: str = LEASE) -> None:
    (host.root / "state").mkdir(exist_ok=True)
    (host.root / "state" / "lease").write_text(text)


def put_job(host: TemporaryHost, name: str, **files: str) -> Path:
    job = host.root / "state" / "jobs" / name
    job.mkdir(parents=True)
    for file, content in files.items():
        (job / file).write_text(content)
    return job


def pid_file(pid: int, boot: str | None = None, later: int = 0) -> str:
    started = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    return f"{pid} {started + later} {boot or BOOT.read_text().strip()}\n"


@pytest.fixture
def sleeper() -> Iterator[int]:
    """A process whose name holds blanks and brackets, as /proc/PID/stat has it unquoted."""
    shell = shutil.which("dash")
    assert shell is not None
    process = subprocess.Popen(
        [shell, "-c", "printf 'a ) b (c' >/proc/self/comm; echo; read -r _"], stdin=-1, stdout=-1
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield process.pid
    process.kill()
    process.communicate()


@each_shell
def test_nothing_there_is_an_answer(a_host: TemporaryHost, shell: str) -> None:
    assert traces(a_host, shell) == Traces()


@each_shell
def test_a_lease_is_read_line_by_line(a_host: TemporaryHost, shell: str) -> None:
    put_lease(a_host)
    assert traces(a_host, shell).lease == Lease(
        "20260301-030000-k7", "failback", "ann@ops1", "drill", 1772334000.0, 1772334060.0
    )


@pytest.mark.parametrize("text", ["", "garbage\n", "run x\n", LEASE.replace("since 1772334000", "since soon")])
def test_a_lease_that_cannot_be_read_is_unknown_and_not_nobodys(a_host: TemporaryHost, text: str) -> None:
    put_lease(a_host, text)
    found = a_host.facts("traces").traces
    assert found.value is None
    assert found.error


def test_a_reason_cannot_forge_another_part_of_the_report(a_host: TemporaryHost) -> None:
    put_lease(a_host, LEASE.replace("drill", "@@held VMDB-END 5ca1ab1e 7"))
    found = traces(a_host)
    assert found.lease is not None
    assert found.lease.reason == "@@held VMDB-END 5ca1ab1e 7"
    assert found.held == ()


@each_shell
def test_a_job_runs_while_its_process_of_this_boot_does(a_host: TemporaryHost, shell: str, sleeper: int) -> None:
    put_job(a_host, "r1.copy", pid=pid_file(sleeper))
    assert traces(a_host, shell).jobs == (JobTrace("r1", "copy", True, None),)


def test_a_job_whose_pid_another_process_has_by_now_was_cut_off(a_host: TemporaryHost, sleeper: int) -> None:
    put_job(a_host, "r1.copy", pid=pid_file(sleeper, later=1))
    assert traces(a_host).jobs == (JobTrace("r1", "copy", False, None),)


def test_a_job_of_an_earlier_boot_was_cut_off(a_host: TemporaryHost, sleeper: int) -> None:
    put_job(a_host, "r1.copy", pid=pid_file(sleeper, boot="00000000-0000-0000-0000-000000000000"))
    assert traces(a_host).jobs == (JobTrace("r1", "copy", False, None),)


def test_an_ended_job_tells_its_status(a_host: TemporaryHost) -> None:
    put_job(a_host, "r1.check-the-copy", pid="1 2 x\n", status="3\n")
    assert traces(a_host).jobs == (JobTrace("r1", "check-the-copy", False, 3),)


@pytest.mark.parametrize("pid", ["", "12\n", "x y z\n", "1 2 3 4\n"])
def test_a_job_that_has_no_readable_pid_may_run(a_host: TemporaryHost, pid: str) -> None:
    put_job(a_host, "r1.copy", pid=pid)
    assert traces(a_host).jobs == (JobTrace("r1", "copy", None, None),)


@pytest.mark.skipif(shutil.which("flock") is None, reason="flock is not installed")
def test_an_orphan_that_holds_the_jobs_lock_still_counts(a_host: TemporaryHost, sleeper: int) -> None:
    job = put_job(a_host, "r1.copy", pid=pid_file(sleeper, later=1), lock="")
    orphan = subprocess.Popen(["flock", str(job / "lock"), "sh", "-c", "echo; read -r _"], stdin=-1, stdout=-1)
    assert orphan.stdout is not None
    orphan.stdout.readline()
    try:
        assert traces(a_host).jobs == (JobTrace("r1", "copy", True, None),)
    finally:
        orphan.communicate(b"\n")
    assert traces(a_host).jobs == (JobTrace("r1", "copy", False, None),)


@each_shell
def test_copies_and_old_data_are_found_where_the_operations_put_them(a_host: TemporaryHost, shell: str) -> None:
    data = str(a_host.root / "data")
    layouts = [Layout(data, mounted, "r1") for mounted in (False, True)]
    paths = [path for layout in layouts for path in (layout.new, layout.old)]
    for path in paths:
        Path(path).mkdir(parents=True)
    assert sorted(traces(a_host, shell).leftovers) == sorted(paths)


@each_shell
def test_old_data_on_its_way_out_of_a_mount_point_is_found(a_host: TemporaryHost, shell: str) -> None:
    part = Path(f"{Layout(str(a_host.root / 'data'), True, 'r1').old}.part")
    part.mkdir(parents=True)
    assert traces(a_host, shell).leftovers == (str(part),)


@each_shell
def test_archived_wal_that_was_set_aside_is_found_by_what_the_run_noted(a_host: TemporaryHost, shell: str) -> None:
    """Without a look at the archive, whose file server may hang."""
    marks = a_host.root / "state" / "archives"
    marks.mkdir(parents=True)
    (marks / "r1").write_text("/nowhere/wal archive/vmdb-old.r1\n@@held\n")
    (marks / "r2").write_text("")
    found = traces(a_host, shell)
    assert (found.archives, found.held) == (("/nowhere/wal archive/vmdb-old.r1",), ())


@each_shell
def test_a_held_script_that_was_replaced_meanwhile_is_found(a_host: TemporaryHost, shell: str) -> None:
    folder = a_host.root / "bin"
    folder.mkdir()
    a_host.more = f"VMDB_SCRIPTS_FOLDERS='{a_host.root}/none {folder}'"
    left = folder / "pgsql-standby-check-promote.vmdb-replaced"
    left.touch()
    found = traces(a_host, shell)
    assert (found.replaced, found.held) == ((str(left),), ())


def test_leftovers_of_a_linked_data_directory_are_named_by_their_real_path(a_host: TemporaryHost) -> None:
    """As Layout names them, which is made from the real path."""
    real = a_host.root / "disk" / "pg data"
    real.mkdir(parents=True)
    (a_host.root / "data").rmdir()
    (a_host.root / "data").symlink_to(real)
    old = Path(Layout(str(real), False, "r1").old)
    old.mkdir()
    assert traces(a_host).leftovers == (str(old),)


def test_old_data_is_seen_while_the_data_directory_itself_is_away(a_host: TemporaryHost) -> None:
    """Half-way through a swap."""
    old = Layout(str(a_host.root / "data"), False, "r1").old
    (a_host.root / "data").rename(old)
    assert traces(a_host).leftovers == (old,)


@each_shell
def test_a_held_script_is_named_by_its_own_path(a_host: TemporaryHost, shell: str) -> None:
    folder = a_host.root / "bin"
    folder.mkdir()
    a_host.more = f"VMDB_SCRIPTS_FOLDERS='{a_host.root}/none {folder}'"
    (folder / "pgsql-standby-check-promote.vmdb-held").touch()
    (folder / "pgsql-primary-check-start").touch()
    assert traces(a_host, shell).held == (f"{folder}/pgsql-standby-check-promote",)


def test_scripts_are_looked_at_anew_as_soon_as_one_is_held_or_released(a_host: TemporaryHost) -> None:
    folder = a_host.root / "bin"
    folder.mkdir()
    script = folder / "pgsql-standby-check-promote"
    script.write_text("x")
    a_host.more = f"VMDB_SCRIPTS_FOLDERS='{folder}'"
    hold, release = f"mv {script} {script}.vmdb-held", f"mv {script}.vmdb-held {script}"
    polls = f"vmdb_probe 4 8 scripts; {hold}; vmdb_probe 5 8 scripts; {release}"
    first, held, released = a_host.ask("scripts", before=polls).decode().split("VMDB-BEGIN")[1:]
    assert str(script) in first
    assert str(script) not in held
    assert str(script) in released


def test_a_lock_that_was_set_aside_is_seen(a_host: TemporaryHost) -> None:
    (a_host.root / "tmp" / "PGSQL.lock.vmdb-aside").touch()
    assert traces(a_host).lock_aside


@as_nobody
@pytest.mark.parametrize("closed", ["state", "data", "tmp"])
def test_without_root_what_is_closed_is_unknown_with_the_reason(a_host: TemporaryHost, closed: str) -> None:
    a_host.let_others_in()
    (a_host.root / "state").mkdir(mode=0o755)
    (a_host.root / closed).chmod(0o700)
    found = a_host.facts("traces", argv=tuple(AS_NOBODY)).traces
    assert found.value is None
    assert found.error is not None
    assert found.error.startswith(f"not root: cannot read {a_host.root}/{closed}")


@each_shell
def test_where_nothing_is_there_it_starts_no_process_and_takes_no_time(a_host: TemporaryHost, shell: str) -> None:
    times = 200
    loop = f"i=0; while [ $i -lt {times} ]; do vmdb_section_traces; i=$((i + 1)); done; echo $!"
    script = f"{a_host.text()}\nVMDB_UID={os.geteuid()}\nPATH=/nonexistent\n{loop}\n"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [shutil.which(shell) or shell, "-s"], input=script.encode(), capture_output=True, timeout=30, check=True
    )
    assert (done.stdout.strip(), done.stderr) == (b"", b"")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent / times < 0.003  # 0.2 ms in dash, 0.4 ms in bash, on an idle machine


@pytest.mark.parametrize(
    "line",
    ["", ".", "r1", "r1.copy", "r1.copy running", "r1.copy running maybe status x", "\x1b[2J status 1 running"],
)
def test_a_jobs_line_of_any_kind_is_borne(line: str) -> None:
    found = parse_traces(f"@@jobs\n{line}")
    assert found is not None
    assert all(job.running is None for job in found.jobs)
