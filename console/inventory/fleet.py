"""The fleet as the console uses it: every default merged, every unit resolved, every path rendered.

`console.inventory.loading` makes these values from inventory.yaml (DESIGN 4); nothing else does.
Sizes are bytes, durations seconds, shares 0..1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path


class RegionKind(StrEnum):
    """How failover is done in a region."""

    PACEMAKER = "pacemaker"
    SCRIPTED = "scripted"


class HostKind(StrEnum):
    """What a host is for."""

    DATABASE = "database"
    UI = "ui"


class Become(StrEnum):
    """How the probe gets root on a host; `NONE` probes with the login's own rights."""

    SUDO = "sudo"
    NONE = "none"


class ManagedBy(StrEnum):
    """Who moves an endpoint: DNS (global traffic manager), the cluster (VIP), or a local balancer."""

    DNS = "dns"
    CLUSTER = "cluster"
    BALANCER = "balancer"


@dataclass(frozen=True, slots=True)
class SshSettings:
    """How to reach a host. `None` leaves the choice to ~/.ssh/config and then to OpenSSH's defaults."""

    user: str | None = None
    port: int | None = None
    become: Become = Become.SUDO
    legacy: bool = False
    accept_new: bool = False
    identity_file: Path | None = None
    known_hosts: Path | None = None
    connect_timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class PostgresqlSettings:
    """Where PostgreSQL lives on a host. Paths are absolute and rendered ({home} and {data} replaced)."""

    profile: str
    home: str
    data: str
    tmp: str
    log: str
    command_prefix: str
    service: str
    os_user: str
    port: int
    database: str
    sql_user: str
    replication_user: str
    pgpass: str
    bin: str = ""
    socket: str = ""


@dataclass(frozen=True, slots=True)
class Storage:
    """A host's NFS filer on the storage network."""

    name: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """One host. `name` is its own name (`hostname -f`), `address` what to connect to, `node` its cluster node name."""

    name: str
    address: str
    region: str
    kind: HostKind
    ordinal: int
    ssh: SshSettings
    postgresql: PostgresqlSettings | None
    node: str
    site: str | None = None
    storage: Storage | None = None
    witnesses: tuple[str, ...] = ()
    """Whom the failover scripts of a database host ask before a promotion (values.witness); () is the default."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A name that clients use, and the addresses it may have."""

    name: str
    addresses: tuple[str, ...]
    managed_by: ManagedBy
    resource: str | None = None


@dataclass(frozen=True, slots=True)
class Archive:
    """WAL archive directories: where the primary writes, where the standby reads; retention in seconds."""

    write: str
    read: str
    retention: float | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """Pacemaker settings of a region: the pgsql resource's id, the address replication uses (None: read master_ip)."""

    resource: str = "postgresql"
    replication_address: str | None = None


@dataclass(frozen=True, slots=True)
class Scripts:
    """The failover scripts of a scripted region (console/hostscripts).

    Host 2 promotes itself at `max_failcount` failures of host 1 in a row. `fence_command` is a shell command on host 2
    that ends a host 1 that hangs, "" for none; `fence_timeout` in seconds. `keep_old_data`: what a copy has replaced
    stays until somebody removes it.
    """

    config: str = "/etc/sysconfig/pgsql-replication"
    copy_user: str | None = None
    max_failcount: int = 2
    fence_command: str = ""
    fence_timeout: float = 30.0
    keep_old_data: bool = True


@dataclass(frozen=True, slots=True)
class UiSettings:
    """Where the UI appliance's parts live; the log that rubyrep's backlog is read from lies below `root`."""

    root: str = "/var/www/miq/vmdb"
    ping_url: str = "https://localhost/ping"
    httpd_service: str = "httpd"
    worker_service: str = "evmserverd"


@dataclass(frozen=True, slots=True)
class Region:
    """A region: two database hosts (the first is the normal primary), UI hosts, and their endpoints."""

    name: str
    kind: RegionKind
    databases: tuple[Host, ...]
    endpoint: Endpoint | None
    archive: Archive | None
    cluster: Cluster | None = None
    scripts: Scripts | None = None
    uis: tuple[Host, ...] = ()
    ui_endpoint: Endpoint | None = None
    ui: UiSettings = field(default_factory=UiSettings)
    number: int | None = None

    @property
    def hosts(self) -> tuple[Host, ...]:
        """Database hosts, then UI hosts."""
        return self.databases + self.uis


@dataclass(frozen=True, slots=True)
class Poll:
    """Seconds between polls, between slow polls, and the deadline of one poll of a host."""

    interval: float = 2.0
    slow_interval: float = 60.0
    timeout: float = 8.0

    @property
    def stale_after(self) -> float:
        """Seconds after which a host's figures are stale: three polls, and the time that one may take."""
        return 3 * self.interval + self.timeout

    @property
    def slow_stale_after(self) -> float:
        """The same for what is asked seldom."""
        return 3 * max(self.slow_interval, self.interval) + self.timeout


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit pair: past `warning` is a warning, past `critical` is critical (below, where less is worse)."""

    warning: float
    critical: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits for findings: bytes, seconds, shares of a disk (free), rows, files."""

    lag_bytes: Threshold = Threshold(16 * 1024**2, 256 * 1024**2)
    lag_seconds: Threshold = Threshold(30, 300)
    disk_free: Threshold = Threshold(0.20, 0.10)
    clock_skew: Threshold = Threshold(1, 5)
    replication_backlog: Threshold = Threshold(1000, 100_000)
    archive_ready: Threshold = Threshold(16, 128)


@dataclass(frozen=True)
class Fleet:
    """The whole inventory. `source` names the file, or the simulated fleet."""

    environment: str
    regions: tuple[Region, ...]
    poll: Poll = Poll()
    thresholds: Thresholds = Thresholds()
    source: str = ""

    @cached_property
    def hosts(self) -> dict[str, Host]:
        """Every host by its name."""
        return {host.name: host for region in self.regions for host in region.hosts}

    def region(self, name: str) -> Region:
        """Region by name; KeyError where there is none."""
        return next(region for region in self.regions if region.name == name)

    @property
    def production(self) -> bool:
        """Whether this is production, which starts read-only (DESIGN 7)."""
        return self.environment.casefold() == "production"
