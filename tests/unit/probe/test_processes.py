"""Process titles in the shapes that the corpus has not (DOMAIN 3.2)."""

from __future__ import annotations

import pytest

from console.facts.lsn import Lsn
from console.facts.postgresql import Processes
from console.probe.processes import parse_processes

SERVER = "postgres 100 1 /usr/lib/postgresql/15/bin/postgres -D /data -c config_file=/etc/postgresql.conf"


def _processes(*titles: str, server: str = SERVER) -> Processes:
    lines = (f"postgres {pid} 100 postgres: {title}" for pid, title in enumerate(titles, 101))
    found = parse_processes("\n".join((server, *lines)))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "server",
    [
        "postgres 100 1 /usr/lib/postgresql/15/bin/postgres -D /data",
        "postgres 100 1 /opt/rh/postgresql92/root/usr/bin/postmaster -p 5432 -D /data",
        "  100     1 postgres /usr/pgsql-12/bin/postmaster -D /data/",
        "postgres   100     1  0 Oct08 ?        00:00:01 /usr/bin/postgres -D /data",
        "postgres   100  0.0  0.1 170000 15000 ?        Ss   10:00   0:01 /usr/bin/postgres -D /data",
        "    100       1 postgres        Mon Nov 23 07:09:31 2026 /usr/bin/postgres -D /data",
        "100 /usr/bin/postgres -D /data",
        "100 1 postgres -D /data",
        "             ├─100 /usr/pgsql-12/bin/postmaster -D /data",
    ],
)
def test_the_postmaster_is_found_in_any_columns(server: str) -> None:
    found = parse_processes(server, "/data")
    assert found is not None
    assert (found.postmaster, (found.data_directory or "").rstrip("/")) == (100, "/data")


@pytest.mark.parametrize(
    "other",
    [
        "root 7 1 grep postgres: wal receiver process",
        "root 7 1 sh -c /usr/bin/postgres -D /data",
        "root 7 1 su - postgres -c /usr/bin/postmaster -D /data",
        "postgres 7 1 psql -h pg.example.com vmdb_production",
        "postgres 7 1 /usr/bin/postgres --single -D /data template1",
        "postgres 7 1 /usr/bin/postgres -D /data -C data_directory",
        "  PID  PPID USER     COMMAND",
    ],
)
def test_what_only_names_a_server_is_none(other: str) -> None:
    found = parse_processes(other)
    assert found is not None
    assert not found.running


def test_a_server_of_another_directory_is_not_ours() -> None:
    found = parse_processes(SERVER, "/other")
    assert found is not None
    assert not found.running


def test_a_child_that_was_just_forked_is_no_second_server() -> None:
    found = parse_processes(f"{SERVER}\npostgres 101 100 /usr/lib/postgresql/15/bin/postgres -D /data", "/data")
    assert found is not None
    assert found.postmaster == 100


def test_titles_in_columns_that_are_not_understood_are_unknown_not_down() -> None:
    assert parse_processes("PID COMMAND\nx y z postgres: checkpointer\nq w e postgres: walwriter") is None


@pytest.mark.parametrize("text", ["", "\n\n", "bash: ps: command not found"])
def test_what_is_no_list_of_processes_is_unknown(text: str) -> None:
    assert parse_processes(text) is None


def test_a_base_backup_and_its_wal_stream_are_no_standby() -> None:
    found = _processes(
        "walsender replicator 10.0.0.2(40000) streaming 0/3000060",
        'walsender replicator 10.0.0.3(40001) sending backup "pg_basebackup base backup"',
        "walsender replicator 10.0.0.3(40002) streaming 0/3000060",
    )
    assert [sender.client for sender in found.standby_senders] == ["10.0.0.2"]


def test_a_standby_on_the_host_of_a_base_backup_stays_one() -> None:
    found = _processes(
        "walsender replicator 127.0.0.1(1) streaming 0/3000060",
        "checkpointer",
        "walsender replicator 127.0.0.1(2) sending backup",
        "walsender replicator 127.0.0.1(3) streaming 0/3000000",
    )
    assert [sender.port for sender in found.standby_senders] == [1]


def test_backends_are_counted_and_auxiliary_processes_are_not() -> None:
    found = _processes(
        "cloudforms vmdb_production 10.0.0.9(55000) idle", "cloudforms vmdb_production [local] SELECT",
        "dc1: cloudforms vmdb_production ::1(5) idle in transaction", "checkpointer", "logger", "io worker 0",
        "autovacuum worker vmdb_production", "parallel worker for PID 77", "slotsync worker",
    )  # fmt: skip
    assert found.backends == 3


@pytest.mark.parametrize(
    "title", ["walreceiver streaming 0/A", "a: b: walreceiver   streaming 0/A", "wal receiver process   streaming 0/A"]
)
def test_a_cluster_name_does_not_hide_the_walreceiver(title: str) -> None:
    found = _processes(title)
    assert found.walreceiver is not None
    assert found.walreceiver.lsn == Lsn(0, 10)


def test_a_socket_walsender_has_no_port() -> None:
    [sender] = _processes("walsender replicator [local] streaming 0/A").walsenders
    assert (sender.client, sender.port) == ("[local]", None)


def test_a_user_named_like_a_process_is_a_backend() -> None:
    found = _processes("walreceiver db 10.0.0.9(55000) idle", "startup db [local] idle")
    assert (found.walreceiver, found.startup, found.backends) == (None, None, 2)


def test_a_crash_leaves_orphans_but_no_server() -> None:
    found = parse_processes("postgres 101 1 postgres: checkpointer\npostgres 102 1 postgres: walwriter")
    assert found is not None
    assert not found.running


def test_an_archiver_tells_its_last_file() -> None:
    archiver = _processes("archiver last was 000000010000000000000010").archiver
    assert archiver is not None
    assert (archiver.last, archiver.failed_on) == ("000000010000000000000010", None)
