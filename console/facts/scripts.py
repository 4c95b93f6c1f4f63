"""The failover scripts of a scripted region (REFERENCE 4, DOMAIN 6.1), boot settings, and .pgpass."""

from __future__ import annotations

from dataclasses import dataclass

from console.facts.system import FileStatus


@dataclass(frozen=True, slots=True)
class ScriptLogLine:
    """A line of a script's log, `Jul 24 11:11:01 INFO: …` (no year): as printed, and its level."""

    at: str
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class ScriptsState:
    """What drives a scripted failover on this host.

    `counter`: the check-promote failure counter, 0 when its file is not there, None when unreadable.
    `config` are the values of /etc/sysconfig/pgsql-replication; `installed` maps script path to its checksum;
    `cron` the lines that run check-promote; `log` the tail of check-promote's log,
    `log_age` seconds since it changed.
    """

    counter: int | None
    counter_age: float | None
    config: dict[str, str]
    installed: dict[str, str]
    cron: tuple[str, ...]
    cron_running: bool | None
    log: tuple[ScriptLogLine, ...]
    log_age: float | None
    check_running: int = 0


@dataclass(frozen=True, slots=True)
class BootSettings:
    """What happens at boot: is the database service enabled (None: could not tell), and which scripts run."""

    service_enabled: bool | None
    enabled_how: str
    boot_scripts: tuple[str, ...]
    cluster_enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class PasswordFile:
    """.pgpass: its status, None when missing; `entries` is its number of usable lines, never their contents."""

    path: str
    status: FileStatus | None
    entries: int | None
