from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hostscripts import network, user
from tests.hostscripts.host import FIRST, SECOND, ScriptHost
from tests.unit.sql.server import binaries

CONFIGURATION = """
port = {port}
max_connections = 20
shared_buffers = 1MB
fsync = off
max_wal_senders = 4
wal_keep_size = 16MB
hot_standby = on
log_min_messages = warning
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 500ms
"""
ACCESS = """
local all all trust
local replication all trust
host all all 127.0.0.0/8 trust
host replication all 127.0.0.0/8 trust
"""
SUPERUSER = "create role postgres login superuser replication"
TABLE = "create table vms (id int); insert into vms select generate_series(1, 100)"


@dataclass(frozen=True)
class Templates:
    """The data directories of a pair that was stopped while host 2 streamed."""

    base: Path
    binaries: Path
    port: int


@dataclass
class Pair:
    first: ScriptHost
    second: ScriptHost

    @property
    def port(self) -> int:
        return self.first.port


@pytest.fixture(scope="session")
def templates() -> Iterator[Templates]:
    place = binaries()
    if place is None:
        pytest.skip("PostgreSQL's server (initdb, pg_ctl) is not installed here")
    base = Path(tempfile.mkdtemp(prefix="vmdb-hosts-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    base.chmod(0o755)
    user.give(base)
    try:
        made = Templates(base, place, network.free_port())
        _make_templates(made)
        yield made
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _make_templates(made: Templates) -> None:
    first = _host(made, "template1", 1, old=False)
    second = _host(made, "template2", 2, old=False)
    first.pg("initdb", "-D", str(first.data), "-A", "trust", "--no-sync", "--wal-segsize=1", "--locale=C", "-E", "UTF8")
    with (first.data / "postgresql.conf").open("a") as file:
        file.write(CONFIGURATION.format(port=made.port))
    (first.data / "pg_hba.conf").write_text(ACCESS)
    _settle(first)
    first.start()
    try:
        place = ("-h", str(first.root), "-p", str(made.port))
        for text in ("create role cloudforms login", "create role replicator login replication", SUPERUSER):
            first.pg("psql", "-Xqc", text, *place, "-d", "postgres")
        first.pg("psql", "-Xqc", "create database vmdb_production", *place, "-d", "postgres")
        first.sql(TABLE)
        tool = ("-X", "fetch", "-c", "fast", "--no-sync", "--no-manifest")
        first.pg("pg_basebackup", "-D", str(second.data), *tool, *place)
    finally:
        first.pg("pg_ctl", "-D", str(first.data), "-m", "fast", "-w", "stop")
    (second.data / "postgresql.auto.conf").write_text(
        f"primary_conninfo = 'host={FIRST} port={made.port} user=replicator application_name={SECOND}'\n"
    )
    user.give(second.data)
    (second.data / "standby.signal").touch()


def _settle(host: ScriptHost) -> None:
    """Where the server listens: a file of the host's own, not of the data directory that a copy carries along."""
    conf = host.data / "postgresql.conf"
    text = conf.read_text().partition("# of this host\n")[0]
    archive = f"{host.root}/usr/bin/pgsql-primary-archive-wal"
    conf.write_text(f"{text}# of this host\ninclude '../../postgresql.conf'\n")
    lines = f"listen_addresses = '{host.address}'\nunix_socket_directories = '{host.root}'\n"
    lines += f"archive_command = '{archive} %p %f'\n"
    (host.root / "postgresql.conf").write_text(lines)
    user.give(host.root / "postgresql.conf")


def _host(made: Templates, name: str, number: int, *, old: bool) -> ScriptHost:
    root = made.base / name
    root.mkdir()
    return ScriptHost(root, number, made.port, made.binaries, old=old)


@pytest.fixture
def hosts(templates: Templates) -> Iterator[Callable[..., ScriptHost]]:
    """hosts(NUMBER, old=…): a host with its data directory, its database stopped. One of each number a test."""
    made: list[ScriptHost] = []

    def make(number: int, *, old: bool = False, data: bool = True) -> ScriptHost:
        host = _host(templates, f"test{number}", number, old=old)
        made.append(host)
        (host.home / "wal-archive-write").mkdir()
        if data:
            shutil.copytree(templates.base / f"template{number}/home/data", host.data, symlinks=True)
            _settle(host)
        user.give(host.home)
        return host

    yield make
    for host in made:
        if (host.data / "postmaster.pid").exists():
            host.stop()
        shutil.rmtree(host.root, ignore_errors=True)


@pytest.fixture
def pair(hosts: Callable[..., ScriptHost]) -> Pair:
    """Host 1 serves, host 2 streams; the scripts of this project."""
    found = Pair(hosts(1), hosts(2))
    found.first.start()
    found.second.start()
    return found


@pytest.fixture
def old_pair(hosts: Callable[..., ScriptHost]) -> Pair:
    """The same with the scripts as they were."""
    found = Pair(hosts(1, old=True), hosts(2, old=True))
    found.first.start()
    found.second.start()
    return found


@pytest.fixture
def witness() -> Iterator[str]:
    """A witness that answers."""
    with network.accepting() as word:
        yield word


NOBODY = "tcp:127.0.0.4:9"


@pytest.fixture
def no_witness() -> str:
    """A witness that never answers."""
    return NOBODY
