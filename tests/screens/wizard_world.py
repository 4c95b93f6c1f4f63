"""The wizards in a world whose time passes only when a run waits: what their tests stand on.

async with Bench("lock-safe").shown(SMALL) as bench:
    await bench.open("dc1", None, "lock-cleanup")
    await bench.confirm("why")
    await bench.ended()
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Button, Input

from console.exit_codes import ExitCode
from console.facts.traces import Lease
from console.inventory.fleet import Fleet
from console.operations.platform import Platform
from console.runbooks.plan import Plan
from console.runner.hands import Hands, JobState, Order, Result
from console.runner.observer import Observer
from console.runner.parts import RunParts
from console.scene import Face, Setting
from console.screens.app import ConsoleApp
from console.simulation.clock import Clock
from console.simulation.living import LivingWorld
from console.simulation.parts import living
from console.simulation.reference import demo_fleet
from console.simulation.state import DatabaseHost, RegionState, World
from console.wizards.acting import Wizards
from console.wizards.carrying import Carrying
from console.wizards.confirm_screen import ConfirmScreen
from console.wizards.drawing_up import Drawn
from console.wizards.places import SimulatedPlace, simulated_place
from console.wizards.plan_screen import PlanScreen
from console.wizards.run_screen import RunScreen
from tests.screens.driving import GivenSource, on_glass, until
from tests.simulation.worlds import NOON, clock
from widgets.plan_outline import Outline

_MEMORY = Path("/dev/shm")  # a journal is synced to disk at every line; here nobody would miss it
SMALL, LARGE = (80, 24), (160, 50)


class Gate:
    """Holds a run up at a step until it is opened; `reached` tells that it stands there."""

    def __init__(self, step: str) -> None:
        self.step = step
        self.reached = threading.Event()
        self._open = threading.Event()

    def open(self) -> None:
        self._open.set()

    def pass_through(self, step: str) -> None:
        if step == self.step:
            self.reached.set()
            assert self._open.wait(30), f"nobody opened the gate before {step}"


@dataclass
class GatedHands:
    """Simulated hands that stand still at a gate."""

    hands: Hands
    gate: Gate

    def perform(self, order: Order) -> Result:
        self.gate.pass_through(order.step)
        return self.hands.perform(order)

    def begin(self, order: Order) -> None:
        self.gate.pass_through(order.step)
        self.hands.begin(order)

    def job(self, order: Order) -> JobState:
        return self.hands.job(order)

    def end(self, order: Order) -> None:
        self.hands.end(order)

    def take_lease(self, platform: Platform, lease: Lease, instead_of: str | None = None) -> Lease | None:
        return self.hands.take_lease(platform, lease, instead_of)

    def renew_lease(self, platform: Platform, run: str) -> bool:
        return self.hands.renew_lease(platform, run)

    def release_lease(self, platform: Platform, run: str) -> None:
        self.hands.release_lease(platform, run)

    def close(self) -> None:
        self.hands.close()


@dataclass
class GatedPlace:
    """A simulated place whose hands stand still at a gate, where there is one."""

    place: SimulatedPlace
    gate: Gate | None = None
    lasting: bool = field(default=False)

    @property
    def fleet(self) -> Fleet:
        return self.place.fleet

    @property
    def folder(self) -> Path:
        return self.place.folder

    def look(self, fleet: Fleet) -> Observer:
        return self.place.look(fleet)

    def open(self, fleet: Fleet) -> RunParts:
        parts = self.place.open(fleet)
        return parts if self.gate is None else replace(parts, hands=GatedHands(parts.hands, self.gate))

    def new_run(self) -> str:
        return self.place.new_run()


class Bench:
    """A console whose wizards reach into one world, and the fingers on its keys."""

    def __init__(
        self, scenario: str, gate: Gate | None = None, *, time: Clock | None = None, pause: float = 5.0
    ) -> None:
        self.scenario = scenario
        self.clock = time or clock()
        self.world: LivingWorld = living(scenario, self.clock)
        self.fleet = replace(demo_fleet(), source=f"simulated fleet, scenario {scenario}")
        self.gate = gate
        self.pause = pause

    @asynccontextmanager
    async def shown(self, size: tuple[int, int] = SMALL) -> AsyncIterator[Bench]:
        with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
            self.folder = Path(folder)
            self.place = GatedPlace(simulated_place(self.fleet, self.world, self.folder), self.gate)
            self.wizards = Wizards(self.place, self.pause)
            setting = Setting(self.fleet, Face.CONSOLE, self.scenario, "", self.fleet.source)
            self.app = ConsoleApp(setting, GivenSource(NOON), self.wizards)
            try:
                async with self.app.run_test(size=size) as pilot:
                    self.pilot: Pilot[None] = pilot
                    yield self
            finally:
                if self.gate is not None:
                    self.gate.open()
                self.wizards.close(lambda words: None)

    # --- the world --------------------------------------------------------------------------------------------------

    def host(self, region: str, ordinal: int) -> DatabaseHost:
        return self.world.now().region(region).databases[ordinal - 1]

    def happens(self, region: str, event: Callable[[RegionState, float], RegionState]) -> None:
        def change(world: World) -> World:
            return world.with_region(event(world.region(region), world.at))

        self.world.change(change)

    # --- the person -------------------------------------------------------------------------------------------------

    async def open(self, region: str, host: str | None, runbook: str | None) -> None:
        self.app.push_screen(self.wizards.wizard(region, host, runbook))
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool], seconds: float = 20.0) -> None:
        await until(self.app, condition, seconds)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def write(self, text: str) -> None:
        """Letter by letter, as a person does."""
        names = {".": "full_stop", "-": "minus", " ": "space"}
        await self.press(*(names.get(char, char) for char in text))

    @property
    def glass(self) -> str:
        return on_glass(self.app)

    @property
    def page(self) -> str:
        """Everything on the outline in front, also what has scrolled away."""
        return "\n".join(outline.page for outline in self.app.screen.query(Outline) if outline.display)

    @property
    def plan_screen(self) -> PlanScreen:
        assert isinstance(self.app.screen, PlanScreen), self.app.screen
        return self.app.screen

    async def drawn(self) -> Plan:
        """Wait for the plan in front."""
        await self.until(lambda: isinstance(self.app.screen, PlanScreen) and isinstance(self.app.screen.seen, Drawn))
        seen = self.plan_screen.seen
        assert isinstance(seen, Drawn)
        return seen.plan

    async def fill_in(self, reason: str, *words: str) -> None:
        """Paste the reason and the words into the form in front, field by field."""
        await self.until(lambda: isinstance(self.app.screen, ConfirmScreen) and self.app.screen.is_mounted)
        for entry, text in zip(self.app.screen.query(Input), (reason, *words), strict=True):
            entry.focus()
            entry.value = text
        await self.pilot.pause()

    async def confirm(self, reason: str, *words: str) -> None:
        """From the plan to the beginning: `b`, the form, Tab to the button, Enter."""
        await self.press("b")
        await self.fill_in(reason, *words)
        button = self.app.screen.query_one("#begin", Button)
        assert not button.disabled, self.glass
        button.focus()
        await self.press("enter")
        await self.until(lambda: isinstance(self.app.screen, RunScreen))

    @property
    def carrying(self) -> Carrying:
        assert isinstance(self.app.screen, RunScreen), self.app.screen
        return self.app.screen.carrying

    async def ended(self) -> ExitCode:
        """Wait for the end of the run in front."""
        carrying = self.carrying
        await self.until(lambda: carrying.over and self.app.screen.has_class("-over"))
        assert carrying.outcome is not None, carrying.failure
        return carrying.outcome.code
