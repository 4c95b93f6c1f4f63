"""A UI appliance: web server, workers, ping, replication worker, session store (DOMAIN 5)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReplicationWorker:
    """The last `Replication Status` line of evm.log: rows, and the line's age in seconds by the host's clock."""

    backlog: int
    added: int
    deleted: int
    age: float | None


@dataclass(frozen=True, slots=True)
class UiStatus:
    """None: could not be looked at. `ping` is the HTTP status of /ping asked on the host itself.

    `last_access_age`: seconds since ssl_access.log grew, i.e. whether this appliance serves people now.
    """

    httpd_running: bool | None
    workers_running: bool | None
    ping_status: int | None
    ping_error: str | None
    last_access_age: float | None
    session_store: str | None
    region_number: int | None
    replication: ReplicationWorker | None
    database_host: str | None = None
