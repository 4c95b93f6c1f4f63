"""Drills on a UI appliance."""

from __future__ import annotations

from console.simulation import events
from console.simulation.drills.drill import (
    Drill,
    Scope,
    to_host,
    where_appliance,
)

OF_APPLIANCES = (
    Drill(
        "stop-httpd",
        "Stop httpd",
        "service httpd stop: the appliance serves nobody.",
        Scope.UI,
        to_host(events.stop_httpd),
        where_appliance(lambda host: host.machine.on and host.httpd),
    ),
    Drill(
        "stop-workers",
        "Stop evmserverd",
        "Its workers stop; on a region's first appliance that is the replication worker too, and rows pile up.",
        Scope.UI,
        to_host(events.stop_workers),
        where_appliance(lambda host: host.machine.on and host.workers),
    ),
    Drill(
        "start-appliance",
        "Start httpd and evmserverd",
        "The appliance serves again.",
        Scope.UI,
        to_host(lambda state, name, at: events.start_appliance(state, name)),
        where_appliance(lambda host: host.machine.on and not (host.httpd and host.workers)),
    ),
    Drill(
        "ui-power-off",
        "Power off",
        "The appliance loses power.",
        Scope.UI,
        to_host(lambda state, name, at: events.switch_appliance(state, name, at, on=False)),
        where_appliance(lambda host: host.machine.on),
    ),
    Drill(
        "ui-power-on",
        "Power on",
        "The appliance boots with all its services.",
        Scope.UI,
        to_host(lambda state, name, at: events.switch_appliance(state, name, at, on=True)),
        where_appliance(lambda host: not host.machine.on),
    ),
)
