"""The operations of a replication test, on a real primary and a real standby that streams from it."""

from __future__ import annotations

import getpass
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest

from console.facts.server_version import ServerVersion
from console.operations.operation import Operation
from console.operations.platform import Platform
from console.operations.shell import CommandError
from console.operations.trial import CreateTrial, DropTrial, ReadTrial, TryTrialInsert, schema_of
from tests.unit.sql.server import UNPRIVILEGED, Server, binaries, owned_directory

from .conftest import debian, settings

DATABASE = "vmdb_production"
RUN = "20261123-120000-abcd"
SCHEMA = "vmdb_console_trial_20261123_120000_abcd"
USER = UNPRIVILEGED if os.geteuid() == 0 else getpass.getuser()

pytestmark = pytest.mark.skipif(binaries() is None, reason="no PostgreSQL server is installed here")


@dataclass(frozen=True)
class Pair:
    """Two servers of one database."""

    primary: Server
    standby: Server

    def do(self, server: Server, operation: Operation) -> subprocess.CompletedProcess[str]:
        """The operation's command on a server, as the hands run it."""
        text = f"(\n{operation.command(self.platform(server))}\n)"
        return subprocess.run(["sh", "-c", text], capture_output=True, text=True, timeout=90, check=False)

    def platform(self, server: Server) -> Platform:
        own = settings(str(server.data), os_user=USER, port=server.port, bin=str(server.bin), database=DATABASE)
        number = int(server.sql("SHOW server_version_num"))
        return replace(debian(), postgresql=own, version=ServerVersion(number))

    def settled(self) -> None:
        """Until the standby has replayed everything."""
        here = self.primary.sql("SELECT pg_current_wal_lsn()")
        for _ in range(200):
            if self.standby.sql(f"SELECT pg_last_wal_replay_lsn() >= '{here}'") == "t":
                return
            time.sleep(0.05)
        raise AssertionError("the standby does not follow")


def schemas(server: Server) -> str:
    return server.sql("SELECT nspname FROM pg_namespace WHERE nspname ~ 'trial' ORDER BY 1", DATABASE)


@pytest.fixture(scope="module")
def servers() -> Iterator[Pair]:
    folder = binaries()
    assert folder is not None
    with owned_directory() as base:
        pair = Pair(Server(folder, base, "primary"), Server(folder, base, "standby"))
        try:
            pair.primary.initialise()
            pair.primary.start()
            pair.primary.sql(f"CREATE DATABASE {DATABASE}")
            pair.primary.sql(f"CREATE ROLE {USER} SUPERUSER LOGIN")
            pair.standby.copy_of(pair.primary)
            pair.standby.start()
            yield pair
        finally:
            pair.standby.stop()
            pair.primary.stop()


@pytest.fixture
def pair(servers: Pair) -> Iterator[Pair]:
    yield servers
    servers.primary.sql("ALTER SYSTEM RESET ALL")
    servers.standby.sql("SELECT pg_wal_replay_resume()")
    servers.primary.sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE", DATABASE)
    with suppress(AssertionError):
        servers.settled()


def test_the_table_is_created_with_its_rows_and_dropped_again(pair: Pair) -> None:
    created = pair.do(pair.primary, CreateTrial(RUN))
    assert created.returncode == 0, created.stderr
    assert pair.primary.sql(f"SELECT count(*), min(word), max(n) FROM {SCHEMA}.rows", DATABASE) == f"10|{RUN}-1|10"
    dropped = pair.do(pair.primary, DropTrial(RUN))
    assert dropped.returncode == 0, dropped.stderr
    assert schemas(pair.primary) == ""


def test_how_long_the_standby_took_to_receive_it_is_told(pair: Pair) -> None:
    said = pair.do(pair.primary, CreateTrial(RUN)).stdout
    took = re.search(r"received by the standby (\d+\.\d{3}) s after the commit", said)
    assert took is not None, said
    assert float(took[1]) < 5


