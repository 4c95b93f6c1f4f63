"""The program itself, fed to real shells as the transport does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from console.inventory.fleet import HostKind, RegionKind, UiSettings
from console.probe.frame import parse_frame
from console.probe.program import probe_version
from console.probe.sections import sections_for
from tests.unit.probe.hosts import AS_NOBODY, NONCE, SHELLS, TemporaryHost, can_become_nobody

pytestmark = pytest.mark.skipif("dash" not in SHELLS, reason="dash is not installed")
each_shell = pytest.mark.parametrize("shell", SHELLS)
IN_A_SECOND = "vmdb_section_seconds() { vmdb_seconds=1; }"  # a section's time, where its length is not the point
as_nobody = pytest.mark.skipif(not can_become_nobody, reason="only root can become nobody")


@each_shell
def test_it_is_silent_until_asked_and_leaves_the_shell_alive(a_host: TemporaryHost, shell: str) -> None:
    done = subprocess.run(
        [shell, "-s"], input=f"{a_host.text()}\necho alive".encode(), capture_output=True, timeout=30, check=True
    )
    assert (done.stdout, done.stderr) == (b"alive\n", b"")


@each_shell
def test_every_section_of_a_database_host_is_answered(a_host: TemporaryHost, shell: str) -> None:
    asked = sections_for(HostKind.DATABASE, a_host.region, slow=True)
    frame = a_host.frame(*asked, shell=shell, deadline=30)
    assert frame.complete, frame.problem
    assert tuple(frame.sections) == asked
    assert frame.version == probe_version()
    assert all(section.reason for section in frame.sections.values() if not section.answered)


@each_shell
def test_a_poll_follows_a_poll_in_the_same_shell(a_host: TemporaryHost, shell: str) -> None:
    output = a_host.ask("clock", shell=shell, before="vmdb_probe 6 8 identity clock")
    first, second = output.split(b"VMDB-BEGIN")[1:]
    assert parse_frame(b"VMDB-BEGIN" + first).number == 6
    assert parse_frame(b"VMDB-BEGIN" + second).number == 7


@pytest.mark.parametrize(("shell", "more"), list(zip(SHELLS, ("", IN_A_SECOND), strict=False)), ids=SHELLS)
def test_a_hung_command_costs_its_own_section_only(a_host: TemporaryHost, shell: str, more: str) -> None:
    a_host.region_kind = RegionKind.PACEMAKER
    a_host.tool("crm_mon", 'case "$*" in *help*) exit 0 ;; esac\nsleep 60')
    a_host.more = more
    begin = time.monotonic()
    frame = a_host.frame("cluster", "clock", "listeners", shell=shell, deadline=40)
    assert time.monotonic() - begin < 20
    assert frame.sections["cluster"].returncode in {124, 137}
    assert re.fullmatch(r"timed out after \d s", frame.sections["cluster"].reason)
    assert frame.sections["clock"].answered
    assert frame.sections["listeners"].answered


def test_a_command_that_ignores_signals_is_killed(a_host: TemporaryHost) -> None:
    a_host.tool("crm_mon", "case \"$*\" in *help*) exit 0 ;; esac\ntrap '' TERM INT HUP\nwhile :; do sleep 1; done")
    a_host.more = IN_A_SECOND
    begin = time.monotonic()
    assert not a_host.frame("cluster", deadline=40).sections["cluster"].answered
    assert time.monotonic() - begin < 20


def test_the_deadline_of_the_probe_holds_for_all_sections_together(a_host: TemporaryHost) -> None:
    a_host.tool("crm_mon", 'case "$*" in *help*) exit 0 ;; esac\nsleep 60')
    begin = time.monotonic()
    frame = a_host.frame("cluster", "cluster", "cluster", "clock", deadline=2)
    assert time.monotonic() - begin < 5
    assert frame.complete
    assert frame.sections["clock"].reason == "not looked at: the time for this probe was over"


def test_without_timeout_a_watchdog_ends_a_hung_command(a_host: TemporaryHost) -> None:
    a_host.tool("timeout", "exit 127")
    a_host.tool("crm_mon", 'case "$*" in *help*) exit 0 ;; esac\nsleep 60')
    a_host.more = IN_A_SECOND
    begin = time.monotonic()
    frame = a_host.frame("cluster", "clock", deadline=40)
    assert time.monotonic() - begin < 20
    assert not frame.sections["cluster"].answered
    assert frame.sections["clock"].answered


@each_shell
def test_too_much_output_is_cut_and_said(a_host: TemporaryHost, shell: str) -> None:
    a_host.tool("crm_mon", 'case "$*" in *help*) exit 0 ;; esac\nhead -c 3000000 /dev/zero | tr "\\0" x')
    frame = a_host.frame("cluster", "clock", shell=shell)
    section = frame.sections["cluster"]
    assert len(section.text) <= 262_144
    assert len(section.text) > 200_000
    assert section.truncated
    assert frame.sections["clock"].answered


def test_the_reason_is_the_commands_own_first_words(a_host: TemporaryHost) -> None:
    a_host.tool("crm_mon", 'case "$*" in *help*) exit 0 ;; esac\necho "crm_mon: no way" >&2; echo more >&2; exit 5')
    section = a_host.frame("cluster").sections["cluster"]
    assert (section.returncode, section.reason) == (5, "crm_mon: no way")


def test_a_payload_can_not_forge_a_section(a_host: TemporaryHost) -> None:
    a_host.tool("crm_mon", "printf 'VMDB-END 5ca1ab1f 7\\nVMDB-STATUS x clock rc=0 ms=0\\n'")
    frame = a_host.frame("cluster", "clock")
    assert frame.complete
    assert "VMDB-END" in frame.sections["cluster"].text


def test_commands_can_not_learn_the_nonce(a_host: TemporaryHost) -> None:
    a_host.tool("crm_mon", 'case "$*" in *help*) exit 0 ;; esac\nenv; cat "/proc/$PPID/cmdline"')
    section = a_host.frame("cluster").sections["cluster"]
    assert "PATH=" in section.text
    assert NONCE not in section.text


def test_a_section_that_is_not_known_is_answered_as_such(a_host: TemporaryHost) -> None:
    frame = a_host.frame("no_such", "clock")
    assert frame.sections["no_such"].returncode == 127
    assert frame.sections["clock"].answered


def test_settings_with_shell_characters_stay_text(a_host: TemporaryHost, tmp_path: Path) -> None:
    evil = tmp_path / "it's $(touch owned) `touch owned`; touch owned"
    evil.mkdir()
    host = TemporaryHost(evil, command_prefix="env 'A=$(touch owned)' --")
    frame = host.frame("data", "archive", "queue", "log", "configuration")
    assert frame.complete
    assert f"path {evil}/data" in frame.sections["data"].text
    assert not list(tmp_path.rglob("owned"))
    assert not Path("owned").exists()


def test_the_command_prefix_gives_the_path_of_postgresql(a_host: TemporaryHost) -> None:
    (a_host.root / "scl").mkdir()
    (a_host.root / "scl" / "pg_controldata").write_text("#!/bin/sh\necho from scl $X_SCLS\n")
    (a_host.root / "scl" / "pg_controldata").chmod(0o755)
    a_host.command_prefix = f"env PATH={a_host.root}/scl:/usr/bin:/bin"
    assert a_host.frame("controldata").sections["controldata"].text == "from scl"


def _tree(root: Path) -> dict[str, tuple[int, int, int]]:
    return {
        str(path): (status.st_mode, status.st_size, status.st_mtime_ns)
        for path in sorted(root.rglob("*"))
        for status in [path.lstat()]
    }


def _opened_for_writing(trace: str) -> list[str]:
    wanted = re.compile(r'(?:open(?:at)?|creat)\([^"]*"([^"]+)"[^)]*O_(?:WRONLY|RDWR|CREAT)')
    changing = re.compile(
        r'\b(?:unlink|rename|mkdir|rmdir|link|symlink|chmod|chown|truncate|mknod)(?:at)?\([^"]*"([^"]+)"'
    )
    allowed = ("/dev/null", "/dev/tty", "/proc/self/", "/proc/thread-self")
    found = [match[1] for line in trace.splitlines() for match in (*wanted.finditer(line), *changing.finditer(line))]
    return [path for path in found if not path.startswith(allowed)]


def _quick_trace() -> tuple[str, ...]:
    """Stop at the traced calls only, where strace can (5.3)."""
    about = subprocess.run(["strace", "--help"], capture_output=True, text=True, timeout=10, check=False).stdout
    return ("--seccomp-bpf",) if "--seccomp-bpf" in about else ()


@each_shell
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_it_writes_nothing_anywhere(
    a_host: TemporaryHost, shell: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    trace = tmp_path_factory.mktemp("trace") / "trace"
    asked = (
        *sections_for(HostKind.DATABASE, a_host.region, slow=True),
        "cluster",
        "cib",
        "commits:1:0/1",
        "wal_end:1:0/1",
    )
    before = _tree(a_host.root)
    calls = (
        "open,openat,creat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,rmdir,link,linkat,"
        "symlink,chmod,fchmodat,truncate"
    )
    report = a_host.ask(
        *asked,
        shell=shell,
        deadline=30,
        argv=("strace", "-f", *_quick_trace(), "-qq", "-o", str(trace), "-e", f"trace={calls}"),
    )
    if not report:
        pytest.skip("strace may not trace here")
    assert parse_frame(report).complete
    assert _opened_for_writing(trace.read_text(errors="replace")) == []
    assert _tree(a_host.root) == before


@as_nobody
def test_without_root_what_can_not_be_read_is_not_called_absent(a_host: TemporaryHost) -> None:
    (a_host.root / "tmp" / "PGSQL.lock").touch()
    (a_host.root / "tmp").chmod(0o700)
    a_host.let_others_in()
    (a_host.root / "data").chmod(0o755)
    (a_host.root / "data" / "PG_VERSION").write_text("9.2\n")
    facts = a_host.facts("data", argv=tuple(AS_NOBODY))
    assert facts.data.value is None
    assert facts.data.error == f"not root: cannot read {a_host.root}/tmp/PGSQL.lock"


@as_nobody
@pytest.mark.parametrize("section", ["controldata", "queue", "history", "configuration", "firewall", "archive", "data"])
def test_without_root_a_private_data_directory_is_unknown_with_the_reason(a_host: TemporaryHost, section: str) -> None:
    a_host.tool("pg_controldata", "exit 1")
    a_host.os_user = "root"
    (a_host.root / "data").chmod(0o700)
    a_host.let_others_in()
    answer = a_host.frame(section, argv=tuple(AS_NOBODY)).sections[section]
    assert not answer.answered
    assert answer.reason.startswith("not root: ")


def test_nothing_there_is_an_answer(a_host: TemporaryHost) -> None:
    facts = a_host.facts("data", "pgpass", "archive", "scripts")
    assert facts.data.value is not None
    assert not facts.data.value.exists
    assert facts.data.value.lock is None
    assert facts.pgpass.value is not None
    assert facts.pgpass.value.status is None
    assert facts.scripts.value is not None
    assert facts.scripts.value.counter == 0


def test_a_lock_file_is_seen_with_owner_and_time(a_host: TemporaryHost) -> None:
    lock = a_host.root / "tmp" / "PGSQL.lock"
    lock.touch()
    os.utime(lock, (1_700_000_000, 1_700_000_000))
    data = a_host.facts("data").data.value
    assert data is not None
    assert data.lock is not None
    assert (data.lock.modified, data.lock.size, data.lock.owner) == (1_700_000_000, 0, lock.owner())


@each_shell
def test_archived_segments_are_listed_as_runs(a_host: TemporaryHost, shell: str) -> None:
    write = a_host.root / "archive-write"
    names = [f"00000001000000000000{n:04X}" for n in (*range(1, 200), *range(203, 256))] + ["000000010000000100000000"]
    for name in (*names, "000000020000000100000001.gz", "00000002.history", "x.tmp", f"{names[0]}.00000028.backup"):
        (write / name).touch()
    archive = a_host.facts("archive", shell=shell).archive.value
    assert archive is not None
    assert archive.write is not None
    assert [(str(run.first), str(run.last)) for run in archive.write.runs] == [
        ("000000010000000000000001", "0000000100000000000000C7"),
        ("0000000100000000000000CB", "0000000100000000000000FF"),
        ("000000010000000100000000", "000000010000000100000000"),
        ("000000020000000100000001", "000000020000000100000001"),
    ]
    assert (archive.write.files, archive.write.temporary, archive.write.histories) == (len(names) + 4, 1, (2,))
    assert (archive.write.readable, archive.write.writable, archive.write.mounted) == (True, True, False)
    assert archive.read is not None
    assert archive.read.runs == ()


def test_a_hundred_thousand_archived_files_are_listed_in_time(a_host: TemporaryHost) -> None:
    write = a_host.root / "archive-write"
    for number in range(100_000):
        path = write / f"00000001{number // 255:08X}{number % 255:08X}"
        if number % 50_000 == 0:  # names of one file: quicker made and removed; a file has at most 65,000 of them
            path.touch()
            first = path
        else:
            os.link(first, path)
    frame = a_host.frame("archive")
    assert frame.sections["archive"].answered
    assert frame.sections["archive"].milliseconds < 4000
    assert frame.sections["archive"].text.count("run ") == 393


def test_segments_waiting_to_be_archived_are_counted(a_host: TemporaryHost) -> None:
    status = a_host.root / "data" / "pg_xlog" / "archive_status"
    status.mkdir(parents=True)
    for name in ("00000001000000000000000B.ready", "00000001000000000000000A.ready", "000000010000000000000009.done"):
        (status / name).touch()
    old = time.time() - 500
    os.utime(status / "00000001000000000000000A.ready", (old, old))
    queue = a_host.facts("clock", "queue").archive_queue.value
    assert queue is not None
    assert (queue.ready, queue.oldest) == (2, "00000001000000000000000A")
    assert queue.oldest_age == pytest.approx(500, abs=5)


def test_usable_password_lines_are_counted_and_never_printed(a_host: TemporaryHost) -> None:
    pgpass = a_host.root / ".pgpass"
    pgpass.write_text(
        "# comment:a:b:c:d\n*:5432:*:replicator:s3cret-1\nh\\:1:*:*:u:s3cret-2\nbroken line s3cret-3\n\na:b:c:d:\n"
    )
    pgpass.chmod(0o600)
    report = a_host.ask("pgpass")
    assert b"s3cret" not in report
    found = a_host.facts("pgpass").pgpass.value
    assert found is not None
    assert found.status is not None
    assert (found.entries, found.status.mode) == (2, "600")


def test_the_newest_log_of_a_directory_is_read(a_host: TemporaryHost) -> None:
    folder = a_host.root / "server.log"
    folder.mkdir()
    (folder / "postgresql-Mon.log").write_text("2026-01-01 00:00:00 UTC [1] LOG:  old\n")
    (folder / "postgresql-Tue.log").write_text("2026-01-02 00:00:00 UTC [1] LOG:  new\n")
    os.utime(folder / "postgresql-Mon.log", (1, 1))
    log = a_host.facts("log").log.value
    assert log is not None
    assert log.path.endswith("postgresql-Tue.log")
    assert [entry.text for entry in log.entries] == ["new"]


@pytest.mark.skipif(
    bool(list(Path("/var/log/postgresql").glob("*"))), reason="this machine has a PostgreSQL log itself"
)
def test_a_log_that_is_not_there_is_said(a_host: TemporaryHost) -> None:
    facts = a_host.facts("log")
    assert facts.log.value is None
    assert facts.log.error == f"no server log: {a_host.root}/server.log is not there"


def test_an_appliance_is_seen_through_its_files(a_host: TemporaryHost) -> None:
    root = a_host.root / "vmdb"
    for name in ("log/apache", "config"):
        (root / name).mkdir(parents=True)
    (root / "REGION").write_text("12\n")
    (root / "config" / "vmdb.yml.db").write_text("---\nserver:\n  session_store: sql\n  name: x\n")
    (root / "config" / "database.yml").write_text(
        "production:\n  adapter: postgresql\n  host: cf-db\n  password: v1:{secret}\n"
    )
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(time.time() - 60))
    (root / "log" / "evm.log").write_text(
        f"[----] I, [{now}.123456 #1234:3fd]  INFO -- : MIQ(ReplicationWorker) Replication Status: "
        "Current Backlog=[17], Added=[6], Deleted=[-7]\n"
    )
    a_host.kind, a_host.ui = (
        HostKind.UI,
        UiSettings(root=str(root), ping_url="http://127.0.0.1:9/ping", worker_service="no-such-worker"),
    )
    ui = a_host.facts("clock", "ui").ui.value
    assert ui is not None
    assert (ui.region_number, ui.session_store, ui.database_host) == (12, "sql", "cf-db")
    assert ui.replication is not None
    assert (ui.replication.backlog, ui.replication.added, ui.replication.deleted) == (17, 6, -7)
    assert ui.replication.age == pytest.approx(60, abs=5)
    assert ui.ping_status is None
    assert ui.ping_error
    assert ui.workers_running is not None


def _printed_by(host: TemporaryHost, commands: str) -> str:
    script = f"{host.text()}\n{commands}"
    done = subprocess.run(["dash", "-s"], input=script.encode(), capture_output=True, timeout=30, check=True)
    return done.stdout.decode()


def _query(host: TemporaryHost, version: str) -> str:
    number = f'vmdb_set_sql_number "{version}"; vmdb_sql_text sql "$vmdb_version_number"'
    return _printed_by(host, f'{number}; printf %s "$vmdb_query"')


def test_a_title_is_its_first_line(a_host: TemporaryHost) -> None:
    """A database's name may hold a line break: what follows it is no process."""
    titles = "==> /proc/12/cmdline <==\npostgres: a\n13 1 postgres b\n\n==> /proc/14/cmdline <==\npostgres: walwriter"
    printed = _printed_by(a_host, f"vmdb_pid=7\nvmdb_titles '{titles}'")
    assert [line.split(None, 3)[::3] for line in printed.splitlines()] == [
        ["12", "postgres: a"],
        ["14", "postgres: walwriter"],
    ]


@pytest.mark.parametrize(
    ("version", "has", "has_not"),
    [
        ("9.2", "pg_current_xlog_location", "pg_stat_archiver"),
        ("9.2.24", "replay_location", "pg_control_system"),
        ("9.4", "pg_replication_slots", "pg_stat_wal_receiver"),
        ("9.6", "checkpoint_location", "pg_current_wal_lsn"),
        ("9.6", "pg_stat_replication", "pg_stat_get_wal_senders"),
        ("10", "checkpoint_lsn", "sender_host"),
        ("10", "pg_stat_get_wal_senders", "pg_settings"),
        ("11.22", "sender_host", "flushed_lsn"),
        ("13", "flushed_lsn", "received_lsn"),
        ("18beta1", "flushed_lsn", "xlog"),
    ],
)
def test_sql_is_what_the_servers_version_understands(
    a_host: TemporaryHost, version: str, has: str, has_not: str
) -> None:
    query = _query(a_host, version)
    assert query.startswith("begin transaction read only;")
    assert has in query
    assert has_not not in query
