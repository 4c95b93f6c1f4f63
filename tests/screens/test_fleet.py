"""The fleet screen: three regions at once, the worst findings below, and what one can do from there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.diagnosis.finding import Severity
from console.scene import Scene
from console.screens.app import ConsoleApp
from console.screens.fleet import FleetScreen
from console.screens.fleet_page import arrange
from tests.screens.driving import LARGE, SMALL, GivenSource, demo_app, on_glass, still_app, until
from tests.unit.widgets.scenes import HOSTILE, NOON, finding, hostile_finding, scene, unreachable, with_host
from widgets.pair_lines import COMPACT, FULL
from widgets.rows import RowList

MIDDLE = (120, 36)


def fleet(app: ConsoleApp) -> FleetScreen:
    assert isinstance(app.screen, FleetScreen)
    return app.screen


def rows(app: ConsoleApp, name: str) -> RowList:
    return fleet(app).query_one(f"#{name}", RowList)


class Opened(ConsoleApp):
    """Remembers what was to be opened, instead of opening it."""

    def opened(self) -> list[tuple[str, ...]]:
        if not hasattr(self, "_noted"):
            self._noted: list[tuple[str, ...]] = []
        return self._noted

    def open_region(self, name: str) -> None:
        self.opened().append(("region", name))

    def open_finding(self, finding_key: str) -> None:
        self.opened().append(("finding", finding_key))

    def begin_repair(self, region: str, finding_key: str | None) -> None:
        self.opened().append(("repair", region, finding_key or ""))

    def copy(self, text: str) -> None:
        self.opened().append(("copy", text))

    def reason_disabled(self, action_id: str) -> str:
        screen = self.screen
        return screen.reason_disabled(action_id) if isinstance(screen, FleetScreen) else ""


def noting(seen: Scene) -> Opened:
    app = still_app(seen)
    app.__class__ = Opened
    assert isinstance(app, Opened)
    return app


@pytest.mark.parametrize("size", [SMALL, MIDDLE, LARGE])
async def test_all_three_regions_are_seen_at_once(size: tuple[int, int]) -> None:
    app = still_app(scene())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        glass = on_glass(app)
        for region in ("global", "dc1", "dc2"):
            for part in (f"{region} ", f"cf-{region}-db1 PRIMARY", f"cf-{region}-db2 STANDBY"):
                assert part in glass
        assert glass.count("▶") == 3
        assert glass.count("✔ OK") == 3


@pytest.mark.parametrize("size", [SMALL, MIDDLE, LARGE])
async def test_all_rules_end_in_the_same_column(size: tuple[int, int]) -> None:
    app = still_app(scene())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        ruled = [line for line in on_glass(app).splitlines() if line.startswith((" Findings", " dc1", " dc2"))]
        assert {len(line.rstrip()) for line in ruled} == {size[0] - 1}
        assert len(ruled) == 3


@pytest.mark.parametrize("size", [SMALL, MIDDLE, LARGE])
async def test_the_worst_finding_is_seen_below_the_regions(size: tuple[int, int]) -> None:
    app = still_app(scene("lock-unsafe"))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        lines = on_glass(app).splitlines()
        rule = next(number for number, line in enumerate(lines) if line.startswith(" Findings"))
        assert "✖ 2 critical" in lines[rule]
        assert "C02" in lines[rule + 1]
        assert "PGSQL.lock, unsafe" in lines[rule + 1]


async def test_a_live_fleet_moves_while_one_looks() -> None:
    app = demo_app()
    async with app.run_test(size=LARGE):
        await until(app, lambda: "▶" in on_glass(app))
        first = on_glass(app)
        position = next(word for word in first.split() if word.startswith("2/"))
        await until(app, lambda: position not in on_glass(app))


async def test_before_the_first_answer_nothing_is_shown_as_fine() -> None:
    app = still_app(scene())
    app.scene = None
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert "waiting for the first answer" in on_glass(app)
        assert "OK" not in on_glass(app)


async def test_ages_grow_while_no_answer_comes_and_turn_stale() -> None:
    app = still_app(scene())
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert "seen now" in on_glass(app)
        assert isinstance(app._source, GivenSource)
        app._source.at += timedelta(seconds=60)
        app.draw()
        await pilot.pause()
        assert "? STALE 60 s" in on_glass(app)
        assert "✔ OK" not in on_glass(app)


async def test_an_unreachable_host_is_unknown_with_the_reason() -> None:
    app = still_app(with_host(scene(), "cf-dc1-db2.example.com", unreachable))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert "no route to host" in on_glass(app)


async def test_enter_opens_the_region_under_the_cursor() -> None:
    app = noting(scene())
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("down", "enter")
        await pilot.pause()
        assert app.opened() == [("region", "dc1")]


async def test_tab_goes_to_the_findings_and_enter_opens_one() -> None:
    seen = scene("lock-unsafe")
    app = noting(seen)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("tab", "enter")
        await pilot.pause()
        assert app.opened() == [("finding", seen.findings[0].key)]


async def test_w_begins_the_repair_of_the_selected_region_or_finding() -> None:
    seen = scene("lock-unsafe")
    app = noting(seen)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("w", "tab", "w")
        await pilot.pause()
        assert app.opened() == [("repair", "global", ""), ("repair", "dc2", seen.findings[0].key)]


async def test_y_copies_the_selected_region_or_finding_as_text() -> None:
    app = noting(scene("lock-unsafe"))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("end", "y", "tab", "y")
        await pilot.pause()
        (_, region), (_, copied) = app.opened()
        assert "cf-dc2-db2 PRIMARY" in region
        assert "✖ PGSQL.lock" in region
        assert copied.startswith("✖ CRITICAL C02 dc2")
        assert "What to do:" in copied


async def test_the_cursor_of_each_list_stays_on_its_row_when_findings_change() -> None:
    seen = scene("lock-unsafe")
    app = still_app(seen)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("down", "tab", "down")
        key = rows(app, "findings").key
        app.scene = replace(seen, findings=(finding("P01", Severity.CRITICAL, "global"), *seen.findings))
        app.draw()
        await pilot.pause()
        assert rows(app, "findings").key == key
        assert rows(app, "regions").key == "dc1"


async def test_a_filter_narrows_the_findings_and_escape_widens_them_again() -> None:
    app = still_app(scene("lock-unsafe"))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        everything = rows(app, "findings").keys
        await pilot.press("slash", *"p08", "enter")
        await pilot.pause()
        assert [key.partition(":")[0] for key in rows(app, "findings").keys] == ["P08"]
        assert "1 have “p08”" in on_glass(app)
        assert rows(app, "findings").has_focus
        await pilot.press("escape")
        await pilot.pause()
        assert rows(app, "findings").keys == everything
        assert isinstance(app.screen, FleetScreen)


async def test_escape_while_typing_drops_the_filter() -> None:
    app = still_app(scene("lock-unsafe"))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("slash", "x", "x", "escape")
        await pilot.pause()
        assert "have “" not in on_glass(app)
        assert rows(app, "findings").keys


async def test_letters_typed_into_the_filter_do_nothing_else() -> None:
    app = noting(scene("lock-unsafe"))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("slash", *"qwyr12?")
        await pilot.pause()
        assert app.opened() == []
        assert app.is_running
        assert fleet(app).words == "qwyr12?"


async def test_a_finding_about_no_region_of_the_inventory_begins_no_repair() -> None:
    seen = replace(scene(), findings=(finding("H07", Severity.CRITICAL, "fleet"),))
    app = noting(seen)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("tab")
        assert "no guided repair" in fleet(app).reason_disabled("repair")
        assert fleet(app).reason_disabled("open") == ""


async def test_where_there_are_no_findings_nothing_can_be_opened_there() -> None:
    app = noting(scene())
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("tab")
        await pilot.pause()
        assert fleet(app).reason_disabled("open")
        assert "no findings" in on_glass(app)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_findings_are_shown_without_what_follows_where_not_all_fit(size: tuple[int, int]) -> None:
    cause = finding("H01", Severity.CRITICAL, "dc1")
    effects = [
        finding("C01", Severity.WARNING, "dc1", subject=str(number), caused_by=cause.key) for number in range(30)
    ]
    app = still_app(replace(scene(), findings=(cause, *effects)))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert rows(app, "findings").keys == (cause.key,)
        assert "(+30)" in on_glass(app)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_hostile_text_is_inert_and_moves_nothing(size: tuple[int, int]) -> None:
    seen = replace(scene(), findings=tuple(map(hostile_finding, HOSTILE)))
    app = still_app(seen)
    async with app.run_test(size=size) as pilot:
        await pilot.press("tab", *["down"] * len(HOSTILE))
        await pilot.pause()
        lines = on_glass(app).splitlines()
        assert all(char.isprintable() for line in lines for char in line)
        assert sum(line[1:].startswith("✖ CRITICAL P01 ") for line in lines) >= 5
        assert "cf-dc2-db1 PRIMARY" in on_glass(app)


async def test_another_size_of_the_terminal_is_another_arrangement() -> None:
    app = still_app(scene())
    async with app.run_test(size=LARGE) as pilot:
        await pilot.pause()
        assert rows(app, "regions").row_height == FULL + 1
        await pilot.resize_terminal(*SMALL)
        await pilot.pause(0.1)
        assert rows(app, "regions").row_height == COMPACT
        assert "cf-dc2-db2 STANDBY" in on_glass(app)


def test_at_eighty_by_twenty_four_three_regions_and_five_findings_fit() -> None:
    plan = arrange(80, 22, 3)
    assert (plan.row, plan.regions) == (COMPACT, 15)
    assert 22 - plan.regions - 1 >= 5


def test_at_a_hundred_and_sixty_by_fifty_three_regions_are_drawn_in_full() -> None:
    assert arrange(160, 48, 3).full


@pytest.mark.parametrize("height", range(14, 60))
@pytest.mark.parametrize("regions", [1, 2, 3, 7, 60])
def test_findings_are_always_seen_below_whatever_number_of_regions(height: int, regions: int) -> None:
    plan = arrange(120, height, regions)
    assert plan.regions % plan.row == 0
    assert plan.row <= plan.regions <= regions * plan.row
    assert height - plan.regions - 1 >= 5


async def test_more_regions_than_fit_can_be_reached() -> None:
    app = still_app(scene())
    async with app.run_test(size=(80, 17)) as pilot:
        await pilot.press("down", "down")
        await pilot.pause()
        assert "dc2  Pacemaker" in on_glass(app)
        assert "cf-global-db1" not in on_glass(app)


async def test_the_demo_finds_what_its_scenario_broke() -> None:
    app = demo_app("lock-unsafe")
    async with app.run_test(size=SMALL):
        await until(app, lambda: "PGSQL.lock, unsafe" in on_glass(app))
        assert "✖ CRITICAL" in on_glass(app)


def test_the_scenes_of_these_tests_are_of_one_moment() -> None:
    assert scene().snapshot.at == NOON
