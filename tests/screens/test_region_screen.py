"""The region screen in the application: cursor, sections, filter, copying, opening, repairing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from console.scene import Face, Scene
from console.screens.acting import GoingOn
from console.screens.app import ConsoleApp
from console.screens.region import RegionScreen
from tests.screens.driving import LARGE, SMALL, on_glass, still_app, until
from tests.screens.region_scenes import DC1, changed, known, pass_second, scene_of
from widgets.rows import RowList


class Wizards:
    """Acting that only remembers what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None, str | None]] = []

    def wizard(self, region: str, host: str | None, runbook: str | None) -> Screen[None]:
        self.asked.append((region, host, runbook))
        return Screen()

    def runs_screen(self) -> Screen[None]:
        return Screen()

    def busy(self) -> tuple[GoingOn, ...]:
        return ()


async def opened(app: ConsoleApp, region: str) -> RegionScreen:
    app.open_region(region)
    await until(app, lambda: any(rows.keys for rows in app.screen.query(RowList)))
    assert isinstance(app.screen, RegionScreen)
    return app.screen


def key_of(screen: RegionScreen) -> str:
    key = screen.query_one(RowList).key
    assert key is not None
    return key


async def to(pilot: Pilot[None], screen: RegionScreen, part: str) -> None:
    """Put the cursor on the first line whose key contains `part`."""
    rows = screen.query_one(RowList)
    rows.select(next(key for key in rows.keys if part in key))
    await pilot.pause()
    assert part in key_of(screen)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_it_shows_the_region_at_every_size(size: tuple[int, int]) -> None:
    app = still_app(scene_of("healthy"))
    async with app.run_test(size=size):
        for region in ("global", "dc1", "dc2"):
            await opened(app, region)
            glass = on_glass(app)
            assert f" {region}  " in glass
            assert f"cf-{region}-db1 → cf-{region}-db2 (standby)" in glass
            assert "Where witnesses disagree" in glass
            assert "Replication" in glass
            app.pop_screen()


async def test_brackets_and_tab_jump_from_heading_to_heading() -> None:
    app = still_app(scene_of("healthy"))
    async with app.run_test(size=SMALL) as pilot:
        screen = await opened(app, "dc1")
        seen = [key_of(screen)]
        for key in ("]", "tab", "]", "[", "shift+tab"):
            await pilot.press(key)
            seen.append(key_of(screen))
        assert seen == ["witnesses/", "replication/", "timelines/", "pacemaker/", "timelines/", "replication/"]


async def test_a_jump_shows_the_section_from_its_heading_on() -> None:
    app = still_app(scene_of("healthy"))
    async with app.run_test(size=SMALL) as pilot:
        await opened(app, "dc1")
        await pilot.press("]", "]")
        await until(app, lambda: on_glass(app).splitlines()[2].strip().startswith("Timelines ──"))
        await pilot.press("j", "j", "k")
        assert "timeline " in on_glass(app)


async def test_in_a_recording_the_brackets_are_the_recordings() -> None:
    app = still_app(scene_of("healthy"), face=Face.REPLAY)
    async with app.run_test(size=SMALL) as pilot:
        screen = await opened(app, "dc1")
        await pilot.press("]")
        assert key_of(screen) == "witnesses/"
        await pilot.press("tab")
        assert key_of(screen) == "replication/"


async def test_the_filter_narrows_the_lines_and_escape_brings_them_back() -> None:
    app = still_app(scene_of("healthy"))
    async with app.run_test(size=LARGE) as pilot:
        screen = await opened(app, "dc1")
        everything = len(screen.query_one(RowList).keys)
        await pilot.press("slash", *"checkpoint")
        await until(app, lambda: len(screen.query_one(RowList).keys) < 10)
        await pilot.press("enter")
        assert screen.query_one(Input).display
        assert app.focused is screen.query_one(RowList)
        await pilot.press("escape")
        assert len(screen.query_one(RowList).keys) == everything
        assert app.screen is screen
        await pilot.press("escape")
        assert app.screen is not screen


async def test_a_filter_that_nothing_matches_says_so() -> None:
    app = still_app(scene_of("healthy"))
    async with app.run_test(size=SMALL) as pilot:
        await opened(app, "dc1")
        await pilot.press("slash", *"[zz")
        await until(app, lambda: "nothing here contains “[zz”" in on_glass(app))


async def test_y_copies_the_whole_figure_of_both_hosts() -> None:
    scene = scene_of("healthy")
    app = still_app(scene)
    async with app.run_test(size=SMALL) as pilot:
        screen = await opened(app, "dc1")
        await to(pilot, screen, "replication/replayed/")
        await pilot.press("y")
        status = known(scene, DC1[1], "sql")
        assert app.clipboard == f"dc1: replayed: {DC1[1]}: {status.replayed} (psql)"


