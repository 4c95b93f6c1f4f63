"""The failover scripts' files on a simulated host of a scripted region: the reference's old ones, until others come."""

from __future__ import annotations

from dataclasses import replace

from console.hostscripts.catalogue import PROGRAMS
from console.hostscripts.cksum import cksum
from console.simulation.state import DatabaseHost, PlacedFile, RegionState

CONFIGURATION = "/etc/sysconfig/pgsql-replication"
CRON = "/etc/cron.d/pgsql-replication"
RC_LOCAL = "/etc/rc.d/rc.local"
MAX_PRIMARY_FAILCOUNT = 2


def files_of(state: RegionState, host: DatabaseHost) -> dict[str, PlacedFile]:
    """What lies there by path; of a held script nothing at its path."""
    if state.cluster is not None:
        return {}
    found = {file.path: file for file in (*_old_files(state, host), *host.files)}
    return {path: file for path, file in sorted(found.items()) if file.text is not None and path not in host.held}


def checksum(file: PlacedFile) -> str:
    """As cksum prints it."""
    return cksum((file.text or "").encode("utf-8"))


def put(host: DatabaseHost, run: str, files: tuple[PlacedFile, ...]) -> DatabaseHost:
    """The files in their places; what was there before the run is kept, as the run saw it first."""
    kept = dict(host.files_before)
    kept.setdefault(run, host.files)
    merged = {file.path: file for file in (*host.files, *files)}
    return replace(host, files=tuple(merged.values()), files_before=tuple(kept.items()))


def put_back(host: DatabaseHost, run: str) -> DatabaseHost:
    """As it was before the run; nothing where the run has put nothing."""
    before = dict(host.files_before).get(run)
    return host if before is None else replace(host, files=before)


def _old_files(state: RegionState, host: DatabaseHost) -> tuple[PlacedFile, ...]:
    """As an engineer installed them by hand years ago."""
    programs = (PlacedFile(f"/usr/bin/{name}", "755", _old_program(name)) for name in PROGRAMS)
    at_boot = "pgsql-primary-check-start" if host.host.ordinal == 1 else "pgsql-standby-check-access"
    rc_local = f"#!/bin/sh\ntouch /var/lock/subsys/local\n/usr/bin/{at_boot}\n"
    cron = "* * * * * root /usr/bin/pgsql-standby-check-promote\n"
    return (
        *programs,
        PlacedFile(CONFIGURATION, "644", _configuration(state, host)),
        PlacedFile(RC_LOCAL, "755", rc_local),
        *((PlacedFile(CRON, "644", cron),) if host.host.ordinal == 2 else ()),
    )


def _old_program(name: str) -> str:
    return f"#!/bin/bash\n# {name}\n. /usr/libexec/pgsql-replication-common\n"


def _configuration(state: RegionState, host: DatabaseHost) -> str:
    first, second = state.databases
    settings = state.region.scripts
    lines = (
        f"PRIMARY_HOST={first.name}",
        f"STANDBY_HOST={second.name}",
        f"PGSQL_SQL_USER={host.settings.sql_user}",
        f"PGSQL_SSH_USER={settings.copy_user if settings and settings.copy_user else 'ea'}",
        f"MAX_PRIMARY_FAILCOUNT={MAX_PRIMARY_FAILCOUNT}",
        "",
    )
    return "\n".join(lines)
