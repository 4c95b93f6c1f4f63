"""What a printer sees: a host, its region, and the host's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from console.simulation.platforms import Platform
from console.simulation.state import DatabaseHost, Machine, RegionState, Server, UiHost


@dataclass(frozen=True, slots=True)
class Printed:
    """A section's payload, the status of what printed it, and the reason where that failed."""

    text: str
    status: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A database host at `now` (seconds since the epoch by the host's clock)."""

    state: RegionState
    host: DatabaseHost
    now: float

    @property
    def server(self) -> Server:
        """Its PostgreSQL."""
        return self.host.server

    @property
    def platform(self) -> Platform:
        """Its system."""
        return self.host.platform

    @property
    def peer(self) -> DatabaseHost:
        """The pair's other host."""
        return self.state.other(self.host.name)

    @property
    def machine(self) -> Machine:
        """Its machine."""
        return self.host.machine

    @property
    def holds_address(self) -> bool:
        """Whether the region's virtual address is here."""
        cluster = self.state.cluster
        return cluster is not None and cluster.vip == self.host.host.node

    @property
    def home_file_system(self) -> str:
        """The device of the data directory."""
        return "/dev/mapper/vg_data-pgsql" if self.platform.systemd else "/dev/mapper/VolGroup01-pgdata"


@dataclass(frozen=True, slots=True)
class UiView:
    """A UI appliance at `now`."""

    state: RegionState
    host: UiHost
    now: float

    @property
    def machine(self) -> Machine:
        """Its machine."""
        return self.host.machine


def lines(*parts: str) -> Printed:
    """Parts joined by newlines, those that are empty left out."""
    return Printed("\n".join(part for part in parts if part))


@lru_cache(maxsize=1024)
def ctime(at: float) -> str:
    """As ctime(3): Sun Nov 22 07:51:46 2026."""
    moment = datetime.fromtimestamp(int(at), UTC)
    return f"{moment:%a %b} {moment.day:2d} {moment:%H:%M:%S %Y}"


def stamp(at: float) -> str:
    """As PostgreSQL's log: 2026-11-22 07:51:46.123 UTC."""
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d} UTC"


def seconds_stamp(at: float) -> str:
    """As crm_mon 2.1 in its XML's failures: 2026-11-22 07:51:46Z."""
    return f"{datetime.fromtimestamp(int(at), UTC):%Y-%m-%d %H:%M:%SZ}"
