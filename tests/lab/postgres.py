"""Two PostgreSQL servers become a pair: the first data directory, its accounts and tables, and a copy of it."""

from __future__ import annotations

from tests.lab import identity, machine, rootfs
from tests.lab.shell import run, wait_until
from tests.lab.spec import DATABASE, REPLICATION_USER, SQL_USER, HostSpec, RegionSpec

CONFIGURATION = """
listen_addresses = '*'
port = 5432
max_connections = 60
superuser_reserved_connections = 3
shared_buffers = 24MB
wal_level = replica
hot_standby = on
archive_mode = on
archive_command = '{archive_command}'
max_wal_senders = 5
{keep}
min_wal_size = 32MB
max_wal_size = 96MB
wal_sender_timeout = 20s
wal_receiver_status_interval = 2s
logging_collector = on
log_directory = '{log_directory}'
log_filename = 'postgresql.log'
log_rotation_age = 0
log_rotation_size = 0
log_truncate_on_rotation = off
log_line_prefix = '{log_prefix}'
log_checkpoints = off
restart_after_crash = off
unix_socket_directories = '/run/postgresql'
lc_messages = 'C'
timezone = 'UTC'
log_timezone = 'UTC'
"""

ACCESS = f"""local all postgres peer
local all all md5
local replication postgres peer
host replication {REPLICATION_USER} 10.0.0.0/8 md5
host {DATABASE} {SQL_USER} 10.0.0.0/8 md5
host all all 127.0.0.1/32 md5
"""

PENDING_CHANGES = """
create table rr{number}_pending_changes (id bigserial primary key, change_table text, change_key text,
  change_new_key text, change_type text, change_time timestamp);
create table rr{number}_logged_events (id bigserial primary key, activity text, change_table text);
create table rr{number}_sync_state (table_name text primary key, state text);
insert into rr{number}_pending_changes (change_table, change_key, change_type, change_time)
  select 'vms', 'id|' || n, 'I', now() from generate_series(1, 3) n;
"""


def configuration(region: RegionSpec, major: int) -> str:
    """postgresql.conf, after REFERENCE 2, in the words of the server's version."""
    layout = region.layout
    scripted = region.kind == "scripted"
    command = "/usr/bin/pgsql-primary-archive-wal %p %f" if scripted else f"cp %p {layout.archive_write}/%f"
    return CONFIGURATION.format(
        archive_command=command,
        keep="wal_keep_size = 64MB" if major >= 13 else "wal_keep_segments = 4",
        log_directory=layout.log.removeprefix(layout.data + "/").rpartition("/")[0],
        log_prefix="< %m >" if layout.legacy else "%m [%p] %q%u@%d ",
    )


def folders(region: RegionSpec, host: HostSpec) -> None:
    """The folders of PostgreSQL, its passwords, and the collection's commands, on a host that is on."""
    layout = region.layout
    script = f"""set -e
    mkdir -p {layout.home} {layout.data} {layout.tmp} {layout.user_home} {layout.archive_write}
    chown postgres:postgres {layout.home} {layout.data} {layout.tmp} {layout.user_home} {layout.archive_write}
    chmod 700 {layout.data}
    usermod -d {layout.user_home} postgres"""
    machine.sh(host, script)
    if layout.legacy:
        collection(layout.binaries, host)
    write_pgpass(host, f"{layout.user_home}/.pgpass", "postgres")


def collection(binaries: str, host: HostSpec) -> None:
    """Put PostgreSQL where a software collection has it, and nowhere else on the path."""
    packaged = f"/usr/lib/postgresql/{rootfs.postgresql_major()}/bin"
    machine.sh(
        host,
        f"""set -e
    mkdir -p {binaries}; ln -sf {packaged}/* {binaries}/
    for tool in {packaged}/*; do rm -f /usr/bin/${{tool##*/}}; done""",
    )


def write_pgpass(host: HostSpec, file: str, owner: str) -> None:
    """A .pgpass with both passwords, owned by `owner`, mode 600. They pass through stdin, not through arguments."""
    argv = machine.enter(host, ["sh", "-c", 'umask 077; cat >"$1"; chown "$2": "$1"', "sh", file, owner])
    run(argv, stdin=identity.pgpass())


def initialise(region: RegionSpec, major: int) -> None:
    """The first data directory, on host 1: configured, running, with accounts, database and tables."""
    first, layout = region.databases[0], region.layout
    checksums = "" if layout.legacy else "-k"
    machine.sh(first, f"{layout.binaries}/initdb -D {layout.data} -E UTF8 --locale=C {checksums} -A peer", "postgres")
    append(first, f"{layout.data}/postgresql.conf", configuration(region, major))
    run(machine.enter(first, ["sh", "-c", f"cat >{layout.data}/pg_hba.conf"]), stdin=ACCESS)
    machine.sh(first, f"service {layout.service} start")
    users = f"create role {SQL_USER} login password '{identity.password(SQL_USER)}';"
    users += f"create role {REPLICATION_USER} login replication password '{identity.password(REPLICATION_USER)}';"
    sql(region, first, users, "postgres")
    sql(region, first, f"create database {DATABASE} owner {SQL_USER}", "postgres")
    tables = f"set role {SQL_USER};"
    tables += "create table vms (id bigserial primary key, name text, created_on timestamp default now());"
    tables += "insert into vms (name) select 'vm-' || n from generate_series(1, 500) n;"
    if region.kind == "pacemaker":
        tables += PENDING_CHANGES.format(number=region.number)
    sql(region, first, tables)
    sql(region, first, "checkpoint")


def append(host: HostSpec, file: str, text: str) -> None:
    """Append text to a file on the host."""
    run(machine.enter(host, ["sh", "-c", 'cat >>"$1"', "sh", file]), stdin=text)


def sql(region: RegionSpec, host: HostSpec, statements: str, database: str = DATABASE, check: bool = True) -> str:
    """Run SQL as postgres through the local socket; what psql printed, unaligned, without headings."""
    psql = f"/usr/lib/postgresql/{rootfs.postgresql_major()}/bin/psql"
    argv = [psql, "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", "/run/postgresql", "-d", database, "-f", "-"]
    done = run(machine.enter(host, argv, "postgres"), stdin=statements, check=check, timeout=60)
    return done.stdout.strip()


def copy_to(region: RegionSpec, source: str, host: HostSpec) -> None:
    """Make the host's data directory a copy of the database at `source`, without any standby settings."""
    layout = region.layout
    tool = f"/usr/lib/postgresql/{rootfs.postgresql_major()}/bin/pg_basebackup"
    passwords = f"PGPASSFILE={layout.user_home}/.pgpass"
    script = f"""set -e; umask 077
    find {layout.data} -mindepth 1 -delete
    {passwords} {tool} -w -h {source} -U {REPLICATION_USER} -D {layout.data} -X fetch -c fast
    rm -f {layout.data}/standby.signal {layout.data}/recovery.conf"""
    machine.sh(host, script, "postgres")


def is_streaming(region: RegionSpec, host: HostSpec, standby: HostSpec) -> bool:
    """Whether `standby` streams from the server on `host`."""
    query = "select application_name from pg_stat_replication where state = 'streaming'"
    return standby.name in sql(region, host, query, check=False).splitlines()


def wait_streaming(region: RegionSpec, host: HostSpec, standby: HostSpec, timeout: float = 60) -> None:
    """Return when `standby` streams from `host`."""
    wait_until(lambda: is_streaming(region, host, standby), timeout, f"{standby.short} streaming from {host.short}")
