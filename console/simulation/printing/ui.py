"""ui: a UI appliance's services, ping, logs and settings."""

from __future__ import annotations

from datetime import UTC, datetime

from console.simulation import rows
from console.simulation.noise import noise
from console.simulation.printing.view import Printed, UiView, lines


def ui(view: UiView) -> Printed:
    """httpd, workers, /ping, ssl_access.log, REGION, session store, database host, replication status."""
    host, region = view.host, view.state.region
    found = [
        f"httpd {'yes' if host.httpd else 'no'}",
        f"workers {'yes' if host.workers else 'no'}",
        "ping 200" if host.httpd else "ping-error curl: (7) couldn't connect to host",
        f"access-line {_access_line(view)}",
        f"region {region.number or 0}",
        "session  sql",
        "@@database",
        "base: &base",
        f"  host: {region.endpoint.name if region.endpoint else 'localhost'}",
        f"  database: {_database(view)}",
        "@@replication",
    ]
    if region.number and host.host.ordinal == 1:
        found.append(_replication(view))
    return lines(*found, "utc-offset +0000")


def _database(view: UiView) -> str:
    settings = view.state.region.databases[0].postgresql
    return settings.database if settings is not None else "vmdb_production"


def _access_line(view: UiView) -> str:
    """The last request of a person in Apache's combined format."""
    last = view.now if view.host.httpd_stopped is None else view.host.httpd_stopped
    age = int(9 * noise(view.host.host.name, int(last / 10)))
    at = datetime.fromtimestamp(int(last) - age, UTC)
    return f'10.19.7.23 - - [{at:%d/%b/%Y:%H:%M:%S +0000}] "GET /dashboard/show HTTP/1.1" 200 18342 "-" "Mozilla/5.0"'


def _replication(view: UiView) -> str:
    """The replication worker's line that is there now (DOMAIN 5)."""
    written = rows.logged_at(view.host, view.now)
    minute = int(written) // rows.MINUTE
    backlog = rows.logged_backlog(view.state, written)
    added = int(2 * rows.ADDED * rows.MINUTE * noise(f"{view.state.name} added", minute))
    return (
        f"[----] I, [{datetime.fromtimestamp(written, UTC):%Y-%m-%dT%H:%M:%S}.{minute % 1000:03d}417 #2981:a3f8a0]  "
        f"INFO -- : MIQ(ReplicationWorker) Replication Status: Current Backlog=[{backlog}], Added=[{added}], "
        f"Deleted=[{max(0, added - backlog + 2)}]"
    )
