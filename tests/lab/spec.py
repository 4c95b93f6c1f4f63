"""What the lab consists of: regions, hosts, addresses and file layouts (REFERENCE.md 1-5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

DOMAIN = "example.com"
DATABASE = "vmdb_production"
SQL_USER = "cloudforms"
REPLICATION_USER = "replicator"
ONCALL = "oncall"
COPY_USER = "ea"
PREFIX_LENGTH = 8
WORKSTATION = "10.19.0.1"
POWER_SWITCH = "10.19.0.2"
POWER_PORT = 6230


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a region's PostgreSQL lives, and how its commands are called."""

    profile: str
    home: str
    data: str
    tmp: str
    log: str
    binaries: str
    command_prefix: str
    service: str
    user_home: str
    """The home directory of the postgres user, where .pgpass lies."""
    archive_write: str
    archive_read: str
    data_is_mount: bool = False
    legacy: bool = False
    """Offers only the SSH algorithms of RHEL 6."""


RHEL6_HOME = "/opt/rh/postgresql92/root/var/lib/pgsql"
RHEL6 = Layout(
    profile="rhel6-scl-9.2",
    home=RHEL6_HOME,
    data=f"{RHEL6_HOME}/data",
    tmp=f"{RHEL6_HOME}/tmp",
    log=f"{RHEL6_HOME}/data/pg_log/postgresql.log",
    binaries="/opt/rh/postgresql92/root/usr/bin",
    command_prefix="scl enable postgresql92 --",
    service="postgresql92-postgresql",
    user_home="/var/lib/pgsql",
    archive_write=f"{RHEL6_HOME}/wal-archive",
    archive_read=f"{RHEL6_HOME}/wal-archive",
    data_is_mount=True,
    legacy=True,
)


def debian_layout(major: int, binaries: str, archive: str) -> Layout:
    """A Debian-like layout below /var/lib/postgresql/MAJOR; `archive` is "shared" or "split" (REFERENCE 2)."""
    home = f"/var/lib/postgresql/{major}"
    write, read = ("wal-archive", "wal-archive") if archive == "shared" else ("wal-archive-write", "wal-archive-read")
    return Layout(
        profile="debian",
        home=home,
        data=f"{home}/main",
        tmp=f"{home}/tmp",
        log=f"{home}/main/log/postgresql.log",
        binaries=binaries,
        command_prefix="",
        service="postgresql",
        user_home="/var/lib/postgresql",
        archive_write=f"{home}/{write}",
        archive_read=f"{home}/{read}",
    )


@dataclass(frozen=True, slots=True)
class HostSpec:
    """One host: its full name, its address, its part, and the region it belongs to."""

    name: str
    address: str
    role: str
    region: str
    number: int
    """1 or 2: the first or the second of its pair."""
    site: str
    aliases: tuple[str, ...] = ()
    """Further addresses that always live here (a traffic manager's, in real life)."""
    storage: tuple[str, str] | None = None

    @property
    def short(self) -> str:
        """The name without the domain."""
        return self.name.removesuffix(f".{DOMAIN}")

    @property
    def namespace(self) -> str:
        """The name of the host's network namespace."""
        return f"lab-{self.short}"

    @property
    def cable(self) -> str:
        """The bridge's end of the host's network cable (at most 15 characters)."""
        return "v-" + self.short.removeprefix("cf-")

    @property
    def mac(self) -> str:
        """A hardware address that survives a reboot, as a real card's does."""
        return "02:00:" + ":".join(f"{int(part):02x}" for part in self.address.split("."))


@dataclass(frozen=True, slots=True)
class RegionSpec:
    """A region: a database pair, a pair of UI appliances, and the names that clients use."""

    name: str
    kind: str
    number: int
    layout: Layout
    databases: tuple[HostSpec, HostSpec]
    appliances: tuple[HostSpec, HostSpec]
    endpoint: str
    endpoint_addresses: tuple[str, ...]
    ui_endpoint: str
    ui_addresses: tuple[str, ...]
    restart_on_promote: bool = False
    retention_days: int = 3
    variant: str = field(default="")

    @property
    def hosts(self) -> tuple[HostSpec, ...]:
        """All four hosts of the region."""
        return self.databases + self.appliances


def _database(region: str, number: int, address: str, storage: str, aliases: tuple[str, ...] = ()) -> HostSpec:
    name = f"cf-{region}-db{number}.{DOMAIN}"
    storage_name = f"cf-{region}-nfs{number}.{DOMAIN}"
    return HostSpec(name, address, "database", region, number, f"DC{number}", aliases, (storage_name, storage))


