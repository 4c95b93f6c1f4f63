"""How the tests of screens drive the application: a demo app, waiting without sleeping, and what is to be read.

app = demo_app("lock-safe")
async with app.run_test(size=SMALL) as pilot:
    await until(app, lambda: "PRIMARY" in shown(app))
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static

from console.polling.witnesses import Witnesses
from console.scene import Face, Scene, Setting
from console.screens.acting import Acting
from console.screens.app import ConsoleApp
from console.screens.source import LiveSource, NoMemory, Publish
from console.simulation.witnesses import simulated_witnesses
from widgets.rows import RowList

ConsoleApp.SURVIVES = False  # a screen that cannot be drawn fails its test

SMALL, LARGE = (80, 24), (160, 50)
"""Every screen must be usable at the first size and good at the second."""


def demo_app(scenario: str = "healthy", *, acting: Acting | None = None, **options: Any) -> ConsoleApp:
    """The console on the simulated fleet in `scenario`; read-only without `acting`."""
    return app_on(simulated_witnesses(scenario), scenario, acting=acting, **options)


def app_on(
    witnesses: Witnesses, demo: str | None, *, acting: Acting | None = None, face: Face = Face.CONSOLE, **options: Any
) -> ConsoleApp:
    """The console on any witnesses."""
    read_only = "" if acting is not None else "this test shows only"
    setting = Setting(witnesses.fleet, face, demo, read_only, witnesses.fleet.source)
    return ConsoleApp(setting, LiveSource(lambda: witnesses, NoMemory()), acting, **options)


class GivenSource:
    """A Source that publishes nothing by itself: `give` Scenes through the app. The clock stands at `at`."""

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at or datetime.now(UTC)
        self.hastened = 0
        self.stopped = False

    def run(self, publish: Publish) -> None:
        """Nothing is looked at."""

    def now(self) -> datetime:
        """The moment that the test says."""
        return self.at

    def hasten(self) -> None:
        """Count."""
        self.hastened += 1

    def stop(self) -> None:
        """Remember."""
        self.stopped = True

    def close(self) -> None:
        """Nothing to close."""


def still_app(scene: Scene, *, acting: Acting | None = None, face: Face = Face.CONSOLE, **options: Any) -> ConsoleApp:
    """The console that shows one Scene, at the Scene's own moment."""
    fleet = scene.snapshot.fleet
    setting = Setting(fleet, face, "still", "" if acting else "this test shows only", "a still Scene")
    app = ConsoleApp(setting, GivenSource(scene.snapshot.at), acting, **options)
    app.scene = scene
    return app


def at(setting: Setting, **changes: Any) -> Setting:
    """The setting with changes."""
    return replace(setting, **changes)


async def until(app: ConsoleApp, condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait for the condition; on failure say what the screen shows."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"did not happen in {seconds} s; the screen shows:\n{shown(app)}"
        await asyncio.sleep(0.02)


def shown(app: ConsoleApp) -> str:
    """The plain text of every visible widget of the screen in front, in order."""
    return "\n".join(text for text in map(text_of, app.screen.walk_children(Widget)) if text)


def text_of(widget: Widget) -> str:
    """What one widget says; "" for a container or one that is hidden."""
    if not widget.display or any(isinstance(each, Widget) and not each.display for each in widget.ancestors):
        return ""
    if isinstance(widget, OptionList):
        return "\n".join(_plain(option.prompt) for option in widget.options)
    if isinstance(widget, RowList):
        return widget.text()
    if isinstance(widget, Input):
        return widget.value
    return _plain(widget.visual) if isinstance(widget, Static) else ""


def on_glass(app: ConsoleApp) -> str:
    """The characters of the terminal as they are drawn, line by line: what really fits."""
    width, height = app.size
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line)[:width] for line in lines[:height])


def _plain(visual: object) -> str:
    return visual.plain if isinstance(visual, Content) else str(visual)
