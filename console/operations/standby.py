"""What makes a data directory a standby's: recovery.conf up to 11, standby.signal and settings from 12 on."""

from __future__ import annotations

from dataclasses import dataclass

from console.operations.operation import Operation
from console.operations.platform import Platform
from console.operations.shell import conninfo, script, setting


@dataclass(frozen=True, slots=True)
class WriteStandbySettings(Operation):
    """Make the next start one as a standby of `primary`:`port`; no password is written (.pgpass has it).

    `restore_command` is the setting's value, "" for none. recovery_target_timeline is latest.
    """

    primary: str
    port: int
    user: str
    application_name: str
    restore_command: str

    def describe(self) -> str:
        """In words."""
        return f"write standby settings: follow {self.primary}, any timeline"

    def command(self, platform: Platform) -> str:
        """recovery.conf (owner and mode as they must be), or standby.signal and postgresql.auto.conf."""
        plain, named = self._settings(platform), self._settings(platform, platform.postgresql.pgpass)
        if platform.version.number < 100000:  # no passfile before 10 (libpq)
            named = ""
        body = "write_recovery_conf" if platform.version.recovery_conf else "write_standby_signal"
        values = {"settings": plain, "settings_with_passfile": named}
        return script(platform, body, "user", "server", "write", "standby", **values)

    def _settings(self, platform: Platform, passfile: str = "") -> str:
        """The lines, without a line break at the end."""
        source = {"host": self.primary, "port": str(self.port), "user": self.user}
        more = {"passfile": passfile} if passfile else {}
        connection = conninfo(**source, application_name=self.application_name, **more)
        lines = [setting("primary_conninfo", connection), setting("recovery_target_timeline", "latest")]
        if self.restore_command:
            lines.append(setting("restore_command", self.restore_command))
        if platform.version.recovery_conf:
            lines.insert(0, setting("standby_mode", "on"))
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class InstallHistory(Operation):
    """Write a timeline history file into pg_xlog: 9.2 cannot fetch it by streaming (DOMAIN 8)."""

    timeline: int
    content: str

    def describe(self) -> str:
        """In words."""
        return f"write the history file of timeline {self.timeline}"

    def command(self, platform: Platform) -> str:
        """Never over a different file of that name."""
        values = {"file": f"{self.timeline:08X}.history", "text": self.content}
        wal = "pg_wal" if platform.version.number >= 100000 else "pg_xlog"
        return script(platform, "install_history", "user", "server", "write", "standby", wal=wal, **values)
