"""What happened before the console looks: each scenario is a healthy fleet, and a few events in its recent past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from console.inventory.fleet import Fleet
from console.simulation import agent, events
from console.simulation.birth import healthy
from console.simulation.dynamics import advance
from console.simulation.scenario_names import known_scenario
from console.simulation.state import RegionState, World

Event = Callable[[RegionState, float], RegionState]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`story` is one sentence for people. `events`: seconds before now, the region, and what happens there then."""

    name: str
    story: str
    events: tuple[tuple[float, str, Event], ...] = ()


def _put_in_standby(name: str, *, standby: bool) -> Event:
    return lambda state, at: agent.set_standby(state, state.database(name), at, standby=standby)


def _stop_service(name: str) -> Event:
    return lambda state, at: events.stop_service(state, name, at)


def _power_off(name: str) -> Event:
    return lambda state, at: events.power_off(state, name)


def _boot(name: str) -> Event:
    return lambda state, at: events.boot(state, name, at)


def _fall_behind(name: str) -> Event:
    return lambda state, at: events.fall_behind(state, name, at)


def _sever(severed: bool) -> Event:
    return lambda state, at: events.sever(state, severed=severed)


def _fall_into_gap(name: str) -> Event:
    return lambda state, at: events.fall_into_gap(state, name, at)


def _lose_archived() -> Event:
    return lambda state, at: events.lose_archived(state)


def _stop_httpd(name: str) -> Event:
    return lambda state, at: events.stop_httpd(state, name, at)


def _stop_workers(name: str) -> Event:
    return lambda state, at: events.stop_workers(state, name, at)


def _lose_site(site: str) -> Event:
    return lambda state, at: events.lose_site(state, site)


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("healthy", "every pair streams, every appliance serves"),
        Scenario(
            "standby-out-of-date",
            "dc1: the standby was without its primary for too long; the WAL it needs is no more, it must be rebuilt",
            ((600, "dc1", _fall_behind("cf-dc1-db2.example.com")),),
        ),
        Scenario(
            "lock-safe",
            "dc1: the primary's node was put in standby and back; PGSQL.lock holds it, and nothing was lost",
            (
                (600, "dc1", _put_in_standby("cf-dc1-db1.example.com", standby=True)),
                (300, "dc1", _put_in_standby("cf-dc1-db1.example.com", standby=False)),
            ),
        ),
        Scenario(
            "lock-unsafe",
            "dc2: the primary lost power with commits that its standby never got, and is back; PGSQL.lock holds it",
            (
                (603, "dc2", _sever(True)),
                (600, "dc2", _power_off("cf-dc2-db1.example.com")),
                (599, "dc2", _sever(False)),
                (240, "dc2", _boot("cf-dc2-db1.example.com")),
            ),
        ),
        Scenario(
            "failed-over",
            "global: the service on host 1 stopped, the scripts promoted host 2; failback is pending",
            ((800, "global", _stop_service("cf-global-db1.example.com")),),
        ),
        Scenario(
            "split-brain",
            "global: the data centres lost each other for some minutes, host 2 promoted itself; both accept writes",
            ((800, "global", _sever(True)), (400, "global", _sever(False))),
        ),
        Scenario(
            "archive-gap",
            "dc1: archived WAL of yesterday was deleted by hand; dc2: and there the standby needs what was deleted",
            (
                (600, "dc1", _lose_archived()),
                (600, "dc2", _fall_into_gap("cf-dc2-db2.example.com")),
            ),
        ),
        Scenario(
            "host-down",
            "dc2: the standby's host has no power",
            ((400, "dc2", _power_off("cf-dc2-db2.example.com")),),
        ),
        Scenario(
            "ui-down",
            "dc1: no appliance serves; global: the workers of one appliance stopped",
            (
                (900, "global", _stop_workers("cf-global-ui1.example.com")),
                (500, "dc1", _stop_httpd("cf-dc1-ui1.example.com")),
                (320, "dc1", _stop_httpd("cf-dc1-ui2.example.com")),
            ),
        ),
        Scenario(
            "network-cut",
            "the data centres lost each other, and the console is in DC1: what happens in DC2 is unknown here",
            tuple((300, region, _lose_site("DC2")) for region in ("global", "dc1", "dc2")),
        ),
    )
}


def scenario_named(name: str) -> Scenario:
    """The scenario, or UsageError with all names and the nearest one."""
    return SCENARIOS[known_scenario(name)]


def begin(scenario: Scenario, fleet: Fleet, now: float) -> World:
    """The world of `fleet` at second `now`, after the scenario's events."""
    now = float(int(now))
    earliest = max((before for before, _, _ in scenario.events), default=0.0)
    world = healthy(fleet, _aligned(now - earliest) - 30)
    for before, region, event in scenario.events:
        at = _aligned(now - earliest) + (earliest - before)
        world = advance(world, at)
        world = world.with_region(event(world.region(region), at))
    return advance(world, now)


def _aligned(at: float) -> float:
    """The last second at which the agent's monitors ran, so that a scenario is the same at any time of day."""
    return at - at % agent.MONITOR_INTERVAL
