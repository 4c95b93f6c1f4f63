"""The probe's sections: names, and which are asked of which host how often.

Fast sections go with every poll, slow ones every `poll.slow_interval`, once ones when a connection is new.
Evidence sections are asked on demand with arguments.
"""

from __future__ import annotations

from console.inventory.fleet import HostKind, Region, RegionKind

FAST_DATABASE = (
    "identity",  # hostname, machine-id, boot id, uptime
    "clock",
    "processes",  # ps of the database's user
    "sql",  # psql on the local socket: role, positions, pg_stat_replication, …
    "controldata",  # the server's own reading of it where `sql` has that, else pg_controldata
    "data",  # PG_VERSION, signal files, recovery settings, postmaster.pid, PGSQL.lock
    "addresses",
    "queue",  # archive_status/*.ready
    "traces",  # lease, jobs and leftovers of runs
)
PORT_GATE = ("listeners", "firewall")  # decides where the traffic manager leads clients, in scripted regions only
FAST_PACEMAKER = ("cluster",)  # crm_mon
FAST_SCRIPTED = (*PORT_GATE, "scripts")  # and the counter, cron, log of check-promote
SLOW_DATABASE = (
    "settings",  # psql again: pg_settings
    "disks",
    "archive",
    "history",
    "configuration",
    "log",
    "boot",
    "pgpass",
    "tools",
)
SLOW_PACEMAKER = (*PORT_GATE, "cib")  # and cibadmin -Q
FAST_UI = ("identity", "clock", "ui")
SLOW_UI = ("disks",)
EVIDENCE = ("wal_end", "commits", "segment")
ON_DEMAND = (
    "layout",  # how the data directory lies on its disks: du is dear
    "managed",  # the failover scripts' files, whole
    "trials",  # tables of replication tests, asked by such a test: psql again
)


def sections_for(kind: HostKind, region: Region, *, slow: bool) -> tuple[str, ...]:
    """The sections to ask of a host of `kind` in `region`: the fast ones, and with `slow` the slow ones too."""
    if kind is HostKind.UI:
        return FAST_UI + (SLOW_UI if slow else ())
    pacemaker = region.kind is RegionKind.PACEMAKER
    fast = FAST_DATABASE + (FAST_PACEMAKER if pacemaker else FAST_SCRIPTED)
    return fast + (SLOW_DATABASE + (SLOW_PACEMAKER if pacemaker else ()) if slow else ())
