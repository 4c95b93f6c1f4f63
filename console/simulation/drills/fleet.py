"""Drills on the whole fleet: the sites' network, mending, and beginning anew with a scenario."""

from __future__ import annotations

from dataclasses import replace

from console.simulation import events
from console.simulation.drills.drill import (
    Drill,
    Happens,
    Scope,
    anywhere,
    to_every_region,
)
from console.simulation.reference import demo_fleet
from console.simulation.scenarios import SCENARIOS, Scenario, begin
from console.simulation.state import DatabaseHost, RegionState

FAR_SITE = "DC2"
"""The console of a demo is in DC1: of the other site it sees nothing when the sites lose each other."""


def _to(scenario: Scenario) -> Happens:
    return lambda world, region, name: begin(scenario, demo_fleet(), world.at)


def _heal(state: RegionState, at: float) -> RegionState:
    """Everything around the databases; what is wrong in them stays for the guided repairs."""
    state = events.lose_site(state, FAR_SITE, lost=False)
    for name in [host.name for host in state.databases]:
        host = state.database(name)
        state = state.with_database(_healed(state, host))
        if not host.machine.on:
            state = events.boot(state, name, at)
    for appliance in state.uis:
        state = events.switch_appliance(state, appliance.name, at, on=True) if not appliance.machine.on else state
        state = events.start_appliance(state, appliance.name)
    if state.cluster is not None:
        state = state.with_cluster(
            replace(state.cluster, fencing=tuple(event for event in state.cluster.fencing if not event.failed))
        )
    return events.mend_archive(state)


def _healed(state: RegionState, host: DatabaseHost) -> DatabaseHost:
    host = replace(host, cut_off=False, disk_full=False, scripts=replace(host.scripts, cron=True))
    if state.cluster is not None or host.host.ordinal == 1 or host.server.primary:
        host = replace(host, port_open=True)
    return host.with_server(replace(host.server, replay_held=False))


SCENARIO_DRILLS: dict[str, str] = {f"scenario-{name}": name for name in SCENARIOS}
"""The drills that begin a scenario anew: its name by the drill's id."""

OF_THE_FLEET = (
    Drill(
        "heal",
        "Mend everything around the databases",
        "Power, network, disks, services, archive; what diverged or is out of date stays, for the guided repairs.",
        Scope.FLEET,
        to_every_region(_heal),
        anywhere,
    ),
    Drill(
        "lose-site",
        "The data centres lose each other",
        "The console is in DC1: pairs are cut, and of hosts in DC2 everything becomes unknown.",
        Scope.FLEET,
        to_every_region(lambda state, at: events.lose_site(state, FAR_SITE)),
        lambda state, name: not state.severed,
    ),
    *(
        Drill(
            drill,
            f"Scenario {name}",
            f"Begin anew: {SCENARIOS[name].story}.",
            Scope.FLEET,
            _to(SCENARIOS[name]),
            anywhere,
        )
        for drill, name in SCENARIO_DRILLS.items()
    ),
)