def _appliance(region: str, number: int, address: str, aliases: tuple[str, ...] = ()) -> HostSpec:
    return HostSpec(f"cf-{region}-ui{number}.{DOMAIN}", address, "ui", region, number, f"DC{number}", aliases)


def _global(postgresql: int, default_major: int) -> RegionSpec:
    packaged = postgresql == default_major
    binaries = f"/usr/lib/postgresql/{postgresql}/bin" if packaged else f"/opt/postgresql-{postgresql}/bin"
    return RegionSpec(
        name="global",
        kind="scripted",
        number=99,
        layout=debian_layout(postgresql, binaries, "split"),
        databases=(
            _database("global", 1, "10.19.10.102", "10.18.10.106", ("10.19.10.51",)),
            _database("global", 2, "10.16.10.102", "10.17.10.106", ("10.16.10.51",)),
        ),
        appliances=(
            _appliance("global", 1, "10.19.10.101", ("10.19.10.50",)),
            _appliance("global", 2, "10.16.10.101", ("10.16.10.50",)),
        ),
        endpoint=f"cf-global-db.{DOMAIN}",
        endpoint_addresses=("10.19.10.51", "10.16.10.51"),
        ui_endpoint=f"cf-global-ui.{DOMAIN}",
        ui_addresses=("10.19.10.50", "10.16.10.50"),
        retention_days=7,
        variant=f"postgresql-{postgresql}",
    )


def _dc1() -> RegionSpec:
    return RegionSpec(
        name="dc1",
        kind="pacemaker",
        number=1,
        layout=RHEL6,
        databases=(
            _database("dc1", 1, "10.19.11.13", "10.18.11.20"),
            _database("dc1", 2, "10.16.11.12", "10.17.11.19"),
        ),
        appliances=(_appliance("dc1", 1, "10.19.11.10", ("10.19.11.52",)), _appliance("dc1", 2, "10.19.11.11")),
        endpoint=f"cf-dc1-db.{DOMAIN}",
        endpoint_addresses=("10.19.11.14",),
        ui_endpoint=f"cf-dc1-ui.{DOMAIN}",
        ui_addresses=("10.19.11.52",),
        restart_on_promote=True,
    )


def _dc2(major: int) -> RegionSpec:
    return RegionSpec(
        name="dc2",
        kind="pacemaker",
        number=2,
        layout=debian_layout(major, f"/usr/lib/postgresql/{major}/bin", "shared"),
        databases=(
            _database("dc2", 1, "10.19.12.12", "10.18.12.19"),
            _database("dc2", 2, "10.16.12.13", "10.17.12.20"),
        ),
        appliances=(_appliance("dc2", 1, "10.16.12.10", ("10.16.12.52",)), _appliance("dc2", 2, "10.16.12.11")),
        endpoint=f"cf-dc2-db.{DOMAIN}",
        endpoint_addresses=("10.16.12.14",),
        ui_endpoint=f"cf-dc2-ui.{DOMAIN}",
        ui_addresses=("10.16.12.52",),
    )


@dataclass(frozen=True, slots=True)
class FleetSpec:
    """The three regions as built: the PostgreSQL major version of the distribution, and the global region's own."""

    default_major: int
    global_major: int

    @property
    def regions(self) -> tuple[RegionSpec, ...]:
        """All regions: global, dc1, dc2."""
        return (_global(self.global_major, self.default_major), _dc1(), _dc2(self.default_major))

    def region(self, name: str) -> RegionSpec:
        """The region of that name; KeyError with the known names otherwise."""
        for region in self.regions:
            if region.name == name:
                return region
        raise KeyError(f"no region {name!r}; known: {', '.join(r.name for r in self.regions)}")

    def hosts(self) -> Iterator[HostSpec]:
        """All twelve hosts."""
        for region in self.regions:
            yield from region.hosts

    def host(self, name: str) -> HostSpec:
        """The host of that full or short name (with or without "cf-"); KeyError with the known names otherwise."""
        for host in self.hosts():
            if name in (host.name, host.short, host.short.removeprefix("cf-")):
                return host
        raise KeyError(f"no host {name!r}; known: {', '.join(h.short for h in self.hosts())}")

    def major(self, region: RegionSpec) -> int:
        """The major version of the region's PostgreSQL."""
        return self.global_major if region.name == "global" else self.default_major
