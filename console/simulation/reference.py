"""The simulated fleet's inventory, as it would be read from a file (tests/simulation/fleet.yaml is that file).

It is the reference environment with two differences that show both kinds of truth: region dc2 runs Debian with
PostgreSQL 15 and timelines, and the regions are numbered. Written out here since reading a file takes as long as all
else before the first screen. The addresses are only names: nothing is ever contacted.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from console.inventory.fleet import (
    Archive,
    Cluster,
    Endpoint,
    Fleet,
    Host,
    HostKind,
    ManagedBy,
    PostgresqlSettings,
    Region,
    RegionKind,
    Scripts,
    SshSettings,
    Storage,
)
from console.simulation.scenario_names import known_scenario

_DAY = 86400.0
_DOMAIN = "example.com"
_SSH = SshSettings(user="oncall", legacy=True)
_RHEL6_HOME = "/opt/rh/postgresql92/root/var/lib/pgsql"
_RHEL6 = PostgresqlSettings(
    profile="rhel6-scl-9.2",
    home=_RHEL6_HOME,
    data=f"{_RHEL6_HOME}/data",
    tmp=f"{_RHEL6_HOME}/tmp",
    log=f"{_RHEL6_HOME}/data/pg_log/postgresql.log",
    command_prefix="scl enable postgresql92 --",
    service="postgresql92-postgresql",
    os_user="postgres",
    port=5432,
    database="vmdb_production",
    sql_user="cloudforms",
    replication_user="replicator",
    pgpass="/var/lib/pgsql/.pgpass",
)
_DEBIAN_HOME = "/var/lib/postgresql"
_DEBIAN = PostgresqlSettings(
    profile="debian",
    home=_DEBIAN_HOME,
    data=f"{_DEBIAN_HOME}/15/main",
    tmp=f"{_DEBIAN_HOME}/tmp",
    log="/var/log/postgresql/postgresql-15-main.log",
    command_prefix="",
    service="postgresql",
    os_user="postgres",
    port=5432,
    database="vmdb_production",
    sql_user="cloudforms",
    replication_user="replicator",
    pgpass=f"{_DEBIAN_HOME}/.pgpass",
    bin="/usr/lib/postgresql/15/bin",
)


def demo_inventory(scenario: str) -> Fleet:
    """The fleet as `--demo=SCENARIO` looks at it. UsageError names the scenarios for an unknown one."""
    return replace(demo_fleet(), source=f"simulated fleet, scenario {known_scenario(scenario)}")


@cache
def demo_fleet() -> Fleet:
    """Twelve hosts in three regions."""
    return Fleet("demo", (_global(), _dc1(), _dc2()))


def _name(region: str, function: str) -> str:
    return f"cf-{region}-{function}.{_DOMAIN}"


def _database(
    region: str, ordinal: int, address: str, filer: str, settings: PostgresqlSettings = _RHEL6, ssh: SshSettings = _SSH
) -> Host:
    """The first host of a pair is in DC1, the second in DC2."""
    name = _name(region, f"db{ordinal}")
    storage = Storage(_name(region, f"nfs{ordinal}"), filer)
    return Host(name, address, region, HostKind.DATABASE, ordinal, ssh, settings, name, f"DC{ordinal}", storage)


def _ui(region: str, ordinal: int, address: str, site: str, ssh: SshSettings = _SSH) -> Host:
    name = _name(region, f"ui{ordinal}")
    return Host(name, address, region, HostKind.UI, ordinal, ssh, None, name, site)


def _global() -> Region:
    name = "global"
    return Region(
        name,
        RegionKind.SCRIPTED,
        databases=(
            _database(name, 1, "10.19.10.102", "10.18.10.106"),
            _database(name, 2, "10.16.10.102", "10.17.10.106"),
        ),
        endpoint=Endpoint(_name(name, "db"), ("10.19.10.51", "10.16.10.51"), ManagedBy.DNS),
        archive=Archive(f"{_RHEL6_HOME}/wal-archive-write", f"{_RHEL6_HOME}/wal-archive-read", 7 * _DAY),
        scripts=Scripts(copy_user="ea"),
        uis=(_ui(name, 1, "10.19.10.101", "DC1"), _ui(name, 2, "10.16.10.101", "DC2")),
        ui_endpoint=Endpoint(_name(name, "ui"), ("10.19.10.50", "10.16.10.50"), ManagedBy.DNS),
    )


def _dc1() -> Region:
    name = "dc1"
    return Region(
        name,
        RegionKind.PACEMAKER,
        databases=(
            _database(name, 1, "10.19.11.13", "10.18.11.20"),
            _database(name, 2, "10.16.11.12", "10.17.11.19"),
        ),
        endpoint=Endpoint(_name(name, "db"), ("10.19.11.14",), ManagedBy.CLUSTER, "pgvip"),
        archive=Archive(f"{_RHEL6_HOME}/wal-archive", f"{_RHEL6_HOME}/wal-archive", 3 * _DAY),
        cluster=Cluster(),
        uis=(_ui(name, 1, "10.19.11.10", "DC1"), _ui(name, 2, "10.19.11.11", "DC1")),
        ui_endpoint=Endpoint(_name(name, "ui"), ("10.19.11.52",), ManagedBy.BALANCER),
        number=1,
    )


def _dc2() -> Region:
    name, ssh = "dc2", SshSettings(user="oncall")
    return Region(
        name,
        RegionKind.PACEMAKER,
        databases=(
            _database(name, 1, "10.19.12.12", "10.18.12.19", _DEBIAN, ssh),
            _database(name, 2, "10.16.12.13", "10.17.12.20", _DEBIAN, ssh),
        ),
        endpoint=Endpoint(_name(name, "db"), ("10.16.12.14",), ManagedBy.CLUSTER, "pgvip"),
        archive=Archive(f"{_DEBIAN_HOME}/wal-archive", f"{_DEBIAN_HOME}/wal-archive", 3 * _DAY),
        cluster=Cluster(),
        uis=(_ui(name, 1, "10.16.12.10", "DC2", ssh), _ui(name, 2, "10.16.12.11", "DC2", ssh)),
        ui_endpoint=Endpoint(_name(name, "ui"), ("10.16.12.52",), ManagedBy.BALANCER),
        number=2,
    )
