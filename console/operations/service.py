"""The database service: start, stop, at boot; promotion and checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from console.operations.operation import Operation, Risk
from console.operations.platform import Platform
from console.operations.shell import command_line, script


def _manage(platform: Platform, verb: str) -> str:
    name = platform.postgresql.service
    return command_line("systemctl", verb, name) if platform.systemd else command_line("service", name, verb)


@dataclass(frozen=True, slots=True)
class StartDatabase(Operation):
    """Start PostgreSQL through the service manager. Done already where it runs."""

    time_limit: ClassVar[float] = 120.0

    def describe(self) -> str:
        """In words."""
        return "start PostgreSQL"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """Through the service manager."""
        return (_manage(platform, "start"),)

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

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """Through the service manager; pg_ctl follows only where that left it running."""
        return (_manage(platform, "stop"),)

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

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """`pg_ctl promote`."""
        return (command_line("pg_ctl", "-D", platform.postgresql.data, "promote"),)

    def command(self, platform: Platform) -> str:
        """pg_ctl as the database's user."""
        return script(platform, "promote", "user", "server", "sql", "promote")


@dataclass(frozen=True, slots=True)
class ForgetPromotion(Operation):
    """Remove what a `pg_ctl promote` has left for a server that was stopped before it saw it: part of taking it back.

    Newer servers remove it themselves when they start (postmaster.c, RemovePromoteSignalFiles); older ones, 9.2.2 among
    them, promote themselves by it as soon as they are a standby. Refuses while a server runs, which may have seen it.
    """

    def describe(self) -> str:
        """In words."""
        return "forget a promotion that was not carried out"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """rm of the trigger files."""
        data = platform.postgresql.data
        return (command_line("rm", "-f", f"{data}/promote", f"{data}/fallback_promote"),)

    def command(self, platform: Platform) -> str:
        """rm of the trigger files, as the database's user."""
        return script(platform, "forget_stopped", "user", "server", "forget")


@dataclass(frozen=True, slots=True)
class RunCheckpoint(Operation):
    """SQL CHECKPOINT through the local socket: makes the later stop short."""

    time_limit: ClassVar[float] = 600.0

    def describe(self) -> str:
        """In words."""
        return "run a checkpoint"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """psql on the local server."""
        return (command_line("psql", "-d", "postgres", "-c", "CHECKPOINT"),)

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

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """`chkconfig NAME on|off` or `systemctl enable|disable NAME`."""
        name = platform.postgresql.service
        if platform.systemd:
            return (command_line("systemctl", "enable" if self.enabled else "disable", name),)
        return (command_line("chkconfig", name, "on" if self.enabled else "off"),)

    def command(self, platform: Platform) -> str:
        """`chkconfig NAME on|off` or `systemctl enable|disable NAME`."""
        return script(platform, f"at_boot {'on' if self.enabled else 'off'}", "service")
