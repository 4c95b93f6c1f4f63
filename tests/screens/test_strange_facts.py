"""Whatever hosts say of themselves, the region screen and the wall are drawn, fit, and hold nothing but text."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest

from console.facts.host import HostFacts
from console.facts.observed import Observed
from console.scene import Scene
from tests.screens.region_scenes import scene_of, scene_with
from widgets import region_page
from widgets.region_figure import RegionPage, Section
from widgets.region_page import headline, region_lines
from widgets.wall_page import WallFacts, wall_lines

pytestmark = pytest.mark.slow

STRANGE = (
    "",
    "[red]x[/] [/]",
    "\x1b[2J\x1b]0;owned\x07",
    "漢" * 60,
    "e\u0301" * 30,
    "A" * 5000,
    "\u202e\u200b\ud800",
    "🏴‍☠️👩‍🚀" * 5,
    "\n\r\t\x00",
)
NUMBERS = (0, -1, 10**18, -(10**18))


class Stranger:
    """Replaces parts of facts by strange ones, the same for a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def scene(self, scene: Scene) -> Scene:
        """The Scene with strange hosts."""
        hosts = {name: self._host(facts) for name, facts in scene.snapshot.hosts.items()}
        return scene_with(dataclasses.replace(scene.snapshot, hosts=hosts))

    def _host(self, facts: HostFacts) -> HostFacts:
        new: dict[str, Any] = {}
        for item in dataclasses.fields(facts):
            old = getattr(facts, item.name)
            if isinstance(old, Observed):
                gone = self._random.random() < 0.1
                new[item.name] = dataclasses.replace(
                    old, value=None if gone else self.value(old.value), error=self._word() if gone else old.error
                )
        return dataclasses.replace(facts, **new)

    def _word(self) -> str:
        return self._random.choice(STRANGE)

    def value(self, value: Any) -> Any:
        """`value` with some of its texts and numbers replaced."""
        if type(value) is str:
            return self._word() if self._random.random() < 0.15 else value
        if type(value) in (int, float):
            return self._random.choice(NUMBERS) if self._random.random() < 0.02 else value
        if isinstance(value, tuple | frozenset):
            return type(value)(self.value(each) for each in value)
        if isinstance(value, dict):
            return {self.value(key): self.value(each) for key, each in value.items()}
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = {item.name: self.value(getattr(value, item.name)) for item in dataclasses.fields(value)}
            return dataclasses.replace(value, **fields)
        return value


@pytest.fixture(scope="module", params=["healthy", "lock-unsafe", "split-brain", "failed-over", "host-down"])
def strange(request: pytest.FixtureRequest) -> tuple[Scene, ...]:
    """Ten strange versions of a scenario."""
    return tuple(Stranger(seed).scene(scene_of(request.param)) for seed in range(10))


def inert(text: str) -> bool:
    return not any(ord(char) < 32 or char in "\x7f\u202e\u200b\ud800" for char in text)


@pytest.mark.parametrize("width", [57, 77, 157])
def test_every_region_of_strange_hosts_is_drawn_and_fits(strange: tuple[Scene, ...], width: int) -> None:
    for scene in strange:
        for region in scene.snapshot.fleet.regions:
            lines = region_lines(scene.snapshot, region, scene.findings, scene.snapshot.at, width=width)
            assert max(line.content.cell_length for line in lines) <= width
            assert all(inert(line.content.plain) for line in lines)
            assert inert(headline(scene.snapshot, region, scene.findings, scene.snapshot.at).plain)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
def test_the_wall_of_strange_hosts_is_drawn_and_fits(strange: tuple[Scene, ...], size: tuple[int, int]) -> None:
    for turn, scene in enumerate(strange):
        facts = WallFacts(scene.snapshot.fleet, "DEMO", "a test", scene.snapshot, scene.findings)
        lines = wall_lines(facts, scene.snapshot.at, *size, turn)
        assert {line.cell_length for line in lines} <= {0, size[0]}
        assert all(inert(line.plain) for line in lines)


def test_a_part_of_the_page_that_fails_costs_only_itself_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def archive_sections(page: RegionPage) -> tuple[Section, ...]:
        raise ZeroDivisionError("a [defect]")

    makers = [archive_sections if make.__name__ == "archive_sections" else make for make in region_page._MAKERS]
    monkeypatch.setattr(region_page, "_MAKERS", makers)
    scene = scene_of("healthy")
    lines = region_lines(
        scene.snapshot, scene.snapshot.fleet.region("dc1"), scene.findings, scene.snapshot.at, width=160
    )
    text = "\n".join(line.content.plain for line in lines)
    assert "archive: could not be drawn" in text
    assert "? unknown: a defect of the console (ZeroDivisionError: a [defect])" in text
    assert "PostgreSQL's log" in text
