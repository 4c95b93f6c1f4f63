"""The program beside a real PostgreSQL in a temporary folder; skipped where this machine has no server."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from console.facts.evidence import WalEndMethod
from console.facts.lsn import Lsn
from console.facts.postgresql import ClusterState
from console.facts.trials import Trial
from console.probe.evidence import parse_wal_end_section
from tests.unit.probe.hosts import AS_NOBODY, SHELLS, TemporaryHost, can_become_nobody

_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
_BINARIES = next((folder for folder in _FOLDERS if (folder / "initdb").exists()), None)


def _account() -> str | None:
    """Who runs the server: ourselves, or the packages' user where we are root, since initdb refuses root."""
    name = pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() != 0:
        return name
    try:
        return pwd.getpwnam("postgres").pw_name if shutil.which("setpriv") else None
    except KeyError:
        return None


ACCOUNT = _account()
pytestmark = [
    pytest.mark.skipif(_BINARIES is None, reason="no PostgreSQL server is installed below /usr/lib/postgresql"),
    pytest.mark.skipif(ACCOUNT is None, reason="root without a postgres user can not run a server"),
    pytest.mark.skipif("dash" not in SHELLS, reason="dash is not installed"),
]


@dataclass
class Server:
    """A real server, its tools, and the host it is on."""

    host: TemporaryHost

    def run(self, *argv: str, **more: str) -> str:
        assert _BINARIES is not None
        become = (
            ["setpriv", "--reuid", str(ACCOUNT), "--regid", str(ACCOUNT), "--init-groups"] if os.geteuid() == 0 else []
        )
        command = [*become, str(_BINARIES / argv[0]), *argv[1:]]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd="/", timeout=60, check=False, env={**os.environ, **more}
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def start(self) -> None:
        self.run("pg_ctl", "-D", f"{self.host.root}/data", "-l", f"{self.host.root}/server.log", "-w", "start")

    def stop(self, mode: str = "fast") -> None:
        self.run("pg_ctl", "-D", f"{self.host.root}/data", "-m", mode, "-w", "stop")

    def sql(self, *statements: str, database: str = "vmdb_production") -> str:
        commands = [word for statement in statements for word in ("-c", statement)]
        place = ("-h", str(self.host.root), "-p", str(self.host.port), "-d", database)
        return self.run("psql", "-XAtq", *place, *commands)

    def control(self, key: str) -> str:
        output = self.run("pg_controldata", f"{self.host.root}/data", LC_ALL="C")
        return next(line.partition(":")[2].strip() for line in output.splitlines() if line.startswith(f"{key}:"))


def _with_tool(server: Server, name: str, body: str) -> TemporaryHost:
    """The server's host with a command of our own; the caller removes the folder `tools`."""
    server.host.tool(name, body)
    (server.host.root / "tools").chmod(0o755)
    return TemporaryHost(server.host.root, server.host.os_user, server.host.port, path=server.host.path)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    root = Path(tempfile.mkdtemp(prefix="vmdb-pg-", dir="/tmp"))  # a socket's path is at most 107 bytes
    for name in ("tmp", "archive-write", "archive-read"):
        (root / name).mkdir()
    for path in (root, *root.iterdir()):
        shutil.chown(path, str(ACCOUNT))
    found = Server(TemporaryHost(root, str(ACCOUNT), _free_port(), binaries=str(_BINARIES)))
    found.run("initdb", "-D", f"{root}/data", "-A", "trust", "-N", "-U", str(ACCOUNT))
    with (root / "data" / "postgresql.conf").open("a") as conf:
        conf.write(
            f"port = {found.host.port}\nunix_socket_directories = '{root}'\n"
            "listen_addresses = '127.0.0.1'\nfsync = off\n"
            "wal_level = replica\nmax_wal_senders = 3\narchive_mode = on\n"
            f"archive_command = 'cp %p {root}/archive-write/%f'\n"
            "primary_conninfo = 'host=h user=r password=Zq7x'\n"
        )
    try:
        found.start()
        found.run("createdb", "-h", str(root), "-p", str(found.host.port), "vmdb_production")
        yield found
    finally:
        if (root / "data" / "postmaster.pid").exists():
            found.stop("immediate")
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def running(server: Server) -> Server:
    if not (server.host.root / "data" / "postmaster.pid").exists():
        server.start()
    return server


