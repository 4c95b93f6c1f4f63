"""Rows that wait for replication from a region to the global one (DOMAIN 5): what rubyrep's worker gets on with. Pure.

The worker runs on the region's first appliance. While it goes on, a few rows wait for a moment; while it does not, or
the global database takes nothing, they pile up.
"""

from __future__ import annotations

from dataclasses import replace

from console.simulation.network import serves_clients
from console.simulation.noise import noise
from console.simulation.state import DatabaseHost, RegionState, UiHost

ADDED = 2.4
"""Rows a second that the region's applications change."""
DRAINED = 55.0
"""Rows a second by which the worker makes a backlog smaller."""
MINUTE, LOGGED_AT = 60, 3
"""The worker writes its line every minute, at this second of it (log_status_interval)."""
_MOST = 34


def backlog(state: RegionState, at: float) -> int:
    """Rows in rr<n>_pending_changes at `at`."""
    return _for_a_moment(state, at) + int(state.piled_up)


def logged_backlog(state: RegionState, at: float) -> int:
    """The backlog in the worker's line of second `at`, as it was then."""
    return _for_a_moment(state, at) + int(state.piled_up_then)


def logged_at(worker: UiHost, now: float) -> float:
    """When the worker wrote its last line."""
    last = now if worker.workers_stopped is None else min(now, worker.workers_stopped)
    return (int(last) - LOGGED_AT) // MINUTE * MINUTE + LOGGED_AT


def _for_a_moment(state: RegionState, at: float) -> int:
    busy = noise(f"{state.name} busy", int(at) // 45)
    return int(_MOST * busy * noise(f"{state.name} backlog", int(at) // 3))


def step(state: RegionState, target: RegionState | None, at: float) -> RegionState:
    """What becomes of the backlog in second `at`; `target` is the global region, None where it is not looked at."""
    if not state.region.number or not state.uis:
        return state
    worker = state.uis[0]
    alive = worker.machine.on and worker.workers
    moves = alive and _reads(state, worker) and (target is None or _accepts(target, worker))
    if moves and not state.piled_up and not state.piled_up_then:
        return state
    rows = max(0.0, state.piled_up - DRAINED) if moves else state.piled_up + ADDED
    logs = alive and int(at) % MINUTE == LOGGED_AT
    return replace(state, piled_up=rows, piled_up_then=rows if logs else state.piled_up_then)


def _reads(state: RegionState, worker: UiHost) -> bool:
    primary = state.primary
    return primary is not None and _connects(state, worker, primary)


def _accepts(target: RegionState, worker: UiHost) -> bool:
    """The global name leads to host 1 while its port answers, else to host 2 (REFERENCE 4)."""
    chosen = next((host for host in target.databases if serves_clients(host)), None)
    return chosen is not None and chosen.server.primary and _connects(target, worker, chosen)


def _connects(state: RegionState, worker: UiHost, host: DatabaseHost) -> bool:
    apart = state.severed and worker.host.site != host.host.site
    return serves_clients(host) and not apart
