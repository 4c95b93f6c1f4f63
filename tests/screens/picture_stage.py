"""The console on the watched fleet, with a person's fingers: what every picture is taken from."""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Button, Input

from console.scene import Face, Scene, Setting
from console.screens.app import ConsoleApp
from console.simulation.clock import ManualClock
from console.simulation.drills.menu import LivingDrills
from console.wizards.acting import Wizards
from console.wizards.carrying import Carrying
from console.wizards.confirm_screen import ConfirmScreen
from console.wizards.drawing_up import Drawn
from console.wizards.places import SimulatedPlace
from console.wizards.plan_screen import PlanScreen
from console.wizards.run_screen import RunScreen
from tests.screens.driving import GivenSource, until
from tests.screens.picture_svg import keep_still, picture
from tests.screens.picture_world import NIGHT, FleetWatch

LOOKS = 45
"""So many looks fill the curves of lag."""
_SECONDS = 120.0
"""How long a slow machine may take for anything."""
_NO_MORE_LOOKS = 1e6
_RUN_THREAD = re.compile(r"run \d")


class HeldClock(ManualClock):
    """A clock on which a run stands still as soon as `held` is true; everybody else's time goes on."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.held: Callable[[], bool] = lambda: False
        self.reached = threading.Event()
        self.released = threading.Event()

    def pass_seconds(self, seconds: float) -> None:
        """Let `seconds` pass."""
        if _RUN_THREAD.match(threading.current_thread().name) and not self.released.is_set() and self.held():
            self.reached.set()
            self.released.wait(_SECONDS)
        super().pass_seconds(seconds)


class StillPlace(SimulatedPlace):
    """The simulated fleet; a run's id has no random digits."""

    def new_run(self) -> str:
        """By the world's clock alone."""
        return f"{self.world.clock.now():%Y%m%d-%H%M%S}-4c7a"


@dataclass
class Stage:
    """A console in the terminal of a picture."""

    app: ConsoleApp
    pilot: Pilot[Any]
    watch: FleetWatch
    wizards: Wizards
    clock: HeldClock

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it is so and drawn."""
        await until(self.app, condition, _SECONDS)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    def show(self, scene: Scene) -> None:
        """Draw a Scene at the clock's moment."""
        source = self.app._source
        assert isinstance(source, GivenSource)
        source.at = self.clock.at
        self.app.scene = scene
        self.app.draw()

    async def plan(self, region: str, runbook: str) -> Drawn:
        """Open the wizard; leave what can be chosen as it is."""
        self.app.push_screen(self.wizards.wizard(region, None, runbook))
        await self.pilot.pause()
        if not isinstance(self.app.screen, PlanScreen):
            await self.press("enter")
        await self.until(lambda: isinstance(self.app.screen, PlanScreen) and isinstance(self.app.screen.seen, Drawn))
        assert isinstance(self.app.screen, PlanScreen)
        seen = self.app.screen.seen
        assert isinstance(seen, Drawn)
        return seen

    async def begin(self, drawn: Drawn, reason: str) -> Carrying:
        """Confirm the plan in front."""
        await self.press("b")
        await self.until(lambda: isinstance(self.app.screen, ConfirmScreen) and self.app.screen.is_mounted)
        for entry, words in zip(self.app.screen.query(Input), (reason, *drawn.plan.confirm), strict=True):
            entry.value = words
        await self.pilot.pause()
        self.app.screen.query_one("#begin", Button).focus()
        await self.press("enter")
        await self.until(lambda: isinstance(self.app.screen, RunScreen))
        assert isinstance(self.app.screen, RunScreen)
        return self.app.screen.carrying

    async def picture(self, name: str) -> str:
        """The screen, when nothing changes on it any more."""
        return await still_picture(self.app, self.pilot, name)


async def still_picture(app: ConsoleApp, pilot: Pilot[Any], name: str) -> str:
    """The screen in front, when two looks at it are the same."""
    before, now = "", " "
    while before != now:
        keep_still(app)
        app.draw()
        await pilot.pause(0.05)
        before, now = now, picture(app, name)
    return now


@asynccontextmanager
async def staged(
    scenario: str,
    size: tuple[int, int],
    *,
    face: Face = Face.CONSOLE,
    theme: str | None = None,
    looks: int = LOOKS,
) -> AsyncIterator[Stage]:
    """The console in a scenario that has been watched for a while."""
    clock = HeldClock(NIGHT)
    watch = FleetWatch(scenario, clock=clock)
    scene = watch.looks(looks)
    with tempfile.TemporaryDirectory() as folder:
        wizards = Wizards(StillPlace(watch.fleet, watch.world, Path(folder)), _NO_MORE_LOOKS)
        why = "the wall shows only" if face is Face.WALL else ""
        setting = Setting(watch.fleet, face, scenario, why, watch.fleet.source)
        acting, drilling = (None, None) if why else (wizards, lambda: LivingDrills(watch.world))
        app = ConsoleApp(setting, GivenSource(clock.at), acting, drilling=drilling, theme=theme)
        app.scene = scene
        try:
            async with app.run_test(size=size) as pilot:
                await pilot.pause()
                yield Stage(app, pilot, watch, wizards, clock)
        finally:
            clock.released.set()
            wizards.close(lambda words: None)