@pytest.mark.parametrize("shell", SHELLS)
def test_a_primary_says_of_itself_what_it_is(running: Server, shell: str) -> None:
    facts = running.host.facts("sql", "settings", "processes", "controldata", "data", "listeners", shell=shell)
    sql, control, data = facts.sql.value, facts.control.value, facts.data.value
    assert facts.sql.error is None
    assert sql is not None
    assert control is not None
    assert data is not None
    assert (sql.in_recovery, sql.read_only, sql.timeline) == (False, False, 1)
    assert sql.current is not None
    assert (sql.received, sql.replayed) == (None, None)
    assert sql.system_identifier == control.system_identifier == running.control("Database system identifier")
    assert control.state is ClusterState.IN_PRODUCTION
    assert facts.settings.value is not None
    assert facts.settings.value["max_wal_senders"] == "3"
    assert "Zq7x" not in str(facts)
    processes = facts.processes.value
    assert processes is not None
    assert data.postmaster is not None
    assert (processes.postmaster, processes.data_directory) == (data.postmaster.pid, f"{running.host.root}/data")
    assert data.postmaster.alive is True
    assert (data.exists, data.mode, data.owner, data.files) == (True, "700", ACCOUNT, frozenset())
    assert any(listener.port == running.host.port for listener in facts.listeners.value or ())


@pytest.mark.parametrize("shell", SHELLS)
def test_tables_of_replication_tests_are_listed_with_the_run_that_made_them(running: Server, shell: str) -> None:
    assert running.host.facts("trials", shell=shell).trials.value == ()
    ours, other = "vmdb_console_trial_20261123_120000_abcd", "vmdb_console_trial_x"
    running.sql(
        f"create schema {ours}", f"comment on schema {ours} is 'vmdb-console run 20261123-120000-abcd'",
        f"create schema {other}", "create schema vmdb_console",
    )  # fmt: skip
    try:
        found = running.host.facts("trials", shell=shell).trials
    finally:
        running.sql(f"drop schema {ours}", f"drop schema {other}", "drop schema vmdb_console")
    assert found.error is None
    assert found.value == (Trial(ours, "20261123-120000-abcd"), Trial(other, ""))


@pytest.mark.parametrize("shell", SHELLS)
def test_the_server_reads_the_control_file_as_pg_controldata_does(running: Server, shell: str) -> None:
    both = running.host.facts("sql", "controldata", shell=shell).control
    alone = running.host.facts("controldata", shell=shell).control
    assert both.value is not None
    assert alone.value is not None
    assert alone.value.wal_level == "replica"
    assert both.value == replace(alone.value, wal_level=None, wal_log_hints=None)


def test_pg_controldata_is_not_started_where_the_server_has_read_the_file(running: Server) -> None:
    broken = _with_tool(running, "pg_controldata", "echo started >&2; exit 1")
    try:
        facts, alone = broken.facts("sql", "controldata"), broken.facts("controldata")
    finally:
        shutil.rmtree(running.host.root / "tools")
    assert facts.control.value is not None
    assert alone.control.error == "started"


def test_a_server_that_works_in_another_directory_does_not_tell_of_this_ones_control_file(running: Server) -> None:
    """A stale postmaster.pid leads to a server of another data directory on the same port."""
    other = running.host.root / "other"
    data = other / "data"
    data.mkdir(parents=True)
    shutil.copy(running.host.root / "data" / "PG_VERSION", data)
    lines = (running.host.root / "data" / "postmaster.pid").read_text().splitlines()
    (data / "postmaster.pid").write_text("\n".join(["999999999", *lines[1:]]) + "\n")
    try:
        host = TemporaryHost(other, running.host.os_user, running.host.port, binaries=str(_BINARIES))
        facts = host.facts("sql", "controldata")
    finally:
        shutil.rmtree(other)
    assert facts.sql.value is not None
    assert facts.control.value is None
    assert facts.control.error is not None