async def test_y_on_a_heading_copies_its_section() -> None:
    app = still_app(scene_of("healthy"))
    async with app.run_test(size=SMALL) as pilot:
        screen = await opened(app, "dc1")
        await to(pilot, screen, "timelines/")
        await pilot.press("y")
        assert app.clipboard.startswith("dc1: Timelines\n  timeline: ")
        assert "\n  system identifier: " in app.clipboard


async def test_the_cursor_stays_on_its_figure_when_others_come() -> None:
    scene = scene_of("healthy")
    app = still_app(scene)
    async with app.run_test(size=SMALL) as pilot:
        screen = await opened(app, "dc1")
        await to(pilot, screen, "pacemaker/cluster/")
        before = key_of(screen)
        status = known(scene, DC1[0], "sql")
        app.scene = changed(scene, DC1[0], sql=replace(status, replication=()))
        pass_second(app)
        await pilot.pause()
        assert "sends" in {line.row.label for line in screen._lines.values() if line.row is not None}
        assert key_of(screen) == before


async def test_enter_on_what_is_wrong_opens_the_finding() -> None:
    app = still_app(scene_of("lock-unsafe"))
    opened_keys: list[str] = []
    async with app.run_test(size=SMALL) as pilot:
        screen = await opened(app, "dc2")
        app.open_finding = opened_keys.append  # type: ignore[method-assign,assignment]
        await to(pilot, screen, "findings/C02/")
        await pilot.press("enter")
        await until(app, lambda: bool(opened_keys))
        assert opened_keys == ["C02:dc2:cf-dc2-db1.example.com"]


async def test_w_repairs_what_is_worst_and_can_be_mended() -> None:
    wizards = Wizards()
    app = still_app(scene_of("failed-over"), acting=wizards)
    async with app.run_test(size=SMALL) as pilot:
        await opened(app, "global")
        await pilot.press("w")
        await until(app, lambda: bool(wizards.asked))
        assert wizards.asked == [("global", "cf-global-db2.example.com", "failback")]


async def test_w_in_a_read_only_console_says_why_not() -> None:
    app = still_app(scene_of("failed-over"))
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        screen = await opened(app, "global")
        await pilot.press("w")
        await until(app, lambda: "this test shows only" in on_glass(app))
        assert app.screen is screen


async def test_it_is_laid_out_once_a_second_however_fast_scenes_come() -> None:
    app = still_app(scene_of("healthy"))
    async with app.run_test(size=SMALL):
        screen = await opened(app, "dc1")
        lines = screen._lines
        app.scene = scene_of("lock-safe")
        app.draw()
        assert screen._lines is lines
        pass_second(app)
        assert screen._lines is not lines


async def test_before_the_first_answer_and_for_a_region_that_there_is_not_it_says_so() -> None:
    scene = scene_of("healthy")
    app = still_app(scene)
    app.scene = None
    async with app.run_test(size=SMALL):
        app.open_region("dc1")
        await until(app, lambda: "waiting for the first answer" in on_glass(app).partition("\n")[2])
        app.scene = scene
        app.draw()
        await until(app, lambda: "Replication" in on_glass(app))
        app.open_region("dc9")
        await until(app, lambda: "this fleet has no such region" in on_glass(app))


async def test_another_width_lays_the_page_out_anew() -> None:
    app = still_app(scene_of("healthy"))
    async with app.run_test(size=SMALL) as pilot:
        await opened(app, "dc1")
        await pilot.resize_terminal(160, 50)
        await until(app, lambda: "│" in on_glass(app))
        await pilot.resize_terminal(80, 24)
        await until(app, lambda: "│" not in on_glass(app))


def hostile(scene: Scene) -> Scene:
    identity = known(scene, DC1[1], "identity")
    words = "[bold red]x[/] \x1b]0;owned\x07 [/etc/x] " + "漢" * 30
    return changed(scene, DC1[1], identity=replace(identity, hostname=words, system=words))


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_hostile_text_is_drawn_as_text(size: tuple[int, int]) -> None:
    app = still_app(hostile(scene_of("healthy")))
    async with app.run_test(size=size) as pilot:
        screen = await opened(app, "dc1")
        await to(pilot, screen, "hosts/up for/")
        glass = on_glass(app)
        assert "[bold red]x[/]" in glass
        assert "\x1b" not in glass
        await pilot.press("y")
        assert "\x1b" not in app.clipboard
