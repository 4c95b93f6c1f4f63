"""Which parser reads which section into which fact of a host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from console.facts.cluster import ClusterConfiguration
from console.facts.postgresql import PostgresqlLog, Processes, TimelineHistory
from console.facts.system import Clock
from console.probe.addresses import parse_addresses
from console.probe.archive import failed_archives, parse_archive
from console.probe.boot import parse_boot
from console.probe.cib import parse_cib
from console.probe.clock import parse_clock
from console.probe.cluster import parse_cluster
from console.probe.configuration import parse_configuration
from console.probe.context import Context
from console.probe.controldata import parse_controldata
from console.probe.data import parse_data
from console.probe.disks import failed_disks, parse_disks
from console.probe.firewall import parse_firewall
from console.probe.history import parse_history
from console.probe.identity import parse_identity
from console.probe.layout import parse_layout
from console.probe.lines import integer, number
from console.probe.listeners import parse_listeners
from console.probe.managed import parse_managed
from console.probe.pgpass import parse_pgpass
from console.probe.postgresql_log import parse_log
from console.probe.processes import parse_processes
from console.probe.queue import parse_queue
from console.probe.scripts import parse_scripts
from console.probe.sql import parse_settings, parse_sql, parse_trials
from console.probe.tools import parse_tools
from console.probe.traces import parse_traces
from console.probe.ui import parse_ui


@dataclass(frozen=True, slots=True)
class Reader:
    """`field` of HostFacts, the `source` shown to people, the parser, and what says which part is missing."""

    field: str
    source: str
    parse: Callable[[str, Context], Any]
    missing: Callable[[str], str | None] | None = None


_SHORT = 8 * 1024
_KEPT = 256


def _plain(parse: Callable[[str], Any]) -> Callable[[str, Context], Any]:
    """A reader that needs the text alone. Hosts mostly say what they said before: what short texts mean is kept."""
    kept = lru_cache(maxsize=_KEPT)(parse)
    return lambda text, _: kept(text) if len(text) <= _SHORT else parse(text)


def _timed(parse: Callable[[str, float], Any]) -> Callable[[str, Context], Any]:
    return lambda text, context: parse(text, context.host_now)


def _clock(text: str, context: Context) -> Clock | None:
    return parse_clock(text, context.sent_at, context.received_at)


def _processes(text: str, context: Context) -> Processes | None:
    """The probe's list has no header; with one, an empty list is an answer: no server runs."""
    settings = context.host.postgresql
    return parse_processes(f"PID PPID USER COMMAND\n{text}", settings.data if settings else None)


def _history(text: str, _: Context) -> TimelineHistory | None:
    """`@@0000000N.history` and its lines; `@@none` is timeline 1, which has no history."""
    first, _newline, rest = text.partition("\n")
    name = first.removeprefix("@@").strip()
    if name == "none":
        return TimelineHistory(1, ())
    timeline = integer(name.removesuffix(".history"), 16)
    return parse_history(timeline, rest) if timeline and name.endswith(".history") else None


def _log(text: str, context: Context) -> PostgresqlLog | None:
    """`@@MODIFIED PATH`, then the tail; its first line may be cut, which the log's parser bears."""
    first, _newline, rest = text.partition("\n")
    modified, _space, path = first.removeprefix("@@").partition(" ")
    if not first.startswith("@@") or not path:
        return None
    return PostgresqlLog(path.replace("\t", " "), parse_log(rest, context.received_at), number(modified))


def _cib(text: str, _: Context) -> ClusterConfiguration | None:
    return parse_cib(text.partition("\n")[2]) if text.startswith("@@") else parse_cib(text)


def _cib_missing(text: str) -> str | None:
    kind, _, path = text.partition("\n")[0].partition(" ")
    return f"the cluster does not run here: this is {path}, as old as the node's last run" if kind == "@@file" else None


def _some(find: Callable[[str], tuple[str, ...]]) -> Callable[[str], str | None]:
    return lambda text: "; ".join(find(text)) or None


# Sections whose answer may be good in part: a failed query, a hung archive, beside what was read.
PARTIAL = frozenset({"sql", "settings", "archive", "disks", "cib", "ui", "log"})

READERS: dict[str, Reader] = {
    "identity": Reader("identity", "/proc, hostname", _plain(parse_identity)),
    "clock": Reader("clock", "date", _clock),
    "processes": Reader("processes", "ps", _processes),
    "sql": Reader("sql", "psql", _plain(parse_sql)),
    "settings": Reader("settings", "pg_settings", _plain(parse_settings)),
    "controldata": Reader("control", "control file", _plain(parse_controldata)),
    "data": Reader("data", "data directory", _plain(parse_data)),
    "addresses": Reader("addresses", "ip addr", _plain(parse_addresses)),
    "listeners": Reader("listeners", "/proc/net/tcp", _plain(parse_listeners)),
    "firewall": Reader("firewall", "packet filter", _plain(parse_firewall)),
    "queue": Reader("archive_queue", "archive_status", _timed(parse_queue)),
    "cluster": Reader("cluster", "crm_mon", _plain(parse_cluster)),
    "scripts": Reader("scripts", "failover scripts", _timed(parse_scripts)),
    "disks": Reader("disks", "df", _plain(parse_disks), _some(failed_disks)),
    "archive": Reader("archive", "archive directory", _plain(parse_archive), _some(failed_archives)),
    "history": Reader("history", "timeline history file", _history),
    "configuration": Reader("configuration", "postgresql.conf, pg_hba.conf", _plain(parse_configuration)),
    "log": Reader("log", "server log", _log),
    "boot": Reader("boot", "boot settings", _plain(parse_boot)),
    "pgpass": Reader("pgpass", ".pgpass", _plain(parse_pgpass)),
    "tools": Reader("tools", "command --version", _plain(parse_tools)),
    "cib": Reader("cluster_configuration", "cibadmin", _cib, _cib_missing),
    "ui": Reader("ui", "appliance", _timed(parse_ui)),
    "traces": Reader("traces", "traces of runs", _plain(parse_traces)),
    "managed": Reader("managed", "failover scripts' files", _plain(parse_managed)),
    "trials": Reader("trials", "psql", _plain(parse_trials)),
    "layout": Reader("layout", "data directory's file system", _plain(parse_layout)),
}