def test_the_servers_own_default_is_seen_behind_the_read_only_session(running: Server) -> None:
    reset = "alter system reset default_transaction_read_only"
    try:
        running.sql("alter system set default_transaction_read_only = on", "select pg_reload_conf()")
        seen = False
        for _ in range(50):
            sql = running.host.facts("sql").sql.value
            assert sql is not None
            if seen := sql.read_only:
                break
        assert seen
    finally:
        running.sql("set default_transaction_read_only = off", reset, "select pg_reload_conf()")


def test_nothing_can_be_written_in_the_session(running: Server) -> None:
    real = f"{_BINARIES}/psql"
    words = "s/^select .role .*$/create table written(i int);/"
    running.host.tool("psql", f"sed '{words}' | {real} \"$@\"")
    broken = TemporaryHost(running.host.root, running.host.os_user, running.host.port, path=running.host.path)
    (running.host.root / "tools").chmod(0o755)
    try:
        facts = broken.facts("sql")
    finally:
        shutil.rmtree(running.host.root / "tools")
    assert facts.sql.error == "ERROR:  cannot execute CREATE TABLE in a read-only transaction"


def test_a_query_that_fails_costs_only_itself_and_is_said(running: Server) -> None:
    real = f"{_BINARIES}/psql"
    running.host.tool("psql", f"sed 's/from pg_stat_archiver/from no_such_table/' | {real} \"$@\"")
    broken = TemporaryHost(running.host.root, running.host.os_user, running.host.port, path=running.host.path)
    (running.host.root / "tools").chmod(0o755)
    try:
        facts = broken.facts("sql")
    finally:
        shutil.rmtree(running.host.root / "tools")
    assert facts.sql.value is not None
    assert facts.sql.value.archiver is None
    assert facts.sql.value.system_identifier is not None
    assert facts.sql.error is not None
    assert 'relation "no_such_table" does not exist' in facts.sql.error
    assert [name for name, _ in facts.reach.incomplete] == ["sql"]


def test_a_database_that_is_not_there_is_no_reason_to_know_nothing(running: Server) -> None:
    running.sql("alter database vmdb_production rename to away", database="postgres")
    try:
        assert running.host.facts("sql").sql.value is not None
    finally:
        running.sql("alter database away rename to vmdb_production", database="postgres")


@pytest.mark.skipif(not can_become_nobody, reason="only root can become nobody")
def test_without_root_the_servers_answer_is_its_refusal_and_its_processes_are_seen(running: Server) -> None:
    running.host.root.chmod(0o755)
    facts = running.host.facts("sql", "processes", "controldata", argv=tuple(AS_NOBODY))
    assert facts.sql.value is None
    assert facts.sql.error is not None
    assert 'role "nobody" does not exist' in facts.sql.error
    assert facts.processes.value is not None
    assert facts.processes.value.running
    assert facts.control.error == f"not root: cannot read {running.host.root}/data/global/pg_control"


def test_a_server_that_starts_up_is_said(running: Server) -> None:
    running.host.tool("psql", 'echo "psql: error: FATAL:  the database system is starting up" >&2; exit 2')
    broken = TemporaryHost(running.host.root, running.host.os_user, running.host.port, path=running.host.path)
    (running.host.root / "tools").chmod(0o755)
    try:
        facts = broken.facts("sql")
    finally:
        shutil.rmtree(running.host.root / "tools")
    assert facts.sql.value is None
    assert facts.sql.error == "psql: error: FATAL:  the database system is starting up"


