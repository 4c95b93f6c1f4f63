"""Scenes of the simulated fleet for tests of the region screen and the wall, and small changes to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

from console.diagnosis.engine import diagnose
from console.facts.snapshot import Snapshot
from console.polling.poller import Poller
from console.scene import Scene
from console.screens.app import ConsoleApp
from console.simulation.witnesses import simulated_witnesses
from console.transport.protocol import Failure, FailureKind
from tests.screens.driving import GivenSource
from widgets.region_figure import Figure, Row, Section
from widgets.region_page import region_lines, region_sections

DC1, DC2 = ("cf-dc1-db1.example.com", "cf-dc1-db2.example.com"), ("cf-dc2-db1.example.com", "cf-dc2-db2.example.com")
GLOBAL = ("cf-global-db1.example.com", "cf-global-db2.example.com")


@lru_cache(maxsize=16)
def scene_of(scenario: str) -> Scene:
    """The fleet in a scenario, looked at once, everything asked."""
    witnesses = simulated_witnesses(scenario)
    try:
        snapshot = Poller(witnesses).look_once(20.0)
    finally:
        witnesses.close()
    return scene_with(snapshot)


def scene_with(snapshot: Snapshot) -> Scene:
    """A Scene of any Snapshot."""
    return Scene(snapshot, diagnose(snapshot))


def known(scene: Scene, host: str, field: str) -> Any:
    """A fact's value, which must be known."""
    value = getattr(scene.snapshot.facts(host), field).value
    assert value is not None
    return value


def changed(scene: Scene, host: str, **values: Any) -> Scene:
    """The Scene where facts of a host have other values (None: unknown, because of a test)."""
    facts = scene.snapshot.facts(host)
    new = {
        field: replace(getattr(facts, field), value=value, error=None if value is not None else "a test took it away")
        for field, value in values.items()
    }
    hosts = {**scene.snapshot.hosts, host: replace(facts, **new)}
    return scene_with(replace(scene.snapshot, hosts=hosts))


def silent(scene: Scene, host: str) -> Scene:
    """The Scene where a host has just stopped to answer: what it said last is still there, and old."""
    facts = scene.snapshot.facts(host)
    failure = Failure(FailureKind.UNREACHABLE, "10.0.0.1:22: no answer to TCP in 5 s")
    gone = replace(facts, reach=replace(facts.reach, failure=failure))
    return scene_with(replace(scene.snapshot, hosts={**scene.snapshot.hosts, host: gone}))


def pass_second(app: ConsoleApp) -> None:
    """Let the still application's clock go on, and draw."""
    source = app._source
    assert isinstance(source, GivenSource)
    source.at += timedelta(seconds=1)
    app.draw()


def sections_of(scene: Scene, region: str) -> dict[str, Section]:
    """The page's sections by key."""
    snapshot = scene.snapshot
    found = region_sections(snapshot, snapshot.fleet.region(region), scene.findings, snapshot.at)
    return {section.key: section for section in found}


def rows_of(scene: Scene, region: str, section: str, label: str) -> list[Row]:
    """The rows under a label."""
    return [row for row in sections_of(scene, region)[section].rows if row.label == label]


def figures_of(scene: Scene, region: str, section: str, label: str) -> list[Figure]:
    """Every figure under a label."""
    return [figure for row in rows_of(scene, region, section, label) for figure in row.figures]


def said(scene: Scene, region: str, section: str, label: str) -> str:
    """What the figures under a label say."""
    return "\n".join(figure.text for figure in figures_of(scene, region, section, label))


def page_of(scene: Scene, region: str, width: int = 160, words: str = "") -> list[str]:
    """The page's lines as plain text."""
    snapshot = scene.snapshot
    lines = region_lines(snapshot, snapshot.fleet.region(region), scene.findings, snapshot.at, width=width, words=words)
    return [line.content.plain for line in lines]
