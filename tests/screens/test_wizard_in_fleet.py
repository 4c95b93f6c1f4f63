"""Repairs seen from the console that polls the same fleet: what a run does there, the findings tell."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from console.scene import Face, Setting
from console.screens.app import ConsoleApp
from console.screens.source import LiveSource, NoMemory
from console.simulation.clock import ManualClock
from console.simulation.demo import demo_world
from console.simulation.witnesses import simulated_witnesses
from console.wizards.acting import Wizards, wizards_in_demo
from console.wizards.carrying import start_of
from console.wizards.drawing_up import Drawn
from console.wizards.plan_screen import PlanScreen
from tests.screens.driving import SMALL, until


async def test_a_finding_leads_to_its_wizard_and_is_gone_after_the_run() -> None:
    world = demo_world("lock-safe", ManualClock(datetime.now(UTC)))
    witnesses = simulated_witnesses("lock-safe", world=world)
    with tempfile.TemporaryDirectory() as folder:
        wizards = wizards_in_demo(witnesses.fleet, world, Path(folder))
        setting = Setting(witnesses.fleet, Face.CONSOLE, "lock-safe", "", witnesses.fleet.source)
        app = ConsoleApp(setting, LiveSource(lambda: witnesses, NoMemory()), wizards)
        async with app.run_test(size=SMALL) as pilot:
            await until(app, lambda: lock_finding(app) is not None)
            app.begin_repair("dc1", lock_finding(app))
            await pilot.pause()
            screen = app.screen
            assert isinstance(screen, PlanScreen)
            await until(app, lambda: isinstance(screen.seen, Drawn) and screen.seen.may_begin)
            carry_out(app, wizards, screen)
            await until(app, lambda: not wizards.busy())
            await until(app, lambda: lock_finding(app) is None)


def lock_finding(app: ConsoleApp) -> str | None:
    findings = app.scene.findings if app.scene is not None else ()
    return next((each.key for each in findings if each.code == "C02"), None)


def carry_out(app: ConsoleApp, wizards: Wizards, screen: PlanScreen) -> None:
    assert isinstance(screen.seen, Drawn)
    app.switch_screen(wizards.carry_out(app, screen.seen.plan, start_of(screen.seen.plan, "a test", None)))
