"""Worlds for the tests: a fixed moment, so that every run is the same."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from console.simulation.clock import ManualClock
from console.simulation.printing.sections import printed
from console.simulation.printing.view import Printed, UiView, View
from console.simulation.reference import demo_fleet
from console.simulation.scenarios import begin, scenario_named
from console.simulation.state import RegionState, World

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
START = NOON.timestamp()


def clock() -> ManualClock:
    return ManualClock(NOON)


@cache
def world(scenario: str = "healthy", at: float = START) -> World:
    return begin(scenario_named(scenario), demo_fleet(), at)


def view(state: World, name: str) -> View:
    region, host = next((r, h) for r in state.regions for h in r.databases if h.name == name)
    return View(region, host, state.at)


def ui_view(state: World, name: str) -> UiView:
    region, host = next((r, h) for r in state.regions for h in r.uis if h.host.name == name)
    return UiView(region, host, state.at)


def section(state: World, host: str, name: str) -> Printed:
    return printed(view(state, host), name)


def first(region: RegionState) -> str:
    return region.databases[0].name


def second(region: RegionState) -> str:
    return region.databases[1].name
