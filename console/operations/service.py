"""The database service: start, stop, at boot; promotion and checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from console.operations.operation import Operation, Risk
from console.operations.platform import Platform
from console.operations.shell import script


@dataclass(frozen=True, slots=True)
class StartDatabase(Operation):
    """Start PostgreSQL through the service manager. Done already where it runs."""

    time_limit: ClassVar[float] = 120.0

    def describe(self) -> str:
        """In words."""
        return "start PostgreSQL"

    def command(self, platform: Platform) -> str:
        """`service NAME start` or `systemctl start NAME`."""
        return script(platform, "start_database", "server", "service", "start")


@dataclass(frozen=True, slots=True)
class StopDatabase(Operation):
    """Stop PostgreSQL: `-m fast` waits until connected standbys have the shutdown checkpoint. Done where none runs."""

    time_limit: ClassVar[float] = 120.0

    def describe(self) -> str:
        """In words."""
        return "stop PostgreSQL (fast)"

    def command(self, platform: Platform) -> str:
        """Through the service manager, then by pg_ctl where that left it running."""
        return script(platform, "stop_database", "user", "server", "service", "stop")


@dataclass(frozen=True, slots=True)
class Promote(Operation):
    """`pg_ctl promote`. Done already where the server is not in recovery."""

    risk: ClassVar[Risk] = Risk.DESTRUCTIVE

    def describe(self) -> str:
        """In words."""
        return "promote PostgreSQL to primary"

    def command(self, platform: Platform) -> str:
        """pg_ctl as the database's user."""
        return script(platform, "promote", "user", "server", "sql", "promote")


@dataclass(frozen=True, slots=True)
class RunCheckpoint(Operation):
    """SQL CHECKPOINT through the local socket: makes the later stop short."""

    time_limit: ClassVar[float] = 600.0

    def describe(self) -> str:
        """In words."""
        return "run a checkpoint"

    def command(self, platform: Platform) -> str:
        """psql as the database's user."""
        return script(platform, "local_sql CHECKPOINT", "user", "server", "sql")


@dataclass(frozen=True, slots=True)
class SetBootStart(Operation):
    """Whether the database service starts at boot (REFERENCE 4: not on host 1, yes on host 2)."""

    enabled: bool

    def describe(self) -> str:
        """In words."""
        return f"{'start' if self.enabled else 'do not start'} PostgreSQL at boot"

    def command(self, platform: Platform) -> str:
        """`chkconfig NAME on|off` or `systemctl enable|disable NAME`."""
        return script(platform, f"at_boot {'on' if self.enabled else 'off'}", "service")
