"""scripts and boot: the failover scripts of a scripted region, and what happens when a host comes up."""

from __future__ import annotations

from datetime import UTC, datetime

from console.simulation.noise import stable_number
from console.simulation.printing.view import Printed, View, lines
from console.simulation.scripts import MAX_PRIMARY_FAILCOUNT

SCRIPTS = (
    "pgsql-primary-archive-wal",
    "pgsql-primary-check-start",
    "pgsql-primary-initialize",
    "pgsql-standby-check-access",
    "pgsql-standby-check-promote",
    "pgsql-standby-initialize",
    "pgsql-standby-release",
)
PROMOTE_LOG = "/var/log/pgsql-standby-check-promote.log"


def scripts(view: View) -> Printed:
    """Counter, configuration, checksums, cron, and check-promote's log."""
    own = view.host.scripts
    second = view.host.host.ordinal == 2
    found = [f"counter {own.counter}"]
    if own.counter:
        found.append(f"stat {int(own.counter_at)} {view.host.settings.home}/primary-failcount")
    if own.log:
        found.append(f"stat {int(own.log[-1].at)} {PROMOTE_LOG}")
    found += ["@@config /etc/sysconfig/pgsql-replication", *_configuration(view), "@@installed"]
    found += [
        f"{stable_number(10**9, 4 * 10**9, name)} {stable_number(700, 3000, name)} /usr/bin/{name}"
        for name in SCRIPTS
        if f"/usr/bin/{name}" not in view.host.held
    ]
    found += ["@@cron", *(["* * * * * root /usr/bin/pgsql-standby-check-promote"] if second else [])]
    found += [
        "@@state",
        f"cron {'yes' if own.cron else 'no'}",
        "checks 0",
        "@@log",
        *(_log_line(view, n) for n in range(len(own.log))),
    ]
    return lines(*found)


def _configuration(view: View) -> list[str]:
    first, second = view.state.databases
    settings = view.state.region.scripts
    return [
        f"PRIMARY_HOST={first.name}",
        f"STANDBY_HOST={second.name}",
        f"PGSQL_SQL_USER={view.host.settings.sql_user}",
        f"PGSQL_SSH_USER={settings.copy_user if settings and settings.copy_user else 'ea'}",
        f"MAX_PRIMARY_FAILCOUNT={MAX_PRIMARY_FAILCOUNT}",
    ]


def _log_line(view: View, number: int) -> str:
    line = view.host.scripts.log[number]
    if not line.level:  # pg_ctl's own words
        return line.text
    return f"{datetime.fromtimestamp(line.at, UTC):%b %d %H:%M:%S} {line.level}: {line.text}"


def boot(view: View) -> Printed:
    """chkconfig or systemctl for the database's and the cluster's services, and rc.local."""
    clustered = view.state.cluster is not None
    cluster = ("pacemaker", "corosync") if view.platform.systemd else ("pacemaker", "cman")
    found = [
        f"@@service {view.host.settings.service}",
        *_service(view, view.host.settings.service, view.host.service_enabled),
    ]
    for name in ("pacemaker", "corosync", "cman"):
        found.append(f"@@cluster {name}")
        found += _service(view, name, True) if clustered and name in cluster else []
    found.append("@@scripts")
    if not clustered:
        name = "pgsql-primary-check-start" if view.host.host.ordinal == 1 else "pgsql-standby-check-access"
        found.append(f"/usr/bin/{name}")  # rc.local's line; a held script is only not found there
    return lines(*found)


def _service(view: View, name: str, enabled: bool) -> list[str]:
    if view.platform.systemd:
        return [f"systemctl {'enabled' if enabled else 'disabled'}"]
    word = "on" if enabled else "off"
    levels = "\t".join(f"{level}:{word if level in '2345' else 'off'}" for level in "0123456")
    links = [f"link /etc/rc.d/rc{level}.d/S64{name}" for level in "2345"] if enabled else []
    return [f"chkconfig {name}\t{levels}", f"init /etc/init.d/{name}", *links]
