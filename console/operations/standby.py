"""What makes a data directory a standby's: recovery.conf up to 11, standby.signal and settings from 12 on."""

from __future__ import annotations

from dataclasses import dataclass

from console.operations.operation import Operation
from console.operations.platform import Platform
from console.operations.shell import command_line, conninfo, quoted, script, setting


def standby_file(platform: Platform) -> str:
    """The file in a data directory that makes its next start one as a standby; no other one does."""
    return "recovery.conf" if platform.version.recovery_conf else "standby.signal"


@dataclass(frozen=True, slots=True)
class WriteStandbySettings(Operation):
    """Make the next start one as a standby of `primary`:`port`; no password is written (.pgpass has it).

    `restore_command` is the setting's value, "" for none. recovery_target_timeline is latest. `directory` is where they
    are written, "" for the data directory: a copy gets them before it is swapped in (`Layout.new`), so that there is
    never one in place that would start as a primary. Where it was swapped in since, or a part of it, with these very
    settings, that is done. A promotion that was asked for and not carried out is forgotten.
    """

    primary: str
    port: int
    user: str
    application_name: str
    restore_command: str
    directory: str = ""

    def describe(self) -> str:
        """In words."""
        where = f" into {self.directory}" if self.directory else ""
        return f"write standby settings{where}: follow {self.primary}, any timeline"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """The files as they are written, but for a password file that libpq would not find by itself."""
        data, settings = self.directory or platform.postgresql.data, self._settings(platform)
        if platform.version.recovery_conf:
            return (f"cat >{quoted(data + '/recovery.conf')} <<'END'\n{settings}\nEND",)
        signal = command_line("touch", f"{data}/standby.signal")
        return (f"cat >>{quoted(data + '/postgresql.auto.conf')} <<'END'\n{settings}\nEND", signal)

    def command(self, platform: Platform) -> str:
        """recovery.conf (owner and mode as they must be), or standby.signal and postgresql.auto.conf."""
        plain, named = self._settings(platform), self._settings(platform, platform.postgresql.pgpass)
        if platform.version.number < 100000:  # no passfile before 10 (libpq)
            named = ""
        old = platform.version.recovery_conf
        body = f"write_settings {'write_recovery_conf' if old else 'write_standby_signal'}"
        values = {"settings": plain, "settings_with_passfile": named, "swapped_to": ""}
        values |= {"standby_file": standby_file(platform)}
        values |= {"settings_file": "recovery.conf" if old else "postgresql.auto.conf"}
        in_place = platform.postgresql.data.rstrip("/")
        if self.directory and self.directory != in_place:
            values |= {"data": self.directory, "swapped_to": in_place}
        return script(platform, body, "user", "server", "write", "forget", "standby", **values)

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

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """The file's text."""
        wal = "pg_wal" if platform.version.number >= 100000 else "pg_xlog"
        path = f"{platform.postgresql.data}/{wal}/{self.timeline:08X}.history"
        return (f"printf %s {quoted(self.content)} >{quoted(path)}",)

    def command(self, platform: Platform) -> str:
        """Never over a different file of that name."""
        values = {"file": f"{self.timeline:08X}.history", "text": self.content}
        wal = "pg_wal" if platform.version.number >= 100000 else "pg_xlog"
        return script(platform, "install_history", "user", "server", "write", "standby", wal=wal, **values)
