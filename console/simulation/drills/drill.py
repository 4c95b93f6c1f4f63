"""A drill as a value, and how functions on a host or a region become functions on the world. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from console.simulation.state import DatabaseHost, RegionState, UiHost, World


class Scope(StrEnum):
    """What a drill is done to."""

    FLEET = "fleet"
    REGION = "region"
    DATABASE = "database"
    UI = "ui"


Happens = Callable[[World, str, str], World]
Fits = Callable[[RegionState, str], bool]


@dataclass(frozen=True, slots=True)
class Drill:
    """`title` is an imperative of a few words, `words` one sentence on what it does.

    `happens`: the world, the region's name and the host's ("" where it is no host's) to the world afterwards.
    `fits`: whether it makes sense there now.
    """

    id: str
    title: str
    words: str
    scope: Scope
    happens: Happens
    fits: Fits


def anywhere(state: RegionState, name: str) -> bool:
    """It always makes sense."""
    del state, name
    return True


def scripted(state: RegionState) -> bool:
    """Whether the region is failed over by scripts, not by a cluster."""
    return state.cluster is None


def to_region(event: Callable[[RegionState, float], RegionState]) -> Happens:
    """What happens to a region."""
    return lambda world, region, _: world.with_region(event(world.region(region), world.at))


def to_every_region(event: Callable[[RegionState, float], RegionState]) -> Happens:
    """What happens to every region alike."""
    return lambda world, region, _: replace(world, regions=tuple(event(state, world.at) for state in world.regions))


def to_host(event: Callable[[RegionState, str, float], RegionState]) -> Happens:
    """What happens to a region by something at one of its hosts."""
    return lambda world, region, name: world.with_region(event(world.region(region), name, world.at))


def to_database(change: Callable[[DatabaseHost], DatabaseHost]) -> Happens:
    """What happens to a database host alone."""
    return to_host(lambda state, name, at: state.with_database(change(state.database(name))))


def where_database(test: Callable[[DatabaseHost], bool]) -> Fits:
    """It makes sense at database hosts of which `test` holds."""
    return lambda state, name: test(state.database(name))


def where_appliance(test: Callable[[UiHost], bool]) -> Fits:
    """It makes sense at appliances of which `test` holds."""
    return lambda state, name: test(next(host for host in state.uis if host.name == name))