OLD_NAMES = """
CREATE SCHEMA old;
CREATE VIEW old.pg_stat_replication AS SELECT state, flush_lsn AS flush_location FROM pg_catalog.pg_stat_replication;
CREATE FUNCTION old.pg_current_xlog_location() RETURNS pg_lsn LANGUAGE sql AS 'SELECT pg_current_wal_lsn()';
CREATE FUNCTION old.pg_xlog_location_diff(pg_lsn, pg_lsn) RETURNS numeric LANGUAGE sql
  AS 'SELECT pg_wal_lsn_diff($1, $2)';
"""


def test_servers_before_10_are_asked_by_the_names_that_they_know(pair: Pair) -> None:
    """No such server is installed here: theirs are the only names that this one finds."""
    pair.primary.sql(OLD_NAMES, DATABASE)
    pair.primary.sql(f"ALTER DATABASE {DATABASE} SET search_path = old, pg_catalog")
    try:
        platform = replace(pair.platform(pair.primary), version=ServerVersion(90202))
        text = f"(\n{CreateTrial(RUN).command(platform)}\n)"
        done = subprocess.run(["sh", "-c", text], capture_output=True, text=True, timeout=90, check=False)
    finally:
        pair.primary.sql(f"ALTER DATABASE {DATABASE} RESET search_path")
        pair.primary.sql("DROP SCHEMA old CASCADE", DATABASE)
    assert done.returncode == 0, done.stderr
    assert "received by the standby 0." in done.stdout


def test_it_is_told_where_no_standby_receives_anything(pair: Pair) -> None:
    pair.standby.stop()
    try:
        created = pair.do(pair.primary, CreateTrial(RUN))
    finally:
        pair.standby.start()
    assert created.returncode == 0, created.stderr
    assert "not received by a standby within 10 s" in created.stdout


def test_creating_it_again_changes_nothing(pair: Pair) -> None:
    pair.do(pair.primary, CreateTrial(RUN))
    again = pair.do(pair.primary, CreateTrial(RUN))
    assert again.returncode == 0, again.stderr
    assert "is there already" in again.stdout
    assert pair.primary.sql(f"SELECT count(*) FROM {SCHEMA}.rows", DATABASE) == "10"


@pytest.mark.parametrize("operation", [CreateTrial(RUN), DropTrial(RUN)], ids=["create", "drop"])
@pytest.mark.parametrize("comment", ["", "somebody's own", "vmdb-console run another"])
def test_a_schema_of_that_name_that_is_not_the_runs_is_left_alone(
    pair: Pair, operation: Operation, comment: str
) -> None:
    text = comment.replace("'", "''")
    pair.primary.sql(f"CREATE SCHEMA {SCHEMA}; COMMENT ON SCHEMA {SCHEMA} IS '{text}'", DATABASE)
    done = pair.do(pair.primary, operation)
    assert done.returncode != 0
    assert "not this run's" in done.stderr
    assert schemas(pair.primary) == SCHEMA


def test_what_somebody_else_has_put_into_the_schema_is_not_dropped(pair: Pair) -> None:
    pair.do(pair.primary, CreateTrial(RUN))
    pair.primary.sql(f"CREATE TABLE {SCHEMA}.theirs (n integer)", DATABASE)
    done = pair.do(pair.primary, DropTrial(RUN))
    assert done.returncode != 0
    assert pair.primary.sql(f"SELECT count(*) FROM {SCHEMA}.rows", DATABASE) == "10"


def test_dropping_what_is_not_there_is_done(pair: Pair) -> None:
    done = pair.do(pair.primary, DropTrial(RUN))
    assert (done.returncode, done.stdout) == (0, f"{SCHEMA} is not there\n")


def test_on_a_standby_there_is_nothing_to_drop(pair: Pair) -> None:
    pair.do(pair.primary, CreateTrial(RUN))
    pair.settled()
    done = pair.do(pair.standby, DropTrial(RUN))
    assert done.returncode == 0, done.stderr
    assert "this is a standby" in done.stdout
    assert schemas(pair.standby) == SCHEMA


