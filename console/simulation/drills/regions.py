"""Drills on a region: its network, its archive, its scripts."""

from __future__ import annotations

from dataclasses import replace

from console.simulation import events, scripts
from console.simulation.drills.drill import (
    Drill,
    Happens,
    Scope,
    scripted,
    to_region,
)
from console.simulation.state import DatabaseHost, RegionState


def _set_cron(runs: bool) -> Happens:
    def change(state: RegionState, at: float) -> RegionState:
        second = state.databases[1]
        return state.with_database(replace(second, scripts=replace(second.scripts, cron=runs)))

    return to_region(change)


def _cron_runs(state: RegionState) -> bool:
    return state.databases[1].scripts.cron


def _gap_at_the_standby(state: RegionState, at: float) -> RegionState:
    standby = _standby(state)
    return events.fall_into_gap(state, standby.name, at) if standby is not None else state


def _standby(state: RegionState) -> DatabaseHost | None:
    return next((host for host in state.databases if host.machine.on and host.server.streaming), None)


def _has_gap(state: RegionState) -> bool:
    return events.mend_archive(state) != state


OF_REGIONS = (
    Drill(
        "cut-network",
        "Cut the pair's network",
        "The two hosts do not see each other; scripts count failures and promote, nodes of a cluster wait for fencing.",
        Scope.REGION,
        to_region(lambda state, at: events.sever(state)),
        lambda state, name: not state.severed,
    ),
    Drill(
        "mend-network",
        "Mend the pair's network",
        "The two hosts see each other again; whoever promoted itself meanwhile stays promoted.",
        Scope.REGION,
        to_region(lambda state, at: events.sever(state, severed=False)),
        lambda state, name: state.severed,
    ),
    Drill(
        "archive-gap",
        "Delete archived WAL",
        "Somebody deletes twelve segments from the archive: no backup can be rolled over the gap.",
        Scope.REGION,
        to_region(lambda state, at: events.lose_archived(state)),
        lambda state, name: bool(state.archive.runs),
    ),
    Drill(
        "gap-at-standby",
        "Delete WAL that the standby needs",
        "The standby is behind, and what it needs next is deleted from the archive.",
        Scope.REGION,
        to_region(_gap_at_the_standby),
        lambda state, name: _standby(state) is not None,
    ),
    Drill(
        "mend-archive",
        "Bring deleted WAL back",
        "The archive is whole again, from a backup of it; a standby that waits for it goes on.",
        Scope.REGION,
        to_region(lambda state, at: events.mend_archive(state)),
        lambda state, name: _has_gap(state),
    ),
    Drill(
        "stop-check-promote",
        "Stop cron on host 2",
        "Nobody watches host 1 any more: if it dies, nobody promotes host 2.",
        Scope.REGION,
        _set_cron(False),
        lambda state, name: scripted(state) and _cron_runs(state),
    ),
    Drill(
        "start-check-promote",
        "Start cron on host 2",
        f"{scripts.CHECK_PROMOTE} looks at host 1 every minute again.",
        Scope.REGION,
        _set_cron(True),
        lambda state, name: scripted(state) and not _cron_runs(state),
    ),
)
