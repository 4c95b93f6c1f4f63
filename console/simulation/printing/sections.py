"""Which function prints which probe section."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from console.simulation.printing import (
    archive,
    cluster,
    database,
    evidence,
    processes,
    scripted,
    settings,
    sql,
    system,
    traces,
    ui,
)
from console.simulation.printing.view import Printed, UiView, View

DATABASE: Mapping[str, Callable[[View], Printed]] = {
    "identity": system.identity,
    "clock": system.clock,
    "addresses": system.addresses,
    "listeners": system.listeners,
    "firewall": system.firewall,
    "disks": system.disks,
    "tools": system.tools,
    "processes": processes.processes,
    "sql": sql.sql,
    "settings": sql.settings,
    "trials": sql.trials,
    "controldata": sql.control,
    "data": database.data,
    "queue": database.queue,
    "history": database.history,
    "pgpass": database.pgpass,
    "log": database.log,
    "configuration": settings.configuration,
    "cluster": cluster.cluster,
    "cib": cluster.cib,
    "archive": archive.archive,
    "scripts": scripted.scripts,
    "managed": scripted.managed,
    "boot": scripted.boot,
    "traces": traces.traces,
    "layout": traces.layout,
}

EVIDENCE: Mapping[str, Callable[[View, str], Printed]] = {
    "segment": archive.segment,
    "wal_end": evidence.wal_end,
    "commits": evidence.commits,
}

UI: Mapping[str, Callable[[UiView], Printed]] = {
    "identity": system.identity,
    "clock": system.clock,
    "disks": system.disks,
    "ui": ui.ui,
}

_UNKNOWN = Printed("", 127, "this probe has no such section")


def printed(view: View | UiView, section: str) -> Printed:
    """What `section` ("name" or "name:argument") prints on a host."""
    name, _, argument = section.partition(":")
    if isinstance(view, UiView):
        printer = UI.get(name)
        return printer(view) if printer is not None else _UNKNOWN
    if name in EVIDENCE:
        return EVIDENCE[name](view, argument)
    found = DATABASE.get(name)
    return found(view) if found is not None else _UNKNOWN