def test_a_stopped_server_has_no_processes_and_its_wal_ends_behind_the_shutdown_checkpoint(running: Server) -> None:
    running.stop("fast")
    checkpoint = running.control("Latest checkpoint location")
    facts = running.host.facts("processes", "data", "sql", f"wal_end:1:{checkpoint}")
    assert facts.processes.value is not None
    assert not facts.processes.value.running
    assert facts.data.value is not None
    assert facts.data.value.postmaster is None
    assert facts.sql.value is None
    end = facts.evidence.wal_end
    assert end is not None
    assert (end.method, end.timeline, end.exact) == (WalEndMethod.WALDUMP, 1, True)
    running.start()
    running.sql("create table next_record(i int)")
    # The next record of the server begins where E was: its LSN is the proof.
    dump = running.run("pg_waldump", "-p", f"{running.host.root}/data/pg_wal", "-s", str(end.lower), "-n", "1")
    assert Lsn.parse(re.search(r"lsn: (\S+),", dump)[1]) == end.lower  # type: ignore[index]


def _without_waldump(server: Server, start: str) -> str:
    assert _BINARIES is not None
    some = server.host.root / "some-tools"
    some.mkdir(exist_ok=True)
    (some / "pg_controldata").unlink(missing_ok=True)
    (some / "pg_controldata").symlink_to(_BINARIES / "pg_controldata")
    section = server.host.frame(f"wal_end:1:{start}").sections["wal_end"]
    assert section.answered, section.reason
    head, _, rest = section.text.partition("@@waldump\n")
    return f"{head}@@waldump\nneither pg_waldump nor pg_xlogdump is there\n@@record{rest.partition('@@record')[2]}"


def test_without_a_record_reader_the_shutdown_checkpoints_own_length_gives_the_same_end(running: Server) -> None:
    running.stop("fast")
    checkpoint = running.control("Latest checkpoint location")
    exact = running.host.facts(f"wal_end:1:{checkpoint}").evidence.wal_end
    other = parse_wal_end_section(_without_waldump(running, checkpoint))
    assert exact is not None
    assert other is not None
    assert other.method is WalEndMethod.SHUTDOWN_CHECKPOINT
    assert (other.lower, other.upper) == (exact.lower, exact.upper)


@pytest.mark.parametrize("rows", [1, 3_000, 60_000])
def test_after_a_crash_the_last_written_page_bounds_the_end(running: Server, rows: int) -> None:
    running.sql("checkpoint")
    running.sql("create table if not exists t(i int)", f"insert into t select generate_series(1, {rows})")
    running.stop("immediate")
    start = running.control("Latest checkpoint's REDO location")
    exact = running.host.facts(f"wal_end:1:{start}").evidence.wal_end
    bound = parse_wal_end_section(_without_waldump(running, start))
    assert exact is not None
    assert exact.exact
    assert bound is not None
    assert bound.method is WalEndMethod.PAGES
    assert bound.lower <= exact.lower <= bound.upper
    assert bound.upper.low - bound.lower.low == 8192


def test_recycled_segments_are_not_taken_for_written_ones(running: Server) -> None:
    for _ in range(6):
        running.sql("create table if not exists t(i int)", "insert into t select generate_series(1, 1000)")
        running.sql("select pg_switch_wal()")
    running.sql("checkpoint")
    running.sql("insert into t values (1)")
    running.stop("immediate")
    start = running.control("Latest checkpoint's REDO location")
    exact = running.host.facts(f"wal_end:1:{start}").evidence.wal_end
    bound = parse_wal_end_section(_without_waldump(running, start))
    assert exact is not None
    assert bound is not None
    assert bound.lower <= exact.lower <= bound.upper


def test_the_end_of_a_running_servers_wal_is_refused(running: Server) -> None:
    evidence = running.host.facts("wal_end:1:0/1000028").evidence
    assert evidence.wal_end is None
    assert evidence.errors == (f"wal_end: a server runs on {running.host.root}/data: its WAL has no end yet",)