def test_nothing_is_created_where_every_new_table_is_published(pair: Pair) -> None:
    pair.primary.sql("CREATE PUBLICATION everything FOR ALL TABLES", DATABASE)
    try:
        done = pair.do(pair.primary, CreateTrial(RUN))
    finally:
        pair.primary.sql("DROP PUBLICATION everything", DATABASE)
    assert done.returncode != 0
    assert "every new table is published (everything)" in done.stderr
    assert schemas(pair.primary) == ""


def test_a_commit_does_not_wait_for_a_synchronous_standby_that_is_not_there(pair: Pair) -> None:
    pair.primary.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody_of_that_name'")
    pair.primary.sql("SELECT pg_reload_conf()")
    began = time.monotonic()
    try:
        done = pair.do(pair.primary, CreateTrial(RUN))
        assert done.returncode == 0, done.stderr
        assert time.monotonic() - began < 8
    finally:
        pair.primary.sql("ALTER SYSTEM RESET synchronous_standby_names")
        pair.primary.sql("SELECT pg_reload_conf()")


def test_the_rows_are_read_on_the_standby(pair: Pair) -> None:
    pair.do(pair.primary, CreateTrial(RUN))
    done = pair.do(pair.standby, ReadTrial(RUN))
    assert done.returncode == 0, done.stderr
    assert re.search(r"the same rows are here, seen at look 1, \d+\.\d{3} s after they were written", done.stdout)


def test_rows_that_come_late_are_waited_for(pair: Pair) -> None:
    pair.standby.sql("SELECT pg_wal_replay_pause()")
    pair.do(pair.primary, CreateTrial(RUN))
    text = f"(\n{ReadTrial(RUN).command(pair.platform(pair.standby))}\n)"
    with subprocess.Popen(["sh", "-c", text], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as reading:
        time.sleep(1.5)
        pair.standby.sql("SELECT pg_wal_replay_resume()")
        said = reading.communicate(timeout=40)[0]
    assert reading.returncode == 0, said
    looks = re.search(r"seen at look (\d+), (\d+\.\d+) s", said)
    assert looks is not None, said
    assert int(looks[1]) > 1
    assert float(looks[2]) > 1


def test_other_rows_are_not_the_same(pair: Pair) -> None:
    pair.do(pair.primary, CreateTrial(RUN))
    pair.primary.sql(f"UPDATE {SCHEMA}.rows SET word = 'else' WHERE n = 7", DATABASE)
    pair.settled()
    done = pair.do(pair.standby, ReadTrial(RUN))
    assert done.returncode != 0
    assert "the rows differ" in done.stderr


def test_the_standby_refuses_an_insert_and_that_is_the_proof(pair: Pair) -> None:
    pair.do(pair.primary, CreateTrial(RUN))
    pair.settled()
    done = pair.do(pair.standby, TryTrialInsert(RUN))
    assert done.returncode == 0, done.stderr
    assert "25006: cannot execute INSERT in a read-only transaction" in done.stdout


def test_an_insert_that_works_is_a_failure_and_leaves_nothing(pair: Pair) -> None:
    pair.do(pair.primary, CreateTrial(RUN))
    done = pair.do(pair.primary, TryTrialInsert(RUN))
    assert done.returncode != 0
    assert "this is no standby" in done.stderr
    assert pair.primary.sql(f"SELECT count(*) FROM {SCHEMA}.rows", DATABASE) == "10"


def test_an_insert_that_fails_for_another_reason_proves_nothing(pair: Pair) -> None:
    done = pair.do(pair.primary, TryTrialInsert(RUN))
    assert done.returncode != 0
    assert "not as one on a standby does" in done.stderr


@pytest.mark.parametrize("run", ["", "a'b", "a b", "A", "x" * 41, 'a"; DROP TABLE vms; --'])
def test_what_can_be_no_runs_id_names_no_schema(run: str) -> None:
    with pytest.raises(CommandError):
        schema_of(run)
