"""What of a host decides how an operation is written: its PostgreSQL, its service manager, its pcs."""

from __future__ import annotations

from dataclasses import dataclass

from console.facts.server_version import ServerVersion
from console.inventory.fleet import PostgresqlSettings


@dataclass(frozen=True, slots=True)
class Platform:
    """A host as operations see it; kept in the journal, so that a resumed run writes the same commands.

    `machine_id` is "" where the system has none (RHEL 6). `pcs` is pcs' version (major, minor), None where there is
    none; `resource` the pgsql resource's id; `node` the cluster node's name.
    """

    host: str
    machine_id: str
    postgresql: PostgresqlSettings
    version: ServerVersion
    systemd: bool
    node: str
    pcs: tuple[int, int] | None = None
    resource: str = "postgresql"
