"""What a runbook must know of a host before it can write a command for it, from facts; refused where it is unknown."""

from __future__ import annotations

import re

from console.diagnosis.words import short
from console.facts.host import HostFacts
from console.facts.server_version import ServerVersion
from console.facts.snapshot import Snapshot
from console.facts.system import Tools
from console.inventory.fleet import Host, Region, RegionKind
from console.operations.layout import Layout
from console.operations.platform import Platform
from console.runbooks.runbook import Refused

_PCS = re.compile(r"(\d+)\.(\d+)")


def platform_of(host: Host, facts: HostFacts, region: Region) -> Platform:
    """The host as operations see it; Refused where its name, version or tools are unknown."""
    if host.postgresql is None:
        raise Refused(f"{host.name} is no database host.")
    identity, tools = facts.identity.value, facts.tools.value
    if identity is None:
        raise _unseen(facts, "who it is", facts.identity.error)
    if tools is None:
        raise _unseen(facts, "which tools it has", facts.tools.error)
    version = _version(facts)
    if version is None:
        raise _unseen(facts, "its PostgreSQL version", facts.data.error or facts.sql.error)
    return Platform(
        host=host.name,
        machine_id=identity.machine_id,
        postgresql=host.postgresql,
        version=version,
        systemd="systemctl" in tools,
        node=host.node,
        pcs=_pcs(host, tools, region),
        resource=region.cluster.resource if region.cluster else "postgresql",
    )


def platforms_of(snapshot: Snapshot, region: Region) -> tuple[Platform, Platform]:
    """Both database hosts' platforms, inventory order; Refused where one is unknown."""
    first, second = region.databases
    return (
        platform_of(first, snapshot.facts(first), region),
        platform_of(second, snapshot.facts(second), region),
    )


def layout_of(facts: HostFacts, run: str) -> Layout:
    """Where a copy and the old data go on this host; Refused where the data directory cannot be swapped."""
    layout = facts.layout.value
    if layout is None:
        raise _unseen(facts, "the layout of its data directory", facts.layout.error)
    name = short(facts.name)
    if layout.tablespaces:
        places = ", ".join(layout.tablespaces[:4])
        raise Refused(
            f"{name} has tablespaces outside its data directory ({places}): swap them by hand, or move them in."
        )
    if layout.wal_link:
        raise Refused(
            f"{name}'s WAL directory is a link to {layout.wal_link}: a swap would leave it behind. "
            "Rebuild this host by hand, or move the WAL into the data directory first."
        )
    return Layout(layout.real or layout.path, layout.mounted, run, layout.device or 0)


def _unseen(facts: HostFacts, what: str, error: str | None) -> Refused:
    failure = facts.reach.failure
    reason = failure.message if failure is not None else error or "it was not looked at"
    remedy = f" {failure.remedy}" if failure is not None and failure.remedy else ""
    return Refused(f"{facts.name}: {what} is unknown: {reason}. Nothing can be done there before it is.{remedy}")


def _version(facts: HostFacts) -> ServerVersion | None:
    """Of the running server, of its programs, or (only the major version) of its data."""
    if facts.sql.value is not None:
        return facts.sql.value.version
    told = facts.tools.value.versions if facts.tools.value is not None else {}
    programs = next((told[name] for name in ("pg_ctl", "pg_basebackup") if name in told), "")
    data = facts.data.value.version if facts.data.value is not None else None
    found = ServerVersion.parse(programs)
    if data is not None and (found is None or found.major != data.major):
        return data
    return found


def _pcs(host: Host, tools: Tools, region: Region) -> tuple[int, int] | None:
    """None where it is not there: operations use Pacemaker's own tools then."""
    if region.kind is not RegionKind.PACEMAKER:
        return None
    said = tools.versions.get("pcs")
    if said is None:
        return None
    match = _PCS.match(said)
    if match is None:
        raise Refused(
            f"{host.name}: the version of pcs is not known ({said}), and its words depend on it. "
            "It may not have answered in time: try again in a moment."
        )
    return int(match[1]), int(match[2])
