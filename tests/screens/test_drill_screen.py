"""The drill menu: what is offered fits the simulated fleet as it is now, and what happens is seen by the console."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from console.interactive import demo_ground
from console.screens.app import ConsoleApp
from console.screens.drill import DrillScreen
from console.simulation.demo import demo_world
from console.simulation.drills.menu import LivingDrills
from console.simulation.living import LivingWorld
from console.simulation.witnesses import simulated_witnesses
from console.wizards.carrying import start_of
from console.wizards.choosing import Order
from console.wizards.drawing_up import Drawn
from console.wizards.plan_screen import PlanScreen
from tests.screens.driving import LARGE, SMALL, app_on, on_glass, shown, until
from widgets.rows import RowList

DB2 = "cf-dc1-db2.example.com"


def _console(scenario: str = "healthy") -> tuple[ConsoleApp, LivingWorld]:
    world = demo_world(scenario)
    witnesses = simulated_witnesses(scenario, world=world)
    return app_on(witnesses, scenario, drilling=lambda: LivingDrills(world)), world


def _codes(app: ConsoleApp) -> set[tuple[str, str | None]]:
    findings = app.scene.findings if app.scene is not None else ()
    return {(finding.code, finding.host) for finding in findings}


def _screen(app: ConsoleApp) -> DrillScreen:
    assert isinstance(app.screen, DrillScreen)
    return app.screen


async def _opened(app: ConsoleApp, pilot: object) -> None:
    await until(app, lambda: app.scene is not None)
    await pilot.press("D")  # type: ignore[attr-defined]
    await until(app, lambda: isinstance(app.screen, DrillScreen) and bool(app.screen.query_one(RowList).keys))


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_every_drill_is_a_line_that_says_where_and_what(size: tuple[int, int]) -> None:
    app, _ = _console()
    async with app.run_test(size=size) as pilot:
        await _opened(app, pilot)
        words = shown(app)
        assert "Cut the pair's network" in words
        assert re.search(r"cf-global-db1 +Power off", words)
        assert re.search(r"cf-global-ui2 +Stop httpd", words)
        assert re.search(r"the fleet +Scenario network-cut", words)
        assert "DEMO" in on_glass(app)
        assert max(len(line) for line in on_glass(app).splitlines()) <= size[0]


async def test_what_the_drill_under_the_cursor_does_is_said_in_a_sentence() -> None:
    app, _ = _console()
    async with app.run_test(size=SMALL) as pilot:
        await _opened(app, pilot)
        app.screen.query_one(RowList).select("lose-site|")
        await until(app, lambda: "of hosts in DC2 everything becomes unknown" in shown(app))


async def test_brackets_and_arrows_change_the_region() -> None:
    app, _ = _console()
    async with app.run_test(size=SMALL) as pilot:
        await _opened(app, pilot)
        assert _screen(app).region_name == "global"
        await pilot.press("right_square_bracket")
        await until(app, lambda: "cf-dc1-db1" in shown(app))
        await pilot.press("left", "left")
        await until(app, lambda: "cf-dc2-db1" in shown(app))
        assert _screen(app).region_name == "dc2"


async def test_a_drill_happens_is_told_and_the_console_finds_what_it_broke() -> None:
    app, world = _console()
    async with app.run_test(size=LARGE) as pilot:
        await _opened(app, pilot)
        await pilot.press("right_square_bracket")
        await until(app, lambda: _screen(app).region_name == "dc1")
        app.screen.query_one(RowList).select(f"power-off|{DB2}")
        await pilot.press("enter")
        await until(app, lambda: ("H01", DB2) in _codes(app))
        assert not world.now().region("dc1").database(DB2).machine.on
        assert any("cf-dc1-db2.example.com: Power off" in change.words for change in app.scene.changes)  # type: ignore[union-attr]
        keys = app.screen.query_one(RowList).keys
        assert f"power-on|{DB2}" in keys
        assert f"power-off|{DB2}" not in keys


async def test_a_scenario_begins_anew_and_its_findings_come() -> None:
    app, _ = _console()
    async with app.run_test(size=LARGE) as pilot:
        await _opened(app, pilot)
        app.screen.query_one(RowList).select("scenario-ui-down|")
        await pilot.press("enter")
        await until(app, lambda: ("U02", None) in _codes(app))


async def test_the_banner_names_the_scenario_that_was_begun_last() -> None:
    app, _ = _console()
    async with app.run_test(size=LARGE) as pilot:
        await _opened(app, pilot)
        assert "scenario healthy" in on_glass(app).splitlines()[0]
        app.screen.query_one(RowList).select("scenario-ui-down|")
        await pilot.press("enter")
        await until(app, lambda: "scenario ui-down" in on_glass(app).splitlines()[0])
        app.screen.query_one(RowList).select("cut-network|")
        await pilot.press("enter")
        await until(app, lambda: "mend-network|" in app.screen.query_one(RowList).keys)
        assert "scenario ui-down" in on_glass(app).splitlines()[0]


async def test_the_cursor_stays_on_its_drill_when_others_come_and_go() -> None:
    app, world = _console()
    drills = LivingDrills(world)
    async with app.run_test(size=LARGE) as pilot:
        await _opened(app, pilot)
        rows = app.screen.query_one(RowList)
        rows.select("archive-gap|")
        drills.apply("cut-network", "global", None)
        await until(app, lambda: "mend-network|" in rows.keys)
        assert rows.key == "archive-gap|"


async def test_without_a_simulated_fleet_there_are_no_drills() -> None:
    app = app_on(simulated_witnesses("healthy"), None)
    async with app.run_test(size=SMALL) as pilot:
        await until(app, lambda: app.scene is not None)
        await pilot.press("D")
        await pilot.pause()
        assert not isinstance(app.screen, DrillScreen)


async def test_a_run_after_a_scenario_was_begun_anew_is_journalled_under_that_scenarios_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.wizards.places.runs_folder", lambda demo: tmp_path)
    ground = demo_ground("healthy", lambda fleet: fleet)
    wizards = ground.wizards()
    app = app_on(ground.witnesses(), "healthy", acting=wizards, drilling=ground.drilling)
    async with app.run_test(size=LARGE) as pilot:
        await _opened(app, pilot)
        app.screen.query_one(RowList).select("scenario-lock-safe|")
        await pilot.press("enter")
        await until(app, lambda: "scenario lock-safe" in on_glass(app).splitlines()[0])
        app.push_screen(wizards.plan_screen(Order("lock-cleanup", "dc1", None)))
        await until(app, lambda: isinstance(app.screen, PlanScreen) and isinstance(app.screen.seen, Drawn))
        assert isinstance(app.screen, PlanScreen)
        assert isinstance(app.screen.seen, Drawn)
        wizards.carry_out(app, app.screen.seen.plan, start_of(app.screen.seen.plan, "a drill", None))
        await until(app, lambda: bool(wizards.read_listing().runs))
    wizards.close(lambda words: None)
    (known,) = wizards.read_listing().runs
    assert known.run.inventory == "simulated fleet, scenario lock-safe"