def test_commits_after_a_position_are_listed_with_their_times(running: Server) -> None:
    fork = running.sql("select pg_current_wal_insert_lsn()")
    for number in range(3):
        running.sql(f"create table if not exists c{number}(i int); insert into c{number} values (1)")
    running.stop("immediate")
    found = running.host.facts(f"commits:1:{fork}").evidence.commits_after
    assert found is not None
    assert found.fork == Lsn.parse(fork)
    assert (found.count, len(found.commits), found.complete) == (3, 3, True)
    assert all(commit.at and commit.at.endswith("UTC") and commit.lsn >= found.fork for commit in found.commits)


def test_a_segment_is_readable_for_the_databases_user_or_says_why_not(running: Server) -> None:
    name = "00000001000000000000000A"
    archived = running.host.root / "archive-read" / name
    missing = running.host.facts(f"segment:{name}").evidence.segment
    assert missing is not None
    assert not missing.readable
    assert "No such file" in missing.reason
    archived.write_bytes(b"\xd0\x97")
    shutil.chown(archived, str(ACCOUNT))
    found = running.host.facts(f"segment:{name}").evidence.segment
    assert found is not None
    assert (found.readable, str(found.segment)) == (True, name)
    if os.geteuid() == 0:
        shutil.chown(archived, "root")
        archived.chmod(0o600)
        private = running.host.facts(f"segment:{name}").evidence.segment
        assert private is not None
        assert not private.readable
        assert "Permission denied" in private.reason


def test_without_pg_controldata_the_control_file_itself_gives_the_same_end(running: Server) -> None:
    """As on the lab's PostgreSQL 11, whose packages lack the tool."""
    running.stop("fast")
    with_tool = running.host.frame("wal_end").sections["wal_end"].text
    words = dict(_control_lines(with_tool))
    broken = _with_tool(running, "pg_controldata", "exit 1")
    try:
        alone = {shell: broken.frame("wal_end", shell=shell).sections["wal_end"].text for shell in SHELLS}
    finally:
        shutil.rmtree(running.host.root / "tools")
    for text in alone.values():
        own = dict(_control_lines(text))
        assert own == {key: words[key] for key in own}
        assert len(own) == 7
        assert parse_wal_end_section(text) == parse_wal_end_section(with_tool)


def _control_lines(text: str) -> list[tuple[str, str]]:
    lines = text.partition("@@control\n")[2].partition("@@waldump")[0].splitlines()
    return [(key.strip(), value.strip()) for key, _, value in (line.partition(":") for line in lines)]


def test_wal_end_without_a_position_reads_from_the_latest_checkpoint_on(running: Server) -> None:
    running.sql("create table if not exists t(i int)", "checkpoint", "insert into t values (1)")
    running.stop("immediate")
    start = running.control("Latest checkpoint's REDO location")
    facts = running.host.facts("wal_end")
    assert facts.evidence.wal_end is not None
    assert facts.evidence == running.host.facts(f"wal_end:1:{start}").evidence


def test_a_record_that_fills_its_page_ends_where_the_page_does(running: Server) -> None:
    """The reader of records finds no page there; the server says that its WAL ends where that page would begin."""
    end = _emit(running, 100)
    for _ in range(20):
        left = -end.low % 8192
        if left < 200:
            end = _emit(running, 100)
            continue
        spare = _emit(running, left - 120).low % 8192  # another process may have written meanwhile
        end = _emit(running, 8192 - spare - 56) if 8192 - spare >= 64 else _emit(running, 100)
        if end.low % 8192 == 0:
            break
    assert end.low % 8192 == 0
    _until_flushed(running, end)
    running.stop("immediate")
    found = running.host.facts("wal_end").evidence.wal_end
    assert found is not None
    assert (found.lower, found.upper) == (end, end)


def _until_flushed(server: Server, end: Lsn) -> None:
    """The WAL writer flushes what no commit has flushed."""
    deadline = time.monotonic() + 30
    while server.sql(f"select pg_current_wal_flush_lsn() >= '{end}'") != "t":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _emit(server: Server, size: int) -> Lsn:
    """A record with a message of this size; where it ends, as the server has it."""
    end = Lsn.parse(server.sql(f"select pg_logical_emit_message(false, '', repeat('x', {max(size, 1)}))"))
    assert end is not None
    return end
