"""The events screen: what changed, newest first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.diagnosis.finding import Severity
from console.history.change import Change, ChangeKind
from console.scene import Scene
from console.screens.app import ConsoleApp
from console.screens.events import EventsScreen
from tests.screens.driving import LARGE, SMALL, on_glass, still_app
from tests.unit.widgets.scenes import HOSTILE, NOON, scene
from widgets.rows import RowList


def change(seconds: int, words: str, **others: object) -> Change:
    fields = {"kind": ChangeKind.ROLE, "region": "dc1", "host": None, "severity": None, **others}
    return Change(NOON - timedelta(seconds=seconds), words=words, **fields)  # type: ignore[arg-type]


CHANGES = (
    change(60, "cf-dc1-db2 is primary now", severity=Severity.WARNING),
    change(30, "cf-dc1-db1 answers again", kind=ChangeKind.REACH),
    change(5, "the standby streams", region="dc2"),
)
SCENE = replace(scene(), changes=CHANGES)


async def shown_events(app: ConsoleApp, seen: Scene) -> list[str]:
    app.scene = seen
    app.draw()
    return [line for line in on_glass(app).splitlines() if line[1:3].isdigit()]


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_the_newest_change_stands_at_the_top(size: tuple[int, int]) -> None:
    app = still_app(SCENE)
    async with app.run_test(size=size) as pilot:
        await pilot.press("3")
        await pilot.pause()
        lines = await shown_events(app, SCENE)
        assert ["streams" in lines[0], "answers again" in lines[1], "is primary" in lines[2]] == [True] * 3
        assert "11:59:55" in lines[0]
        assert "▲" in lines[2]


async def test_the_cursor_stays_on_its_event_when_newer_ones_come() -> None:
    app = still_app(SCENE)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("3", "down")
        await pilot.pause()
        assert isinstance(app.screen, EventsScreen)
        before = app.screen.selected()
        app.scene = replace(SCENE, changes=(*CHANGES, change(0, "something new")))
        app.draw()
        await pilot.pause()
        assert app.screen.selected() == before == CHANGES[1]


async def test_a_filter_narrows_to_words_places_and_kinds() -> None:
    app = still_app(SCENE)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("3", "slash", *"dc1", "space", *"reach", "enter")
        await pilot.pause()
        assert isinstance(app.screen, EventsScreen)
        assert app.screen.selected() == CHANGES[1]
        assert len(app.screen.query_one(RowList).keys) == 1
        assert "1 have “dc1 reach”" in on_glass(app)


async def test_y_copies_the_event_with_its_date() -> None:
    app = still_app(SCENE)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("3", "y")
        await pilot.pause()
        assert app.clipboard == "2026-11-23 11:59:55 UTC dc2: the standby streams"


async def test_what_is_about_no_region_cannot_be_opened() -> None:
    app = still_app(replace(SCENE, changes=(change(0, "said", region="", kind=ChangeKind.RUN),)))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("3")
        await pilot.pause()
        assert isinstance(app.screen, EventsScreen)
        assert app.screen.reason_disabled("open") == "this event is not about a region"
        assert app.screen.reason_disabled("copy") == ""


async def test_without_changes_it_says_so() -> None:
    app = still_app(scene())
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("3", "enter", "y")
        await pilot.pause()
        assert "nothing has changed" in on_glass(app)
        assert isinstance(app.screen, EventsScreen)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_hostile_text_is_inert(size: tuple[int, int]) -> None:
    bad = tuple(change(number, text, region=text, host=text) for number, text in enumerate(HOSTILE))
    app = still_app(replace(scene(), changes=bad))
    async with app.run_test(size=size) as pilot:
        await pilot.press("3")
        await pilot.pause()
        lines = on_glass(app).splitlines()
        assert all(char.isprintable() for line in lines for char in line)
        assert sum(line[1:].startswith(("12:00:00 ", "11:59:")) for line in lines) == len(HOSTILE)
